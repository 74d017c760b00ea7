//! Sends the user's choices for rooms: the level of notifications, and favourites.

use protocol::{ErrorPayload, Favourite, Notify, NotifyLevel, Request, Response, RoomId};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends one choice of each kind for a room at a time.
#[derive(Debug)]
pub(super) struct ChoicesSync;

/// A choice that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// A level.
    Notify(RoomId, NotifyLevel),
    /// A favourite, or no longer one.
    Favourite(RoomId, bool),
}

impl Choice {
    fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Notify(room, _), Self::Notify(other, _))
            | (Self::Favourite(room, _), Self::Favourite(other, _)) => room == other,
            _ => false,
        }
    }

    fn room(self) -> RoomId {
        match self {
            Self::Notify(room, _) | Self::Favourite(room, _) => room,
        }
    }

    fn request(self) -> Request {
        match self {
            Self::Notify(room, level) => Request::Notify(Notify { room: room.into(), level }),
            Self::Favourite(room, on) => Request::Favourite(Favourite { room: room.into(), on }),
        }
    }
}

impl Part for ChoicesSync {
    type Subject = Choice;

    fn send_due(&mut self, requester: &mut Requester<'_, Choice>) {
        let choices = &requester.model.choices;
        let levels = choices.notify.iter().map(|(room, level)| Choice::Notify(*room, *level));
        let favourites = choices.favourite.iter().map(|(room, on)| Choice::Favourite(*room, *on));
        for choice in levels.chain(favourites) {
            if !requester.is_pending(|pending| pending.is_like(choice)) {
                requester.send(choice, &choice.request());
            }
        }
    }

    /// A choice that the user made since then stays.
    fn succeeded(&mut self, sent: Choice, _: Response, context: &mut Context<'_>) {
        let Context { model, shared, .. } = context;
        let known = model.rooms.find_mut(sent.room());
        match sent {
            Choice::Notify(room, level) => {
                if let Some(known) = known {
                    known.notify = level;
                }
                model.choices.notify.retain(|other, now| *other != room || *now != level);
                shared.rooms.mark_stale_if(true); // another level counts other mentions
            }
            Choice::Favourite(room, on) => {
                if let Some(known) = known {
                    known.favourite = on;
                }
                model.choices.favourite.retain(|other, now| *other != room || *now != on);
            }
        }
    }

    fn failed(&mut self, sent: Choice, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            self.unreadable(sent, context);
            context.model.choices.refused = Some((sent.room(), error.detail));
        }
    }

    fn unreadable(&mut self, sent: Choice, context: &mut Context<'_>) {
        let choices = &mut context.model.choices;
        match sent {
            Choice::Notify(room, _) => choices.notify.remove(&room).is_some(),
            Choice::Favourite(room, _) => choices.favourite.remove(&room).is_some(),
        };
    }
}
