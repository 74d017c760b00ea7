-- Words that notify a user like a mention, as JSON; NULL: none.
ALTER TABLE users ADD COLUMN keywords TEXT;

-- The browsers that receive notifications (docs/decisions/0037-notifications.md).
CREATE TABLE push_devices (
    id         BLOB PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id),
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint   TEXT NOT NULL UNIQUE,
    p256dh     BLOB NOT NULL,
    auth       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    pushed_at  INTEGER,           -- when the push service took the last one
    ended_at   INTEGER            -- when the push service ended it
) STRICT, WITHOUT ROWID;
CREATE INDEX push_devices_by_user ON push_devices (user_id, created_at);
CREATE INDEX push_devices_by_session ON push_devices (session_id);

-- What a browser may show, until it is told that it was read: of each room or thread the newest.
CREATE TABLE pushed (
    device_id BLOB NOT NULL REFERENCES push_devices (id) ON DELETE CASCADE,
    tag       BLOB NOT NULL,      -- the room or the thread
    user_id   BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (device_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_by_user ON pushed (user_id, tag);

DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE error IS NULL;
