"""The schema of several sources: details, revisions, sightings, gaps, and what digests cover."""

SOURCES = """
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
