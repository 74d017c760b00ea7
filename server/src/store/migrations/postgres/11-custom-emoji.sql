-- Emoji that users have added, as they are served.
CREATE TABLE custom_emoji (
    name       TEXT COLLATE "C" PRIMARY KEY,
    id         BYTEA NOT NULL UNIQUE,
    user_id    BYTEA NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    bytes      BYTEA NOT NULL
);
