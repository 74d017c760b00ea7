//! The trees of texts: made of their Markdown, and of who exists.

use std::collections::HashSet;

use protocol::{Block, UserId, mentioned, retain_mentions};

use super::{
    Result, Store,
    sql::{Db, Value},
};

/// The length from which a text is parsed by a thread for blocking work, in bytes.
const LARGE_BYTES: usize = 2_000;

impl Store {
    /// Returns the tree that a message with a text would have now.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn preview(&self, user: UserId, text: String) -> Result<Vec<Block>> {
        let _permit = self.user_permit(user).await?;
        self.read(move |db| {
            let mut blocks = markup::tree(&text);
            keep_known(db, &mut [(&text, &mut blocks)])?;
            Ok(blocks)
        })
        .await
    }
}

/// Makes text of the mentions of nobody in the trees of texts. The names of all trees are looked up
/// together.
pub(super) fn keep_known(db: &Db, trees: &mut [(&str, &mut Vec<Block>)]) -> Result<()> {
    let names = trees.iter().filter(|(_, blocks)| !blocks.is_empty());
    let mut names: Vec<_> = names.flat_map(|(text, blocks)| mentioned(text, blocks)).collect();
    if names.is_empty() {
        return Ok(());
    }
    names.sort_unstable();
    names.dedup();
    let values: Vec<_> = names.iter().map(Value::from).collect();
    let select = "SELECT username FROM users WHERE username";
    let known =
        db.rows_among_values((select, &[]), &values, |row| row.get::<String>("username"))?;
    let known: HashSet<_> = known.into_iter().collect();
    for (text, blocks) in trees {
        retain_mentions(blocks, &|name| known.contains(name));
        if markup::is_plain(text, blocks) {
            blocks.clear();
        }
    }
    Ok(())
}

/// Returns the tree of a text, for a task that must not block.
pub(super) async fn tree_of(text: &str) -> Vec<Block> {
    if text.len() < LARGE_BYTES {
        return markup::tree(text);
    }
    let text = text.to_owned();
    tokio::task::spawn_blocking(move || markup::tree(&text)).await.unwrap_or_default()
}
