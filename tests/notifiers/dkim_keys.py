"""A key pair for signatures, and the DNS that publishes its public half."""

from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
).decode()


def published(name: bytes, timeout: float = 5) -> bytes:
    """Answer for the DNS, which knows this key alone."""
    assert name == b"papers._domainkey.example.org."
    public = KEY.public_key().public_bytes(
        forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
