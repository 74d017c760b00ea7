-- Files of messages. Their bytes are outside of the database (server/src/files/storage.rs).
CREATE TABLE files (
    id         BLOB PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id),
    message_id BLOB REFERENCES messages (id),  -- NULL: no message has it
    position   INTEGER NOT NULL,               -- among the files of the message
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    width      INTEGER,                        -- of an image, as it is shown
    height     INTEGER,
    preview    TEXT CHECK (preview IN ('due', 'made', 'failed')), -- NULL: there is none
    attempts   INTEGER NOT NULL,               -- at making the preview
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_message ON files (message_id, position) WHERE message_id IS NOT NULL;
CREATE INDEX files_unsent ON files (created_at) WHERE message_id IS NULL;
CREATE INDEX files_unsent_by_user ON files (user_id) WHERE message_id IS NULL;
CREATE INDEX files_without_preview ON files (created_at) WHERE preview = 'due';
CREATE INDEX files_by_size ON files (size);

-- How many files a message has.
ALTER TABLE messages ADD COLUMN files INTEGER NOT NULL DEFAULT 0;

-- Uploads that are under way, and resumable ones that are complete.
CREATE TABLE uploads (
    id           BLOB PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES users (id),
    file_id      BLOB NOT NULL UNIQUE,  -- the file that it becomes
    name         TEXT NOT NULL,
    length       INTEGER,               -- NULL: not known
    received     INTEGER NOT NULL,
    parts        INTEGER NOT NULL,      -- that hold what was received
    finished     INTEGER NOT NULL,      -- 1: the file is there
    holder       BLOB,                  -- of the lock: the request that appends to it
    locked_until INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

-- Files that are gone, and whose bytes are to be removed.
CREATE TABLE removed_files (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
