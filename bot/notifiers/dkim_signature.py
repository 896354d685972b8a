"""DKIM signatures (RFC 6376) by the optional package dkimpy, for mail servers that do not sign."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.core.errors import ConfigError

if TYPE_CHECKING:
    from bot.settings import EmailSettings

SIGNED = (
    *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"List-Id", b"List-Unsubscribe"),
    *(b"List-Unsubscribe-Post", b"MIME-Version", b"Content-Type"),
)
"""The fields that a signature covers; one that is missing cannot be added unnoticed either."""
ROOM = 2048
"""Octets that a signature takes at most; those of a key of 4,096 bits are about 1,200."""
_MAKE_ONE = "Make one with: openssl genrsa -out dkim.pem 2048"
_SHORTEST = 1024
"""Bits of a key that receivers accept (RFC 8301)."""
_LARGEST = 64 * 1024


class Signer:
    """Signs as `domain` with the private key of `selector`, relaxed in header and body.

    `key` is RSA in PEM; `named` says in errors which setting it came from. Raises ConfigError
    where dkimpy is missing or the key cannot be used.
    """

    def __init__(self, key: str, selector: str, domain: str, *, named: str = "key") -> None:
        self._key = key.replace("\r\n", "\n").encode()
        self._selector = selector.encode()
        self._domain = domain.encode()
        self._sign, bits_of = _dkimpy()
        try:
            bits = bits_of(self._key)
            self.sign(b"From: papers@example.org\r\n\r\nTrial.\r\n")
        except Exception:  # noqa: BLE001  # what is no key makes dkimpy fail in many ways
            raise ConfigError(
                f"{named}: no message can be signed with this key: it must be a private RSA key "
                f"in PEM, without a passphrase. {_MAKE_ONE}"
            ) from None
        if bits < _SHORTEST:
            text = f"a key of {bits} bits is too short: receivers ignore what it signs."
            raise ConfigError(f"{named}: {text} {_MAKE_ONE}")

    @classmethod
    def from_settings(cls, email: "EmailSettings", sender_domain: str) -> Self | None:
        """Make one from [email], or None where it names no key."""
        if email.dkim_selector is None:
            return None
        domain = email.dkim_domain or sender_domain
        if email.dkim_pem is not None:
            key = email.dkim_pem.get_secret_value()
            return cls(key, email.dkim_selector, domain, named="email.dkim_pem")
        file = Path(email.dkim_key or "")
        try:
            with file.open("rb") as stream:
                key = stream.read(_LARGEST).decode("ascii", "replace")
        except OSError as error:
            raise ConfigError(
                f"email.dkim_key: {file} cannot be read ({error.strerror}). "
                "Name a file that this user may read."
            ) from None
        return cls(key, email.dkim_selector, domain, named=f"email.dkim_key: {file}")

    def __str__(self) -> str:
        """Name the public key's place in DNS."""
        return f"{self._selector.decode()}._domainkey.{self._domain.decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Put a signature before a message; takes milliseconds of the processor."""
        field = self._sign(
            octets,
            self._selector,
            self._domain,
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(SIGNED),
        )
        return field + octets


def _dkimpy() -> tuple[Callable[..., bytes], Callable[[bytes], int]]:
    """Give dkimpy's signing and a key's length in bits; it is installed only where wanted."""
    try:
        from dkim import sign  # noqa: PLC0415  # an optional extra
        from dkim.crypto import parse_pem_private_key  # noqa: PLC0415  # of the same
    except ImportError:
        raise ConfigError(
            "email.dkim_selector: to sign, the package dkimpy is needed, which is not installed. "
            "Run: pip install 'daily-papers[dkim]'"
        ) from None
    return sign, lambda key: parse_pem_private_key(key)["modulus"].bit_length()
