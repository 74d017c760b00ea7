//! Read positions, unread counts and typing signals.

use protocol::{
    ChatDelete, ChatEdit, Event, ListRooms, MessageId, Read, ReadPosition, Request, Response, Room,
    ServerMessage, Typing, limits::MAX_UNREAD,
};

use crate::support::{Server, Socket, chat};

async fn general(socket: &mut Socket) -> Room {
    match socket.request(&Request::Rooms(ListRooms::default())).await {
        ServerMessage::Response(Response::Rooms(page)) => page.rooms.into_iter().next().unwrap(),
        other => panic!("expected rooms, got {other:?}"),
    }
}

async fn unread(socket: &mut Socket) -> (u64, u64, u64) {
    let room = general(socket).await;
    (room.read_seq, room.unread, room.mentions)
}

async fn read(socket: &mut Socket, seq: u64) -> ReadPosition {
    match socket
        .request(&Request::Read(Read { room: Some("general".into()), seq, ..Default::default() }))
        .await
    {
        ServerMessage::Response(Response::Read(position)) => position,
        other => panic!("expected a position, got {other:?}"),
    }
}

#[tokio::test]
async fn unread_counts_follow_the_read_position_on_all_devices() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let (mut desk, mut phone) =
        (bo.subscriber(&server, "general").await, bo.connect(&server).await);
    author.subscribe("general", None).await;
    for text in ["a first text", "hello @bo, and @cy", "write to x@bo.org"] {
        author.chat("general", text).await;
    }
    desk.chat("general", "my own, @bo").await;
    assert_eq!(unread(&mut desk).await, (0, 3, 1), "own messages and addresses are not counted");
    assert_eq!(read(&mut desk, 2).await.seq, 2);
    assert_eq!(unread(&mut phone).await, (2, 1, 0));
    assert_eq!(read(&mut desk, 99).await.seq, 4, "not past the end");
    assert_eq!(unread(&mut phone).await, (4, 0, 0));
    assert_eq!(read(&mut phone, 1).await.seq, 4, "a position does not go back by itself");
    let back = Read { room: Some("general".into()), seq: 2, thread: None, back: true };
    let position = phone.read(back).await.unwrap();
    let counts = (position.seq, position.read_seq, position.unread, position.mentions);
    assert_eq!(counts, (1, 1, 2, 1), "marked unread from there");
    let server = server.restart().await;
    assert_eq!(unread(&mut bo.connect(&server).await).await, (1, 2, 1));
    assert_eq!(
        unread(&mut ada.connect(&server).await).await,
        (0, 1, 0),
        "each user has an own position"
    );
}

#[tokio::test]
async fn read_positions_are_sent_to_the_users_other_devices() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) =
        (ada.subscriber(&server, "general").await, ada.connect(&server).await);
    let mut other = bo.connect(&server).await;
    desk.chat("general", "a text").await;
    let position = read(&mut desk, 1).await;
    assert_eq!(phone.event().await, Event::Read(position));
    desk.chat("general", "another").await;
    other.subscribe("general", None).await;
    desk.chat("general", "a third").await;
    assert!(matches!(other.event().await, Event::Chat(_)), "other users do not receive it");
}

#[tokio::test]
async fn edits_and_deletions_update_mentions() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut author, mut reader) =
        (ada.connect(&server).await, bo.subscriber(&server, "general").await);
    let id = author.chat("general", "hello @bo").await.id;
    let edit = |text: &str| {
        Request::ChatEdit(ChatEdit {
            room: Some("general".into()),
            id,
            op: None,
            text: text.into(),
            files: None,
        })
    };
    assert_eq!(unread(&mut reader).await, (0, 1, 1));
    author.request(&edit("你好＠bo吧")).await;
    assert_eq!(unread(&mut reader).await, (0, 1, 1));
    author.request(&edit("hello all")).await;
    assert_eq!(unread(&mut reader).await, (0, 1, 0));
    author.request(&edit("hello @Bo!")).await;
    assert_eq!(unread(&mut reader).await, (0, 1, 0), "an edit adds no mention");
    author
        .request(&Request::ChatDelete(ChatDelete { room: Some("general".into()), id, op: None }))
        .await;
    assert_eq!(unread(&mut reader).await, (0, 0, 0));
}

