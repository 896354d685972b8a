"""The schema of what people read of the papers, and of how far new rules have gone through them."""

READABLE = (
    # A paper that was read by the rules `read_by` stands for. A text is NULL where people read it
    # as it stands: most rows have no other. The row goes with whatever queues the paper for the
    # index, and is written anew with what takes it off the queue. With row numbers: abstracts in
    # the tree of the ids itself would take twice the room.
    """
    CREATE TABLE readable (
        paper TEXT PRIMARY KEY NOT NULL,
        read_by INTEGER NOT NULL,
        shown_title TEXT,
        shown_abstract TEXT,
        shown_comment TEXT
    ) STRICT
    """,
    "ALTER TABLE edition ADD COLUMN readable TEXT NOT NULL DEFAULT ''",
    # Once rules have changed, what is numbered below these was made by those of before.
    "ALTER TABLE edition ADD COLUMN index_below INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE edition ADD COLUMN readable_below INTEGER NOT NULL DEFAULT 0",
)
