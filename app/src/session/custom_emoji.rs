//! The emoji that users have added. The page loads all of them when it needs one that it does not
//! know, and again after a lost connection.

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use protocol::http::CustomEmojiList;

use super::{Scoped, Session};
use crate::{
    browser::{
        calls::{self, Refusal},
        window::effect,
    },
    state::{connection::ConnectionState, custom_emoji::CustomEmojis},
};

/// The most times that the list is asked for, while it changes.
const MAX_ASKED: usize = 5;
/// The pause after the first load that has failed, in seconds. Each further one doubles it.
const RETRY_SECONDS: u64 = 4;
/// The most times that the pause doubles.
const MAX_DOUBLED: u32 = 6;

/// The loading of the list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EmojiLoad {
    /// True while the list is on its way.
    is_running: bool,
    /// True while the list is to be asked for after a pause.
    is_due: bool,
    /// The number of loads without a list, since the last one with one.
    failed: u32,
}

impl EmojiLoad {
    /// Ends a load. Returns the pause after which to load again, if that is not due already.
    fn end(&mut self, is_complete: bool) -> Option<Duration> {
        self.is_running = false;
        if is_complete {
            self.failed = 0;
            return None;
        }
        let seconds = RETRY_SECONDS << self.failed.min(MAX_DOUBLED);
        self.failed = self.failed.saturating_add(1);
        (!std::mem::replace(&mut self.is_due, true)).then_some(Duration::from_secs(seconds))
    }
}

impl Session {
    /// Returns the custom emoji, as far as they are known.
    pub(crate) fn custom_emoji(self) -> Memo<Arc<CustomEmojis>> {
        self.custom_emoji
    }

    /// Returns the addresses of the pictures of the emoji with these names, where there are such.
    pub(crate) fn emoji_urls(self, names: Vec<String>) -> Memo<Vec<Option<String>>> {
        Memo::new(move |_| {
            let emoji = self.custom_emoji().scoped().get();
            let url = |name: &String| emoji.get(name).map(|emoji| emoji.url.clone());
            let urls: Vec<_> = names.iter().map(url).collect();
            if !emoji.is_complete() && urls.contains(&None) {
                self.want_custom_emoji();
            }
            urls
        })
    }

    /// Asks for all custom emoji. The rest of the page loads them.
    pub(crate) fn want_custom_emoji(self) {
        if self.wants_emoji.try_get_untracked() == Some(false) {
            self.wants_emoji.set(true);
        }
    }

    /// Loads the custom emoji whenever something needs them.
    pub(crate) fn load_wanted_emoji(self) {
        effect(move || {
            if self.wants_emoji.get() {
                self.wants_emoji.set(false);
                spawn_local(async move {
                    // Without an answer, names stay text until the next attempt.
                    let _ = self.load_custom_emoji().await;
                });
            }
        });
    }

    /// Loads all custom emoji, unless they are here or on their way. After a failure, they are
    /// asked for again later.
    ///
    /// # Errors
    /// Fails if the server does not answer.
    pub(crate) async fn load_custom_emoji(self) -> Result<(), Refusal> {
        let state = || self.model.try_with_untracked(|model| Arc::clone(&model.custom_emoji));
        let is_complete = || state().is_none_or(|emoji| emoji.is_complete());
        if is_complete() {
            return Ok(());
        }
        if state().is_some_and(|emoji| !emoji.is_needed()) {
            self.model.try_update(|model| Arc::make_mut(&mut model.custom_emoji).need());
        }
        let begin = |load: &mut EmojiLoad| !std::mem::replace(&mut load.is_running, true);
        if self.emoji_load.try_update_value(begin) != Some(true) {
            return Ok(());
        }
        let mut answer = Ok(());
        for _ in 0..MAX_ASKED {
            let changes = || state().map(|emoji| emoji.changes());
            let before = changes();
            match calls::get::<CustomEmojiList>("/api/emoji").await {
                // The list may lack what has changed meanwhile.
                Ok(_) if changes() != before => {}
                Ok(list) => {
                    self.model.try_update(|model| {
                        Arc::make_mut(&mut model.custom_emoji).learn(list);
                    });
                    break;
                }
                Err(refusal) => {
                    answer = Err(refusal);
                    break;
                }
            }
        }
        let pause = self.emoji_load.try_update_value(|load| load.end(is_complete()));
        if let Some(pause) = pause.flatten() {
            set_timeout(move || self.retry_custom_emoji(), pause);
        }
        answer
    }

    /// Asks again for the emoji that did not arrive.
    fn retry_custom_emoji(self) {
        if self.emoji_load.try_update_value(|load| load.is_due = false).is_some() {
            self.want_custom_emoji();
        }
    }

    /// Loads the custom emoji again, if any are shown or needed, whenever the page is connected:
    /// changes reach it only from then on. Does so as well when the role of the user changes, which
    /// decides who may add some.
    pub(crate) fn keep_custom_emoji(self) {
        let connected_as = self.select(|model| {
            let connection = model.connection;
            let is_connected =
                matches!(connection, ConnectionState::CatchingUp { .. } | ConnectionState::Current);
            is_connected.then_some(model.me.role)
        });
        effect(move || {
            if connected_as.get().is_none() {
                return;
            }
            let has_some =
                self.model.try_update(|model| Arc::make_mut(&mut model.custom_emoji).mark_stale());
            if has_some == Some(true) {
                self.want_custom_emoji();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_without_a_list_is_repeated_after_longer_and_longer_pauses() {
        let mut load = EmojiLoad { is_running: true, ..EmojiLoad::default() };
        let seconds = |pause: Option<Duration>| pause.map(|pause| pause.as_secs());
        assert_eq!(seconds(load.end(false)), Some(4));
        assert!(!load.is_running);
        assert_eq!(load.end(false), None, "one is due already");
        load.is_due = false;
        assert_eq!(seconds(load.end(false)), Some(16));
        load = EmojiLoad { failed: u32::MAX, ..EmojiLoad::default() };
        assert_eq!(seconds(load.end(false)), Some(256));
        assert_eq!(load.end(true), None);
        load.is_due = false;
        assert_eq!(seconds(load.end(false)), Some(4));
    }
}
