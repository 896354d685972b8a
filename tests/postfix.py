"""A real Postfix on the loopback, with its own folder and ports, that delivers into Maildirs."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from tests.ports import kept_port

DOMAIN = "example.org"
_PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup  unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
error   unix - - n - - error
retry   unix - - n - - error
"""
"""What every Postfix of ours runs, as master.cf has it."""
_MASTER = (
    SERVICES
    + """\
virtual unix - n n - - virtual
anvil   unix - - n - 1 anvil
gone    unix - n n - - pipe user={user} argv=/bin/sh -c {{exit 67}}
postlog unix-dgram n - n - 1 postlogd
"""
)
PLACES = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log/mail
maillog_file_prefixes = {root}/log
myhostname = mail.example.org
"""
"""Where it keeps what it has, as main.cf has it."""
_MAIN = (
    PLACES
    + """\
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
alias_database =
smtpd_peername_lookup = no
recipient_delimiter = +
virtual_mailbox_domains = example.org
virtual_mailbox_base = {mailboxes}
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
transport_maps = texthash:{root}/transports
{more}
"""
)


@asynccontextmanager
async def postfix(
    maildirs: Mapping[str, Path], *, gone: str = "gone", more: str = ""
) -> AsyncIterator[int]:
    """Run a Postfix that takes mail for these local parts at DOMAIN; give its port.

    Each has a Maildir, all under one folder and of one owner, as whom it delivers. What is for
    `gone` it takes and then returns. `more` are lines of main.cf. Skips where it is not installed,
    and where nobody but root could start it.
    """
    with kept_port() as port, postfix_folder() as root:
        _configure(root, port, maildirs, gone)
        with (root / "conf/main.cf").open("a") as file:
            file.write(more)
        async with serving(root, port):
            yield port


@asynccontextmanager
async def serving(root: Path, port: int) -> AsyncIterator[None]:
    """Run the Postfix whose configuration stands in this folder, from when it greets."""
    process = await _started(_program(), root)
    try:
        await _listening(port, process, root)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def _program() -> str:
    """Find Postfix, or skip."""
    program = shutil.which("postfix", path=_PLACES)
    if program is None:
        pytest.skip("postfix is not installed (Debian's package postfix)")
    if os.geteuid() != 0:
        pytest.skip("Postfix's master runs as root only")
    return program


async def _started(program: str, root: Path) -> asyncio.subprocess.Process:
    """Start Postfix's master as the leader of all that it starts: they then end with it."""
    ours = ("-c", str(root / "conf"))
    prepared = await asyncio.create_subprocess_exec(program, *ours, "check")
    assert await prepared.wait() == 0
    postconf = shutil.which("postconf", path=_PLACES) or "postconf"
    asking = await asyncio.create_subprocess_exec(
        *(postconf, *ours, "-h", "daemon_directory"), stdout=asyncio.subprocess.PIPE
    )
    place, _ = await asking.communicate()
    assert asking.returncode == 0
    return await asyncio.create_subprocess_exec(
        *(f"{place.decode().strip()}/master", "-d"),
        env=os.environ | {"MAIL_CONFIG": str(root / "conf")},
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def postfix_folder() -> Iterator[Path]:
    """Give a folder that Postfix's own user reaches too, with a short path: sockets stand in it.

    Skips where no Postfix could be started in it.
    """
    _program()
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        root.chmod(0o755)
        for part in ("conf", "queue", "data", "log"):
            (root / part).mkdir()
        for part in ("data", "log"):
            shutil.chown(root / part, "postfix")
        yield root


def _configure(root: Path, port: int, maildirs: Mapping[str, Path], gone: str) -> None:
    """Write Postfix's configuration and its tables."""
    base = Path(os.path.commonpath(list(maildirs.values())))
    if base in maildirs.values():
        base = base.parent
    owner = next(iter(maildirs.values())).stat()
    rows = {name: f"{folder.relative_to(base)}/" for name, folder in maildirs.items()}
    rows[gone] = "gone/"
    tables = {
        "mailboxes": rows,
        "transports": {gone: "gone:"},
    }
    for table, lines in tables.items():
        written = "".join(f"{name}@{DOMAIN} {value}\n" for name, value in lines.items())
        (root / table).write_text(written, encoding="utf-8")
    (root / "conf/master.cf").write_text(_MASTER.format(port=port, user="nobody"))
    values = {"root": root, "mailboxes": base, "uid": owner.st_uid, "gid": owner.st_gid}
    (root / "conf/main.cf").write_text(_MAIN.format(**values, more=""))


async def _listening(port: int, process: asyncio.subprocess.Process, root: Path) -> None:
    """Wait until the server greets; fail with what it logged if it ends before that."""
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                greeting = await reader.readline()
                writer.close()
                if greeting.startswith(b"220"):
                    return
            if process.returncode is not None:
                log = root / "log/mail"
                said = log.read_text("utf-8") if log.exists() else "nothing"
                pytest.fail(f"postfix ended with {process.returncode} and logged: {said}")
            await asyncio.sleep(0.05)
