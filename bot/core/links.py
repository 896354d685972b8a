"""Addresses of the pages by which a reader leaves digests, or says which of them to get."""

TOKEN_LENGTH = 22
"""Characters of a subscription's token: 16 bytes in base64url, without padding."""
LONGEST = 74
"""Characters: with its brackets, its comma and a space it is a header line of 78 (RFC 5322)."""


def unsubscribe_url(public_url: str | None, token: str) -> str:
    """Write `https://papers.example.org/u/TOKEN`; "" where there is no such page to be named.

    That is without a public URL or a token, as in a test digest, and where the address would be
    too long for one line of a header: cut over two lines it is no address any more.
    """
    if not public_url or not token:
        return ""
    written = f"{public_url.rstrip('/')}/u/{token}"
    return written if len(written) <= LONGEST else ""


def manage_url(public_url: str | None, token: str) -> str:
    """Write `https://papers.example.org/m/TOKEN`; "" without a public URL or a token.

    It stands in no header, and may be of any length.
    """
    return f"{public_url.rstrip('/')}/m/{token}" if public_url and token else ""


def longest_public_url() -> int:
    """Tell how many characters a public URL may have, that mail can link to its pages."""
    return LONGEST - len("/u/") - TOKEN_LENGTH
