//! Reads everything of a room, as a new client does.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    Edits, History, Message, MessageId, Pins, Request, Response, RoomId, ServerMessage, Subscribe,
    limits::MAX_RECOVERED_EVENTS,
};

use super::Truth;
use crate::{control::DirectClient, scenario::Scenario};

pub(super) async fn read(
    direct: &mut DirectClient,
    room: RoomId,
    scenario: &Scenario,
) -> Result<Truth, String> {
    let lost = || "the connection was lost".to_owned();
    let subscribe =
        |since| Request::Subscribe(Subscribe { room: room.into(), since, epoch: None, join: None });
    let newest = match direct.request(&subscribe(None)).await.ok_or_else(lost)? {
        ServerMessage::Response(Response::Subscribe(response)) => response,
        other => return Err(format!("{other:?}")),
    };
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let after = Some(messages.last().map_or(0, |last| last.seq));
        let history =
            History { room: Some(room.into()), after, limit: Some(100), ..History::default() };
        let page = match direct.request(&Request::History(history)).await.ok_or_else(lost)? {
            ServerMessage::Response(Response::History(page)) => page,
            other => return Err(format!("{other:?}")),
        };
        messages.extend(page.messages);
        if !page.has_more {
            break;
        }
    }
    if !messages.ends_with(&newest.messages)
        || newest.has_more != (messages.len() > newest.messages.len())
    {
        return Err(format!("the newest page is not the end of the history: {newest:?}"));
    }
    let mut from = newest.seq.saturating_sub(MAX_RECOVERED_EVENTS as u64);
    let is_large = scenario.record.borrow().large.contains(&room);
    let events = loop {
        match direct.request(&subscribe(Some(from))).await.ok_or_else(lost)? {
            ServerMessage::Response(Response::Subscribe(response)) if response.recovered => {
                break response.events;
            }
            // The response would be too large: request the newer half.
            ServerMessage::Response(Response::Subscribe(_)) if is_large => {
                from = newest.seq - (newest.seq - from) / 2
            }
            other => return Err(format!("{other:?}")),
        }
    };
    let events =
        events.into_iter().filter_map(|event| Some((event.0.log_position()?.1, event.0))).collect();
    let replies = read_replies(direct, room, scenario, &messages).await?;
    let pins = read_pins(direct, room).await?;
    let mut truth = Truth {
        messages,
        replies,
        earlier: BTreeMap::new(),
        pins,
        events,
        from,
        seq: newest.seq,
        epoch: newest.epoch,
    };
    let edited = truth.all().into_iter().filter(|message| message.edited_at.is_some());
    let edited: Vec<_> =
        edited.filter(|message| !message.deleted).map(|edited| edited.id).collect();
    for id in edited {
        truth.earlier.insert(id, read_edits(direct, room, id).await?);
    }
    Ok(truth)
}

/// Reads all pins of a room.
async fn read_pins(direct: &mut DirectClient, room: RoomId) -> Result<Vec<Message>, String> {
    let mut pins: Vec<Message> = Vec::new();
    loop {
        let after = pins.last().map(|pinned| pinned.id);
        let request = Request::Pins(Pins { room: Some(room.into()), after });
        match direct.request(&request).await {
            Some(ServerMessage::Response(Response::Pins(page))) => {
                pins.extend(page.messages);
                if !page.has_more {
                    return Ok(pins);
                }
            }
            other => return Err(format!("{other:?}")),
        }
    }
}

/// Reads all earlier texts of a message.
async fn read_edits(
    direct: &mut DirectClient,
    room: RoomId,
    id: MessageId,
) -> Result<Vec<String>, String> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let edits = Request::Edits(Edits { room: Some(room.into()), id, after });
        let Some(ServerMessage::Response(Response::Edits(page))) = direct.request(&edits).await
        else {
            return Err(format!("the edits of {id} are missing"));
        };
        after = page.edits.last().map(|edit| edit.seq);
        texts.extend(page.edits.into_iter().map(|edit| edit.text));
        if !page.has_more {
            return Ok(texts);
        }
    }
}

/// Reads all threads of a room.
async fn read_replies(
    direct: &mut DirectClient,
    room: RoomId,
    scenario: &Scenario,
    messages: &[Message],
) -> Result<BTreeMap<MessageId, Vec<Message>>, String> {
    let answered: BTreeSet<_> =
        scenario.record.borrow().written.values().filter_map(|written| written.thread).collect();
    let mut threads = BTreeMap::new();
    for first in messages.iter().filter(|first| answered.contains(&first.id)) {
        let mut replies: Vec<Message> = Vec::new();
        loop {
            let history = History {
                room: Some(room.into()),
                thread: Some(first.id),
                after: Some(replies.last().map_or(0, |last| last.seq)),
                limit: Some(100),
                ..History::default()
            };
            match direct.request(&Request::History(history)).await {
                Some(ServerMessage::Response(Response::History(page))) => {
                    replies.extend(page.messages);
                    if !page.has_more {
                        break;
                    }
                }
                other => return Err(format!("{other:?}")),
            }
        }
        threads.insert(first.id, replies);
    }
    Ok(threads)
}
