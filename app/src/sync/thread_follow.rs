//! Sends which threads the user follows.

use protocol::{ErrorPayload, MessageId, Request, Response, RoomId, ThreadFollow};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends one request at a time for each thread.
#[derive(Debug)]
pub(super) struct ThreadFollowSync;

/// A thread, and whether to follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Follow {
    room: RoomId,
    thread: MessageId,
    on: bool,
}

impl Part for ThreadFollowSync {
    type Subject = Follow;

    fn send_due(&mut self, requester: &mut Requester<'_, Follow>) {
        for (&thread, &(room, on)) in &requester.model.threads.follows {
            if !requester.is_pending(|pending| pending.thread == thread) {
                let request = ThreadFollow { room: room.into(), thread, on };
                requester.send(Follow { room, thread, on }, &Request::ThreadFollow(request));
            }
        }
    }

    fn succeeded(&mut self, sent: Follow, response: Response, context: &mut Context<'_>) {
        if let Response::ThreadFollow(stored) = response {
            end(sent, context);
            let may_change = context.model.threads.followed(&stored);
            context.shared.rooms.mark_stale_if(may_change);
        }
    }

    fn failed(&mut self, sent: Follow, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            end(sent, context);
        }
    }

    fn unreadable(&mut self, sent: Follow, context: &mut Context<'_>) {
        end(sent, context);
    }
}

/// Ends the sending, unless the user asked for the opposite meanwhile.
fn end(sent: Follow, context: &mut Context<'_>) {
    let follows = &mut context.model.threads.follows;
    if follows.get(&sent.thread) == Some(&(sent.room, sent.on)) {
        follows.remove(&sent.thread);
    }
}
