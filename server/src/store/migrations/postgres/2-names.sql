-- What names are compared by (store/names.rs); NULL: not made yet.
ALTER TABLE users ADD COLUMN skeleton TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN folded TEXT COLLATE "C";
-- 1: the name reads like that of another user.
ALTER TABLE users ADD COLUMN alike BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_by_skeleton ON users (skeleton, alike);
CREATE INDEX users_by_folded ON users (folded, alike);
-- The skeleton of a username, by which it is compared as well.
CREATE INDEX users_by_username_skeleton
    ON users (replace(replace(replace(replace(username, 'm', 'rn'), '0', 'o'), '1', 'l'), 'i', 'l'));
