"""Telling the owner when something is wrong, each thing once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.alerts import Alert, Look, alerts
from bot.core.arxiv_calendar import Calendar
from bot.core.notice import Notice
from bot.core.polling import Batch, Mark
from bot.interfaces import Messenger, Store
from bot.logs import hidden
from bot.refusals import with_refused
from bot.settings import Settings

_log = structlog.get_logger()

OWNER = "owner"
"""Whose marks in the ledger tell what was told: their scope is the address."""
WATCHED = "watched"
"""The mark of the first look."""
RETRY = timedelta(hours=1)
"""How long a mail server that took no notice is left alone."""


class Owner:
    """Looks at the ledger, and tells the owner's addresses what is new to them.

    Without an address notices go to the log alone. A notice is remembered once it was accepted;
    one that was accepted by a process that died then is sent again under the same key.
    """

    def __init__(
        self, settings: Settings, store: Store, calendar: Calendar, messenger: Messenger | None
    ) -> None:
        self._settings = settings
        self._store = store
        self._calendar = calendar
        self._messenger = messenger
        self._rests: dict[str, datetime] = {}
        self._lamented: set[tuple[str, str]] = set()

    async def look(self, now: datetime, *, asking: bool = False) -> Look:
        """Tell what has to be told as of `now`, and give what was seen.

        While the bot is `asking` nobody is told that nothing comes. A mail server that fails is
        logged, and tried again an hour later. Raises StoreError.
        """
        marks = (await self._store.memory(OWNER, now)).marks
        watched = _watched(marks)
        if watched is None:
            watched = now
            await self._remember(Mark("", WATCHED, "", now), now)
        status = await with_refused(await self._store.status(now), self._store, self._settings, now)
        patience = self._settings.owner.quiet_after
        look = Look(now, status, self._calendar, patience, watched, asking)
        for address in self._settings.owner.email or ("",):
            told = {one.key: one for one in marks if one.scope == address}
            await self._tell(address, look, told)
        return look

    async def _tell(self, address: str, look: Look, told: Mapping[str, Mark]) -> None:
        """Tell one address what is new to it."""
        for alert in alerts(look, told):
            if alert.notice is None or await self._accepted(address, alert, alert.notice, look):
                await self._remember(Mark(address, alert.key, alert.value, look.now), look.now)

    async def _accepted(self, address: str, alert: Alert, notice: Notice, look: Look) -> bool:
        """Send one notice, and tell whether it need not be sent again."""
        notice = self._harmless(notice)
        if not address:
            _log.warning("owner.alert", subject=notice.subject, said=list(notice.lines))
            return True
        if self._messenger is None or _mail_paused(look):
            self._lament(alert, notice)
            return False
        if look.now < self._rests.get(address, look.now) <= look.now + RETRY:
            return False
        try:
            key = f"{OWNER} {address} {alert.key} {alert.case}"
            await self._messenger.tell(notice, address, key=key)
        except Exception as failure:  # noqa: BLE001  # whatever fails here must not stop the bot
            error = hidden(str(failure) or type(failure).__name__, self._settings.secrets())
            _log.error("owner.not_told", subject=notice.subject, error=error)
            self._rests[address] = look.now + RETRY
            return False
        _log.warning("owner.told", subject=notice.subject)
        return True

    def _lament(self, alert: Alert, notice: Notice) -> None:
        """Log, once in the life of this process, what cannot be told by email."""
        if (alert.key, alert.case) not in self._lamented:
            self._lamented.add((alert.key, alert.case))
            cure = "[email] is paused" if self._messenger else "owner.email needs an [email] table"
            _log.error("owner.unreachable", subject=notice.subject, because=cure)

    def _harmless(self, notice: Notice) -> Notice:
        """Hide in a notice what errors may have echoed."""
        secrets = self._settings.secrets()
        lines = tuple(hidden(line, secrets) for line in notice.lines)
        return replace(notice, subject=hidden(notice.subject, secrets), lines=lines)

    async def _remember(self, mark: Mark, now: datetime) -> None:
        """Write a mark of ours."""
        await self._store.record(OWNER, Batch(marks=(mark,)), now)


async def watched_since(store: Store, now: datetime) -> datetime | None:
    """Tell when the owner's eyes were first on this ledger; None where they were not yet."""
    return _watched((await store.memory(OWNER, now)).marks)


def _watched(marks: Iterable[Mark]) -> datetime | None:
    """Find the mark of the first look."""
    return next((one.at for one in marks if one.key == WATCHED), None)


def _mail_paused(look: Look) -> bool:
    """Whether the mail server is being left alone."""
    return any(row["channel"] == "email" for row in look.status.paused)
