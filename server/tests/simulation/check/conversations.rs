//! Checks threads, quotes and pins against the messages and the events of a room log.

use std::collections::BTreeMap;

use protocol::{
    Event, Message, MessageId, ThreadSummary, limits::MAX_QUOTE_CHARS, limits::MAX_THREAD_FACES,
};

use super::Truth;

pub(super) fn check(truth: &Truth) -> Result<(), String> {
    check_summaries(truth)?;
    check_quotes(truth)?;
    check_pins(truth)
}

/// Counts the replies of a thread.
fn recount(replies: &[Message]) -> ThreadSummary {
    let kept: Vec<_> = replies.iter().rev().filter(|reply| !reply.deleted).collect();
    let mut people = Vec::new();
    for reply in &kept {
        if !people.contains(&reply.sender.id) {
            people.push(reply.sender.id);
        }
    }
    people.truncate(MAX_THREAD_FACES);
    ThreadSummary {
        count: kept.len() as u64,
        last_at: kept.first().map(|newest| newest.sent_at),
        people,
    }
}

fn check_summaries(truth: &Truth) -> Result<(), String> {
    for message in truth.all() {
        if message.thread.is_some() && message.replies.is_some() {
            return Err(format!("a reply in a thread begins another: {message:?}"));
        }
        let thread = message.thread.unwrap_or(message.id);
        let replies = truth.replies.get(&thread).filter(|replies| !replies.is_empty());
        let expected = replies.map(|replies| recount(replies));
        let told = message.replies.as_ref().or(message.thread_replies.as_ref());
        if told.map(|told| &**told) != expected.as_ref() {
            return Err(format!("{message:?} tells another summary than {expected:?}"));
        }
    }
    Ok(())
}

/// Checks that the last event of each thread told the summary that is true now.
pub(super) fn check_last_summaries(
    events: &BTreeMap<u64, Event>,
    truth: &Truth,
) -> Result<(), String> {
    let mut last = BTreeMap::new();
    for event in events.values() {
        let (thread, summary) = match event {
            Event::Chat(message) => (message.thread, &message.thread_replies),
            Event::ChatDeleted(deleted) => (deleted.thread, &deleted.thread_replies),
            _ => continue,
        };
        if let Some(thread) = thread {
            last.insert(thread, summary.as_ref().map(|summary| &**summary));
        }
    }
    for (thread, told) in last {
        let expected = truth.replies.get(&thread).map(|replies| recount(replies));
        if told != expected.as_ref() {
            return Err(format!("thread {thread} ended with {told:?}, expected {expected:?}"));
        }
    }
    Ok(())
}

fn check_quotes(truth: &Truth) -> Result<(), String> {
    for message in truth.all() {
        let Some(quote) = &message.reply_to else { continue };
        let quoted = truth.find(quote.id).ok_or_else(|| format!("quotes nothing: {message:?}"))?;
        let text = quoted.text.as_ref();
        let text: Option<String> = text.map(|text| text.chars().take(MAX_QUOTE_CHARS).collect());
        if (&quote.sender, &quote.text, quote.deleted) != (&quoted.sender, &text, quoted.deleted) {
            return Err(format!("{message:?} quotes otherwise than {quoted:?}"));
        }
    }
    Ok(())
}

/// Checks the list of pins against the events, as far as these are known, and against the messages.
fn check_pins(truth: &Truth) -> Result<(), String> {
    let listed: Vec<_> = truth.pins.iter().map(|pinned| pinned.id).collect();
    for message in truth.all() {
        if message.pinned_by.is_some() != listed.contains(&message.id) {
            return Err(format!("{listed:?} are pinned, but there is {message:?}"));
        }
    }
    for pinned in &truth.pins {
        if truth.find(pinned.id) != Some(pinned) {
            return Err(format!(
                "{pinned:?} is pinned, but was read as {:?}",
                truth.find(pinned.id)
            ));
        }
    }
    if truth.from > 0 {
        return Ok(());
    }
    let mut pins: Vec<(MessageId, protocol::UserId)> = Vec::new();
    for event in truth.events.values() {
        match event {
            Event::ChatPinned(pinned) => {
                pins.retain(|(id, _)| *id != pinned.id);
                if pinned.on {
                    pins.insert(0, (pinned.id, pinned.user));
                }
            }
            Event::ChatDeleted(deleted) => pins.retain(|(id, _)| *id != deleted.id),
            _ => {}
        }
    }
    let by = |pinned: &Message| pinned.pinned_by.as_ref().map_or_else(Default::default, |by| by.id);
    if !truth.pins.iter().map(|pinned| (pinned.id, by(pinned))).eq(pins.iter().copied()) {
        return Err(format!("{:?} are pinned, expected {pins:?}", truth.pins));
    }
    Ok(())
}
