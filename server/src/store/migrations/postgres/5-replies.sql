-- The newest reply of each author of a thread without deleted ones; 0: none. Authors follow the
-- thread, or have asked not to, so that each has a row here.
ALTER TABLE thread_followers ADD COLUMN replied_seq BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_by_author ON messages (thread, sender_id, seq)
    WHERE thread IS NOT NULL AND text IS NOT NULL;
UPDATE thread_followers SET replied_seq = coalesce((SELECT max(seq) FROM messages
    WHERE messages.thread = thread_followers.thread
        AND messages.sender_id = thread_followers.user_id AND messages.text IS NOT NULL), 0);
CREATE INDEX thread_followers_by_reply ON thread_followers (thread, replied_seq)
    WHERE replied_seq > 0;
