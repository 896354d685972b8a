"""The schema of the shelves of the pages, and of the stamps by which they follow the papers."""

SHELVES = (
    # The last stamp given, and that of the last change of any shelf. They never fall, whatever is
    # forgotten.
    """
    CREATE TABLE stamps (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        latest INTEGER NOT NULL,
        shelved INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO stamps VALUES (1, 0, 0)",
    # Given to a paper in the transaction that indexes it, and in one that changes what the index
    # does not hold of it. Papers that were indexed before there were stamps have 0.
    "ALTER TABLE indexed ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX indexed_by_stamp ON indexed(stamp, paper)",
    # The queries of the pages, by their hashes: each was matched with the papers up to this place
    # in the order of their stamps.
    """
    CREATE TABLE shelf_queries (
        number INTEGER PRIMARY KEY,
        query TEXT NOT NULL UNIQUE,
        stamp INTEGER NOT NULL,
        paper TEXT NOT NULL
    ) STRICT
    """,
    # What each of them matches. `day` is a number of days, `updated` an instant; `stamp` is that of
    # the transaction that last changed on which shelves the paper stands, or how.
    """
    CREATE TABLE shelves (
        query INTEGER NOT NULL REFERENCES shelf_queries(number),
        updated INTEGER NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        day INTEGER NOT NULL,
        stamp INTEGER NOT NULL,
        PRIMARY KEY (query, updated, paper)
    ) STRICT, WITHOUT ROWID
    """,
    # These hold whole rows, with the key that each ends with: nothing wider is ever read.
    "CREATE INDEX shelves_of_paper ON shelves(paper, day, stamp)",
    "CREATE INDEX shelves_of_day ON shelves(day, updated, paper, stamp)",
)
