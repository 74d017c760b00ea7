//! Counts that all nodes keep together: each node stores its own part in Redis.

/// The counts of this node, as the cluster reads them when it stores them in Redis.
pub trait LocalCounts: Send + Sync {
    /// Returns what is counted here at present: the kind of each count and its key.
    fn keys(&self) -> Vec<(&'static str, String)>;

    /// Returns the present count of a key on this node, 0 if there is none.
    fn count(&self, kind: &str, key: &str) -> usize;
}
