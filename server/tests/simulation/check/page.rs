//! Checks what a page shows of a room against what a new client reads.

use app::state::{
    model::Model,
    room::{RoomLog, RoomState, Thread},
};
use protocol::{Message, MessageId, RoomId};

use super::{Truth, comparable, different};

/// Returns whether a page has received everything of a room that it waits for.
pub(super) fn has_all(model: &Model, room: RoomId, truth: &Truth) -> bool {
    let Some(chat) = model.opened_rooms.get(&room) else { return true };
    let in_view = model.room_in_view == Some(room);
    let shown = model.thread_in_view.filter(|(of, _)| *of == room).map(|(_, thread)| thread);
    let is_loaded = |thread: &Thread| thread.is_loaded && !thread.log.wants_older;
    truth.seq == chat.log.seq
        && !chat.log.wants_older
        && !(in_view && chat.pins.is_stale())
        && shown
            .and_then(|shown| chat.threads.find(shown))
            .is_none_or(|thread| thread.refused.is_some() || is_loaded(thread))
}

/// Checks a room with its threads and pins.
pub(super) fn check(model: &Model, room: RoomId, truth: &Truth) -> Result<(), String> {
    let Some(chat) = model.opened_rooms.get(&room) else { return Ok(()) };
    check_part(&chat.log, &truth.messages, truth)?;
    for thread in chat.threads.iter().filter(|thread| thread.is_loaded) {
        check_thread(thread, truth).map_err(|what| format!("thread {}: {what}", thread.id))?;
    }
    if model.room_in_view == Some(room) {
        check_pins(chat, truth)?;
    }
    Ok(())
}

fn check_thread(thread: &Thread, truth: &Truth) -> Result<(), String> {
    let replies = truth.replies.get(&thread.id).map_or(&[][..], |replies| replies);
    check_part(&thread.log, replies, truth)?;
    let first = truth.find(thread.id);
    // A first message that the room has not loaded is requested by HTTP, which is not imitated.
    if thread.first.is_some() && comparable(&thread.first) != comparable(first) {
        return Err(format!("begins with {:?}, expected {first:?}", thread.first));
    }
    Ok(())
}

/// Checks a part of a log that reaches to its end.
fn check_part(log: &RoomLog, all: &[Message], truth: &Truth) -> Result<(), String> {
    let first = log.messages.first().map_or(u64::MAX, |first| first.seq);
    let (older, same): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|message| message.seq < first);
    if comparable(&log.messages) != comparable(&same) {
        return Err(different("shows another history", &log.messages, &same));
    }
    if log.has_more == older.is_empty() {
        return Err(format!("has_more is {}, with {} older messages", log.has_more, older.len()));
    }
    if (log.seq, log.epoch.as_ref()) != (truth.seq, Some(&truth.epoch)) {
        return Err(format!("is at {} in {:?}", log.seq, log.epoch));
    }
    Ok(())
}

fn check_pins(chat: &RoomState, truth: &Truth) -> Result<(), String> {
    let state = |pinned: &Message| (pinned.id, pinned.text.clone());
    let shown: Option<Vec<(MessageId, Option<String>)>> =
        chat.pins.messages.as_ref().map(|pins| pins.iter().map(state).collect());
    let expected: Vec<_> = truth.pins.iter().map(state).collect();
    if shown.as_ref() == Some(&expected) {
        Ok(())
    } else {
        Err(format!("has the pins {shown:?}, expected {expected:?}"))
    }
}
