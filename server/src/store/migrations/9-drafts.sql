-- What users have begun to write.
CREATE TABLE drafts (
    user_id BLOB NOT NULL REFERENCES users (id),
    place   BLOB NOT NULL,     -- the thread, otherwise the room
    room_id BLOB NOT NULL REFERENCES rooms (id),
    text    TEXT NOT NULL,     -- empty: ended at that time
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, place)
) STRICT;
