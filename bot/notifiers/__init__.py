"""What carries a digest on a channel."""
