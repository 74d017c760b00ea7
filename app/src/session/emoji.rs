//! The emoji that the user picks, and those picked last on this device.

use leptos::prelude::*;
use protocol::{
    MessageId, RoomId,
    text::{canonical_emoji, custom_emoji_name},
};

use super::Session;
use crate::{
    browser::storage::Area,
    state::{emoji::TONES, updates::UpdateKind},
};

/// The emoji that are remembered.
const MAX_RECENT: usize = 24;

/// What an emoji is picked for.
#[derive(Clone, Copy, Debug)]
pub enum EmojiUse {
    /// A reaction to a message.
    Reaction(RoomId, MessageId),
    /// A text: the callback inserts it.
    Text(Callback<String>),
}

impl Session {
    /// Uses the emoji that the user picked.
    pub(crate) fn use_emoji(self, purpose: EmojiUse, emoji: String) {
        match purpose {
            EmojiUse::Reaction(room, message) => {
                self.update_message(room, message, UpdateKind::React { emoji, on: true });
            }
            EmojiUse::Text(insert) => {
                insert.try_run(emoji);
            }
        }
    }

    fn emoji_key(self, kind: &str) -> String {
        self.model.with_untracked(|model| format!("banter/{}/{kind}", model.me.id))
    }

    /// Returns the emoji that were picked last, the latest first. Custom ones are `:name:`, and may
    /// be gone.
    pub(crate) fn recent_emoji(self) -> Vec<String> {
        let stored = Area::Device.get(&self.emoji_key("emoji")).unwrap_or_default();
        let known = |symbol: &str| match custom_emoji_name(symbol) {
            Some(_) => Some(symbol.to_owned()),
            None => canonical_emoji(symbol),
        };
        stored.split(' ').filter_map(known).take(MAX_RECENT).collect()
    }

    /// Remembers that an emoji was picked.
    pub(crate) fn remember_emoji(self, symbol: &str) {
        let mut recent = self.recent_emoji();
        recent.retain(|other| other != symbol);
        recent.insert(0, symbol.to_owned());
        recent.truncate(MAX_RECENT);
        Area::Device.set(&self.emoji_key("emoji"), &recent.join(" "));
    }

    /// Returns the skin tone that was chosen on this device, by its place in [`TONES`].
    pub(crate) fn skin_tone(self) -> Option<usize> {
        let stored = Area::Device.get(&self.emoji_key("skin"))?;
        stored.parse().ok().filter(|tone| *tone < TONES.len())
    }

    /// Chooses a skin tone for this device.
    pub(crate) fn set_skin_tone(self, tone: Option<usize>) {
        let key = self.emoji_key("skin");
        match tone {
            Some(tone) => {
                Area::Device.set(&key, &tone.to_string());
            }
            None => Area::Device.remove(&key),
        }
    }
}
