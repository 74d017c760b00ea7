//! Random requests, envelopes, bodies and JSON.

use proptest::{collection::vec, option, prelude::*};
use protocol::{
    Auth, Chat, ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact, Draft, Empty, Favourite,
    Files, History, Later, LaterCancel, LaterList, ListRooms, Members, MessageId, OpId, Read,
    Remind, Request, Resume, ResumeRoom, RoomName, Subscribe, ThreadFollow, Threads, Timestamp,
    Typing, Unsubscribe, Visibility, text::is_blank,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) fn room() -> impl Strategy<Value = RoomName> {
    prop_oneof!["[a-z0-9][a-z0-9-]{0,63}", any::<String>()].prop_map(RoomName)
}

pub(crate) fn number() -> impl Strategy<Value = Option<u64>> {
    option::of(any::<u64>())
}

/// Any valid request of any type.
pub(crate) fn request() -> impl Strategy<Value = Request> {
    let text = || any::<String>().prop_map(|text| if is_blank(&text) { "a".into() } else { text });
    let emoji = proptest::sample::select(&["👍", "🎉", "👍🏽", "❤\u{fe0f}", "🇸🇪", ":blobcat:"][..]);
    let message_id = || any::<u128>().prop_map(|id| MessageId(Uuid::from_u128(id)));
    let change = || {
        let op = option::of(any::<u128>().prop_map(|id| OpId(Uuid::from_u128(id))));
        (option::of(room()), message_id(), op)
    };
    let resumed = (room(), number()).prop_map(|(room, since)| ResumeRoom { room, since });
    let subscribe = (room(), number(), option::of(any::<String>()), option::of(any::<bool>()));
    let list_rooms = (option::of(room()), number(), option::of(0..4_000_000_000_000_i64));
    let members = (room(), option::of(any::<String>()), number());
    prop_oneof![
        any::<String>().prop_map(|token| Request::Auth(Auth { token })),
        subscribe.prop_map(|(room, since, epoch, join)| {
            Request::Subscribe(Subscribe { room, since, epoch, join })
        }),
        room().prop_map(|room| Request::Unsubscribe(Unsubscribe { room })),
        (option::of(room()), text(), option::of(message_id())).prop_map(|(room, text, id)| {
            Request::Chat(Chat { room, text, id, ..Default::default() })
        }),
        (option::of(room()), 0..4, any::<u64>(), number()).prop_map(
            |(room, cursor, seq, limit)| {
                let cursor = |number| (cursor == number).then_some(seq);
                Request::History(History {
                    room,
                    before: cursor(1),
                    after: cursor(2),
                    around: cursor(3),
                    limit,
                    ..Default::default()
                })
            }
        ),
        (option::of(any::<String>()), vec(resumed, 0..4))
            .prop_map(|(epoch, rooms)| Request::Resume(Resume { epoch, rooms, join: Some(true) })),
        (change(), text()).prop_map(|((room, id, op), text)| Request::ChatEdit(ChatEdit {
            room,
            id,
            op,
            text,
            files: None,
        })),
        change().prop_map(|(room, id, op)| Request::ChatDelete(ChatDelete { room, id, op })),
        (change(), emoji, any::<bool>()).prop_map(|((room, id, op), emoji, on)| {
            Request::ChatReact(ChatReact { room, id, op, emoji: emoji.into(), on })
        }),
        option::of(room()).prop_map(|room| Request::Typing(Typing { room, thread: None })),
        (option::of(room()), any::<u64>()).prop_map(|(room, seq)| Request::Read(Read {
            room,
            seq,
            ..Default::default()
        })),
        members.prop_map(|(room, after, limit)| Request::Members(Members { room, after, limit })),
        list_rooms.prop_map(|(after, limit, millis)| {
            let changed_since = millis.map(Timestamp::from_millis);
            Request::Rooms(ListRooms { after, limit, changed_since })
        }),
        (change(), any::<bool>()).prop_map(|((room, id, op), on)| Request::ChatPin(ChatPin {
            room,
            id,
            op,
            on
        })),
        change().prop_map(|(room, id, op)| {
            Request::ChatPreviews(ChatPreviews { room, id, op, on: false })
        }),
        (room(), any::<bool>(), any::<u128>()).prop_map(|(room, on, id)| {
            Request::ThreadFollow(ThreadFollow { room, thread: MessageId(Uuid::from_u128(id)), on })
        }),
        (option::of(room()), option::of(any::<u64>()), option::of(any::<u64>()), any::<bool>())
            .prop_map(|(room, before, limit, has_query)| {
                let query = has_query.then(|| "plan".to_owned());
                Request::Files(Files { room, before, limit, query })
            }),
        (room(), any::<bool>()).prop_map(|(room, on)| Request::Favourite(Favourite { room, on })),
        (room(), option::of(any::<u128>()), any::<String>(), any::<i64>()).prop_map(
            |(room, thread, text, at)| {
                let thread = thread.map(|thread| MessageId(Uuid::from_u128(thread)));
                Request::Draft(Draft { room, thread, text, at: Timestamp::from_millis(at) })
            }
        ),
        Just(Request::Drafts(Empty {})),
        (room(), text(), any::<i64>(), option::of(any::<u128>()), any::<bool>()).prop_map(
            |(room, text, at, id, in_room)| {
                let id = id.map(|id| MessageId(Uuid::from_u128(id)));
                let at = Timestamp::from_millis(at);
                let (reply_to, thread, files, previews) = (id, id, Vec::new(), Some(in_room));
                Request::Later(Later {
                    room,
                    text,
                    at,
                    id,
                    reply_to,
                    thread,
                    in_room,
                    files,
                    previews,
                })
            }
        ),
        (option::of(room()), text(), any::<i64>(), option::of(any::<u128>())).prop_map(
            |(room, text, at, id)| {
                let id = id.map(|id| MessageId(Uuid::from_u128(id)));
                let at = Timestamp::from_millis(at);
                Request::Remind(Remind { at, text, id, room, message: id })
            }
        ),
        any::<u128>().prop_map(|id| {
            Request::LaterCancel(LaterCancel { id: MessageId(Uuid::from_u128(id)) })
        }),
        option::of(any::<u128>()).prop_map(|after| {
            let after = after.map(|id| MessageId(Uuid::from_u128(id)));
            Request::LaterList(LaterList { after })
        }),
        any::<bool>().prop_map(|visible| Request::Presence(Visibility { visible })),
        (option::of(any::<String>()), option::of(any::<u64>()))
            .prop_map(|(cursor, limit)| Request::Threads(Threads { cursor, limit })),
        Just(Request::Ping(Empty {})),
        Just(Request::Pong(Empty {})),
    ]
}

