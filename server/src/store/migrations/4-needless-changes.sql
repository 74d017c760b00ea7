-- Updates without effect; `seq` is that of the update that brought the state about. In some
-- databases step 3 has created this table.
CREATE TABLE IF NOT EXISTS needless_changes (
    op         BLOB PRIMARY KEY,
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

DROP INDEX changes_by_message;
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);
