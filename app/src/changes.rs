//! Changes of messages that were made here and are not yet in the log, as far as this page knows it.
//!
//! Like what was written, each carries an id that this page made, so that asking again never makes it twice; those of
//! one room go out one after the other. They are shown at once.

use protocol::{Member, Message, MessageId, OpId, Reaction, RoomId, Timestamp, UserId};
use uuid::Uuid;

use crate::outbox::LEFT_TO_OTHERS_MS;

/// What is to become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Another text.
    Edit(String),
    /// None any more.
    Delete,
    /// One's own reaction, there or not.
    React {
        /// With what.
        emoji: String,
        /// Whether it is to be there.
        on: bool,
    },
}

/// A change that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its id, for good.
    pub op: OpId,
    /// Where the message stands.
    pub room: RoomId,
    /// Which message.
    pub message: MessageId,
    /// What is to become of it.
    pub kind: Kind,
    /// When it was made, by this device's clock.
    pub made_at: Timestamp,
    /// Why the server refused it; it waits for its author then.
    pub failed: Option<String>,
    /// Its place in the room's log, once the server has it. Another page reads it from there.
    pub sent: Option<u64>,
    /// Until when another tab is left to ask for it, by this page's clock.
    pub others_until: Option<i64>,
}

/// All of them, in the order made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

/// What is to be said about a message because of its changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// Of which change.
    pub op: OpId,
    /// Whether the message is being deleted, not edited.
    pub deletes: bool,
    /// Why it was refused.
    pub failed: Option<String>,
}

impl Change {
    /// As it is kept on this device: a line for each part, the text last. Whether it was refused, asking again tells.
    pub(crate) fn to_lines(&self) -> String {
        let (kind, text) = match &self.kind {
            Kind::Edit(text) => ("edit", text.as_str()),
            Kind::Delete => ("delete", ""),
            Kind::React { emoji, on: true } => ("react", emoji.as_str()),
            Kind::React { emoji, on: false } => ("take back", emoji.as_str()),
        };
        let Self { op, room, message, made_at, .. } = self;
        [
            &op.to_string(),
            &room.to_string(),
            &message.to_string(),
            &made_at.as_millis().to_string(),
            kind,
            text,
        ]
        .join("\n")
    }

    /// Reads what [`to_lines`](Self::to_lines) made.
    pub(crate) fn from_lines(lines: &str) -> Option<Self> {
        let mut lines = lines.splitn(6, '\n');
        let mut id = || Uuid::try_parse(lines.next()?).ok();
        let (op, room, message) = (OpId(id()?), RoomId(id()?), MessageId(id()?));
        let made_at = Timestamp::from_millis(lines.next()?.parse().ok()?);
        let (kind, text) = (lines.next()?, lines.next()?.to_owned());
        let kind = match kind {
            "edit" => Kind::Edit(text),
            "delete" => Kind::Delete,
            "react" => Kind::React { emoji: text, on: true },
            "take back" => Kind::React { emoji: text, on: false },
            _ => return None,
        };
        Some(Self {
            op,
            room,
            message,
            kind,
            made_at,
            failed: None,
            sent: None,
            others_until: None,
        })
    }
}

