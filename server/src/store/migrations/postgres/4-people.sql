-- Profiles.
ALTER TABLE users ADD COLUMN about TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN status_emoji TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN status_text TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN status_until BIGINT;  -- NULL: no end
ALTER TABLE users ADD COLUMN quiet TEXT COLLATE "C";            -- `QuietTime` as JSON; NULL: none
ALTER TABLE users ADD COLUMN picture BIGINT;       -- its version; NULL: no picture
ALTER TABLE users ADD COLUMN invited_by BYTEA;       -- NULL: not by an invitation, or unknown
ALTER TABLE users ADD COLUMN reset_at BIGINT;      -- password set by a link; NULL: told
ALTER TABLE users ADD COLUMN reset_by BYTEA;         -- who made that link; NULL: `banter reset`
-- The number of the last change of what others see of the user, counted over all users.
ALTER TABLE users ADD COLUMN change BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_by_change ON users (change);

-- The pictures of users, as they are served.
CREATE TABLE pictures (
    user_id    BYTEA PRIMARY KEY REFERENCES users (id),
    media_type TEXT COLLATE "C" NOT NULL,
    bytes      BYTEA NOT NULL
);

-- What a user needs to recognize a session.
ALTER TABLE sessions ADD COLUMN browser TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN address TEXT COLLATE "C";

-- Links that set a new password once; `token` is the hash of the one in the link.
CREATE TABLE password_resets (
    user_id    BYTEA PRIMARY KEY REFERENCES users (id),
    token      BYTEA NOT NULL UNIQUE,
    creator_id BYTEA REFERENCES users (id), -- NULL: made by `banter reset`
    expires_at BIGINT NOT NULL
);
