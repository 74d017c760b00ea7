//! Sends the positions up to which the user has read threads.

use protocol::{ErrorPayload, ReadPosition, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::threads::SentPosition;

/// Sends one position of a thread at a time. One that was set back is sent at once, as in
/// [`ReadSync`](super::read::ReadSync).
#[derive(Debug)]
pub(super) struct ThreadReadSync;

impl Part for ThreadReadSync {
    type Subject = SentPosition;

    fn send_due(&mut self, requester: &mut Requester<'_, SentPosition>) {
        // Another device may have read further. Only the list of threads contains its position.
        let is_current = requester.model.threads.is_loaded;
        for (&thread, &sent) in &requester.model.threads.unconfirmed {
            let is_of_thread = |sent: &SentPosition| sent.position.thread == Some(thread);
            let is_pending = requester.is_pending(|of| is_of_thread(of) && (of.back || !sent.back));
            if !is_pending && (sent.back || is_current) {
                requester.pending.retain(|sent| !is_of_thread(sent));
                let SentPosition { position: ReadPosition { room, seq, .. }, back } = sent;
                // `back` names the first reply that is not read.
                let seq = seq + u64::from(back);
                let (room, thread) = (Some(room.into()), Some(thread));
                requester.send(sent, &Request::Read(protocol::Read { room, seq, thread, back }));
            }
        }
    }

    fn succeeded(&mut self, sent: SentPosition, response: Response, context: &mut Context<'_>) {
        let ReadPosition { room, thread, .. } = sent.position;
        let (Response::Read(position), Some(id)) = (response, thread) else { return };
        let model = &mut context.model;
        let is_last = model.threads.unconfirmed.get(&id) == Some(&sent);
        model.threads.sent(id, &sent);
        if is_last {
            model.threads.set_position(&ReadPosition { thread, ..position });
        }
        if sent.back {
            model.threads.expire(); // replies may have been deleted since they were counted
        }
        // The mentions in threads are counted in their rooms too.
        let had_mentions = model.rooms.find(room).is_some_and(|room| room.mentions > 0);
        let has_mentions = sent.position.mentions > 0;
        context.shared.rooms.mark_stale_if(had_mentions || has_mentions);
    }

    fn failed(&mut self, sent: SentPosition, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(sent, context);
        }
    }

    fn unreadable(&mut self, sent: SentPosition, context: &mut Context<'_>) {
        give_up(sent, context);
    }
}

fn give_up(sent: SentPosition, context: &mut Context<'_>) {
    if let Some(thread) = sent.position.thread {
        context.model.threads.sent(thread, &sent);
    }
}
