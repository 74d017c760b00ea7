-- When a message's text was last changed; none: it is as it was sent.
ALTER TABLE messages ADD COLUMN edited_at INTEGER;

-- Later changes of messages: events of the room's log, too (docs/decisions/0001-room-log.md).
CREATE TABLE changes (
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    op         BLOB NOT NULL UNIQUE,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('edited', 'deleted', 'reacted')),
    text       TEXT,    -- of an edit; none once the message is deleted
    emoji      TEXT,    -- of a reaction
    is_set     INTEGER, -- of a reaction: 0 where it was taken back
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_message ON changes (message_id);

-- The reactions that are there now; `seq` is that of the change that set them.
CREATE TABLE reactions (
    message_id BLOB NOT NULL REFERENCES messages (id),
    seq        INTEGER NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id),
    emoji      TEXT NOT NULL,
    PRIMARY KEY (message_id, seq)
) STRICT, WITHOUT ROWID;

-- How far each person has read each room. What is unread follows from it.
CREATE TABLE read_positions (
    user_id BLOB NOT NULL REFERENCES users (id),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    seq     INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;

-- Which messages name whom; `seq` is the message's.
CREATE TABLE mentions (
    user_id BLOB NOT NULL REFERENCES users (id),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    seq     INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room_id, seq);
