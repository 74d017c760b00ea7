//! Checks the room logs: complete, in order, and with everything that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use app::state::room::{Phase, RoomState};
use protocol::{Event, MessageId, RoomId};

use super::{Truth, comparable, conversations, different};
use crate::{driver::must_exist, scenario::Scenario};

/// Checks that a room log has no gaps and matches the history.
pub(super) fn check_log(truth: &Truth) -> Result<(), String> {
    if !truth.events.keys().copied().eq(truth.from + 1..=truth.seq) {
        return Err(format!(
            "the room log has a gap: {:?} up to {}",
            truth.events.keys(),
            truth.seq
        ));
    }
    let all = truth.all();
    let seqs: BTreeSet<_> = all.iter().map(|message| message.seq).collect();
    let ids: BTreeSet<_> = all.iter().map(|message| message.id).collect();
    if (seqs.len(), ids.len()) != (all.len(), all.len()) {
        return Err("a message is stored twice".into());
    }
    for (seq, event) in &truth.events {
        if matches!(event, Event::Chat(_)) != seqs.contains(seq) {
            return Err(format!("the history does not agree with event {seq}: {event:?}"));
        }
    }
    // An old page with all later events applied must equal the new page.
    if truth.from == 0 {
        let mut folded = RoomState::default();
        folded.phase = Phase::Ready;
        for event in truth.events.values() {
            folded.apply(event, 0);
        }
        if comparable(&folded.log.messages) != comparable(&truth.messages) {
            return Err(different(
                "applying the room log gives another history",
                &folded.log.messages,
                &truth.messages,
            ));
        }
    }
    Ok(())
}

pub(super) fn check_acknowledged(
    scenario: &Scenario,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<(), String> {
    let (messages, ops) = must_exist(scenario);
    let record = scenario.record.borrow();
    let mut places: BTreeMap<MessageId, (RoomId, u64)> = BTreeMap::new();
    for (room, truth) in truths {
        for message in truth.all() {
            if places.insert(message.id, (*room, message.seq)).is_some() {
                return Err(format!("{} is stored twice", message.id));
            }
            let written = record
                .written
                .get(&message.id)
                .ok_or_else(|| format!("no client sent {message:?}"))?;
            if !scenario.is_for(written.user, *room) {
                return Err(format!("a stranger sent {message:?}"));
            }
            let edits = record
                .ops
                .values()
                .filter(|op| op.message == message.id)
                .filter_map(|op| op.text.as_ref());
            let text = message.text.as_ref();
            let is_edited = message.edited_at.is_some();
            if text.is_some_and(|text| {
                if is_edited {
                    !edits.into_iter().any(|edit| edit == text)
                } else {
                    *text != written.text
                }
            }) {
                return Err(format!("{message:?} was sent as {written:?}"));
            }
        }
    }
    for (id, seq) in messages {
        let written = record.written.get(&id);
        if places.get(&id).map(|(_, seq)| *seq) != Some(seq) {
            let place = places.get(&id);
            return Err(format!(
                "{id} was acknowledged at {seq} and is now at {place:?}: {written:?}"
            ));
        }
    }
    let mut edits = BTreeSet::new();
    for (op, seq) in ops {
        let Some(requested) = record.ops.get(&op) else { continue };
        let truth = &truths[&requested.room];
        if seq <= truth.from {
            continue;
        }
        let event = truth.events.get(&seq);
        let fits = match event {
            Some(Event::ChatEdited(edited)) => {
                requested.kind == "edit"
                    && edited.id == requested.message
                    && (edited.text.is_none() || edited.text == requested.text)
                    && edits.insert((requested.room, seq))
            }
            Some(Event::ChatDeleted(deleted)) => {
                requested.kind == "delete" && deleted.id == requested.message
            }
            Some(Event::ChatReacted(reacted)) => {
                requested.kind == reacted.emoji && reacted.id == requested.message
            }
            Some(Event::ChatPinned(pinned)) => {
                requested.kind == pin_kind(pinned.on) && pinned.id == requested.message
            }
            // Removing a reaction or a pin that never existed is acknowledged with the `seq` of the
            // message.
            Some(Event::Chat(message)) => {
                message.id == requested.message && !["edit", "delete"].contains(&&*requested.kind)
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "update {op:?} {requested:?} was acknowledged at {seq}, which is {event:?}"
            ));
        }
    }
    // A message may only be missing if it was stored before a backup was restored.
    for (id, written) in &record.written {
        let was_stored = (0..record.era).any(|era| {
            record.places.contains_key(&(era, *id)) || record.acked.contains_key(&(era, *id))
        });
        if !places.contains_key(id) && !record.refused.contains_key(id) && !was_stored {
            return Err(format!("missing: {id}, {written:?}"));
        }
    }
    for (op, requested) in &record.ops {
        let acknowledged = (0..=record.era).any(|era| record.acked_ops.contains_key(&(era, *op)));
        if !acknowledged && !record.refused_ops.contains_key(op) {
            return Err(format!("missing: {op}, {requested:?}"));
        }
    }
    // No update may be applied more often than it was requested.
    let mut counts: BTreeMap<(MessageId, String), usize> = BTreeMap::new();
    for (op, requested) in &record.ops {
        if !record.refused_ops.contains_key(op) {
            *counts.entry((requested.message, requested.kind.clone())).or_default() += 1;
        }
    }
    for event in truths.values().flat_map(|truth| truth.events.values()) {
        let (id, kind) = match event {
            Event::ChatEdited(edited) => (edited.id, "edit"),
            Event::ChatDeleted(deleted) => (deleted.id, "delete"),
            Event::ChatReacted(reacted) => (reacted.id, &*reacted.emoji),
            Event::ChatPinned(pinned) => (pinned.id, pin_kind(pinned.on)),
            _ => continue,
        };
        match counts.get_mut(&(id, kind.to_owned())) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(format!("applied more often than requested: {event:?}")),
        }
    }
    Ok(())
}

