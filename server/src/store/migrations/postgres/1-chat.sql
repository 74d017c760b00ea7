-- What lasts, in PostgreSQL: the tables of SQLite (server/src/store/migrations), column by column. UUIDs are 16 bytes,
-- moments are milliseconds since the Unix epoch, flags are 0 or 1, and texts compare as bytes.

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
    banned_at    BIGINT -- none: not banned
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

-- Each message changes its room's row: with space left in the page the new version stays beside the old one.
CREATE TABLE rooms (
    id         BYTEA PRIMARY KEY,
    slug       TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT COLLATE "C" NOT NULL,
    private    BIGINT NOT NULL DEFAULT 0,
    creator_id BYTEA REFERENCES users (id), -- none for the room of a fresh installation
    created_at BIGINT NOT NULL,
    seq        BIGINT NOT NULL DEFAULT 0    -- the last one given out in the room's log
) WITH (fillfactor = 40);

CREATE TABLE room_members (
    room_id   BYTEA NOT NULL REFERENCES rooms (id),
    user_id   BYTEA NOT NULL REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

-- A message is at once its own creation event in the room's log (docs/decisions/0001-room-log.md).
CREATE TABLE messages (
    room_id   BYTEA NOT NULL REFERENCES rooms (id),
    seq       BIGINT NOT NULL,
    id        BYTEA NOT NULL UNIQUE,
    sender_id BYTEA NOT NULL REFERENCES users (id),
    text      TEXT COLLATE "C", -- none once it is deleted
    sent_at   BIGINT NOT NULL,
    edited_at BIGINT, -- none: it is as it was sent
    PRIMARY KEY (room_id, seq)
);

-- Later changes of messages: events of the room's log, too.
CREATE TABLE changes (
    room_id    BYTEA NOT NULL REFERENCES rooms (id),
    seq        BIGINT NOT NULL,
    op         BYTEA NOT NULL UNIQUE,
    message_id BYTEA NOT NULL REFERENCES messages (id),
    user_id    BYTEA NOT NULL REFERENCES users (id),
    at         BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('edited', 'deleted', 'reacted')),
    text       TEXT COLLATE "C", -- of an edit; none once the message is deleted
    emoji      TEXT COLLATE "C", -- of a reaction
    is_set     BIGINT,           -- of a reaction: 0 where it was taken back
    PRIMARY KEY (room_id, seq)
);
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);

-- Changes that were asked for where all was so already; `seq` is that of the change that had made it so.
CREATE TABLE needless_changes (
    op         BYTEA PRIMARY KEY,
    room_id    BYTEA NOT NULL REFERENCES rooms (id),
    seq        BIGINT NOT NULL,
    message_id BYTEA NOT NULL REFERENCES messages (id),
    user_id    BYTEA NOT NULL REFERENCES users (id)
);

-- The reactions that are there now; `seq` is that of the change that set them.
CREATE TABLE reactions (
    message_id BYTEA NOT NULL REFERENCES messages (id),
    seq        BIGINT NOT NULL,
    user_id    BYTEA NOT NULL REFERENCES users (id),
    emoji      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (message_id, seq)
);

-- How far each person has read each room. What is unread follows from it.
CREATE TABLE read_positions (
    user_id BYTEA NOT NULL REFERENCES users (id),
    room_id BYTEA NOT NULL REFERENCES rooms (id),
    seq     BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);

-- Which messages name whom; `seq` is the message's.
CREATE TABLE mentions (
    user_id BYTEA NOT NULL REFERENCES users (id),
    room_id BYTEA NOT NULL REFERENCES rooms (id),
    seq     BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, seq)
);
CREATE INDEX mentions_by_message ON mentions (room_id, seq);
