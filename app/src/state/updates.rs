//! The updates of messages that were made here and are not in the room log yet: edits, deletions,
//! reactions, pins and removed previews. They are shown at once. A deletion is held back for some
//! seconds, so that it can be undone.

use protocol::{Message, MessageId, OpId, Reaction, RoomId, Timestamp, UserId};
use uuid::Uuid;

use super::{
    conversation::Conversation,
    pending::{PendingItem, PendingQueue},
};

/// The time for which a deletion can be undone, in milliseconds.
pub(crate) const UNDO_MS: i64 = 5_000;

/// The kind of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// Replaces the text.
    Edit(String),
    /// Deletes the message.
    Delete,
    /// Adds or removes a reaction of this user.
    React {
        /// The emoji.
        emoji: String,
        /// True to add the reaction, false to remove it.
        on: bool,
    },
    /// Pins the message, or takes the pin away.
    Pin {
        /// True to pin the message.
        on: bool,
    },
    /// Removes the previews of the links.
    RemovePreviews,
}

/// An edit of a message that was deleted meanwhile, or is out of the user's sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateEdit {
    /// The message.
    pub message: MessageId,
    /// Where its author writes.
    pub place: Conversation,
    /// The words.
    pub words: String,
}

/// An update whose event has not arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpdate {
    /// The update's id.
    pub op: OpId,
    /// The room of the message.
    pub room: RoomId,
    /// The message to update.
    pub message: MessageId,
    /// The kind of update.
    pub kind: UpdateKind,
    /// When it was made, by this device's clock.
    pub made_at: Timestamp,
    /// The reason why the server refused it.
    pub refused: Option<String>,
    /// Its `seq` in the room log, once the server confirmed it. It is not stored, because another
    /// page reads the update from there.
    pub confirmed: Option<u64>,
    /// Until when another tab is expected to send it, by this page's clock.
    pub deferred_until: Option<i64>,
    /// True while it can be undone here. It is not sent then.
    pub held: bool,
    /// True if it was stored while another page held it.
    held_elsewhere: bool,
}

impl PendingItem for PendingUpdate {
    const FOLDER: &'static str = "change";

    type Id = OpId;

    fn id(&self) -> OpId {
        self.op
    }

    fn uuid(&self) -> Uuid {
        self.op.0
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn created_at(&self) -> Timestamp {
        self.made_at
    }

    fn confirmed_seq(&self) -> Option<u64> {
        self.confirmed
    }

    fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    fn set_refused(&mut self, reason: Option<String>) {
        self.refused = reason;
    }

    fn deferred_until(&self) -> Option<i64> {
        if self.held { Some(i64::MAX) } else { self.deferred_until }
    }

    /// Leaves it to another tab. A deletion may be held back there.
    fn defer(&mut self, until: i64) {
        let undo = if self.kind == UpdateKind::Delete { UNDO_MS } else { 0 };
        self.deferred_until = Some(until + undo);
    }

    /// Changes nothing: refusals are not stored.
    fn update_from(&mut self, _stored: Self) {}

    fn is_stored_like(&self, other: &Self) -> bool {
        self.op == other.op && self.is_undoable() == other.is_undoable()
    }

    /// Encodes the update as one line for each part, the text last. A refusal is not stored;
    /// sending the update again shows it.
    fn to_text(&self) -> Option<String> {
        let (kind, text) = match &self.kind {
            UpdateKind::Edit(text) => ("edit", text.as_str()),
            UpdateKind::Delete if self.is_undoable() => ("hold", ""),
            UpdateKind::Delete => ("delete", ""),
            UpdateKind::React { emoji, on: true } => ("react", emoji.as_str()),
            UpdateKind::React { emoji, on: false } => ("take back", emoji.as_str()),
            UpdateKind::Pin { on: true } => ("pin", ""),
            UpdateKind::Pin { on: false } => ("unpin", ""),
            UpdateKind::RemovePreviews => ("remove previews", ""),
        };
        let Self { op, room, message, made_at, .. } = self;
        let lines = [
            &op.to_string(),
            &room.to_string(),
            &message.to_string(),
            &made_at.as_millis().to_string(),
            kind,
            text,
        ];
        Some(lines.join("\n"))
    }

    /// Decodes the format of [`to_text`](Self::to_text).
    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.splitn(6, '\n');
        let mut id = || Uuid::try_parse(lines.next()?).ok();
        let (op, room, message) = (OpId(id()?), RoomId(id()?), MessageId(id()?));
        let made_at = Timestamp::from_millis(lines.next()?.parse().ok()?);
        let (name, text) = (lines.next()?, lines.next()?.to_owned());
        let kind = match name {
            "edit" => UpdateKind::Edit(text),
            "delete" | "hold" => UpdateKind::Delete,
            "react" => UpdateKind::React { emoji: text, on: true },
            "take back" => UpdateKind::React { emoji: text, on: false },
            "pin" => UpdateKind::Pin { on: true },
            "unpin" => UpdateKind::Pin { on: false },
            "remove previews" => UpdateKind::RemovePreviews,
            _ => return None,
        };
        let held_elsewhere = name == "hold";
        Some(Self { held_elsewhere, ..Self::new(op, room, message, kind, made_at) })
    }
}

impl PendingUpdate {
    /// Creates an update that waits to be sent.
    #[must_use]
    pub fn new(
        op: OpId,
        room: RoomId,
        message: MessageId,
        kind: UpdateKind,
        made_at: Timestamp,
    ) -> Self {
        Self {
            op,
            room,
            message,
            kind,
            made_at,
            refused: None,
            confirmed: None,
            deferred_until: None,
            held: false,
            held_elsewhere: false,
        }
    }

