"""Where announcements come from."""
