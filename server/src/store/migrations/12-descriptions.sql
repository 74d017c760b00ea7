-- What the sender says is in a file.
ALTER TABLE files ADD COLUMN description TEXT;
ALTER TABLE uploads ADD COLUMN description TEXT;

-- The list of a room's files.
CREATE INDEX messages_with_files ON messages (room_id, seq) WHERE files > 0;
