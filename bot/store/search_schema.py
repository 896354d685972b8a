"""The schema of searching the papers: an index of their words, and the queue of what it lacks."""

SEARCH = """
ALTER TABLE papers ADD COLUMN report_no TEXT;

-- Fields that come late to a paper and that a query in use reads.
CREATE TABLE wanted (field TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The flags of `completed` that tell of a paper again are 1 and, since then, 4: a report number.
DROP INDEX announcements_again;
CREATE INDEX announcements_again ON announcements(seq, paper, completed)
    WHERE late <> '[]' OR completed & 5;

-- A column for each field that can be asked for: stems, as many as there are words. `au` has whole
-- names, `labels` categories and ids, and `words` how words begin whose stems begin otherwise.
-- The point stands within numbers; what is no ASCII is of a word. Its own copy it does not keep.
CREATE VIRTUAL TABLE search USING fts5(
    ti, abs, co, jr, rn, subjects, au, labels, words,
    content = '', tokenize = "ascii tokenchars '.'");

-- What stands in the index: `number` is the row there, higher for newer papers and the same for
-- ever, as VACUUM gives rows without such a key new ones; `text` is what it was made of, packed,
-- without which this SQLite could not take it out again.
CREATE TABLE indexed (
    number INTEGER PRIMARY KEY,
    paper TEXT NOT NULL UNIQUE,
    text BLOB NOT NULL
) STRICT;

-- By whose rules the words were cut: those of another version would be looked up in vain.
CREATE TABLE edition (one INTEGER PRIMARY KEY CHECK (one = 1), rules TEXT NOT NULL) STRICT;
INSERT INTO edition VALUES (1, '');

-- Papers that are new, changed or gone since they were indexed.
CREATE TABLE unindexed (paper TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO unindexed SELECT id FROM papers ORDER BY id;

CREATE TRIGGER papers_come AFTER INSERT ON papers BEGIN
    INSERT INTO unindexed VALUES (new.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER papers_change AFTER UPDATE ON papers
WHEN (old.title, old.abstract, old.authors, old.categories, old.primary_category)
    <> (new.title, new.abstract, new.authors, new.categories, new.primary_category)
    OR old.comment IS NOT new.comment OR old.journal_ref IS NOT new.journal_ref
    OR old.doi IS NOT new.doi OR old.report_no IS NOT new.report_no
BEGIN
    INSERT INTO unindexed VALUES (new.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER papers_go AFTER DELETE ON papers BEGIN
    INSERT INTO unindexed VALUES (old.id) ON CONFLICT DO NOTHING;
END;
"""

# Papers that are written are queued together, once a batch: a trigger for each row took longer.
QUEUE = """
DROP TRIGGER papers_come;
DROP TRIGGER papers_change;
DROP TRIGGER papers_go;
"""
