-- The index of search (docs/decisions/0036-search.md). A message is in search_pending, in a
-- segment, or in both.

-- New, edited and deleted messages that are in no segment yet.
CREATE TABLE search_pending (
    sent_at INTEGER NOT NULL,
    room_id BLOB NOT NULL,
    seq     INTEGER NOT NULL,
    change  INTEGER NOT NULL, -- the seq of the edit or deletion, or that of the message
    PRIMARY KEY (sent_at, room_id, seq, change)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_segments (
    id         INTEGER PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('building', 'ready', 'replaced', 'removed')),
    docs       INTEGER NOT NULL, -- messages
    postings   INTEGER NOT NULL, -- of all grams together
    first_at   INTEGER NOT NULL, -- of the earliest message
    last_at    INTEGER NOT NULL,
    stale_at   INTEGER,          -- since when it has words that are gone
    created_at INTEGER NOT NULL
) STRICT;

-- The messages of a segment.
CREATE TABLE search_docs (
    segment INTEGER PRIMARY KEY,
    docs    BLOB NOT NULL
) STRICT;

-- Which messages of a segment have a gram.
CREATE TABLE search_grams (
    segment INTEGER NOT NULL,
    gram    INTEGER NOT NULL,
    docs    BLOB NOT NULL,
    PRIMARY KEY (segment, gram)
) STRICT, WITHOUT ROWID;

-- Who builds the segments.
CREATE TABLE search_builder (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    holder       BLOB,
    leased_until INTEGER NOT NULL
) STRICT;
INSERT INTO search_builder (id, leased_until) VALUES (1, 0);

INSERT INTO search_pending (sent_at, room_id, seq, change)
SELECT sent_at, room_id, seq, seq FROM messages WHERE text IS NOT NULL;
