-- Rooms: topics, archived rooms, and direct rooms, which belong to certain people for good.
ALTER TABLE rooms ADD COLUMN direct INTEGER NOT NULL DEFAULT 0;     -- 1: `private` is 1 too
ALTER TABLE rooms ADD COLUMN people TEXT; -- of a direct room: the ids of its people, sorted, in hex
ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN archived_at INTEGER;                   -- NULL: not archived
ALTER TABLE rooms ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0; -- name, slug, topic, archived
CREATE UNIQUE INDEX rooms_by_people ON rooms (people) WHERE people IS NOT NULL;
CREATE INDEX rooms_by_kind ON rooms (private);

-- The words of users' names, by whose beginnings users are found (store/names.rs).
CREATE TABLE user_words (
    user_id BLOB NOT NULL REFERENCES users (id),
    word    TEXT NOT NULL,
    PRIMARY KEY (user_id, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_words_by_word ON user_words (word);
-- The list of users, sorted by name.
CREATE INDEX users_by_name ON users (coalesce(folded, username), id) WHERE banned_at IS NULL;
CREATE INDEX users_banned ON users (coalesce(folded, username), id) WHERE banned_at IS NOT NULL;

-- Slugs that a room had before; they lead to it until then.
CREATE TABLE former_slugs (
    slug    TEXT PRIMARY KEY,
    room_id BLOB NOT NULL REFERENCES rooms (id),
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE room_members ADD COLUMN notify TEXT
    CHECK (notify IN ('all', 'mentions', 'nothing'));                       -- NULL: the default
ALTER TABLE room_members ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room_members ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;      -- a direct room, left
ALTER TABLE room_members ADD COLUMN joined_seq INTEGER NOT NULL DEFAULT 0;  -- unread begin after it
ALTER TABLE room_members ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;  -- notify, favourite, …
CREATE INDEX room_members_by_user ON room_members (user_id);

-- Messages: quotes, and replies in threads. `thread` is the message that begins the thread.
ALTER TABLE messages ADD COLUMN reply_to BLOB;
ALTER TABLE messages ADD COLUMN thread BLOB;
ALTER TABLE messages ADD COLUMN shown INTEGER NOT NULL DEFAULT 1; -- 0: only its thread shows it
CREATE INDEX messages_by_thread ON messages (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX messages_shown ON messages (room_id, seq) WHERE shown = 1;

-- The replies of each thread without deleted ones: how many, the newest, and the newest authors.
CREATE TABLE threads (
    id       BLOB PRIMARY KEY REFERENCES messages (id),
    room_id  BLOB NOT NULL REFERENCES rooms (id),
    replies  INTEGER NOT NULL,
    last_seq INTEGER NOT NULL, -- 0: none
    last_at  INTEGER NOT NULL,
    people   TEXT NOT NULL     -- ids in hex, at most 5, the newest author first
) STRICT, WITHOUT ROWID;

-- The threads that each user follows or has asked not to follow, and the read positions in them.
CREATE TABLE thread_followers (
    user_id   BLOB NOT NULL REFERENCES users (id),
    thread    BLOB NOT NULL REFERENCES messages (id),
    room_id   BLOB NOT NULL REFERENCES rooms (id),
    following INTEGER NOT NULL,
    asked     INTEGER NOT NULL, -- 1: the user chose it
    read_seq  INTEGER NOT NULL,
    PRIMARY KEY (user_id, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_followers_by_thread ON thread_followers (thread);

-- A mention of a message: in which thread, and whether by `@room` (0), by `@username` (1) or by
-- both (2).
ALTER TABLE mentions ADD COLUMN thread BLOB;
ALTER TABLE mentions ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;
ALTER TABLE mentions ADD COLUMN by_name INTEGER NOT NULL DEFAULT 1;
CREATE INDEX mentions_by_thread ON mentions (user_id, thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX mentions_in_threads ON mentions (user_id, room_id, seq) WHERE shown = 0;

-- The pinned messages; `seq` is that of the pin.
CREATE TABLE pins (
    message_id BLOB PRIMARY KEY REFERENCES messages (id),
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_by_room ON pins (room_id, seq);

-- The first text of each message that was edited; gone once the message is deleted.
CREATE TABLE first_texts (
    message_id BLOB PRIMARY KEY REFERENCES messages (id),
    text       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A pin is an update as well. SQLite cannot change a CHECK of a table.
CREATE TABLE changes_with_pins (
    room_id    BLOB NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL,
    op         BLOB NOT NULL UNIQUE,
    message_id BLOB NOT NULL REFERENCES messages (id),
    user_id    BLOB NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('edited', 'deleted', 'reacted', 'pinned')),
    text       TEXT,    -- of an edit; NULL once the message is deleted
    emoji      TEXT,    -- of a reaction
    is_set     INTEGER, -- of a reaction or a pin; 0: removed
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO changes_with_pins
    SELECT room_id, seq, op, message_id, user_id, at, kind, text, emoji, is_set FROM changes;
DROP TABLE changes;
ALTER TABLE changes_with_pins RENAME TO changes;
CREATE INDEX changes_by_message ON changes (message_id, kind, user_id, emoji, seq);
