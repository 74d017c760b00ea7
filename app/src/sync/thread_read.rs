//! Sends the positions up to which the user has read threads.

use protocol::{ErrorPayload, ReadPosition, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends the position of one thread at a time.
#[derive(Debug)]
pub(super) struct ThreadReadSync;

impl Part for ThreadReadSync {
    type Subject = ReadPosition;

    fn send_due(&mut self, requester: &mut Requester<'_, ReadPosition>) {
        // Another device may have read further. Only the list of threads contains its position.
        if !requester.model.threads.is_loaded {
            return;
        }
        for (&thread, &position) in &requester.model.threads.unconfirmed {
            if !requester.is_pending(|sent| sent.thread == Some(thread)) {
                let ReadPosition { room, seq, .. } = position;
                let (room, thread) = (Some(room.into()), Some(thread));
                let request = protocol::Read { room, seq, thread, ..Default::default() };
                requester.send(position, &Request::Read(request));
            }
        }
    }

    fn succeeded(&mut self, sent: ReadPosition, response: Response, context: &mut Context<'_>) {
        let (Response::Read(position), Some(thread)) = (response, sent.thread) else { return };
        let model = &mut context.model;
        let is_last = model.threads.unconfirmed.get(&thread) == Some(&sent);
        model.threads.sent(thread, sent.seq);
        if is_last {
            model.threads.set_position(&ReadPosition { thread: sent.thread, ..position });
        }
        // The mentions in threads are counted in their rooms too.
        let has_mentions = model.rooms.find(sent.room).is_some_and(|room| room.mentions > 0);
        context.shared.rooms.mark_stale_if(has_mentions);
    }

    fn failed(&mut self, sent: ReadPosition, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(sent, context);
        }
    }

    fn unreadable(&mut self, sent: ReadPosition, context: &mut Context<'_>) {
        give_up(sent, context);
    }
}

fn give_up(sent: ReadPosition, context: &mut Context<'_>) {
    if let Some(thread) = sent.thread {
        context.model.threads.sent(thread, sent.seq);
    }
}
