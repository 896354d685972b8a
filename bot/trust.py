"""Whom encrypted connections trust; read once a process, as to read it takes 20 ms each time."""

import ssl
from functools import cache

import httpx


@cache
def by_system() -> ssl.SSLContext:
    """Trust the authorities that this machine trusts, and check names."""
    return ssl.create_default_context()


@cache
def by_web() -> ssl.SSLContext:
    """Trust the authorities that browsers trust, or those that SSL_CERT_FILE names."""
    return httpx.create_ssl_context()
