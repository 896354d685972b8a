"""What the outside reaches over HTTP: pages by which readers leave, and the state of the bot."""