pub(crate) fn request_id() -> impl Strategy<Value = Option<String>> {
    option::of(vec(any::<char>(), 0..=64).prop_map(String::from_iter))
}

/// Any JSON of small depth.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z0-9-]{0,80}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![3 => field(), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// The name of a field of the protocol.
pub(crate) fn field() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "type",
        "payload",
        "request_id",
        "token",
        "room",
        "channel",
        "text",
        "id",
        "since",
        "epoch",
        "limit",
    ];
    proptest::sample::select(NAMES).prop_map(str::to_owned)
}

pub(crate) fn message_type() -> impl Strategy<Value = Value> {
    let name = proptest::sample::select(Request::NAMES).prop_map(Value::from);
    prop_oneof![8 => name, 1 => any::<String>().prop_map(Value::from), 1 => json()]
}

/// An object with the fields of an envelope. Each may be missing or of any type.
pub(crate) fn envelope() -> impl Strategy<Value = Map<String, Value>> {
    let payload = prop_oneof![
        2 => request().prop_map(|request| serde_json::to_value(request).expect("JSON")),
        2 => json(),
        1 => Just(json!({})),
    ];
    let id = prop_oneof![3 => request_id().prop_map(Value::from), 1 => json()];
    let more = vec((any::<String>(), json()), 0..3);
    (
        option::weighted(0.9, message_type()),
        option::of(payload),
        option::of(id),
        option::weighted(0.1, json()),
        more,
    )
        .prop_map(|(name, payload, id, token, more)| {
            let known =
                [("type", name), ("payload", payload), ("request_id", id), ("token", token)];
            let known =
                known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            more.into_iter().chain(known).collect()
        })
}

/// An object with the fields of HTTP bodies. Each may be of a wrong type.
pub(crate) fn body() -> impl Strategy<Value = Value> {
    const NAMES: &[&str] = &[
        "username",
        "password",
        "display_name",
        "invite",
        "current",
        "new",
        "name",
        "slug",
        "private",
        "user",
        "expires_in",
        "uses",
        "role",
    ];
    let known = proptest::sample::select(NAMES).prop_map(str::to_owned);
    let name = prop_oneof![8 => known, 1 => any::<String>()];
    let value = prop_oneof![4 => any::<String>().prop_map(Value::from), 1 => json()];
    vec((name, value), 0..8).prop_map(|fields| fields.into_iter().collect())
}