impl Changes {
    /// With what an earlier page left behind, in any order.
    #[must_use]
    pub fn restored(mut changes: Vec<Change>) -> Self {
        changes.sort_by_key(|change| change.made_at);
        Self(changes)
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> &[Change] {
        &self.0
    }

    /// Adds one. Another one of its kind that was refused before is given up.
    pub fn push(&mut self, change: Change) {
        let same = |known: &Change| {
            let kinds = (std::mem::discriminant(&known.kind), std::mem::discriminant(&change.kind));
            known.message == change.message && kinds.0 == kinds.1
        };
        self.0.retain(|known| known.failed.is_none() || !same(known));
        self.0.push(change);
    }

    /// Takes what another tab keeps.
    pub fn learn(&mut self, change: Change, now: i64) {
        if self.0.iter().all(|known| known.op != change.op) {
            self.0.push(Change { others_until: Some(now + LEFT_TO_OTHERS_MS), ..change });
        }
    }

    /// Gives one up.
    pub fn take(&mut self, op: OpId) {
        self.0.retain(|change| change.op != op);
    }

    /// Marks as being in the log.
    pub fn answered(&mut self, op: OpId, seq: u64) {
        self.find(op, |change| change.sent = Some(seq));
    }

    /// Takes out what the first `seq` events of a room's log hold.
    pub fn covered(&mut self, room: RoomId, seq: u64) {
        self.0.retain(|change| change.room != room || change.sent.is_none_or(|sent| sent > seq));
    }

    /// Marks as refused.
    pub fn fail(&mut self, op: OpId, why: String) {
        self.find(op, |change| change.failed = Some(why));
    }

    /// Lets a refused one go out again.
    pub fn retry(&mut self, op: OpId) {
        self.find(op, |change| change.failed = None);
    }

    fn find(&mut self, op: OpId, with: impl FnOnce(&mut Change)) {
        if let Some(change) = self.0.iter_mut().find(|change| change.op == op) {
            with(change);
        }
    }

    /// The first waiting one of each room that is this page's to ask for.
    #[must_use]
    pub fn next(&self, now: i64) -> Vec<&Change> {
        let mut heads: Vec<&Change> = Vec::new();
        let waits = |change: &&Change| change.failed.is_none() && change.sent.is_none();
        let is_ours = |change: &&Change| change.others_until.is_none_or(|until| now >= until);
        for change in self.0.iter().filter(waits).filter(is_ours) {
            if heads.iter().all(|head| head.room != change.room) {
                heads.push(change);
            }
        }
        heads
    }

    fn shown(&self, message: MessageId) -> impl Iterator<Item = &Change> {
        self.0.iter().filter(move |change| change.message == message && change.failed.is_none())
    }

    /// The text of a message as it is to be.
    #[must_use]
    pub fn text(&self, message: &Message) -> Option<String> {
        let edits = self.shown(message.id).filter_map(|change| match &change.kind {
            Kind::Edit(text) => Some(text),
            Kind::Delete | Kind::React { .. } => None,
        });
        if message.deleted { None } else { edits.last().or(message.text.as_ref()).cloned() }
    }

    /// The reactions to a message as they are to be.
    #[must_use]
    pub fn reactions(&self, message: &Message, me: UserId) -> Vec<Reaction> {
        let mut reactions = message.reactions.clone();
        for change in self.shown(message.id) {
            if let Kind::React { emoji, on } = &change.kind {
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

    /// What is to be said about a message: what was refused, else what is under way. Reactions are under way silently.
    #[must_use]
    pub fn note(&self, message: MessageId) -> Option<Note> {
        let of_message = || self.0.iter().filter(move |change| change.message == message);
        let under_way =
            |change: &&Change| change.sent.is_none() && !matches!(change.kind, Kind::React { .. });
        let change = of_message()
            .rfind(|change| change.failed.is_some())
            .or_else(|| of_message().rfind(under_way))?;
        Some(Note {
            op: change.op,
            deletes: change.kind == Kind::Delete,
            failed: change.failed.clone(),
        })
    }
}

/// What people gave a message, one emoji each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Which.
    pub emoji: String,
    /// How often.
    pub count: usize,
    /// Whether one of them is the reader's.
    pub mine: bool,
    /// Who, as far as it is known.
    pub names: String,
}

/// Reactions, gathered by emoji in the order first given; `members` are those whose names are known.
#[must_use]
pub fn chips(reactions: &[Reaction], me: UserId, members: &[Member]) -> Vec<Chip> {
    let mut chips: Vec<Chip> = Vec::new();
    for emoji in reactions.iter().map(|reaction| &reaction.emoji) {
        if chips.iter().any(|chip| chip.emoji == *emoji) {
            continue;
        }
        let (mut names, mut count, mut mine) = (Vec::new(), 0, false);
        for given in reactions.iter().filter(|given| given.emoji == *emoji) {
            count += 1;
            if given.user == me {
                mine = true;
                names.insert(0, "You".to_owned());
            } else if let Some(member) = members.iter().find(|member| member.user.id == given.user)
            {
                names.push(member.user.name.clone());
            }
        }
        match count - names.len() {
            0 => {}
            unknown if names.is_empty() => names.push(unknown.to_string()),
            unknown => names.push(format!("{unknown} more")),
        }
        chips.push(Chip { emoji: emoji.clone(), count, mine, names: names.join(", ") });
    }
    chips
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fixtures::{message, room, user};

    fn change(op: u128, kind: Kind) -> Change {
        let message = message(1).id;
        Change {
            op: OpId(Uuid::from_u128(op)),
            room: room().id,
            message,
            kind,
            made_at: Timestamp::default(),
            failed: None,
            sent: None,
            others_until: None,
        }
    }

    fn react(on: bool) -> Kind {
        Kind::React { emoji: "👍".to_owned(), on }
    }

    #[test]
    fn what_was_changed_here_is_shown_at_once_and_until_the_log_has_it() {
        let mut changes = Changes::default();
        changes.push(change(1, Kind::Edit("better".to_owned())));
        changes.push(change(2, react(true)));
        let ada = user("ada").id;
        assert_eq!(changes.text(&message(1)).as_deref(), Some("better"));
        assert_eq!(changes.text(&message(2)), message(2).text);
        assert_eq!(changes.reactions(&message(1), ada).len(), 1);
        assert_eq!(changes.next(0).len(), 1);
        changes.answered(OpId(Uuid::from_u128(1)), 5);
        assert_eq!(changes.next(0)[0].op, OpId(Uuid::from_u128(2)));
        changes.covered(room().id, 4);
        assert_eq!(changes.text(&message(1)).as_deref(), Some("better"));
        changes.covered(room().id, 5);
        assert_eq!(changes.text(&message(1)), message(1).text);
        changes.push(change(3, react(false)));
        assert!(changes.reactions(&message(1), ada).is_empty());
    }

    #[test]
    fn what_was_refused_says_so_and_gives_way_to_the_next() {
        let mut changes = Changes::default();
        changes.push(change(1, Kind::Delete));
        assert!(
            changes.note(message(1).id).is_some_and(|note| note.deletes && note.failed.is_none())
        );
        changes.fail(OpId(Uuid::from_u128(1)), "no".to_owned());
        assert_eq!(changes.note(message(1).id).and_then(|note| note.failed).as_deref(), Some("no"));
        assert!(changes.next(0).is_empty());
        changes.push(change(2, Kind::Delete));
        assert_eq!(changes.next(0).len(), 1);
        assert!(changes.note(message(1).id).is_some_and(|note| note.failed.is_none()));
    }

    #[test]
    fn what_another_tab_asked_for_is_left_to_it_for_a_while() {
        let mut changes = Changes::default();
        changes.learn(change(1, Kind::Delete), 0);
        changes.learn(change(1, Kind::Delete), 1_000);
        assert!(changes.note(message(1).id).is_some());
        assert!(changes.next(LEFT_TO_OTHERS_MS - 1).is_empty());
        assert_eq!(changes.next(LEFT_TO_OTHERS_MS).len(), 1);
    }

    #[test]
    fn what_is_kept_reads_back_as_it_was() {
        let edit = Kind::Edit("two\nlines\n".to_owned());
        for kind in [edit, Kind::Delete, react(true), react(false)] {
            let change = change(1, kind);
            assert_eq!(Change::from_lines(&change.to_lines()), Some(change));
        }
        assert_eq!(Change::from_lines("anything else"), None);
    }

    #[test]
    fn reactions_are_counted_and_named() {
        let given = |name, emoji: &str| Reaction { user: user(name).id, emoji: emoji.to_owned() };
        let reactions =
            [given("bo", "👍"), given("chen", "🎉"), given("ada", "👍"), given("zoe", "👍")];
        let bo = Member { user: user("bo"), online: true };
        let chips = chips(&reactions, user("ada").id, &[bo]);
        let chip = |emoji: &str, count, mine, names: &str| Chip {
            emoji: emoji.to_owned(),
            count,
            mine,
            names: names.to_owned(),
        };
        assert_eq!(chips, [chip("👍", 3, true, "You, Bo, 1 more"), chip("🎉", 1, false, "1")]);
    }
}
