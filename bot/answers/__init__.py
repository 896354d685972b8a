"""Telling why a paper came to a subscriber or did not: in words, on a terminal, as JSON."""
