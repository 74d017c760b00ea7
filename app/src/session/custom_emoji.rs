//! The emoji that users have added. The page loads all of them when it needs one that it does not
//! know, and again after a lost connection.

use std::sync::Arc;

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
                    // Without an answer, names stay text until others are needed.
                    let _ = self.load_custom_emoji().await;
                });
            }
        });
    }

    /// Loads all custom emoji, unless they are here or on their way.
    ///
    /// # Errors
    /// Fails if the server does not answer.
    pub(crate) async fn load_custom_emoji(self) -> Result<(), Refusal> {
        let state = || self.model.try_with_untracked(|model| Arc::clone(&model.custom_emoji));
        let is_complete = state().is_none_or(|emoji| emoji.is_complete());
        if is_complete || self.loads_emoji.try_get_value() != Some(false) {
            return Ok(());
        }
        self.loads_emoji.set_value(true);
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
        self.loads_emoji.try_set_value(false);
        answer
    }

    /// Loads the custom emoji again after a lost connection, if any are shown.
    pub(crate) fn keep_custom_emoji(self) {
        let is_connected = self.select(|model| {
            let connection = model.connection;
            matches!(connection, ConnectionState::CatchingUp { .. } | ConnectionState::Current)
        });
        let was_connected = StoredValue::new(false);
        effect(move || {
            if !is_connected.get() || !was_connected.get_value() {
                was_connected.update_value(|was| *was |= is_connected.get_untracked());
                return;
            }
            let has_some =
                self.model.try_update(|model| Arc::make_mut(&mut model.custom_emoji).doubt());
            if has_some == Some(true) {
                self.want_custom_emoji();
            }
        });
    }
}
