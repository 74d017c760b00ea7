//! Every response with its payload as JSON.

use protocol::{
    Authenticated, Changed, DraftsPage, EarlierText, EditsPage, ErrorCode, ErrorPayload, Event,
    Favourite, FieldError, FilesPage, FollowedThread, FoundMessage, HistoryPage, KeptDraft,
    LaterCancel, LaterMessage, LaterPage, LoggedEvent, Member, MembersPage, Message, Notify,
    NotifyLevel, PinsPage, Presence, Quote, Reaction, ReadPosition, Refused, Response, Resumed,
    RoomsPage, SearchPage, Sent, ServerMessage, Subscribed, ThreadFollow, ThreadSummary,
    ThreadsPage, Unsubscribed,
};

use crate::{
    ADA, DELETED, EPOCH, ID, LISTED, MESSAGE, REACTED, REPLY, ROOM, SENDER, ada, later, listed,
    message, room, timestamp,
};

pub(crate) fn responses() -> Vec<(ServerMessage, String)> {
    let member = Member {
        user: ada(),
        online: true,
        joined_at: Some(timestamp()),
        presence: Presence::Online,
    };
    let changed = || Changed { id: message().id, room: room(), seq: 43 };
    let changed_json = format!(r#"{{"id":{ID},"room":{ROOM},"seq":43}}"#);
    let mut reacted = message();
    reacted.edited_at = Some(timestamp());
    reacted.reactions = vec![Reaction { user: ada().id, emoji: "🎉".into() }];
    let mut deleted = message();
    (deleted.text, deleted.deleted, deleted.deleted_by) =
        (None, true, Some(Box::new(ada().into())));
    let summary = ThreadSummary { count: 3, last_at: Some(timestamp()), people: vec![ada().id] };
    let reply = Message {
        pinned_by: Some(Box::new(ada().into())),
        reply_to: Some(Box::new(Quote {
            id: message().id,
            sender: ada().into(),
            text: Some("hello".into()),
            file: Some("notes.txt".into()),
            deleted: false,
        })),
        thread: Some(message().id),
        in_room: true,
        thread_replies: Some(Box::new(summary)),
        ..message()
    };
    vec![
        (Response::Auth(Authenticated { user: ada() }).into(), format!(r#"{{"user":{ADA}}}"#)),
        (
            Response::Subscribe(Subscribed {
                subscribed: "general".into(),
                room: room(),
                seq: 42,
                epoch: EPOCH.into(),
                recovered: true,
                events: vec![LoggedEvent(Event::Chat(message()))],
                messages: vec![],
                has_more: false,
            })
            .into(),
            format!(
                r#"{{"subscribed":"general","room":{ROOM},"seq":42,"epoch":"{EPOCH}",
                "recovered":true,"events":[{{"type":"chat","payload":{MESSAGE}}}],"messages":[],
                "has_more":false}}"#
            ),
        ),
        (
            Response::Unsubscribe(Unsubscribed { unsubscribed: "general".into() }).into(),
            r#"{"unsubscribed":"general"}"#.into(),
        ),
        (
            Response::Chat(Sent { id: message().id, room: room(), seq: 42, sent_at: timestamp() })
                .into(),
            format!(
                r#"{{"id":"01980000-0000-7000-8000-000000000003","room":{ROOM},"seq":42,
                "sent_at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Response::Resume(Resumed {
                rooms: vec![],
                refused: vec![Refused {
                    room: "news".into(),
                    error: ErrorPayload::new(ErrorCode::NotFound, "No."),
                }],
                has_more: false,
            })
            .into(),
            r#"{"rooms":[],"refused":[{"room":"news","error":{"detail":"No.",
            "code":"not_found"}}],"has_more":false}"#
                .into(),
        ),
        (Response::ChatEdit(changed()).into(), changed_json.clone()),
        (Response::ChatDelete(changed()).into(), changed_json.clone()),
        (Response::ChatReact(changed()).into(), changed_json.clone()),
        (Response::ChatPin(changed()).into(), changed_json.clone()),
        (Response::ChatPreviews(changed()).into(), changed_json),
        (
            Response::Notify(Notify { room: room().into(), level: NotifyLevel::All }).into(),
            format!(r#"{{"room":{ROOM},"level":"all"}}"#),
        ),
        (
            Response::Favourite(Favourite { room: room().into(), on: true }).into(),
            format!(r#"{{"room":{ROOM},"on":true}}"#),
        ),
        (
            Response::ThreadFollow(ThreadFollow {
                room: room().into(),
                thread: message().id,
                on: true,
            })
            .into(),
            format!(r#"{{"room":{ROOM},"thread":{ID},"on":true}}"#),
        ),
        (
            Response::Drafts(DraftsPage {
                drafts: vec![KeptDraft {
                    room: room(),
                    thread: None,
                    text: "begun".into(),
                    at: message().sent_at,
                }],
            })
            .into(),
            format!(
                r#"{{"drafts":[{{"room":{ROOM},"text":"begun","at":"2025-11-24T16:00:00.123Z"}}]}}"#
            ),
        ),
        (
            Response::Later(later()).into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"text":"Good morning",
                "at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Response::Remind(LaterMessage { reminder: true, ..later() }).into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"text":"Good morning",
                "at":"2025-11-24T16:00:00.123Z","reminder":true}}"#
            ),
        ),
        (
            Response::LaterCancel(LaterCancel { id: message().id }).into(),
            format!(r#"{{"id":{ID}}}"#),
        ),
        (
            Response::LaterList(LaterPage { messages: vec![later()], has_more: false }).into(),
            format!(
                r#"{{"messages":[{{"id":{ID},"room":{ROOM},"text":"Good morning",
                "at":"2025-11-24T16:00:00.123Z"}}],"has_more":false}}"#
            ),
        ),
        (
            Response::Threads(ThreadsPage {
                threads: vec![FollowedThread {
                    room: room(),
                    message: message(),
                    unread: 2,
                    mentions: 1,
                    read_seq: 43,
                    last_at: timestamp(),
                    last: reply.reply_to.clone(),
                }],
                users: vec![ada().into()],
                next: Some("x".into()),
            })
            .into(),
            format!(
                r#"{{"threads":[{{"room":{ROOM},"message":{MESSAGE},"unread":2,"mentions":1,
                "read_seq":43,"last_at":"2025-11-24T16:00:00.123Z",
                "last":{{"id":{ID},"sender":{SENDER},"text":"hello","file":"notes.txt"}}}}],
                "users":[{SENDER}],"next":"x"}}"#
            ),
        ),
        (
            Response::Pins(PinsPage { room: room(), messages: vec![reply], has_more: true }).into(),
            format!(
                r#"{{"room":{ROOM},"messages":[{}],"has_more":true}}"#,
                MESSAGE.replace("123Z\"}", REPLY)
            ),
        ),
        (
            Response::Files(FilesPage {
                room: room(),
                messages: Vec::new(),
                has_more: true,
                next: Some(9),
            })
            .into(),
            format!(r#"{{"room":{ROOM},"messages":[],"has_more":true,"next":9}}"#),
        ),
        (Response::Search(SearchPage::default()).into(), r#"{"results":[],"total":0}"#.to_owned()),
        (
            Response::Search(SearchPage {
                results: vec![FoundMessage {
                    message: message(),
                    room: room(),
                    ranges: vec![[0, 2], [3, 5]],
                }],
                next: Some("x".into()),
                total: 1_000,
                more: true,
                incomplete: true,
            })
            .into(),
            format!(
                r#"{{"results":[{{"message":{MESSAGE},"room":{ROOM},"ranges":[[0,2],[3,5]]}}],
                "next":"x","total":1000,"more":true,"incomplete":true}}"#
            ),
        ),
        (
            Response::Edits(EditsPage {
                id: message().id,
                room: room(),
                edits: vec![EarlierText { text: "hallo".into(), edited_at: timestamp(), seq: 42 }],
                has_more: false,
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"edits":[{{"text":"hallo",
                "edited_at":"2025-11-24T16:00:00.123Z","seq":42}}],"has_more":false}}"#
            ),
        ),
        (
            Response::Read(ReadPosition {
                room: room(),
                seq: 42,
                read_seq: 42,
                unread: 2,
                mentions: 1,
                thread: None,
            })
            .into(),
            format!(r#"{{"room":{ROOM},"seq":42,"read_seq":42,"unread":2,"mentions":1}}"#),
        ),
        (
            Response::History(HistoryPage {
                room: room(),
                messages: vec![message(), reacted, deleted],
                has_more: true,
                ..Default::default()
            })
            .into(),
            format!(
                r#"{{"room":{ROOM},"messages":[{MESSAGE},{},{}],"has_more":true}}"#,
                MESSAGE.replace("123Z\"}", REACTED),
                MESSAGE.replace(r#""text":"hello","#, "").replace("123Z\"}", DELETED)
            ),
        ),
        (
            Response::Members(MembersPage {
                room: room(),
                members: vec![member],
                total: 1,
                total_online: 1,
                has_more: false,
            })
            .into(),
            format!(
                r#"{{"room":{ROOM},"members":[{{"user":{ADA},"online":true,
                "presence":"online","joined_at":"2025-11-24T16:00:00.123Z"}}],"total":1,
                "total_online":1,"has_more":false}}"#
            ),
        ),
        (
            Response::Rooms(RoomsPage {
                rooms: vec![listed()],
                has_more: true,
                as_of: Some(timestamp()),
            })
            .into(),
            format!(r#"{{"rooms":[{LISTED}],"has_more":true,"as_of":"2025-11-24T16:00:00.123Z"}}"#),
        ),
        (
            ErrorPayload {
                retry_after_ms: Some(500),
                ..ErrorPayload::new(ErrorCode::Unavailable, "Later.")
            }
            .into(),
            r#"{"detail":"Later.","code":"unavailable","retry_after_ms":500}"#.into(),
        ),
        (
            ErrorPayload::invalid_format(vec![FieldError::new("text", "must not be empty")]).into(),
            r#"{"detail":"Invalid message format","code":"invalid_format",
            "errors":[{"field":"text","message":"must not be empty"}]}"#
                .into(),
        ),
    ]
}
