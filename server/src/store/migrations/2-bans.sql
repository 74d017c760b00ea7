-- When a person was banned; none: not banned.
ALTER TABLE users ADD COLUMN banned_at INTEGER;