#[tokio::test]
async fn a_room_mentions_its_members_of_the_moment() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let (mut owner, mut author) =
        (ada.subscriber(&server, "general").await, bo.subscriber(&server, "general").await);
    let mut reader = cy.subscriber(&server, "general").await;
    let sent = author.chat("general", "@room and @cy: lunch!").await;
    author.chat("general", "the @roommate of x@room.org").await;
    assert_eq!(unread(&mut owner).await, (0, 2, 1));
    assert_eq!(unread(&mut author).await, (0, 0, 0), "never the sender");
    server.sql(
        "UPDATE room_members SET notify = 'nothing' WHERE user_id IN
             (SELECT id FROM users WHERE username <> 'bo')",
    );
    assert_eq!(unread(&mut owner).await, (0, 2, 0), "only mentions by name count");
    assert_eq!(unread(&mut reader).await, (0, 2, 1));
    let edit = |text: &str| {
        Request::ChatEdit(ChatEdit {
            room: Some("general".into()),
            id: sent.id,
            op: None,
            text: text.into(),
            files: None,
        })
    };
    author.request(&edit("@room: lunch!")).await;
    assert_eq!(unread(&mut reader).await, (0, 2, 0));
    server.sql("UPDATE room_members SET notify = NULL");
    assert_eq!(unread(&mut reader).await, (0, 2, 1), "the room is mentioned still");
    let later = server.join("dan", &ada).await;
    let mut newcomer = later.subscriber(&server, "general").await;
    assert_eq!(unread(&mut newcomer).await, (3, 0, 0));
    author.request(&edit("lunch!")).await;
    assert_eq!(unread(&mut owner).await, (0, 2, 0));
}

#[tokio::test]
async fn only_some_may_mention_a_large_room() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let (mut owner, mut author) =
        (ada.subscriber(&server, "general").await, bo.subscriber(&server, "general").await);
    let mut reader = cy.subscriber(&server, "general").await;
    let user = if server.uses_postgres() {
        "decode(lpad(to_hex(number), 32, '0'), 'hex')"
    } else {
        "unhex(printf('%032x', number))"
    };
    let fill = |to: usize| {
        format!(
            "WITH RECURSIVE numbers (number) AS
                 (SELECT 4 UNION ALL SELECT number + 1 FROM numbers WHERE number < {to})
             INSERT INTO users (id, username, role, password, created_at)
             SELECT {user}, 'user-' || number, 'member', '', 0 FROM numbers WHERE number > 0
             ON CONFLICT DO NOTHING;
             INSERT INTO room_members (room_id, user_id, joined_at)
             SELECT rooms.id, users.id, 0 FROM rooms CROSS JOIN users
             WHERE slug = 'general' ON CONFLICT DO NOTHING"
        )
    };
    server.sql(&fill(50));
    author.chat("general", "50 people, @room").await;
    assert_eq!(unread(&mut reader).await, (0, 1, 1));
    server.sql(&fill(51));
    author.chat("general", "51 people, @room").await;
    assert_eq!(unread(&mut reader).await, (0, 2, 1), "plain text");
    owner.chat("general", "the owner calls @room").await;
    assert_eq!(unread(&mut reader).await, (0, 3, 2));
    server.sql("UPDATE rooms SET creator_id = (SELECT id FROM users WHERE username = 'bo')");
    author.chat("general", "its creator calls @room").await;
    assert_eq!(unread(&mut reader).await, (0, 4, 3));
}

#[tokio::test]
async fn a_message_mentions_each_user_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut readers = Vec::new();
    for name in ["bo", "cy", "dan"] {
        readers.push(server.join(name, &ada).await.subscriber(&server, "general").await);
    }
    let mut author = ada.subscriber(&server, "general").await;
    author.chat("general", "@bo, @ada, @nobody, and @Cy. And @bo again!").await;
    let nobody: String = (0..60).map(|number| format!("@nobody-{number} ")).collect();
    author.chat("general", &format!("@dan {nobody} @bo")).await;
    for (reader, mentioned) in readers.iter_mut().zip([1, 1, 1]) {
        assert_eq!(unread(reader).await, (0, 2, mentioned));
    }
    assert_eq!(unread(&mut author).await, (0, 0, 0));
}

