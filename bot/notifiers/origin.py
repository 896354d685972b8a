"""Who an email comes from: the sender, the return path, the ways to leave, and the signature."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from bot.core.digest import Digest
from bot.core.errors import ConfigError, PermanentFailure
from bot.core.links import TOKEN_LENGTH, longest_public_url, manage_url, unsubscribe_url
from bot.core.return_path import return_path
from bot.interfaces import Probe
from bot.notifiers.dkim_signature import ROOM, Signer
from bot.notifiers.mailbox import Mailbox, mailbox
from bot.notifiers.message import Envelope, Message

if TYPE_CHECKING:
    from bot.settings import EmailSettings, WebSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """What all messages of one sender have in common.

    `public_url` is where the pages for leaving are ("": nowhere), `bounces` the address whose
    extensions are return paths ("": the sender is), and `signer` what signs (None: nothing).
    """

    sender: Mailbox
    public_url: str = ""
    bounces: str = ""
    signer: Signer | None = None

    @classmethod
    def written(cls, sender: str) -> Self:
        """Make one of a From address alone. Raises ConfigError where it cannot be used."""
        try:
            found = mailbox(sender)
        except ValueError as error:
            raise ConfigError(f"email.sender: {error}") from None
        if found.international:
            raise ConfigError("email.sender: the part before the @ must be ASCII for other servers")
        return cls(found)

    @classmethod
    def from_settings(cls, email: "EmailSettings", web: "WebSettings") -> Self:
        """Make one from [email] and [web]. Raises ConfigError, naming the key."""
        bare = cls.written(email.sender)
        return replace(
            bare,
            public_url=web.public_url or "",
            bounces=email.bounces or "",
            signer=Signer.from_settings(email, bare.sender.domain),
        )

    def envelope(self, recipient: str, digest: Digest | None = None) -> Envelope:
        """Address a message: a digest with the ways to leave, or without one a notice.

        Raises PermanentFailure of the address where it is none.
        """
        try:
            to = mailbox(recipient)
        except ValueError as error:
            raise PermanentFailure(f"not an email address: {error}", scope="address") from None
        if digest is None:
            return Envelope(self.sender, to)
        return Envelope(
            self.sender,
            to,
            unsubscribe=unsubscribe_url(self.public_url, digest.token),
            mailto=self._mailto(digest.token),
            return_path=self._return_path(digest),
            manage=manage_url(self.public_url, digest.token),
        )

    def room(self, most: int | None) -> int | None:
        """Tell how large a message may be of which at most `most` octets are sent."""
        return most if most is None or self.signer is None else max(0, most - ROOM)

    def signed(self, message: Message) -> Message:
        """Sign a message, where there is something to sign with."""
        if self.signer is None:
            return message
        return replace(message, octets=self.signer.sign(message.octets))

    def probes(self) -> Iterator[Probe]:
        """Tell who sends, and whether receivers find what they ask of such a sender."""
        domain = self.sender.domain
        signed = f"signed by {self.signer}" if self.signer else "not signed here"
        asked = f"SPF, DKIM and DMARC of {domain} must vouch for it"
        yield Probe(f"email sender {self.sender.address}", ok=True, detail=f"{signed}; {asked}")
        yield self._leaving()
        if self.bounces:
            back = f"failures come back to {self.bounces.replace('@', '+…@')}"
        else:
            back = "failures come back to the sender, uncounted; email.bounces turns this on"
        yield Probe("email bounces", ok=True, detail=back)

    def _leaving(self) -> Probe:
        """Tell whether a reader can leave with one click (RFC 8058)."""
        what = "email one-click unsubscribe"
        if not self.public_url:
            cure = "set web.public_url and run `daily-papers web`"
            return Probe(what, ok=True, detail=f"off: readers leave by a mail; {cure}")
        page = unsubscribe_url(self.public_url, "T" * TOKEN_LENGTH)
        if not page:
            why = f"web.public_url is longer than {longest_public_url()} characters"
            return Probe(what, ok=False, detail=f"off, readers leave by a mail: {why}")
        if not page.startswith("https://"):
            why = "web.public_url is not https://…, which mail programs ask for"
            return Probe(what, ok=False, detail=f"off, readers leave by a link or a mail: {why}")
        return Probe(what, ok=True, detail=f"on, at {page.rpartition('/')[0]}/…")

    def _mailto(self, token: str) -> str:
        """Give the URL of a mail to the sender that asks to stop."""
        wish = quote(f"unsubscribe {token}".rstrip())
        return f"mailto:{quote(self.sender.address, safe='@')}?subject={wish}"

    def _return_path(self, digest: Digest) -> str:
        """Name the delivery in the address that failures come back to."""
        if not (self.bounces and digest.token and digest.delivery):
            return ""
        return return_path(self.bounces, digest.delivery, digest.token)
