"""The main job on embedded parts: a loopback arXiv, mail server and Slack."""
