-- For the sum of the bytes of a user's files.
CREATE INDEX files_by_user ON files (user_id, size);
