"""Which mailbox the configuration means."""

from pathlib import Path

from bot.core.errors import ConfigError
from bot.interfaces import Probe
from bot.mailboxes.imap import ImapMailbox
from bot.mailboxes.imap_server import ImapServer
from bot.mailboxes.mailbox import Fetched
from bot.mailboxes.maildir import MaildirMailbox
from bot.settings import BouncesSettings, Settings


def mailbox_of(settings: Settings, *, maildir: Path | None = None, imap: bool = False) -> Fetched:
    """Give the mailbox to read: the Maildir, the IMAP server of [bounces], or what [bounces] has.

    Raises ConfigError where [bounces] does not have it.
    """
    configured = settings.bounces
    if maildir is None and not imap and configured.maildir is not None:
        maildir = Path(configured.maildir)
    if maildir is not None:
        return MaildirMailbox(maildir)
    if configured.host is None:
        where = 'host = "imap.example.org" and username = "bounces"'
        also = "" if imap else ' or maildir = "var/bounces"; or pipe a message into this command'
        raise ConfigError(f"[bounces] does not say where mail comes back to. Add {where}{also}.")
    return _on_imap(configured, configured.host)


def _on_imap(configured: BouncesSettings, host: str) -> ImapMailbox:
    """Give the folder on an IMAP server."""
    password = configured.password.get_secret_value() if configured.password else ""
    server = ImapServer(host, configured.port, configured.tls, configured.username or "", password)
    return ImapMailbox(server, configured.folder)


async def try_mailbox(settings: Settings) -> list[Probe]:
    """Try the mailbox of [bounces], where there is one."""
    if settings.bounces.maildir is None and settings.bounces.host is None:
        return []
    return [await mailbox_of(settings).check()]