#[tokio::test]
async fn nothing_is_unread_where_one_is_no_member() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut author, mut reader) = (ada.connect(&server).await, bo.connect(&server).await);
    let counts = async |reader: &mut Socket| {
        let room = general(reader).await;
        // As events of the room list show it, too.
        let seen = server.app.store.room_seen_by(bo.user.id, room.id).await.unwrap();
        assert_eq!(seen.as_ref(), Some(&room));
        (room.member, room.unread, room.mentions)
    };
    author.chat("general", "before, @bo").await;
    assert_eq!(counts(&mut reader).await, (false, 0, 0));
    reader.subscribe("general", None).await;
    author.chat("general", "during, @bo").await;
    assert_eq!(counts(&mut reader).await, (true, 1, 1));
    let leave = server.request(reqwest::Method::DELETE, "/api/rooms/general/members/bo");
    leave.bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(counts(&mut reader).await, (false, 0, 0));
    author.chat("general", "after, @bo").await;
    assert_eq!(counts(&mut reader).await, (false, 0, 0));
}

#[tokio::test]
async fn unread_counts_are_capped() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    // The connection ends, and the membership stays.
    drop(bo.subscriber(&server, "general").await);
    let mut author = ada.connect(&server).await;
    for number in 0..=MAX_UNREAD {
        author.send(&chat("general", "a text", None), &number.to_string()).await;
    }
    author.reply(&MAX_UNREAD.to_string()).await;
    assert_eq!(unread(&mut bo.connect(&server).await).await, (0, MAX_UNREAD, 0));
}

/// So much stands after the position that the writer does not count it.
#[tokio::test]
async fn what_is_unread_before_many_messages_is_counted_as_well() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.connect(&server).await;
    let (mut desk, mut phone) =
        (bo.subscriber(&server, "general").await, bo.connect(&server).await);
    let first = author.chat("general", "hello").await;
    author.chat("general", "hello @bo").await;
    let mut writer = bo.connect(&server).await;
    for number in 0..=MAX_UNREAD {
        writer.send(&chat("general", "my own", None), &number.to_string()).await;
    }
    writer.reply(&MAX_UNREAD.to_string()).await;
    for number in 0..=MAX_UNREAD {
        let reply = crate::support::reply_in("general", first.id, "my own reply");
        writer.send(&Request::Chat(reply), &number.to_string()).await;
    }
    writer.reply(&MAX_UNREAD.to_string()).await;
    author.reply_in("general", first.id, "for @bo").await;
    let position = read(&mut phone, 1).await;
    let counts = (position.seq, position.read_seq, position.unread, position.mentions);
    assert_eq!(counts, (1, 1, 1, 2));
    let heard = async |desk: &mut Socket| loop {
        if let Event::Read(position) = desk.event().await {
            return position;
        }
    };
    assert_eq!(heard(&mut desk).await, position);
    let in_thread =
        Read { room: Some("general".into()), seq: 1, thread: Some(first.id), back: false };
    let position = phone.read(in_thread).await.unwrap();
    assert_eq!((position.read_seq, position.unread, position.mentions), (1, 1, 1));
    assert_eq!(heard(&mut desk).await, position);
}

#[tokio::test]
async fn typing_reaches_other_subscribers_and_is_not_stored() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut writer, mut phone) =
        (ada.subscriber(&server, "general").await, ada.subscriber(&server, "general").await);
    let mut reader = bo.subscriber(&server, "general").await;
    writer
        .send(
            &Request::Typing(Typing { room: Some("general".into()), ..Default::default() }),
            "notice",
        )
        .await;
    let Event::Typing(typing) = reader.event().await else { panic!("expected typing") };
    assert_eq!((typing.room, typing.user.id), (general(&mut reader).await.id, ada.user.id));
    let sent = writer.chat("general", "a text").await;
    assert_eq!(sent.seq, 1, "a signal has no position in the room log");
    loop {
        match phone.event().await {
            Event::System(_) => {} // bo joined
            Event::Chat(message) => break assert_eq!(message.id, MessageId(sent.id.0)),
            other => panic!("the user's own signal came back: {other:?}"),
        }
    }
}

#[tokio::test]
async fn messages_before_joining_are_not_unread() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.connect(&server).await;
    author.chat("general", "long ago").await;
    author.chat("general", "yesterday").await;
    let bo = server.join("bo", &ada).await;
    let mut newcomer = bo.connect(&server).await;
    assert_eq!(unread(&mut newcomer).await, (2, 0, 0));
    author.chat("general", "who is new?").await;
    newcomer.subscribe("general", None).await;
    assert_eq!(unread(&mut newcomer).await, (3, 0, 0));
    author.chat("general", "welcome, @bo").await;
    assert_eq!(unread(&mut newcomer).await, (3, 1, 1));
}
