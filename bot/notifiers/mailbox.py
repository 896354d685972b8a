"""Email addresses on their way into a header and an envelope."""

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from bot.core.render.email import header_safe


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address that is safe in a header and an SMTP command, and the name shown with it.

    The domain is in its ASCII form. `local` may be other than ASCII: then `international` is
    true, and only a server with SMTPUTF8 takes it.
    """

    local: str
    domain: str
    name: str = ""

    @property
    def address(self) -> str:
        """The address alone, as the envelope has it."""
        return f"{self.local}@{self.domain}"

    @property
    def international(self) -> bool:
        """Whether the local part needs SMTPUTF8."""
        return not self.local.isascii()


def mailbox(written: str) -> Mailbox:
    """Read `ana@example.org` or `Daily Papers <papers@example.org>`.

    Raises ValueError, which says why, for line breaks and controls, quoted local parts, IP
    literals, more than one address, and whatever RFC 5321 does not allow.
    """
    if not written.isprintable():
        raise ValueError("an address must not hold line breaks or control characters")
    name, opened, rest = written.strip().rpartition("<")
    address = rest.removesuffix(">") if opened else rest
    try:
        found = validate_email(
            address, strict=True, check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(found.local_part, found.ascii_domain, header_safe(name))
