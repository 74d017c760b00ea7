//! Reminders: what is written for them, and that they are unread.

use protocol::{ChatDelete, ErrorCode, Event, Later, LaterGone, Read, Remind, Request};
use reqwest::StatusCode;

use super::{ROOM, from_now, in_an_hour, later, new_id, remind};
use crate::support::{Server, Socket};

#[tokio::test]
async fn a_reminder_is_a_message_to_oneself() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let mut bos = bo.connect(&server).await;
    let about = bos.chat(ROOM, "can you look at this?").await.id;
    let id = new_id();
    let new = Remind { id: Some(id), message: Some(about), ..remind("look at it", in_an_hour()) };
    let kept = desk.remind(new.clone()).await.unwrap();
    assert!(kept.reminder);
    assert_eq!(phone.later_changed().await, kept);
    let notes = phone.rooms().await.into_iter().find(|room| room.id == kept.room).unwrap();
    assert!(notes.people.iter().flatten().next().is_none(), "they are one's own: {notes:?}");
    // It is no message that can be sent later, and the other way round.
    let wrong = Later { id: Some(id), ..later(ROOM, "x", in_an_hour()) };
    assert_eq!(desk.keep(wrong).await, Err(ErrorCode::Conflict));
    desk.remind(Remind { at: from_now(0), ..new }).await.unwrap();
    assert_eq!(phone.later_gone().await, LaterGone { id, sent: true, reminder: true });
    let page = desk.page(&notes.id.to_string()).await;
    let text = page[0].text.as_deref().unwrap();
    assert!(text.starts_with("⏰ look at it\nhttp://"), "{text}");
    assert!(text.ends_with(&format!("/m/{about}")), "{text}");
    let (status, _) = bo.get(&server, &format!("/api/messages/{id}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let of_room = Remind { room: Some(ROOM.into()), ..remind("", from_now(0)) };
    desk.remind(of_room).await.unwrap();
    assert!(desk.later_gone().await.reminder);
    let page = desk.page(&notes.id.to_string()).await;
    assert!(page[1].text.as_deref().unwrap().contains("/rooms/"), "{page:?}");
}

#[tokio::test]
async fn a_reminder_is_unread_until_it_was_read() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let kept = desk.remind(remind("tea for @ada", in_an_hour())).await.unwrap();
    let notes = kept.room.to_string();
    desk.subscribe(&notes, None).await;
    phone.subscribe(&notes, None).await;
    for number in 1..=20 {
        desk.chat(&notes, &number.to_string()).await;
    }
    let counts = async |socket: &mut Socket| {
        let room = socket.rooms().await.into_iter().find(|room| room.id == kept.room).unwrap();
        (room.read_seq, room.unread, room.mentions)
    };
    assert_eq!(counts(&mut desk).await, (0, 0, 0), "they are one's own");
    server.time_comes(&mut desk).await;
    let arrived = loop {
        match phone.event().await {
            Event::Chat(message) if message.reminder => break message,
            _ => {}
        }
    };
    assert_eq!((arrived.seq, arrived.sender.id), (21, ada.user.id));
    assert_eq!(counts(&mut phone).await, (20, 1, 0));
    desk.chat(&notes, "written after it").await;
    desk.remind(remind("milk", from_now(0))).await.unwrap();
    assert!(desk.later_gone().await.reminder);
    let server = server.restart().await;
    let mut desk = ada.connect(&server).await;
    assert_eq!(counts(&mut desk).await, (20, 2, 0), "what was written since reads nothing");
    let page = desk.page(&notes).await;
    let reminders: Vec<_> = page.iter().filter(|it| it.reminder).map(|it| it.seq).collect();
    assert_eq!(reminders, [21, 23]);
    let read = Read { room: Some(kept.room.into()), seq: 21, ..Read::default() };
    let position = desk.read(read).await.unwrap();
    assert_eq!((position.read_seq, position.unread), (21, 1));
    let deleted = ChatDelete { room: Some(kept.room.into()), id: page[22].id, op: None };
    desk.ask(Request::ChatDelete(deleted)).await.unwrap();
    assert_eq!(counts(&mut desk).await, (21, 0, 0));
}