    fn is_undoable(&self) -> bool {
        self.held || self.held_elsewhere
    }
}

/// The updates that wait for the server or for their events.
pub type Updates = PendingQueue<PendingUpdate>;

/// The progress of an update, as it is shown beside its message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateStatus {
    /// The update.
    pub op: OpId,
    /// What it does.
    pub effect: Effect,
    /// True while it can be undone.
    pub held: bool,
    /// The reason why the server refused it.
    pub refused: Option<String>,
}

/// What an update does to its message, without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes the text or a reaction.
    Change,
    /// It deletes the message.
    Deletion,
    /// It pins the message.
    Pin,
    /// It takes the pin away.
    Unpin,
    /// It removes the previews.
    RemovePreviews,
}

impl From<&UpdateKind> for Effect {
    fn from(kind: &UpdateKind) -> Self {
        match kind {
            UpdateKind::Edit(_) | UpdateKind::React { .. } => Self::Change,
            UpdateKind::Delete => Self::Deletion,
            UpdateKind::Pin { on: true } => Self::Pin,
            UpdateKind::Pin { on: false } => Self::Unpin,
            UpdateKind::RemovePreviews => Self::RemovePreviews,
        }
    }
}

impl Updates {
    /// Appends an update. A refused update of the same kind to the same message is discarded.
    pub fn push(&mut self, update: PendingUpdate) {
        let is_same = |known: &PendingUpdate| {
            let kinds = (std::mem::discriminant(&known.kind), std::mem::discriminant(&update.kind));
            known.message == update.message && kinds.0 == kinds.1
        };
        self.items.retain(|known| known.refused.is_none() || !is_same(known));
        self.items.push(update);
    }

    /// Holds a deletion back, so that it can be undone.
    pub fn hold(&mut self, op: OpId) {
        if let Some(update) = self.find(op) {
            update.held = true;
        }
    }

    /// Allows a deletion that was held back to be sent.
    pub fn release(&mut self, op: OpId) {
        if let Some(update) = self.find(op) {
            update.held = false;
        }
    }

    /// Leaves the deletions that another tab may still undo to that tab. One that was let go, since
    /// its page was left, is sent at once. `now` is by this device's clock, `elapsed` by the
    /// page's.
    pub fn leave_undoable(&mut self, now: Timestamp, elapsed: i64) {
        for update in &mut self.items {
            let age = now.as_millis() - update.made_at.as_millis();
            if update.held_elsewhere && age < UNDO_MS {
                update.deferred_until = Some(elapsed + UNDO_MS - age.max(0));
            }
        }
    }

    /// Returns the updates that are held back.
    pub fn held(&self) -> impl Iterator<Item = &PendingUpdate> {
        self.items.iter().filter(|update| update.held)
    }

    /// Returns whether a message is being deleted.
    #[must_use]
    pub fn is_deleting(&self, message: MessageId) -> bool {
        self.shown(message).any(|update| update.kind == UpdateKind::Delete)
    }

    /// Returns whether a message is being pinned, or its pin taken away.
    #[must_use]
    pub fn pin(&self, message: MessageId) -> Option<bool> {
        let pins = self.shown(message).filter_map(|update| match update.kind {
            UpdateKind::Pin { on } => Some(on),
            _ => None,
        });
        pins.last()
    }

    /// Returns whether the previews of a message are being removed.
    #[must_use]
    pub fn is_removing_previews(&self, message: MessageId) -> bool {
        self.shown(message).any(|update| update.kind == UpdateKind::RemovePreviews)
    }

    /// Marks an update as confirmed, with its `seq` in the room log.
    pub fn confirm(&mut self, op: OpId, seq: u64) {
        if let Some(update) = self.find(op) {
            update.confirmed = Some(seq);
        }
    }

    fn shown(&self, message: MessageId) -> impl Iterator<Item = &PendingUpdate> {
        self.items
            .iter()
            .filter(move |update| update.message == message && update.refused.is_none())
    }

    /// Returns the text of a message with the pending edits applied.
    #[must_use]
    pub fn text(&self, message: &Message) -> Option<String> {
        let edits = self.shown(message.id).filter_map(|update| match &update.kind {
            UpdateKind::Edit(text) => Some(text),
            _ => None,
        });
        if message.deleted { None } else { edits.last().or(message.text.as_ref()).cloned() }
    }

    /// Returns the reactions to a message with the pending ones applied.
    #[must_use]
    pub fn reactions(&self, message: &Message, me: UserId) -> Vec<Reaction> {
        let mut reactions = message.reactions.clone();
        for update in self.shown(message.id) {
            if let UpdateKind::React { emoji, on } = &update.kind {
                let mine = |reaction: &Reaction| reaction.user == me && reaction.emoji == *emoji;
                if !on {
                    reactions.retain(|reaction| !mine(reaction));
                } else if !reactions.iter().any(mine) {
                    reactions.push(Reaction { user: me, emoji: emoji.clone() });
                }
            }
        }
        reactions
    }

    /// Returns the status to show beside a message: the last refused update, otherwise the last one
    /// in progress. Only edits and deletions in progress are shown.
    #[must_use]
    pub fn status(&self, message: MessageId) -> Option<UpdateStatus> {
        let of_message = || self.items.iter().filter(move |update| update.message == message);
        let in_progress = |update: &&PendingUpdate| {
            update.confirmed.is_none()
                && matches!(update.kind, UpdateKind::Edit(_) | UpdateKind::Delete)
        };
        let update = of_message()
            .rfind(|update| update.refused.is_some())
            .or_else(|| of_message().rfind(in_progress))?;
        Some(UpdateStatus {
            op: update.op,
            effect: Effect::from(&update.kind),
            held: update.held,
            refused: update.refused.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
