"""Where mail comes back to: a pipe, a Maildir, a folder on an IMAP server."""

from bot.mailboxes.configured import mailbox_of, try_mailbox
from bot.mailboxes.imap import ImapMailbox
from bot.mailboxes.imap_server import ImapServer
from bot.mailboxes.mailbox import Letter, Mailbox
from bot.mailboxes.maildir import MaildirMailbox
from bot.mailboxes.old_formats import guess
from bot.mailboxes.piped import Piped, read_whole

__all__ = [
    "ImapMailbox",
    "ImapServer",
    "Letter",
    "Mailbox",
    "MaildirMailbox",
    "Piped",
    "guess",
    "mailbox_of",
    "read_whole",
    "try_mailbox",
]
