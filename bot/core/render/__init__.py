"""Rendering a digest for people: pure functions from a digest to text, one module a medium."""

from bot.core.render.email import HTML_BUDGET, LENGTHS, Options, forms, html, plain, subject, text

__all__ = ["HTML_BUDGET", "LENGTHS", "Options", "forms", "html", "plain", "subject", "text"]
