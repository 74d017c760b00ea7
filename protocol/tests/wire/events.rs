//! Every event with its payload as JSON.

use protocol::{
    Block, ChatDeleted, ChatEdited, ChatPinned, ChatPreviewed, ChatReacted, ClientId, CustomEmoji,
    DefaultRoom, EmojiChanged, Empty, ErrorCode, ErrorPayload, Event, File, FileId, Heartbeat,
    KeptDraft, LaterGone, LaterMessage, LinkPreview, Message, Presence, PresenceChanged,
    ReadPosition, RoomChanged, RoomGone, ServerMessage, Span, System, SystemEvent, ThreadFollow,
    TypingUser, UserChanged, Welcome,
};

use crate::{
    ADA, EPOCH, ID, LISTED, MESSAGE, PREVIEW, ROOM, ada, id, later, listed, message, preview, room,
    timestamp,
};

pub(crate) fn events() -> Vec<(ServerMessage, String)> {
    let welcome = Welcome {
        client_id: ClientId(id(4)),
        user: ada(),
        heartbeat: Heartbeat { interval_ms: 25_000, timeout_ms: 15_000 },
        node: "a1b2c3d4".into(),
        protocol: 1,
        build: "b51d".into(),
        default_room: Some(DefaultRoom { room: room(), seq: 42, epoch: EPOCH.into() }),
    };
    let joined = |event| System::new(room(), event, ada());
    let system = |event: &str, verb: &str| {
        format!(r#"{{"room":{ROOM},"event":"{event}","user":{ADA},"text":"Ada {verb}"}}"#)
    };
    vec![
        (
            Event::Welcome(Box::new(welcome)).into(),
            format!(
                r#"{{"client_id":"01980000-0000-7000-8000-000000000004","user":{ADA},
                "heartbeat":{{"interval_ms":25000,"timeout_ms":15000}},"node":"a1b2c3d4",
                "protocol":1,"build":"b51d","default_room":{{"room":{ROOM},"seq":42,
                "epoch":"{EPOCH}"}}}}"#
            ),
        ),
        (Event::Chat(message()).into(), MESSAGE.into()),
        (
            Event::Chat(Message { reminder: true, ..message() }).into(),
            MESSAGE.replace("123Z\"}", "123Z\",\"reminder\":true}"),
        ),
        (
            Event::ChatEdited(ChatEdited {
                id: message().id,
                room: room(),
                seq: 43,
                message_seq: 42,
                text: Some("*hullo*".into()),
                blocks: vec![Block::Paragraph(vec![Span::Emphasis(vec![Span::Text(
                    "hullo".into(),
                )])])],
                edited_at: timestamp(),
                files: Vec::new(),
                link_previews: Vec::new(),
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":43,"message_seq":42,"text":"*hullo*",
                "blocks":[{{"paragraph":[{{"emphasis":["hullo"]}}]}}],
                "edited_at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Event::ChatEdited(ChatEdited {
                id: message().id,
                room: room(),
                seq: 43,
                message_seq: 42,
                text: Some(String::new()),
                blocks: Vec::new(),
                files: vec![File {
                    id: FileId(id(6)),
                    name: "a.png".into(),
                    description: Some("A red boat".into()),
                    media_type: "image/png".into(),
                    size: 1200,
                    width: Some(30),
                    height: Some(20),
                    preview: Some("/previews/6".into()),
                    url: "/files/6/a.png".into(),
                }],
                link_previews: vec![LinkPreview { text: None, picture: None, ..preview() }],
                edited_at: timestamp(),
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":43,"message_seq":42,"text":"","files":[{{
                "id":"01980000-0000-7000-8000-000000000006","name":"a.png",
                "description":"A red boat","type":"image/png","size":1200,"width":30,"height":20,
                "preview":"/previews/6","url":"/files/6/a.png"}}],"link_previews":[{{
                "url":"https://example.org/calm","site":"Example","title":"Calm"}}],
                "edited_at":"2025-11-24T16:00:00.123Z"}}"#
            ),
        ),
        (
            Event::ChatDeleted(ChatDeleted {
                id: message().id,
                room: room(),
                seq: 44,
                message_seq: 42,
                deleted_by: Some(Box::new(ada().into())),
                ..Default::default()
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":44,"message_seq":42,"deleted_by":{{
                "id":"01980000-0000-7000-8000-000000000002","name":"Ada"}}}}"#
            ),
        ),
        (
            Event::ChatReacted(ChatReacted {
                id: message().id,
                room: room(),
                seq: 45,
                message_seq: 42,
                user: ada().id,
                emoji: "🎉".into(),
                on: false,
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":45,"message_seq":42,
                "user":"01980000-0000-7000-8000-000000000002","emoji":"🎉","on":false}}"#
            ),
        ),
        (
            Event::ChatPinned(ChatPinned {
                id: message().id,
                room: room(),
                seq: 46,
                message_seq: 42,
                user: ada().id,
                on: true,
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":46,"message_seq":42,
                "user":"01980000-0000-7000-8000-000000000002","on":true}}"#
            ),
        ),
        (
            Event::ChatPreviewed(ChatPreviewed {
                id: message().id,
                room: room(),
                seq: 47,
                message_seq: 42,
                link_previews: vec![preview()],
            })
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"seq":47,"message_seq":42,
                "link_previews":[{PREVIEW}]}}"#
            ),
        ),
        (
            Event::ChatPreviewed(ChatPreviewed {
                id: message().id,
                room: room(),
                seq: 48,
                message_seq: 42,
                link_previews: Vec::new(),
            })
            .into(),
            format!(r#"{{"id":{ID},"room":{ROOM},"seq":48,"message_seq":42}}"#),
        ),
        (
            Event::ThreadChanged(ThreadFollow {
                room: room().into(),
                thread: message().id,
                on: true,
            })
            .into(),
            format!(r#"{{"room":{ROOM},"thread":{ID},"on":true}}"#),
        ),
        (
            Event::Draft(KeptDraft {
                room: room(),
                thread: None,
                text: String::new(),
                at: message().sent_at,
            })
            .into(),
            format!(r#"{{"room":{ROOM},"text":"","at":"2025-11-24T16:00:00.123Z"}}"#),
        ),
        (
            Event::LaterChanged(Box::new(LaterMessage {
                error: Some(Box::new(ErrorPayload::new(ErrorCode::Forbidden, "Archived."))),
                ..later()
            }))
            .into(),
            format!(
                r#"{{"id":{ID},"room":{ROOM},"text":"Good morning",
                "at":"2025-11-24T16:00:00.123Z","error":{{"detail":"Archived.",
                "code":"forbidden"}}}}"#
            ),
        ),
        (
            Event::LaterGone(LaterGone { id: message().id, sent: true, reminder: true }).into(),
            format!(r#"{{"id":{ID},"sent":true,"reminder":true}}"#),
        ),
        (
            Event::Presence(PresenceChanged { user: ada().id, presence: Presence::Away }).into(),
            r#"{"user":"01980000-0000-7000-8000-000000000002","presence":"away"}"#.into(),
        ),
        (
            Event::UserChanged(Box::new(UserChanged { user: ada() })).into(),
            format!(r#"{{"user":{ADA}}}"#),
        ),
        (
            Event::EmojiChanged(Box::new(EmojiChanged {
                name: "blobcat".into(),
                emoji: Some(CustomEmoji {
                    name: "blobcat".into(),
                    url: "/emoji/01980000-0000-7000-8000-000000000003".into(),
                    by: ada().into(),
                }),
            }))
            .into(),
            r#"{"name":"blobcat","emoji":{"name":"blobcat",
            "url":"/emoji/01980000-0000-7000-8000-000000000003",
            "by":{"id":"01980000-0000-7000-8000-000000000002","name":"Ada"}}}"#
                .into(),
        ),
        (
            Event::EmojiChanged(Box::new(EmojiChanged { name: "blobcat".into(), emoji: None }))
                .into(),
            r#"{"name":"blobcat"}"#.into(),
        ),
        (
            Event::Typing(TypingUser { room: room(), user: ada().into(), ..Default::default() })
                .into(),
            format!(
                r#"{{"room":{ROOM},"user":{{"id":"01980000-0000-7000-8000-000000000002",
                "name":"Ada"}}}}"#
            ),
        ),
        (
            Event::Read(ReadPosition {
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
        (Event::System(joined(SystemEvent::Joined)).into(), system("joined", "joined")),
        (Event::System(joined(SystemEvent::Left)).into(), system("left", "left")),
        (Event::System(joined(SystemEvent::Removed)).into(), system("removed", "was removed")),
        (
            Event::RoomChanged(RoomChanged { room: listed() }).into(),
            format!(r#"{{"room":{LISTED}}}"#),
        ),
        (Event::RoomGone(RoomGone { room: room() }).into(), format!(r#"{{"room":{ROOM}}}"#)),
        (Event::Ping(Empty {}).into(), "{}".into()),
        (Event::Pong(Empty {}).into(), "{}".into()),
    ]
}
