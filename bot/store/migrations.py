"""The schema, as the steps that lead to it; a step once released is never edited.

Instants are integers (microseconds since 1970, UTC), lists are JSON. All pending steps are one
transaction: an interrupted migration leaves the database as it was.
"""

from sqlite_utils import Database, Migrations

from bot.core.arxiv_id import order_of
from bot.store.choices_schema import CHOICES
from bot.store.cursors import BEGINNINGS
from bot.store.edition import RULES_OF_CURSORS
from bot.store.later import AFFILIATIONS, READING
from bot.store.outbox_schema import OUTBOX, PLAIN
from bot.store.people_schema import make_people
from bot.store.readable_schema import READABLE
from bot.store.search_schema import QUEUE, SEARCH
from bot.store.shelves_schema import SHELVES
from bot.store.signups_schema import SIGNUPS
from bot.store.sources_schema import SOURCES

migrations = Migrations("daily-papers")


@migrations(name="0001-log")
def create_log(db: Database) -> None:
    """Make what poll writes: papers, the seen-table, the log, baselines, marks, polls."""
    db.executescript(_LOG)


@migrations(name="0002-subscriptions")
def create_subscriptions(db: Database) -> None:
    """Make who subscribes, how far each topic has read, and who must not be written to."""
    db.executescript(_SUBSCRIPTIONS)


@migrations(name="0003-outbox")
def create_outbox(db: Database) -> None:
    """Make deliveries and the papers that each of them gives."""
    db.executescript(OUTBOX)


@migrations(name="0004-sources")
def create_sources(db: Database) -> None:
    """Make what several sources need: details, revisions, sightings, gaps, and what digests cover.

    What was polled before came whole, from the API. Until it rises the highest id is that of the
    papers kept, and rose when the last of them was announced.
    """
    db.executescript(SOURCES)
    highest = max((row[0] for row in db.execute("SELECT id FROM papers")), key=order_of, default="")
    db.execute("UPDATE arxiv SET highest = ?", (highest,))


@migrations(name="0005-search")
def create_search(db: Database) -> None:
    """Make the index of the papers' words, and room for report numbers."""
    db.executescript(SEARCH)


@migrations(name="0006-beginnings")
def create_beginnings(db: Database) -> None:
    """Make what tells from where each cursor began."""
    for statement in BEGINNINGS:
        db.execute(statement)


@migrations(name="0007-reading")
def create_reading(db: Database) -> None:
    """Make what tells how far the log was read, and by which rules cursors know their queries."""
    db.executescript(READING)
    db.execute(RULES_OF_CURSORS)


@migrations(name="0008-queue")
def create_queue(db: Database) -> None:
    """Leave it to those who write papers to queue them for the index."""
    db.executescript(QUEUE)


@migrations(name="0009-affiliations")
def create_affiliations(db: Database) -> None:
    """Make room for where authors work, and for rows that tell of it later."""
    db.executescript(AFFILIATIONS)


@migrations(name="0010-people")
def create_people(db: Database) -> None:
    """Make what tells who left, whose mail came back, and who was erased."""
    make_people(db)


@migrations(name="0011-readable")
def create_readable(db: Database) -> None:
    """Make room for what people read of the papers; it is filled in after passes."""
    for statement in READABLE:
        db.execute(statement)


@migrations(name="0012-choices")
def create_choices(db: Database) -> None:
    """Make what tells which topics readers have turned off, and until when they pause."""
    for statement in CHOICES:
        db.execute(statement)


@migrations(name="0013-shelves")
def create_shelves(db: Database) -> None:
    """Make the shelves of the pages; they are filled once pages are asked for."""
    for statement in SHELVES:
        db.execute(statement)


@migrations(name="0014-plain")
def find_plain(db: Database) -> None:
    """Let those digests be found that were sent as titles and links alone."""
    db.execute(PLAIN)


@migrations(name="0015-signups")
def create_signups(db: Database) -> None:
    """Make room for sign-ups that wait for their confirmation, and for what may be chosen."""
    for statement in SIGNUPS:
        db.execute(statement)


NAMES = frozenset(
    {
        *("0001-log", "0002-subscriptions", "0003-outbox", "0004-sources", "0005-search"),
        *("0006-beginnings", "0007-reading", "0008-queue", "0009-affiliations"),
        *("0010-people", "0011-readable", "0012-choices", "0013-shelves"),
        *("0014-plain", "0015-signups"),
    }
)
"""Every step there is: a database with another one was made by a newer version."""

_LOG = """
CREATE TABLE papers (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL,
    categories TEXT NOT NULL,
    primary_category TEXT NOT NULL,
    published INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    comment TEXT,
    journal_ref TEXT,
    doi TEXT,
    ever TEXT NOT NULL  -- every category that it was ever in, so that none is announced twice
) STRICT;

-- Baselines read every paper's id, categories and date: from here, not from the wide rows.
CREATE INDEX papers_by_id ON papers(id, published, categories);

-- Never pruned: what is here is never new again, even when its paper's row is gone.
CREATE TABLE seen (paper TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE announcements (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    paper TEXT NOT NULL REFERENCES papers(id),
    date INTEGER NOT NULL,
    silent INTEGER NOT NULL,
    late TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;

CREATE INDEX announcements_news ON announcements(seq) WHERE NOT silent;

CREATE INDEX announcements_by_date ON announcements(date);

CREATE INDEX announcements_late ON announcements(paper, seq) WHERE late <> '[]';

CREATE TABLE baselines (
    scope TEXT PRIMARY KEY,
    highest TEXT NOT NULL,
    lowest TEXT,
    at INTEGER NOT NULL,
    known INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    source TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE polls (
    source TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    received INTEGER NOT NULL,
    announced INTEGER NOT NULL,
    error TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    error TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
"""

_SUBSCRIPTIONS = """
-- A subscription that is removed stays as an inactive row, with the papers that it was given.
CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    subscriber TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    timezone TEXT NOT NULL,
    schedule TEXT NOT NULL,
    slot INTEGER NOT NULL,
    next_due INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    UNIQUE (origin, subscriber, channel, address)
) STRICT;

-- Holds all that tells whether a digest is due, so that the wide rows are left alone.
CREATE INDEX subscriptions_due ON subscriptions(next_due, id, channel, address) WHERE active;

CREATE INDEX subscriptions_by_address ON subscriptions(channel, address COLLATE NOCASE);

CREATE TABLE cursors (
    subscription INTEGER NOT NULL REFERENCES subscriptions(id),
    topic TEXT NOT NULL,
    query_hash TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reach INTEGER,
    PRIMARY KEY (subscription, topic, query_hash)
) STRICT, WITHOUT ROWID;

-- Kept by channel and address, so that no change of the configuration revives one.
CREATE TABLE suppressions (
    channel TEXT NOT NULL,
    address TEXT NOT NULL COLLATE NOCASE,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    channel TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
