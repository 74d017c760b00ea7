//! Sends the positions up to which the user has read rooms and threads.

use protocol::{ErrorPayload, ReadPosition, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends one position at a time for each room and each thread.
#[derive(Debug)]
pub(super) struct ReadSync;

impl Part for ReadSync {
    type Subject = ReadPosition;

    fn send_due(&mut self, requester: &mut Requester<'_, ReadPosition>) {
        // Another device may have read further. Only the list of rooms contains its position.
        if !requester.shared.rooms.is_current() {
            return;
        }
        for (&room, &seq) in &requester.model.read_state.unconfirmed {
            let is_same = |sent: &ReadPosition| sent.room == room && sent.thread.is_none();
            if !requester.is_pending(is_same) {
                let request = protocol::Read { room: Some(room.into()), seq, ..Default::default() };
                requester.send(
                    ReadPosition { room, seq, ..Default::default() },
                    &Request::Read(request),
                );
            }
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
        let Response::Read(position) = response else { return };
        let model = &mut context.model;
        if let Some(thread) = sent.thread {
            let is_last = model.threads.unconfirmed.get(&thread) == Some(&sent);
            model.threads.sent(thread, sent.seq);
            // The mentions in threads are counted in their rooms too.
            let has_mentions = model.rooms.find(sent.room).is_some_and(|room| room.mentions > 0);
            let position = ReadPosition { thread: sent.thread, ..position };
            if is_last {
                model.threads.set_position(&position);
            }
            context.shared.rooms.mark_stale_if(has_mentions);
            return;
        }
        model.read_state.confirm(sent.room, sent.seq);
        // The server may return a smaller position: the room log is shorter after a restore.
        if !model.read_state.unconfirmed.contains_key(&sent.room) {
            let position = ReadPosition { room: sent.room, ..position };
            let is_counted = model.rooms.mark_read(position);
            context.shared.rooms.mark_stale_if(!is_counted);
        }
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
    match sent.thread {
        None => {
            context.model.read_state.unconfirmed.remove(&sent.room);
        }
        Some(thread) => context.model.threads.sent(thread, sent.seq),
    }
}
