"""The schema of the outbox: deliveries, and the papers that each of them gives."""

OUTBOX = """
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

PLAIN = """
CREATE INDEX deliveries_plain ON deliveries(settled_at) WHERE state = 'sent' AND error IS NOT NULL
"""
