-- The list of a room's files. It comes first: no statement after it takes long, and the tables of
-- files are locked only then.
CREATE INDEX messages_with_files ON messages (room_id, seq) WHERE files > 0;

-- What the sender says is in a file.
ALTER TABLE files ADD COLUMN description TEXT COLLATE "C";
ALTER TABLE uploads ADD COLUMN description TEXT COLLATE "C";
