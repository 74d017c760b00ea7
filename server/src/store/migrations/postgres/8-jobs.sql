-- Work for later. Each is done once, by the node that holds its lease.
CREATE TABLE jobs (
    id           BYTEA PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL,
    user_id      BYTEA REFERENCES users (id), -- for whom; NULL: for nobody alone
    payload      TEXT COLLATE "C" NOT NULL,    -- JSON of this kind
    due_at       BIGINT NOT NULL,
    error        TEXT COLLATE "C",             -- JSON: why it was refused; it is not due any more then
    holder       BYTEA,                -- of the lease
    leased_until BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE error IS NULL;
CREATE INDEX jobs_by_user ON jobs (user_id, due_at);

-- Files that a job keeps for its message.
ALTER TABLE files ADD COLUMN job_id BYTEA REFERENCES jobs (id);
CREATE INDEX files_by_job ON files (job_id) WHERE job_id IS NOT NULL;
