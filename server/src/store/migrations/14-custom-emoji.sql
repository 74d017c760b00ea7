-- Emoji that users have added, as they are served.
CREATE TABLE custom_emoji (
    name       TEXT PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    user_id    BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
) STRICT, WITHOUT ROWID;
