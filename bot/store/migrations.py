"""The schema, as the steps that lead to it; a step once released is never edited.

Instants are integers (microseconds since 1970, UTC), lists are JSON. All pending steps are one
transaction: an interrupted migration leaves the database as it was.
"""

from sqlite_utils import Database, Migrations

from bot.core.arxiv_id import order_of

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
    db.executescript(_OUTBOX)


@migrations(name="0004-sources")
def create_sources(db: Database) -> None:
    """Make what several sources need: details, revisions, sightings, gaps, and what digests cover.

    What was polled before came whole, from the API. Until it rises the highest id is that of the
    papers kept, and rose when the last of them was announced.
    """
    db.executescript(_SOURCES)
    highest = max((row[0] for row in db.execute("SELECT id FROM papers")), key=order_of, default="")
    db.execute("UPDATE arxiv SET highest = ?", (highest,))


NAMES = frozenset({"0001-log", "0002-subscriptions", "0003-outbox", "0004-sources"})
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

_OUTBOX = """
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    subscription INTEGER NOT NULL REFERENCES subscriptions(id),
    channel TEXT NOT NULL,
    slot INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'held', 'dropped')),
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    uncertain INTEGER NOT NULL DEFAULT 0,  -- attempts that may have been accepted
    owner TEXT,
    lease_until INTEGER,
    settled_at INTEGER,
    error TEXT
) STRICT;

CREATE INDEX deliveries_pending ON deliveries(channel, next_at, id) WHERE state = 'pending';

CREATE INDEX deliveries_sending ON deliveries(channel, next_at, id) WHERE state = 'sending';

CREATE INDEX deliveries_of_subscription ON deliveries(subscription, state);

CREATE INDEX deliveries_by_state ON deliveries(state);

CREATE INDEX deliveries_uncertain ON deliveries(id) WHERE uncertain > 0;

-- A paper is live in the one delivery that gave it to the subscription, or is going to; in a
-- delivery that failed for good it is not, and may be given again.
CREATE TABLE delivery_papers (
    delivery INTEGER NOT NULL REFERENCES deliveries(id),
    position INTEGER NOT NULL,
    subscription INTEGER NOT NULL REFERENCES subscriptions(id),
    paper TEXT NOT NULL REFERENCES papers(id),
    topics TEXT NOT NULL,
    kind TEXT NOT NULL,
    live INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX papers_given ON delivery_papers(subscription, paper) WHERE live;

CREATE INDEX papers_returned ON delivery_papers(subscription, paper) WHERE NOT live;
"""

_SOURCES = """
ALTER TABLE papers ADD COLUMN detail INTEGER NOT NULL DEFAULT 2;

-- With the detail: the dates of what only a feed told are the feed's.
DROP INDEX papers_by_id;
CREATE INDEX papers_by_id ON papers(id, published, categories, detail);

CREATE INDEX papers_partial ON papers(updated, id) WHERE detail = 0;

ALTER TABLE announcements ADD COLUMN former TEXT;  -- of a revision: version, title and comment
ALTER TABLE announcements ADD COLUMN withdrawal INTEGER NOT NULL DEFAULT 0;
-- 1: comment and dates have come of a paper that was announced without them; 2: they are awaited.
ALTER TABLE announcements ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;

-- What may be matched by who was given the paper before.
CREATE INDEX announcements_again ON announcements(seq, paper, completed)
    WHERE late <> '[]' OR completed = 1;

CREATE INDEX announcements_withdrawals ON announcements(seq, paper) WHERE withdrawal;
CREATE INDEX announcements_revised ON announcements(seq) WHERE former IS NOT NULL;

-- This and `papers_delivered` also find what depends on a paper that is pruned.
CREATE INDEX announcements_of_paper ON announcements(paper, date);

-- Which sources brought an announced paper, and when each did first.
CREATE TABLE sightings (
    paper TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (paper, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX sightings_by_date ON sightings(at);

-- Ids of papers outside of all scopes: known to exist, and to be there still then. Never pruned.
CREATE TABLE elsewhere (paper TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Ids that a census should have met; void ones were asked for until it was of no use.
CREATE TABLE gaps (
    id TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    asked INTEGER,
    void INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX gaps_open ON gaps(since, id) WHERE NOT void;

-- All of arXiv, in one row: its highest id, when that rose, and up to where it was seen whole.
CREATE TABLE arxiv (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    highest TEXT NOT NULL,
    risen INTEGER,
    census TEXT NOT NULL,
    met INTEGER  -- when anything was last met outside of all scopes
) STRICT;

INSERT INTO arxiv SELECT 1, '', max(date), '', NULL FROM announcements WHERE NOT silent;

ALTER TABLE polls ADD COLUMN whole_at INTEGER;
ALTER TABLE polls ADD COLUMN failing INTEGER;
UPDATE polls SET whole_at = at WHERE state = 'ok';

ALTER TABLE subscriptions ADD COLUMN covered INTEGER;
ALTER TABLE subscriptions ADD COLUMN heard INTEGER;  -- slot of the last delivery, or when made
UPDATE subscriptions SET heard = coalesce(
    (SELECT max(slot) FROM deliveries WHERE subscription = subscriptions.id), slot);

ALTER TABLE deliveries ADD COLUMN coverage TEXT;

-- The announcement of a later version that is given, or 0 for the paper itself.
ALTER TABLE delivery_papers ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- What the line is told against: the version before the oldest revision that the reader missed.
ALTER TABLE delivery_papers ADD COLUMN former TEXT;

CREATE INDEX papers_delivered ON delivery_papers(paper);

DROP INDEX papers_given;
CREATE UNIQUE INDEX papers_given ON delivery_papers(subscription, paper, revision) WHERE live;

DROP INDEX papers_returned;
CREATE INDEX papers_returned ON delivery_papers(subscription, paper, revision) WHERE NOT live;

CREATE INDEX deliveries_sent ON deliveries(settled_at, channel, created_at) WHERE state = 'sent';
"""
