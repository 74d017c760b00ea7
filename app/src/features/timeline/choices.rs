//! What can be done with a message, besides reactions. Toolbar, menu, sheet and keys offer it.

use leptos::{ev, prelude::*};
use protocol::{MessageId, RoomId};
use wasm_bindgen::JsCast;

use crate::{
    browser::{clipboard, window::place_popup},
    session::{EmojiUse, Scheduling, Session, actions::MessageAction},
    state::updates::UpdateKind,
    ui::icon::Glyph,
};

/// A message and the user's permissions on it.
#[derive(Clone, Copy, Debug)]
pub struct MessageTarget {
    /// The message's room.
    pub room: RoomId,
    /// The message's id.
    pub id: MessageId,
    /// True if the user is the author.
    pub mine: bool,
    /// True if the user may delete the message.
    pub deletable: bool,
}

impl MessageTarget {
    /// Finds the permissions of the user on a loaded message.
    pub(super) fn of(session: Session, room: RoomId, id: MessageId) -> Option<Self> {
        let author = session.author(room, id)?;
        let me = untrack(|| session.me());
        let mine = author.id == me.id;
        Some(Self { room, id, mine, deletable: mine || me.role.may_delete() })
    }

    /// Adds a reaction.
    pub(super) fn react(self, session: Session, emoji: &str) {
        session.menu.set(None);
        let kind = UpdateKind::React { emoji: emoji.to_owned(), on: true };
        session.update_message(self.room, self.id, kind);
    }

    /// Opens the picker for another reaction, at the button that was pressed.
    pub(super) fn pick_reaction(self, session: Session, click: &ev::MouseEvent) {
        if let Some(Ok(button)) = click.current_target().map(JsCast::dyn_into) {
            place_popup(&button);
        }
        session.menu.set(None);
        session.picking_emoji.set(Some(EmojiUse::Reaction(self.room, self.id)));
    }

    /// Returns whether the room can be written to.
    pub(super) fn is_writable(self, session: Session) -> bool {
        let is_open = |model: &crate::state::model::Model| {
            model.rooms.find(self.room).is_none_or(|room| !room.archived)
        };
        session.model().with(is_open)
    }
}

/// The actions that the toolbar shows. The menu has the others.
pub(super) const TOOLBAR: [MessageAction; 3] =
    [MessageAction::Reply, MessageAction::Thread, MessageAction::Edit];

impl MessageAction {
    /// Returns its icon.
    pub(super) fn glyph(self) -> Glyph {
        match self {
            Self::Reply => Glyph::Reply,
            Self::Thread => Glyph::MessageSquare,
            Self::Edit => Glyph::Pencil,
            Self::CopyText => Glyph::Copy,
            Self::CopyLink => Glyph::Link,
            Self::Pin => Glyph::Pin,
            Self::MarkUnread => Glyph::Bookmark,
            Self::Remind => Glyph::Bell,
            Self::History => Glyph::Clock,
            Self::RemovePreviews => Glyph::Globe,
            Self::Delete => Glyph::Trash,
        }
    }

    /// Returns its label for a message.
    pub(super) fn label_for(self, session: Session, target: MessageTarget) -> &'static str {
        let is_unpin = self == Self::Pin && session.is_pinned(target.room, target.id);
        if is_unpin { "Unpin" } else { self.label() }
    }

    /// Returns whether the message offers it.
    pub(super) fn is_available(self, session: Session, target: MessageTarget) -> bool {
        match self {
            Self::Thread | Self::Remind => true,
            Self::CopyText | Self::CopyLink => clipboard::is_available(),
            Self::Reply | Self::Pin => target.is_writable(session),
            Self::Edit => target.mine && target.is_writable(session),
            Self::Delete => target.deletable && target.is_writable(session),
            Self::MarkUnread => is_member(session, target.room) && is_in_room(session, target),
            Self::History => is_edited(session, target),
            Self::RemovePreviews => {
                target.mine && target.is_writable(session) && has_previews(session, target)
            }
        }
    }

    /// Does it.
    pub(super) fn run(self, session: Session, target: MessageTarget) {
        let MessageTarget { room, id, .. } = target;
        session.menu.set(None);
        match self {
            Self::Reply => {
                session.editing.set(None);
                session.reply_to.set(Some(id));
            }
            Self::Thread => session.open_thread(room, id),
            Self::Edit => session.editing.set(Some(id)),
            Self::CopyText => session.copy_text(room, id),
            Self::CopyLink => session.copy_link(id),
            Self::Pin => session.toggle_pin(room, id),
            Self::MarkUnread => session.mark_unread(room, id),
            Self::Remind => session.scheduling.set(Some(Scheduling::Remind(room, id))),
            Self::History => session.open_history(room, id),
            Self::RemovePreviews => {
                session.update_message(room, id, UpdateKind::RemovePreviews);
            }
            Self::Delete => {
                session.active.set(None);
                session.delete(room, id);
            }
        }
    }
}

fn is_member(session: Session, room: RoomId) -> bool {
    session.model().with(|model| model.rooms.find(room).is_some_and(|room| room.member))
}

/// Returns whether the room shows the message. Threads have read positions of their own.
fn is_in_room(session: Session, target: MessageTarget) -> bool {
    session.model().with(|model| {
        let open = model.opened_rooms.get(&target.room);
        open.is_some_and(|open| open.log.find(|known| known.id == target.id).is_some())
    })
}

fn has_previews(session: Session, target: MessageTarget) -> bool {
    session.model().with(|model| {
        let open = model.opened_rooms.get(&target.room);
        let message = open.and_then(|open| open.find(target.id));
        message.is_some_and(|message| !message.link_previews.is_empty())
            && !model.updates.is_removing_previews(target.id)
    })
}

fn is_edited(session: Session, target: MessageTarget) -> bool {
    session.model().with(|model| {
        let open = model.opened_rooms.get(&target.room);
        let message = open.and_then(|open| open.find(target.id));
        message.is_some_and(|message| message.edited_at.is_some())
    })
}
