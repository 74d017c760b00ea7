//! Tells everybody of custom emoji that were added or removed.
//!
//! Each node compares what there is with what it knew, whoever changed it: what a message between
//! nodes did not tell, the next one or the repair makes up for.

use std::{collections::BTreeMap, time::Duration};

use protocol::{CustomEmoji, EmojiChanged};

use super::flush::flush_all;
use crate::{
    hub::Hub,
    store::{EmojiVersion, Result, Store},
};

/// The pause between two broadcasts. Two changes of a name within it are one.
const INTERVAL: Duration = Duration::from_millis(500);
/// The pause after the store could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The most emoji of one broadcast, at most some 50 KiB of events for each reader.
const BATCH: usize = 64;

/// The addresses of the pictures, by name.
type Known = BTreeMap<String, String>;

/// What the connections of this node know.
#[derive(Debug, Default)]
struct Told {
    /// Nothing before the first look.
    known: Option<Known>,
    /// The version of the table that is told completely.
    version: Option<EmojiVersion>,
}

/// Sends changed emoji to the connections of this node, together and at most once an interval.
/// Never returns.
pub async fn broadcast_emoji(hub: Hub, store: Store) {
    let mut told = Told::default();
    loop {
        match broadcast_changes(&hub, &store, &mut told).await {
            Ok(is_complete) => {
                tokio::time::sleep(INTERVAL).await;
                if is_complete {
                    hub.wait_emoji_news().await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "custom emoji could not be read");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

/// Sends what differs from what was told, and notes it. Returns whether that was all. Who connects
/// at the start of a node knows what is there, so that the first call sends nothing.
async fn broadcast_changes(hub: &Hub, store: &Store, told: &mut Told) -> Result<bool> {
    // Before the emoji: if they change in between, the next look finds another version.
    let version = Some(store.custom_emoji_version().await?);
    if told.version == version {
        return Ok(true);
    }
    let present = store.custom_emoji().await?;
    let Some(known) = &mut told.known else {
        let known = present.into_iter().map(|emoji| (emoji.name, emoji.url)).collect();
        *told = Told { known: Some(known), version };
        return Ok(true);
    };
    let changes = changes(known, present);
    let is_complete = changes.len() < BATCH;
    if is_complete {
        told.version = version;
    }
    if !changes.is_empty() {
        flush_all(hub.broadcast_emoji(changes)).await;
    }
    Ok(is_complete)
}

/// Returns the first changes, and takes them over. `present` is sorted by name.
fn changes(known: &mut Known, present: Vec<CustomEmoji>) -> Vec<EmojiChanged> {
    let is_there =
        |name: &str| present.binary_search_by(|emoji| emoji.name.as_str().cmp(name)).is_ok();
    let gone = known.keys().filter(|name| !is_there(name)).cloned();
    let gone = gone.map(|name| EmojiChanged { name, emoji: None });
    let mut changes: Vec<_> = gone.take(BATCH).collect();
    for emoji in present {
        if changes.len() < BATCH && known.get(&emoji.name) != Some(&emoji.url) {
            changes.push(EmojiChanged { name: emoji.name.clone(), emoji: Some(emoji) });
        }
    }
    for EmojiChanged { name, emoji } in &changes {
        match emoji {
            Some(emoji) => known.insert(name.clone(), emoji.url.clone()),
            None => known.remove(name),
        };
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(name: &str, url: &str) -> CustomEmoji {
        CustomEmoji { name: name.to_owned(), url: url.to_owned(), ..CustomEmoji::default() }
    }

    #[test]
    fn each_difference_is_told_once() {
        let mut known = Known::from([("a".into(), "/1".into()), ("b".into(), "/2".into())]);
        let present = || vec![emoji("b", "/3"), emoji("c", "/4")];
        let told = changes(&mut known, present());
        let told: Vec<_> = told.iter().map(|it| (&*it.name, it.emoji.is_some())).collect();
        assert_eq!(told, [("a", false), ("b", true), ("c", true)]);
        assert_eq!(changes(&mut known, present()), []);
    }

    #[test]
    fn many_differences_are_told_in_parts() {
        let many: Vec<_> = (0..100).map(|number| emoji(&format!("e{number:02}"), "/1")).collect();
        let mut known = Known::from([("a".into(), "/1".into())]);
        assert_eq!(changes(&mut known, many.clone()).len(), BATCH);
        assert_eq!(changes(&mut known, many.clone()).len(), 101 - BATCH);
        assert!(changes(&mut known, many).is_empty());
    }
}
