"""A real Dovecot on the loopback: mailboxes read over IMAP, kept as Maildirs that tests fill."""

import asyncio
import getpass
import grp
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.ports import kept_port

PASSWORD = "wonder-land"
"""Of every mailbox; each name that logs in has one."""
USER, GROUP = "nobody", "nogroup"
"""Whom the mailboxes belong to where the test itself is root, as Dovecot serves none of root's."""


@dataclass(frozen=True)
class Dovecot:
    """A server that takes IMAP on `port`, with STARTTLS where it is asked for, and on `tls_port`.

    Its certificate is for localhost, and `authority` has signed it.
    """

    port: int
    tls_port: int
    root: Path
    authority: trustme.CA

    @property
    def context(self) -> ssl.SSLContext:
        """Trust this server and no other."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def maildir(self, name: str) -> Path:
        """Give the folder of a mailbox; made on the first call, empty, and the owner's alone."""
        folder = self.root / "mail" / name / "Maildir"
        for one in (folder.parent, folder, *(folder / part for part in ("new", "cur", "tmp"))):
            one.mkdir(parents=True, exist_ok=True)
            _give(one)
        return folder

    def put(self, name: str, octets: bytes) -> Path:
        """Put a message into a mailbox, as a mail server does that delivers there."""
        folder = self.maildir(name)
        number = sum(1 for _ in folder.glob("*/*"))
        written = folder / "tmp" / f"{number}.test"
        written.write_bytes(octets)
        _give(written)
        return written.rename(folder / "new" / written.name)


@asynccontextmanager
async def dovecot() -> AsyncIterator[Dovecot]:
    """Run a Dovecot of its own folder and ports; skip where it is not installed."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("dovecot is not installed (Debian's package dovecot-imapd)")
    with ExitStack() as kept:
        port, tls_port = kept.enter_context(kept_port()), kept.enter_context(kept_port())
        root = kept.enter_context(_folder())
        server = Dovecot(port, tls_port, root, trustme.CA())
        configuration = root / "dovecot.conf"
        configuration.write_text(_configuration(server), encoding="utf-8")
        async with AsyncExitStack() as running:
            process = await asyncio.create_subprocess_exec(program, "-F", "-c", str(configuration))
            running.push_async_callback(_stop, process)
            await _listening(server, process)
            yield server


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that other users reach too, with a short path: sockets stand in it."""
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        Path(name).chmod(0o755)  # the mailboxes' owner passes through it
        (Path(name) / "mail").mkdir()
        _give(Path(name) / "mail")
        yield Path(name)


def _give(path: Path) -> None:
    """Make a file or folder the mailboxes' owner's."""
    if os.geteuid() == 0:
        shutil.chown(path, USER, GROUP)


def _configuration(server: Dovecot) -> str:
    """Write the server's certificate and give its configuration."""
    certificate = server.authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(server.root / "server.pem"))
    is_root = os.geteuid() == 0
    internal = "dovecot" if is_root else getpass.getuser()
    owner = f"uid={USER} gid={GROUP}" if is_root else f"uid={os.getuid()} gid={os.getgid()}"
    return f"""
base_dir = {server.root}/run
state_dir = {server.root}/state
log_path = {server.root}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{server.root}/server.pem
ssl_key = <{server.root}/server.pem
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {internal}
default_login_user = {"dovenull" if is_root else internal}
{"" if is_root else f"default_internal_group = {grp.getgrgid(os.getgid()).gr_name}"}
first_valid_uid = 1
mail_location = maildir:{server.root}/mail/%n/Maildir
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = {owner} home={server.root}/mail/%n
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
"""


async def _listening(server: Dovecot, process: asyncio.subprocess.Process) -> None:
    """Wait until the server greets; fail with what it logged if it ends before that."""
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                greeting = await reader.readline()
                writer.close()
                if greeting.startswith(b"* OK"):
                    return
            if process.returncode is not None:
                log = server.root / "log"
                said = log.read_text("utf-8") if log.exists() else "nothing"
                pytest.fail(f"dovecot ended with {process.returncode} and logged: {said}")
            await asyncio.sleep(0.02)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the server and wait for it."""
    with suppress(ProcessLookupError):
        process.terminate()
    await process.wait()
