-- The tables of PostgreSQL: those of SQLite (server/src/store/migrations), column by column. UUIDs
-- are 16 bytes, times are milliseconds since the Unix epoch, flags are 0 or 1, and texts compare as
-- bytes.

CREATE TABLE meta (
    key   TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE users (
    id           BYTEA PRIMARY KEY,
    username     TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C",
    role         TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    password     TEXT COLLATE "C" NOT NULL, -- argon2id, in PHC form
    created_at   BIGINT NOT NULL,
    banned_at    BIGINT -- NULL: not banned
);

CREATE TABLE sessions (
    id           BYTEA PRIMARY KEY,
    user_id      BYTEA NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invites (
    code       TEXT COLLATE "C" PRIMARY KEY,
    creator_id BYTEA NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses_left  BIGINT NOT NULL
);

-- Each message updates its room's row. Free space in the page keeps the new version beside the old
-- one.
CREATE TABLE rooms (
    id         BYTEA PRIMARY KEY,
    slug       TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT COLLATE "C" NOT NULL,
    private    BIGINT NOT NULL DEFAULT 0,
    creator_id BYTEA REFERENCES users (id), -- NULL for the first room
    created_at BIGINT NOT NULL,
    seq        BIGINT NOT NULL DEFAULT 0    -- the last one in the room log
) WITH (fillfactor = 40);

CREATE TABLE room_members (
    room_id   BYTEA NOT NULL REFERENCES rooms (id),
    user_id   BYTEA NOT NULL REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

-- A message is also its own creation event in the room log (docs/decisions/0001-room-log.md).
CREATE TABLE messages (
    room_id   BYTEA NOT NULL REFERENCES rooms (id),
    seq       BIGINT NOT NULL,
    id        BYTEA NOT NULL UNIQUE,
    sender_id BYTEA NOT NULL REFERENCES users (id),
    text      TEXT COLLATE "C", -- NULL once deleted
    sent_at   BIGINT NOT NULL,
    edited_at BIGINT, -- NULL: never edited
    PRIMARY KEY (room_id, seq)
);

-- Updates of messages, which are events of the room log as well.
CREATE TABLE changes (
    room_id    BYTEA NOT NULL REFERENCES rooms (id),
    seq        BIGINT NOT NULL,
    op         BYTEA NOT NULL UNIQUE,
    message_id BYTEA NOT NULL REFERENCES messages (id),
    user_id    BYTEA NOT NULL REFERENCES users (id),
    at         BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('edited', 'deleted', 'reacted')),
    text       TEXT COLLATE "C", -- of an edit; NULL once the message is deleted
    emoji      TEXT COLLATE "C", -- of a reaction
    is_set     BIGINT,           -- of a reaction; 0: removed
    PRIMARY KEY (room_id, seq)
);
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);

-- Updates without effect; `seq` is that of the update that brought the state about.
CREATE TABLE needless_changes (
    op         BYTEA PRIMARY KEY,
    room_id    BYTEA NOT NULL REFERENCES rooms (id),
    seq        BIGINT NOT NULL,
    message_id BYTEA NOT NULL REFERENCES messages (id),
    user_id    BYTEA NOT NULL REFERENCES users (id)
);

-- The current reactions; `seq` is that of the update that added them.
CREATE TABLE reactions (
    message_id BYTEA NOT NULL REFERENCES messages (id),
    seq        BIGINT NOT NULL,
    user_id    BYTEA NOT NULL REFERENCES users (id),
    emoji      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (message_id, seq)
);

-- The last `seq` that each user has read in each room. Unread counts are derived from it.
CREATE TABLE read_positions (
    user_id BYTEA NOT NULL REFERENCES users (id),
    room_id BYTEA NOT NULL REFERENCES rooms (id),
    seq     BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);

-- The users that a message mentions; `seq` is that of the message.
CREATE TABLE mentions (
    user_id BYTEA NOT NULL REFERENCES users (id),
    room_id BYTEA NOT NULL REFERENCES rooms (id),
    seq     BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, seq)
);
CREATE INDEX mentions_by_message ON mentions (room_id, seq);
