//! The file with the names of emoji. It is fetched once, when it is first needed.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use super::calls::text;
use crate::state::emoji::EmojiTable;

/// The file, named by its hash. `bin/emoji` makes it.
const FILE: &str = "/emoji.6a8729b6281d.txt";

static TABLE: OnceLock<EmojiTable> = OnceLock::new();
static IS_COMING: AtomicBool = AtomicBool::new(false);

/// Returns the names, if they are here.
pub(crate) fn table() -> Option<&'static EmojiTable> {
    TABLE.get()
}

/// Fetches the names, unless they are here or on their way. Returns whether they are here.
pub(crate) async fn load() -> bool {
    if TABLE.get().is_none() && !IS_COMING.swap(true, Ordering::Relaxed) {
        let text = text(FILE).await;
        IS_COMING.store(false, Ordering::Relaxed);
        if let Ok(text) = text {
            let _ = TABLE.set(EmojiTable::new(text));
        }
    }
    TABLE.get().is_some()
}
