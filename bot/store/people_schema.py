"""The schema of people: tokens, who suspended an address, what came back, and who was erased."""

import secrets

from sqlite_utils import Database

READ_TOKENLESS = "SELECT id FROM subscriptions WHERE token = '' ORDER BY id"

GIVE_TOKEN = "UPDATE subscriptions SET token = ? WHERE id = ?"  # noqa: S105  # a statement

_PEOPLE = (
    # In links and return paths: whoever has it can leave the subscription.
    "ALTER TABLE subscriptions ADD COLUMN token TEXT NOT NULL DEFAULT ''",
    # When its address was last resumed: what came back of what was sent before says no more.
    "ALTER TABLE subscriptions ADD COLUMN resumed INTEGER",
    # An address may be suspended by several, each of whom lifts what is theirs. Who counts most
    # stands last in the alphabet: reader, owner, channel, bounce. What was there is a refusal.
    # The key's columns come first: SQLite 3.40 finds other columns in what quick_check reads.
    "ALTER TABLE suppressions RENAME TO former_suppressions",
    """
    CREATE TABLE suppressions (
        channel TEXT NOT NULL,
        address TEXT NOT NULL COLLATE NOCASE,
        decided_by TEXT NOT NULL DEFAULT 'channel'
            CHECK (decided_by IN ('reader', 'owner', 'channel', 'bounce')),
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (channel, address, decided_by)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO suppressions (channel, address, reason, at)
    SELECT channel, address, reason, at FROM former_suppressions
    """,
    "DROP TABLE former_suppressions",
    # What came back of a delivery that had been accepted at `sent_at`.
    """
    CREATE TABLE bounces (
        delivery INTEGER NOT NULL REFERENCES deliveries(id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'policy')),
        status TEXT NOT NULL,
        detail TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (delivery, kind)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX bounces_by_date ON bounces(at)",
    # Who is erased stays suspended: known by a hash of channel and address under this key alone.
    "CREATE TABLE erasing (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL) STRICT",
    """
    CREATE TABLE erased (
        hash TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (hash, decided_by)
    ) STRICT, WITHOUT ROWID
    """,
)


def new_token() -> str:
    """Make a subscription's token: 128 random bits in 22 characters that a URL may hold."""
    return secrets.token_urlsafe(16)


def make_people(db: Database) -> None:
    """Bring the schema about, and give every subscription there is its token."""
    for statement in _PEOPLE:
        db.execute(statement)
    rows = [(new_token(), row[0]) for row in db.execute(READ_TOKENLESS)]
    db.conn.executemany(GIVE_TOKEN, rows)
    db.execute("CREATE UNIQUE INDEX subscriptions_by_token ON subscriptions(token)")
