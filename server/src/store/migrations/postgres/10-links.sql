-- What pages said of themselves that messages link to: a row per link and day.
CREATE TABLE links (
    id           BYTEA PRIMARY KEY, -- also the name of its picture in the storage of files
    url          TEXT COLLATE "C" NOT NULL, -- without a fragment
    asked_at     BIGINT NOT NULL,
    tries        BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,   -- who fetches it has the time until then
    finished     BIGINT NOT NULL,
    site         TEXT COLLATE "C",
    title        TEXT COLLATE "C",  -- NULL: there is nothing to show
    text         TEXT COLLATE "C",
    width        BIGINT,            -- of its picture; NULL: none
    height       BIGINT,
    unused_at    BIGINT             -- since when no message has it
);
CREATE INDEX links_by_url ON links (url, asked_at);
CREATE INDEX links_unused ON links (unused_at) WHERE unused_at IS NOT NULL;

-- The first links of each message.
CREATE TABLE message_links (
    message_id BYTEA NOT NULL REFERENCES messages (id),
    position   BIGINT NOT NULL,
    link       BYTEA NOT NULL REFERENCES links (id),
    url        TEXT COLLATE "C" NOT NULL, -- as it is in the message
    PRIMARY KEY (message_id, position)
);
CREATE INDEX message_links_by_link ON message_links (link);

CREATE INDEX jobs_for_previews ON jobs (due_at) WHERE kind = 'preview';

-- 0: the author wants no previews.
ALTER TABLE messages ADD COLUMN previews BIGINT NOT NULL DEFAULT 1;

-- Previews are an update as well. The rows that are there hold it already.
ALTER TABLE changes DROP CONSTRAINT changes_kind_check;
ALTER TABLE changes ADD CONSTRAINT changes_kind_check
    CHECK (kind IN ('edited', 'deleted', 'reacted', 'pinned', 'previewed')) NOT VALID;