fn pin_kind(on: bool) -> &'static str {
    if on { "pin" } else { "unpin" }
}

/// Checks that the messages of one client are in the order sent, unless one was refused in between.
/// After a restore, a page that missed the acknowledgement may send a lost message again.
pub(super) fn check_order(
    scenario: &Scenario,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<(), String> {
    let record = scenario.record.borrow();
    if record.counts.contains_key("restored") {
        return Ok(());
    }
    for truth in truths.values() {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for message in truth.all() {
            let Some(written) = record.written.get(&message.id) else { continue };
            if record.refused.contains_key(&message.id)
                || record.deferred_clients.contains(&written.origin.0)
            {
                continue;
            }
            let (origin, number) = (written.origin.0.as_str(), written.origin.1);
            if last.insert(origin, number).is_some_and(|before| before >= number) {
                return Err(format!("{origin} sent {message:?} before the message in front of it"));
            }
        }
    }
    Ok(())
}

pub(super) fn check_privacy(scenario: &Scenario) -> Result<(), String> {
    let record = scenario.record.borrow();
    for (user, era, from, to) in &record.absences {
        let seen = record.seen_in_private.range((*user, *era, from + 1)..).next();
        if let Some((_, _, seq)) =
            seen.filter(|(who, when, seq)| who == user && when == era && seq <= to)
        {
            return Err(format!(
                "{user} received {seq} of the private room while removed from {from} to {to}"
            ));
        }
    }
    Ok(())
}

pub(super) fn check_observer(
    observed: &crate::scripted_client::Observed,
    truth: &Truth,
) -> Result<(), String> {
    if observed.last != Some(truth.seq)
        || !observed.events.keys().copied().eq(observed.from + 1..=truth.seq)
    {
        return Err(format!("received {:?}, expected up to {}", observed.events.keys(), truth.seq));
    }
    for (seq, event) in &observed.events {
        let Some(logged) = truth.events.get(seq) else { continue };
        // The room log no longer has the text of a deleted message.
        let agrees = match (event, logged) {
            (Event::Chat(seen), Event::Chat(logged)) => {
                (seen.id, &seen.sender, seen.sent_at) == (logged.id, &logged.sender, logged.sent_at)
            }
            (Event::ChatEdited(seen), Event::ChatEdited(logged)) => {
                seen.id == logged.id
                    && seen.edited_at == logged.edited_at
                    && (logged.text.is_none() || seen.text == logged.text)
            }
            // The replies that are left are those at the time of reading.
            (Event::ChatDeleted(seen), Event::ChatDeleted(logged)) => {
                let place = |deleted: &protocol::ChatDeleted| {
                    let by = deleted.deleted_by.as_ref().map(|by| by.id);
                    (deleted.id, deleted.message_seq, deleted.thread, by)
                };
                place(seen) == place(logged)
            }
            (seen, logged) => seen == logged,
        };
        if !agrees {
            return Err(format!("received {event:?}, the room log has {logged:?}"));
        }
    }
    conversations::check_last_summaries(&observed.events, truth)
}
