//! Random numbers, requests and calls of the stranger.

use reqwest::Method;
use serde_json::{Value, json};

use crate::later::in_an_hour;

/// Deterministic random numbers from a seed (`SplitMix64`).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns a number from 0 up to but excluding `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub(super) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// A random request, as text with places for names: `{room}` and `{message}`.
pub(super) fn ws_request(random: &mut Random) -> Value {
    let message = "{message}";
    // A message of a hidden room is asked for in that room, or in one that the stranger sees.
    let room = if random.below(3) == 0 { "general" } else { "{room}" };
    let seq = random.below(9);
    let on = random.coin();
    let (kind, payload) = match random.below(30) {
        0 => ("chat", json!({ "room": room, "text": "hello", "reply_to": message })),
        1 => ("chat", json!({ "room": room, "text": "hello", "thread": message, "in_room": on })),
        2 => ("chat_edit", json!({ "room": room, "id": message, "text": "mine" })),
        3 => ("chat_delete", json!({ "room": room, "id": message })),
        4 => ("chat_react", json!({ "room": room, "id": message, "emoji": "🎉", "on": on })),
        5 => ("chat_pin", json!({ "room": room, "id": message, "on": on })),
        6 => ("history", json!({ "room": room, "thread": message })),
        7 => ("read", json!({ "room": room, "seq": seq, "thread": message, "back": on })),
        8 => ("thread_follow", json!({ "room": room, "thread": message, "on": on })),
        9 => ("edits", json!({ "room": room, "id": message })),
        10 => {
            ("later", json!({ "room": room, "text": "x", "at": in_an_hour(), "thread": message }))
        }
        11 => ("remind", json!({ "text": "x", "at": in_an_hour(), "message": message })),
        12 => ("later_cancel", json!({ "id": message })),
        13 => ("later_list", json!({ "after": message })),
        15 => ("search", json!({ "query": "hello", "room": room })),
        14 => ("chat_previews", json!({ "room": room, "id": message, "on": false })),
        _ => return room_request(random),
    };
    json!({ "type": kind, "payload": payload })
}

/// A random request that names no message.
fn room_request(random: &mut Random) -> Value {
    let room = "{room}";
    let seq = random.below(9);
    let on = random.coin();
    let (kind, payload) = match random.below(25) {
        0 => ("subscribe", json!({ "room": room })),
        1 => ("subscribe", json!({ "room": room, "since": seq })),
        2 => ("unsubscribe", json!({ "room": room })),
        3 => {
            ("resume", json!({ "rooms": [{ "room": room, "since": seq }, { "room": "general" }] }))
        }
        4 => ("resume", json!({ "rooms": [{ "room": room }] })),
        5 => ("chat", json!({ "room": room, "text": "hello" })),
        6 => ("history", json!({ "room": room })),
        7 => ("history", json!({ "room": room, "around": seq })),
        8 => ("members", json!({ "room": room })),
        9 => ("members", json!({ "room": room, "after": "bo" })),
        10 => ("read", json!({ "room": room, "seq": seq, "back": on })),
        11 => ("rooms", json!({ "after": room })),
        12 => ("rooms", json!({ "limit": 2 })),
        13 => ("notify", json!({ "room": room, "level": "all" })),
        14 => ("favourite", json!({ "room": room, "on": on })),
        15 => ("pins", json!({ "room": room })),
        22 => ("files", json!({ "room": room })),
        23 => ("search", json!({ "query": if on { "hello" } else { "is:pinned" } })),
        16 => ("threads", json!({ "limit": 1 + seq })),
        17 => ("threads", json!({ "cursor": "{message}" })),
        18 => ("draft", json!({ "room": room, "text": "x", "at": "2025-11-24T16:00:00.123Z" })),
        19 => ("drafts", json!({})),
        20 => ("later", json!({ "room": room, "text": "x", "at": in_an_hour() })),
        21 => ("remind", json!({ "text": "x", "at": in_an_hour(), "room": room })),
        _ => ("presence", json!({ "visible": on })),
    };
    json!({ "type": kind, "payload": payload })
}

/// A random call: method, path and body.
pub(super) fn http_call(random: &mut Random) -> (Method, &'static str, Option<Value>) {
    let own = ["stranger", "bo", "cy", "nobody"][random.below(4)];
    match random.below(23) {
        0 => (Method::GET, "/api/rooms/{room}", None),
        1 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "topic": "x" }))),
        2 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "archived": true }))),
        3 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "slug": "No" }))),
        4 => (Method::GET, "/api/rooms/{room}/messages?limit=5", None),
        5 => (Method::GET, "/api/rooms/{room}/messages?thread={message}", None),
        6 => (Method::POST, "/api/rooms/{room}/members", Some(json!({ "user": own }))),
        7 => (Method::DELETE, "/api/rooms/{room}/members/stranger", None),
        8 => (Method::DELETE, "/api/rooms/{room}/members/bo", None),
        9 => (Method::DELETE, "/api/rooms/{room}/members/nobody", None),
        10 => (Method::GET, "/api/rooms?after={room}", None),
        11 => (Method::GET, "/api/rooms", None),
        12 | 13 => (Method::GET, "/api/messages/{message}", None),
        14 => (Method::GET, "/m/{message}", None),
        15 => (Method::GET, "/rooms/{room}", None),
        16 => (Method::GET, "/rooms/{room}?at={message}&thread={message}", None),
        // A page takes as long as ten other calls.
        17 if random.below(3) == 0 => (Method::GET, "/rooms/general?at=1&thread={message}", None),
        17 => (Method::GET, "/m/{message}", None),
        18 => (Method::POST, "/rooms/{room}/messages", None),
        19 => (Method::GET, "/api/users/{message}", None),
        20 => (Method::GET, "/api/users?after={message}", None),
        21 => (Method::GET, "/api/search?query=hello&room={room}", None),
        _ => (Method::GET, "/api/users?query=b", None),
    }
}
