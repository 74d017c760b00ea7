//! The files that were added to drafts, in the storage of the tab, so that they survive a reload.
//! Their bytes are in `kept_files`.

use protocol::UserId;

use super::storage::Area;
use crate::state::{conversation::Conversation, tray::PendingFile};

/// Returns the files that an earlier page of this tab has stored.
pub(crate) fn load(user: UserId) -> Vec<(Conversation, Vec<PendingFile>)> {
    let prefix = prefix(user);
    let list = |key: &String| {
        let place = Conversation::parse(&key[prefix.len()..])?;
        let files = serde_json::from_str(&Area::Tab.get(key)?).ok()?;
        Some((place, files))
    };
    Area::Tab.keys(&prefix).iter().filter_map(list).collect()
}

/// Stores the files of the draft for a room or a thread.
pub(crate) fn store(user: UserId, place: Conversation, files: &[PendingFile]) {
    let thread = place.thread.map(|thread| format!("/{}", thread.0)).unwrap_or_default();
    let key = format!("{}{}{thread}", prefix(user), place.room);
    match serde_json::to_string(files) {
        Ok(text) if !files.is_empty() => _ = Area::Tab.set(&key, &text),
        _ => Area::Tab.remove(&key),
    }
}

fn prefix(user: UserId) -> String {
    format!("banter/{user}/tray/")
}
