use protocol::Room;

use super::*;

#[tokio::test]
async fn events_for_a_user_or_a_room_reach_the_right_connections() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let ada_again = connection_of(&hub, ada.user.clone()).await;
    let all = [&ada, &ada_again, &bo, &cy];
    let room = new_room();
    for member in [&ada, &ada_again, &bo] {
        subscribe(&hub, member, room);
    }
    received(&all);
    hub.send_to_all_of(cy.user.id, ephemeral());
    hub.send_to_all_of(UserId(Uuid::new_v4()), ephemeral());
    assert_eq!(received(&all), [0, 0, 0, 1]);
    hub.send_to_all_of(ada.user.id, ephemeral());
    assert_eq!(received(&all), [1, 1, 0, 0]);
    hub.send_to_user(ada.user.id, ephemeral(), ada.id);
    hub.send_to_user(cy.user.id, ephemeral(), cy.id);
    assert_eq!(received(&all), [0, 1, 0, 0]);
    hub.send_to_others(room, ada.user.id, ephemeral());
    assert_eq!(received(&all), [0, 0, 1, 0]);
    hub.send_to_others(room, cy.user.id, ephemeral());
    hub.deliver(room, 1, ephemeral(), &mut Vec::new());
    assert_eq!(received(&all), [2, 2, 2, 0]);
}

#[tokio::test]
async fn subscriptions_are_known_from_both_sides_until_the_last_one_ends() {
    let hub = Hub::default();
    let (ada, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    let bo = connection(&hub).await;
    subscribe(&hub, &bo, room);
    let mut both = [ada.user.id, bo.user.id];
    both.sort();
    let users = || {
        let mut users = hub.users_in(&[room].into()).into_iter().flat_map(|(_, users)| users);
        let mut users = users.by_ref().collect::<Vec<_>>();
        users.sort();
        users
    };
    assert_eq!((users().as_slice(), hub.rooms_of(ada.id)), (both.as_slice(), vec![room]));
    assert!(hub.subscriber(ada.id, room).is_some() && hub.subscriber(bo.id, room).is_some());
    drop(bo);
    hub.unsubscribe(ada.id, room);
    assert_eq!((users(), hub.rooms_of(ada.id), hub.counts().rooms), (vec![], vec![], 0));
    drop(ada);
    assert_eq!(hub.counts(), Counts::default());
}

#[tokio::test]
async fn a_connection_has_a_limited_number_of_subscriptions() {
    let hub = Hub::default();
    let ada = connection(&hub).await;
    let rooms: Vec<_> = (0..1000).map(|_| new_room()).collect();
    assert!(rooms.iter().all(|room| hub.begin_subscribe(ada.id, *room, rooms.len())));
    assert!(!hub.begin_subscribe(ada.id, new_room(), rooms.len()));
    assert!(hub.begin_subscribe(ada.id, rooms[0], rooms.len()), "it is subscribed to this one");
    hub.unsubscribe(ada.id, rooms[0]);
    assert!(hub.begin_subscribe(ada.id, new_room(), rooms.len()));
}

#[tokio::test]
async fn no_ping_and_no_user_event_precedes_the_welcome() {
    let hub = Hub::default();
    let (outbox, _stream) = testing::outbox().await;
    let ada = connection(&hub).await;
    let id = ClientId(Uuid::new_v4());
    let session = SessionId(Uuid::new_v4());
    let _registration = hub.connect(id, ada.user.clone(), session, outbox.clone(), Arc::default());
    hub.send_to_all_of(ada.user.id, ephemeral());
    hub.check_heartbeats(Heartbeat { interval_ms: 1, timeout_ms: u64::MAX / 2 }, 0, 10);
    assert!(testing::take(&outbox).is_empty());
    assert_eq!(received(&[&ada]), [2]);
}

#[tokio::test]
async fn a_panic_removes_its_connection_from_all_maps() {
    let hub = Hub::default();
    let (ada, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    let outbox = ada.outbox.clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ada = ada;
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert_eq!(hub.counts(), Counts::default());
    assert_eq!(testing::take(&outbox).len(), 0);
}

#[tokio::test]
async fn new_rooms_reach_everybody_but_their_creators_in_one_write() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let room =
        |id, name: &str| Room { id, slug: name.into(), name: name.into(), ..Room::default() };
    let (first, second) = (new_room(), new_room());
    hub.queue_room_news(first, Some(ada.user.id));
    hub.queue_room_news(second, Some(bo.user.id));
    hub.queue_room_news(first, Some(ada.user.id));
    hub.wait_room_news().await;
    let waiting = hub.take_room_news();
    assert_eq!(waiting, [(first, Some(ada.user.id)), (second, Some(bo.user.id))]);
    assert!(hub.take_room_news().is_empty());
    let news = [(first, "first"), (second, "second")].map(|(id, name)| {
        let except = waiting.iter().find(|(room, _)| *room == id).unwrap().1;
        let users = Arc::new(hub.connected_users());
        RoomNews::new(users, except, Some(room(id, name)), Vec::new())
    });
    assert_eq!(hub.send_room_news(&news).len(), 3);
    let texts = |connection: &Connection| {
        let frames = testing::take(&connection.outbox);
        assert_eq!(frames.len(), 1);
        String::from_utf8_lossy(&frames[0]).into_owned()
    };
    for (connection, expected) in [(&ada, [false, true]), (&bo, [true, false]), (&cy, [true, true])]
    {
        let text = texts(connection);
        assert_eq!(["first", "second"].map(|name| text.contains(name)), expected);
    }
}

#[tokio::test]
async fn a_changed_room_reaches_its_members_as_they_see_it() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let id = new_room();
    // Two changes by different users: neither knows the other.
    hub.queue_room_news(id, Some(ada.user.id));
    hub.queue_room_news(id, None);
    assert_eq!(hub.take_room_news(), [(id, None)]);
    let room = |name: &str| Room { id, name: name.into(), ..Room::default() };
    let members = vec![(ada.user.id, room("of ada")), (bo.user.id, room("of bo"))];
    let users = Arc::new(hub.connected_users());
    let public = RoomNews::new(Arc::clone(&users), None, Some(room("of all")), members.clone());
    let private = RoomNews::new(users, None, None, members);
    // Whoever connects after the room was read loads a newer list.
    let dan = connection(&hub).await;
    assert_eq!(hub.send_room_news(&[public]).len(), 3);
    assert_eq!(testing::take(&dan.outbox).len(), 0);
    // Nobody but its members hears of a private room.
    let _ = hub.send_room_news(&[private]);
    for (connection, names) in
        [(&ada, &["of ada", "of ada"][..]), (&bo, &["of bo", "of bo"]), (&cy, &["of all"])]
    {
        let frames = testing::take(&connection.outbox);
        let texts: Vec<_> = frames.iter().map(|frame| String::from_utf8_lossy(frame)).collect();
        assert_eq!(texts.len(), names.len());
        assert!(texts.iter().zip(names).all(|(text, name)| text.contains(name)), "{texts:?}");
    }
}
