"""Daily Papers: the new arXiv papers that match your topics, each exactly once."""

__version__ = "0.1.0"
