-- The tables of SQLite. UUIDs are 16-byte blobs; times are milliseconds since the Unix epoch.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id           BLOB PRIMARY KEY,
    username     TEXT NOT NULL UNIQUE,
    display_name TEXT,
    role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    password     TEXT NOT NULL, -- argon2id, in PHC form
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id           BLOB PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invites (
    code       TEXT PRIMARY KEY,
    creator_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    uses_left  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
    id         BLOB PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    private    INTEGER NOT NULL DEFAULT 0,
    creator_id BLOB REFERENCES users (id), -- NULL for the first room
    created_at INTEGER NOT NULL,
    seq        INTEGER NOT NULL DEFAULT 0  -- the last one in the room log
) STRICT, WITHOUT ROWID;

CREATE TABLE room_members (
    room_id   BLOB NOT NULL REFERENCES rooms (id),
    user_id   BLOB NOT NULL REFERENCES users (id),
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- A message is also its own creation event in the room log (docs/decisions/0001-room-log.md).
CREATE TABLE messages (
    room_id   BLOB NOT NULL REFERENCES rooms (id),
    seq       INTEGER NOT NULL,
    id        BLOB NOT NULL UNIQUE,
    sender_id BLOB NOT NULL REFERENCES users (id),
    text      TEXT, -- NULL once deleted
    sent_at   INTEGER NOT NULL,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
