-- Profiles.
ALTER TABLE users ADD COLUMN about TEXT;
ALTER TABLE users ADD COLUMN status_emoji TEXT;
ALTER TABLE users ADD COLUMN status_text TEXT;
ALTER TABLE users ADD COLUMN status_until INTEGER;  -- NULL: no end
ALTER TABLE users ADD COLUMN quiet TEXT;            -- `QuietTime` as JSON; NULL: none
ALTER TABLE users ADD COLUMN picture INTEGER;       -- its version; NULL: no picture
ALTER TABLE users ADD COLUMN invited_by BLOB;       -- NULL: not by an invitation, or unknown
ALTER TABLE users ADD COLUMN reset_at INTEGER;      -- password set by a link; NULL: told
ALTER TABLE users ADD COLUMN reset_by BLOB;         -- who made that link; NULL: `banter reset`
-- The number of the last change of what others see of the user, counted over all users.
ALTER TABLE users ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_by_change ON users (change);

-- The pictures of users, as they are served.
CREATE TABLE pictures (
    user_id    BLOB PRIMARY KEY REFERENCES users (id),
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a user needs to recognize a session.
ALTER TABLE sessions ADD COLUMN browser TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;

-- Links that set a new password once; `token` is the hash of the one in the link.
CREATE TABLE password_resets (
    user_id    BLOB PRIMARY KEY REFERENCES users (id),
    token      BLOB NOT NULL UNIQUE,
    creator_id BLOB REFERENCES users (id), -- NULL: made by `banter reset`
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
