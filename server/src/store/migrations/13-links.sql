-- What pages said of themselves that messages link to: a row per link and day.
CREATE TABLE links (
    id           BLOB PRIMARY KEY, -- also the name of its picture in the storage of files
    url          TEXT NOT NULL,    -- without a fragment
    asked_at     INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    leased_until INTEGER NOT NULL, -- who fetches it has the time until then
    finished     INTEGER NOT NULL,
    site         TEXT,
    title        TEXT,             -- NULL: there is nothing to show
    text         TEXT,
    width        INTEGER,          -- of its picture; NULL: none
    height       INTEGER,
    unused_at    INTEGER           -- since when no message has it
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_url ON links (url, asked_at);
CREATE INDEX links_unused ON links (unused_at) WHERE unused_at IS NOT NULL;

-- The first links of each message.
CREATE TABLE message_links (
    message_id BLOB NOT NULL REFERENCES messages (id),
    position   INTEGER NOT NULL,
    link       BLOB NOT NULL REFERENCES links (id),
    url        TEXT NOT NULL, -- as it is in the message
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_links_by_link ON message_links (link);

-- 0: the author wants no previews.
ALTER TABLE messages ADD COLUMN previews INTEGER NOT NULL DEFAULT 1;

CREATE INDEX jobs_for_previews ON jobs (due_at) WHERE kind = 'preview';

-- Previews are an update as well. SQLite cannot change a CHECK of a table.
CREATE TABLE changes_with_previews (
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    op         BLOB NOT NULL UNIQUE,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL
        CHECK (kind IN ('edited', 'deleted', 'reacted', 'pinned', 'previewed')),
    text       TEXT,    -- of an edit; NULL once the message is deleted
    emoji      TEXT,    -- of a reaction
    is_set     INTEGER, -- of a reaction, a pin or previews; 0: removed
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO changes_with_previews
    SELECT room_id, seq, op, message_id, user_id, at, kind, text, emoji, is_set FROM changes;
DROP TABLE changes;
ALTER TABLE changes_with_previews RENAME TO changes;
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);
