-- Work for later. Each is done once, by the node that holds its lease.
CREATE TABLE jobs (
    id           BLOB PRIMARY KEY,
    kind         TEXT NOT NULL,
    user_id      BLOB REFERENCES users (id), -- for whom; NULL: for nobody alone
    payload      TEXT NOT NULL,    -- JSON of this kind
    due_at       INTEGER NOT NULL,
    error        TEXT,             -- JSON: why it was refused; it is not due any more then
    holder       BLOB,                -- of the lease
    leased_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_due ON jobs (due_at) WHERE error IS NULL;
CREATE INDEX jobs_by_user ON jobs (user_id, due_at);

-- Files that a job keeps for its message.
ALTER TABLE files ADD COLUMN job_id BLOB REFERENCES jobs (id);
CREATE INDEX files_by_job ON files (job_id) WHERE job_id IS NOT NULL;
