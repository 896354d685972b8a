"""The schema of what readers choose: topics that are turned off, and pauses."""

CHOICES = (
    # By the topic's name, so that no change of the configuration turns one on. `seq` is where the
    # log ended then: if it still ends there, nothing was missed.
    """
    CREATE TABLE topics_off (
        channel TEXT NOT NULL,
        address TEXT NOT NULL COLLATE NOCASE,
        subscriber TEXT NOT NULL,
        topic TEXT NOT NULL,
        at INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (channel, address, subscriber, topic)
    ) STRICT, WITHOUT ROWID
    """,
    # Kept when it is over: what waited meanwhile may be tried as long as if it were new then.
    """
    CREATE TABLE reader_pauses (
        channel TEXT NOT NULL,
        address TEXT NOT NULL COLLATE NOCASE,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (channel, address)
    ) STRICT, WITHOUT ROWID
    """,
)

PAUSED = """EXISTS (SELECT 1 FROM reader_pauses AS r
                    WHERE r.channel = s.channel AND r.address = s.address AND r.until > :now)"""
"""Whether the reader of the subscription `s` has paused: a part of a condition."""
