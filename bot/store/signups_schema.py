"""The schema of those who sign up by themselves: what they ask for, and what may be chosen."""

SIGNUPS = (
    # A wish that came with an address, whosever it is, and for which a letter went there: until
    # `expires`, whatever becomes of it. It made or changed `subscription` when it was confirmed.
    # Where one was there already the letter led to that, and `known` keeps it from confirming.
    """
    CREATE TABLE signups (
        token TEXT PRIMARY KEY,
        address TEXT NOT NULL COLLATE NOCASE,
        topics TEXT NOT NULL,
        schedule TEXT NOT NULL,
        known INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        subscription INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    # Every topic that was ever to be chosen from: a new one is off for those who chose before.
    "CREATE TABLE offered (topic TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    # They are found by it, and the last of them at once.
    """
    CREATE INDEX subscriptions_signed_up ON subscriptions(id) WHERE origin = 'web' AND active
    """,
)
