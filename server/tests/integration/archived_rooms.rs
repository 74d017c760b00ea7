//! Archived rooms: their people, names and pins stay as they are.

use protocol::{ChatPin, ErrorCode, MessageId, Request, http::UpdateRoom};
use reqwest::StatusCode;

use crate::support::{
    Server, TestUser,
    rooms::{problem, room},
};

fn archived(archived: bool) -> UpdateRoom {
    UpdateRoom { archived: Some(archived), ..UpdateRoom::default() }
}

/// Returns the owner, who made an archived room, a member of it and somebody else.
async fn with_archive(server: &Server, private: bool) -> [TestUser; 3] {
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    ada.create_room(server, "plans", private).await;
    assert_eq!(ada.add(server, "plans", "bo").await, StatusCode::NO_CONTENT);
    room(ada.update_room(server, "plans", archived(true)).await);
    [ada, bo, cy]
}

#[tokio::test]
async fn nobody_is_added_to_an_archived_room_or_removed_from_it() {
    for private in [false, true] {
        let server = Server::start().await;
        let [ada, bo, _cy] = with_archive(&server, private).await;
        assert_eq!(ada.add(&server, "plans", "cy").await, StatusCode::FORBIDDEN);
        assert_eq!(bo.add(&server, "plans", "cy").await, StatusCode::FORBIDDEN);
        assert_eq!(ada.remove(&server, "plans", "bo").await, StatusCode::FORBIDDEN);
        assert_eq!(bo.remove(&server, "plans", "bo").await, StatusCode::NO_CONTENT, "leaving");
        room(ada.update_room(&server, "plans", archived(false)).await);
        assert_eq!(ada.add(&server, "plans", "cy").await, StatusCode::NO_CONTENT);
        assert_eq!(ada.remove(&server, "plans", "cy").await, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn an_archived_public_room_can_be_joined_to_read_it() {
    let server = Server::start().await;
    let [ada, _bo, cy] = with_archive(&server, false).await;
    let dan = server.join("dan", &ada).await;
    cy.subscriber(&server, "plans").await;
    assert_eq!(dan.add(&server, "plans", "dan").await, StatusCode::NO_CONTENT);
    for user in [&cy, &dan] {
        let (_, seen) = room(user.get(&server, "/api/rooms/plans").await);
        assert!(seen.member && seen.archived);
    }
}

#[tokio::test]
async fn an_archived_room_is_not_renamed_and_takes_no_pins() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (_, made) = (ada.connect(&server).await, ada.create_room(&server, "plans", false).await);
    let mut socket = ada.connect(&server).await;
    let id = socket.chat("plans", "to be pinned").await.id;
    let (_, before) = room(ada.update_room(&server, "plans", archived(true)).await);
    for update in [
        UpdateRoom { name: Some("Others".into()), ..UpdateRoom::default() },
        UpdateRoom { slug: Some("others".into()), ..UpdateRoom::default() },
        UpdateRoom { topic: Some("Other things".into()), ..UpdateRoom::default() },
        UpdateRoom { topic: Some("Other things".into()), ..archived(true) },
    ] {
        let refused = ada.update_room(&server, "plans", update).await;
        assert_eq!((refused.0, problem(refused).0), (StatusCode::FORBIDDEN, ErrorCode::Forbidden));
        assert_eq!(room(ada.get(&server, "/api/rooms/plans").await).1, before);
    }
    room(ada.update_room(&server, "plans", archived(true)).await);
    let pin = |id: MessageId, on| {
        Request::ChatPin(ChatPin { room: Some("plans".into()), id, op: None, on })
    };
    assert_eq!(socket.ask(pin(id, true)).await.err(), Some(ErrorCode::Forbidden));
    let back = UpdateRoom { name: Some("Plans again".into()), ..archived(false) };
    let (_, changed) = room(ada.update_room(&server, "plans", back).await);
    assert_eq!(
        (changed.id, changed.name.as_str(), changed.archived),
        (made.id, "Plans again", false)
    );
    assert!(socket.ask(pin(id, true)).await.is_ok());
}
