-- The replies of each author, to find the newest one after a deletion.
CREATE INDEX messages_by_author ON messages (thread, sender_id, seq)
    WHERE thread IS NOT NULL AND text IS NOT NULL;
