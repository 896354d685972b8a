"""Rendering a digest for people: pure functions from a digest to text, one module a medium."""

from bot.core.render.email import encoded_forms, forms, html, plain, subject, text
from bot.core.render.form import BARE, FULL, HTML_BUDGET, Form, forms_of

__all__ = [
    "BARE",
    "FULL",
    "HTML_BUDGET",
    "Form",
    "encoded_forms",
    "forms",
    "forms_of",
    "html",
    "plain",
    "subject",
    "text",
]
