-- The time of the user's ban; NULL: not banned.
ALTER TABLE users ADD COLUMN banned_at INTEGER;
