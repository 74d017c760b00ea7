-- The time of the last edit; NULL: never edited.
ALTER TABLE messages ADD COLUMN edited_at INTEGER;

-- Updates of messages, which are events of the room log as well
-- (docs/decisions/0001-room-log.md).
CREATE TABLE changes (
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    op         BLOB NOT NULL UNIQUE,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('edited', 'deleted', 'reacted')),
    text       TEXT,    -- of an edit; NULL once the message is deleted
    emoji      TEXT,    -- of a reaction
    is_set     INTEGER, -- of a reaction; 0: removed
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_message ON changes (message_id);

-- The current reactions; `seq` is that of the update that added them.
CREATE TABLE reactions (
    message_id BLOB NOT NULL REFERENCES messages (id),
    seq        INTEGER NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id),
    emoji      TEXT NOT NULL,
    PRIMARY KEY (message_id, seq)
) STRICT, WITHOUT ROWID;

-- The last `seq` that each user has read in each room. Unread counts are derived from it.
CREATE TABLE read_positions (
    user_id BLOB NOT NULL REFERENCES users (id),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    seq     INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;

-- The users that a message mentions; `seq` is that of the message.
CREATE TABLE mentions (
    user_id BLOB NOT NULL REFERENCES users (id),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    seq     INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room_id, seq);
