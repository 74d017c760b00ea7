-- 1: a reminder that its author asked for. It is unread to the author.
ALTER TABLE messages ADD COLUMN reminder BIGINT NOT NULL DEFAULT 0;
