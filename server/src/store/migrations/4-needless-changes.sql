-- Changes that were asked for where all was so already; `seq` is that of the change that had made it so. Some databases have
-- this table from step 3.
CREATE TABLE IF NOT EXISTS needless_changes (
    op         BLOB PRIMARY KEY,
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

DROP INDEX changes_by_message;
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);
