-- Files of messages. Their bytes are outside of the database (server/src/files/storage.rs).
CREATE TABLE files (
    id         BYTEA PRIMARY KEY,
    user_id    BYTEA NOT NULL REFERENCES users (id),
    message_id BYTEA REFERENCES messages (id),  -- NULL: no message has it
    position   BIGINT NOT NULL,               -- among the files of the message
    name       TEXT COLLATE "C" NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    size       BIGINT NOT NULL,
    width      BIGINT,                        -- of an image, as it is shown
    height     BIGINT,
    preview    TEXT COLLATE "C" CHECK (preview IN ('due', 'made', 'failed')), -- NULL: there is none
    attempts   BIGINT NOT NULL,               -- at making the preview
    created_at BIGINT NOT NULL
);
CREATE INDEX files_by_message ON files (message_id, position) WHERE message_id IS NOT NULL;
CREATE INDEX files_unsent ON files (created_at) WHERE message_id IS NULL;
CREATE INDEX files_unsent_by_user ON files (user_id) WHERE message_id IS NULL;
CREATE INDEX files_without_preview ON files (created_at) WHERE preview = 'due';
CREATE INDEX files_by_size ON files (size);

-- How many files a message has.
ALTER TABLE messages ADD COLUMN files BIGINT NOT NULL DEFAULT 0;

-- Uploads that are under way, and resumable ones that are complete.
CREATE TABLE uploads (
    id           BYTEA PRIMARY KEY,
    user_id      BYTEA NOT NULL REFERENCES users (id),
    file_id      BYTEA NOT NULL UNIQUE,  -- the file that it becomes
    name         TEXT COLLATE "C" NOT NULL,
    length       BIGINT,               -- NULL: not known
    received     BIGINT NOT NULL,
    parts        BIGINT NOT NULL,      -- that hold what was received
    finished     BIGINT NOT NULL,      -- 1: the file is there
    holder       BYTEA,                  -- of the lock: the request that appends to it
    locked_until BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

-- Files that are gone, and whose bytes are to be removed.
CREATE TABLE removed_files (
    id BYTEA PRIMARY KEY,
    at BIGINT NOT NULL
);
