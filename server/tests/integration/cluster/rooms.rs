//! Changes of rooms reach the people whom they concern on all nodes.

use protocol::{Event, Favourite, Notify, NotifyLevel, Request, http::UpdateRoom};
use reqwest::StatusCode;

use super::two_nodes;
use crate::support::rooms::room;

#[tokio::test]
async fn a_changed_room_is_seen_on_all_nodes_as_each_user_sees_it() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let [bo, cy] = [one.join("bo", &ada).await, one.join("cy", &ada).await];
    let mut bos = bo.connect(&other).await;
    let mut phone = bo.connect(&one).await;
    let mut cys = cy.connect(&other).await;
    ada.create_room(&one, "secret", true).await;
    ada.create_room(&one, "public", false).await;
    for socket in [&mut bos, &mut phone, &mut cys] {
        let seen = socket.room_changed().await;
        assert_eq!((seen.slug.as_str(), seen.member), ("public", false), "a new public room");
    }
    ada.add(&one, "secret", "bo").await;
    for socket in [&mut bos, &mut phone] {
        assert_eq!(socket.room_changed().await.slug, "secret", "who is added hears of it");
    }
    bos.subscribe("public", None).await;
    assert!(phone.room_changed().await.member, "as on the other device");
    for slug in ["secret", "public"] {
        let on = Request::Favourite(Favourite { room: slug.into(), on: true });
        bos.request(&on).await;
        assert!(phone.room_changed().await.favourite);
        let level = NotifyLevel::Nothing;
        bos.request(&Request::Notify(Notify { room: slug.into(), level })).await;
        assert_eq!(phone.room_changed().await.notify, level);
        let update = UpdateRoom {
            name: Some("Renamed".into()),
            slug: Some(format!("new-{slug}")),
            archived: Some(true),
            topic: None,
        };
        room(ada.update_room(&one, slug, update).await);
        for socket in [&mut bos, &mut phone] {
            let seen = socket.room_changed().await;
            assert_eq!((seen.name.as_str(), seen.archived), ("Renamed", true));
            assert_eq!((seen.member, seen.favourite, seen.notify), (true, true, level));
        }
        if slug == "public" {
            let seen = cys.room_changed().await;
            assert_eq!((seen.slug.as_str(), seen.member), ("new-public", false));
        } else {
            cys.heard_nothing().await;
        }
    }
    let back = UpdateRoom { archived: Some(false), ..UpdateRoom::default() };
    room(ada.update_room(&one, "new-secret", back).await);
    for socket in [&mut bos, &mut phone] {
        assert!(!socket.room_changed().await.archived);
    }
    assert_eq!(ada.remove(&one, "new-secret", "bo").await, StatusCode::NO_CONTENT);
    for socket in [&mut bos, &mut phone] {
        assert!(matches!(socket.room_event().await, Event::RoomGone(_)));
    }
}

#[tokio::test]
async fn a_direct_room_is_one_and_live_on_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let [bo, cy] = [one.join("bo", &ada).await, one.join("cy", &ada).await];
    let mut adas = ada.connect(&other).await;
    let (mut bos, mut cys) = (bo.connect(&one).await, cy.connect(&other).await);
    let asked = (0..8).map(|number| {
        let (user, whom, node) = match number % 2 {
            0 => (&bo, "cy", &one),
            _ => (&cy, "bo", &other),
        };
        async move { room(user.direct(node, &[whom]).await) }
    });
    let rooms = futures_util::future::join_all(asked).await;
    let id = rooms[0].1.id;
    assert!(rooms.iter().all(|(_, room)| room.id == id));
    let made = rooms.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(made, 1);
    for socket in [&mut bos, &mut cys] {
        assert_eq!(socket.room_changed().await.id, id);
    }
    let name = id.to_string();
    assert_eq!(cy.remove(&other, &name, "cy").await, StatusCode::NO_CONTENT);
    assert!(matches!(cys.room_event().await, Event::RoomGone(gone) if gone.room == id));
    bos.chat(&name, "still there?").await;
    let seen = cys.room_changed().await;
    assert_eq!((seen.id, seen.unread), (id, 1));
    adas.heard_nothing().await;
}
