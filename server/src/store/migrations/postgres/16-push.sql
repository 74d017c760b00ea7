-- Words that notify a user like a mention, as JSON; NULL: none.
ALTER TABLE users ADD COLUMN keywords TEXT COLLATE "C";

-- The browsers that receive notifications (docs/decisions/0037-notifications.md).
CREATE TABLE push_devices (
    id         BYTEA PRIMARY KEY,
    user_id    BYTEA NOT NULL REFERENCES users (id),
    session_id BYTEA NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint   TEXT COLLATE "C" NOT NULL UNIQUE,
    p256dh     BYTEA NOT NULL,
    auth       BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    pushed_at  BIGINT,           -- when the push service took the last one
    ended_at   BIGINT            -- when the push service ended it
);
CREATE INDEX push_devices_by_user ON push_devices (user_id, created_at);
CREATE INDEX push_devices_by_session ON push_devices (session_id);

-- What a browser may show, until it is told that it was read: of each room or thread the newest.
CREATE TABLE pushed (
    device_id BYTEA NOT NULL REFERENCES push_devices (id) ON DELETE CASCADE,
    tag       BYTEA NOT NULL,      -- the room or the thread
    user_id   BYTEA NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (device_id, tag)
);
CREATE INDEX pushed_by_user ON pushed (user_id, tag);

DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE error IS NULL;
