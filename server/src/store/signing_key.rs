//! The key that signs tokens, as nodes on PostgreSQL share it.

use super::{
    Result, Store, StoreError,
    sql::{run_blocking, serialized, values},
};

impl Store {
    /// Returns the key that all nodes share. Stores `new` as the key if there is none yet.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub fn signing_key(&self, new: &str) -> Result<String> {
        run_blocking(|| {
            self.readers.run(|db| {
                db.execute(
                    "INSERT INTO meta (key, value) VALUES ('signing_key', $1)
                     ON CONFLICT DO NOTHING",
                    values![new],
                )?;
                let select = "SELECT value FROM meta WHERE key = 'signing_key'";
                db.one(select, &[], |row| row.get("value"))
            })
        })
    }

    /// Records the digest of the key that this node signs tokens with. Returns whether the node
    /// that started last used another key.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub fn record_signing_key(&self, digest: &str) -> Result<bool> {
        run_blocking(|| {
            self.readers.run(|db| {
                serialized(db, || {
                    let select = "SELECT value FROM meta WHERE key = 'signing_key_digest'";
                    let previous: Option<String> = db.row(select, &[], |row| row.get("value"))?;
                    db.execute(
                        "INSERT INTO meta (key, value) VALUES ('signing_key_digest', $1)
                         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                        values![digest],
                    )?;
                    Ok::<_, StoreError>(previous.is_some_and(|previous| previous != digest))
                })
            })
        })
    }
}
