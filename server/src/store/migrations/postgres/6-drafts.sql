-- What users have begun to write.
CREATE TABLE drafts (
    user_id BYTEA NOT NULL REFERENCES users (id),
    place   BYTEA NOT NULL,     -- the thread, otherwise the room
    room_id BYTEA NOT NULL REFERENCES rooms (id),
    text    TEXT COLLATE "C" NOT NULL, -- empty: ended at that time
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, place)
);
