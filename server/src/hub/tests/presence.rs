use tokio::time::{Instant, advance};

use super::*;

/// Longer than any room has had a subscriber.
const LONG: Duration = Duration::from_secs(60);

/// Announces due joins and leaves as if these were the only users of the store.
fn announce_due(hub: &Hub, users: &[&User]) {
    let users: Vec<_> = users.iter().map(|user| (*user).clone()).collect();
    let (changes, _) = hub.take_due_announcements(usize::MAX, Instant::now());
    drop(hub.announce(&changes, &users));
}

/// A hub of a cluster that announces leaves without a grace.
fn hub_without_grace() -> Hub {
    let hub = Hub::clustered();
    hub.set_presence_grace(Duration::ZERO);
    hub
}

/// Ends a connection as its client does that says goodbye.
fn leave(mut connection: Connection) {
    connection.guard.say_goodbye();
}

#[tokio::test]
async fn joins_and_leaves_are_announced_with_up_to_a_hundred_users_online() {
    let hub = Hub::default();
    let (watcher, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &watcher, room);
    let mut others = Vec::new();
    for online in 2..=MAX_ANNOUNCED_ONLINE + 1 {
        let other = connection(&hub).await;
        subscribe(&hub, &other, room);
        assert_eq!(
            received(&[&watcher]),
            [usize::from(online <= 100)],
            "a user joins as number {online}"
        );
        others.push(other);
    }
    for (online, announced) in [(101, 0), (100, 1)] {
        leave(others.pop().unwrap());
        assert_eq!(received(&[&watcher]), [announced], "one of {online} users leaves");
    }
    for _ in 0..2 {
        others.push(connection(&hub).await);
        subscribe(&hub, &others[others.len() - 1], room);
    }
    received(&[&watcher]);
    for (online, announced) in [(101, 0), (100, 1)] {
        hub.remove_member(&others.pop().unwrap().user, room);
        assert_eq!(received(&[&watcher]), [announced], "one of {online} users is removed");
    }
}

#[tokio::test]
async fn each_join_and_leave_on_another_node_is_announced_once() {
    let hub = hub_without_grace();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, [bo, cy]) =
        ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
    subscribe(&hub, &ada, room);
    hub.apply_presence_snapshot(room, &node, &[(bo.id, LONG)]);
    hub.mark_presence_queried(&[room].into());
    tokio::time::sleep(PRESENCE_QUERY_TIMEOUT).await; // the room is synced
    hub.apply_presence_snapshot(room, &node, &[(cy.id, LONG)]);
    let due = hub.due_announcements(10).await.into_iter().collect::<HashSet<_>>();
    assert_eq!(due, [(room, bo.id), (room, cy.id)].into(), "bo has left and cy has joined");
    hub.apply_presence_snapshot(room, &node, &[]);
    announce_due(&hub, &[&bo, &cy]);
    assert_eq!(received(&[&ada]), [1], "cy has left before the join was announced");

    hub.remote_presence_changed(room, cy.id, &node, true);
    announce_due(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [1]);
    hub.mark_presence_stale();
    assert_eq!(hub.online(room, &[]).1, 2, "cy is still online as far as is known");
    hub.apply_presence_snapshot(room, &"n.2".into(), &[(cy.id, LONG)]);
    hub.mark_presence_synced();
    announce_due(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [0], "cy has neither left nor joined");

    hub.remove_node(&"n.2".into());
    assert_eq!(
        hub.online(room, std::slice::from_ref(&cy)),
        (vec![true], 2),
        "the list shows cy until the leave is announced"
    );
    hub.remote_presence_changed(room, cy.id, &"n.3".into(), true);
    announce_due(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [0], "the leave was never announced");
    hub.remove_node(&"n.3".into());
    announce_due(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [1]);

    hub.remote_presence_changed(room, bo.id, &node, true);
    announce_due(&hub, &[&bo]);
    received(&[&ada]);
    hub.remove_member(&bo, room);
    hub.remote_presence_changed(room, bo.id, &node, false);
    hub.remove_node(&node);
    announce_due(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1], "a removed user is not announced as left");
}

#[tokio::test]
async fn a_user_who_came_online_elsewhere_after_the_first_subscriber_is_announced() {
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, [bo, cy]) =
        ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
    subscribe(&hub, &ada, room);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let snapshot = [(bo.id, LONG), (cy.id, Duration::from_millis(5))];
    hub.apply_presence_snapshot(room, &node, &snapshot);
    announce_due(&hub, &[&bo, &cy]);
    assert_eq!(received(&[&ada]), [1], "only cy is news");
    let [(user, online_for)] = hub.local_presence(room)[..] else { panic!("one user is local") };
    assert!(user == ada.user.id && online_for >= Duration::from_millis(10));
}

#[tokio::test]
async fn presence_is_queried_again_for_a_room_that_was_left_and_subscribed_to_again() {
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    hub.unsubscribe(ada.id, room);
    let given_up = hub.needed_topics([Topic::Room(room)].into());
    subscribe(&hub, &ada, room); // before the cluster acts on it
    assert!(hub.presence_unqueried(&given_up).is_empty());
    let needed_again = hub.needed_topics(hub.drain_updates().topics.into_iter().collect());
    assert_eq!(hub.presence_unqueried(&needed_again), [room]);
}

#[tokio::test]
async fn a_user_missing_in_the_next_snapshot_has_left_even_before_the_room_is_synced() {
    let hub = hub_without_grace();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, bo) = ("n.1".into(), connection(&hub).await.user);
    subscribe(&hub, &ada, room);
    hub.apply_presence_snapshot(room, &node, &[(bo.id, LONG)]);
    hub.apply_presence_snapshot(room, &node, &[]);
    announce_due(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1]);
}

#[tokio::test]
async fn a_user_missing_in_a_list_that_was_served_early_is_announced() {
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, bo) = ("n.1".into(), connection(&hub).await.user);
    subscribe(&hub, &ada, room);
    assert_eq!(hub.online(room, &[]).1, 1);
    hub.apply_presence_snapshot(room, &node, &[(bo.id, LONG)]);
    announce_due(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1]);
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_user_who_is_back_within_the_grace() {
    let hub = Hub::default();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, new_room());
    let user = bo.user.clone();
    for member in [&ada, &bo] {
        subscribe(&hub, member, room);
    }
    received(&[&ada]);
    drop(bo);
    advance(PRESENCE_GRACE - Duration::from_millis(1)).await;
    announce_due(&hub, &[&user]);
    assert_eq!(hub.online(room, std::slice::from_ref(&user)), (vec![true], 2));
    let bo = connection_of(&hub, user.clone()).await;
    subscribe(&hub, &bo, room);
    advance(2 * PRESENCE_GRACE).await;
    announce_due(&hub, &[&user]);
    assert_eq!(received(&[&ada]), [0], "a flap changes nothing");

    drop(bo);
    let due = hub.due_announcements(10).await;
    assert_eq!(due, [(room, user.id)], "the grace has passed");
    announce_due(&hub, &[&user]);
    assert_eq!((received(&[&ada]), hub.online(room, &[]).1), (vec![1], 1));
}

#[tokio::test(start_paused = true)]
async fn everyone_who_loses_the_connection_at_once_comes_back_unnoticed() {
    let hub = Hub::clustered();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, new_room());
    let users = [&ada.user, &bo.user].map(Clone::clone);
    for member in [&ada, &bo] {
        subscribe(&hub, member, room);
    }
    drop((ada, bo));
    assert_eq!(hub.counts(), Counts::default(), "nothing of the room is in use");
    assert!(hub.topics().contains(&Topic::Room(room)), "nodes still tell who comes back there");
    let [ada, bo] = users.each_ref().map(|user| connection_of(&hub, user.clone()));
    let (ada, bo) = (ada.await, bo.await);
    for member in [&ada, &bo] {
        subscribe(&hub, member, room);
    }
    assert_eq!(received(&[&ada, &bo]), [0, 0]);
    drop((ada, bo));
    advance(PRESENCE_GRACE).await;
    announce_due(&hub, &[]);
    assert!(!hub.topics().contains(&Topic::Room(room)), "the room is dropped at last");
    assert!(hub.lock().rooms.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_user_who_leaves_on_purpose_is_announced_at_once() {
    let hub = Hub::default();
    let (ada, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    let session = SessionId(Uuid::new_v4());
    let end: [&dyn Fn(Connection); 4] = [
        &leave,
        &|bo| hub.unsubscribe(bo.id, room),
        &|bo| hub.close_user(bo.user.id, Some(session), "signed out"),
        &|bo| hub.remove_member(&bo.user, room),
    ];
    for end in end {
        let bo = connection(&hub).await;
        subscribe(&hub, &bo, room);
        received(&[&ada]);
        end(bo);
        assert_eq!(received(&[&ada]), [1]);
        advance(2 * PRESENCE_GRACE).await;
        announce_due(&hub, &[]);
        assert_eq!(received(&[&ada]), [0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_who_moves_to_another_node_is_neither_gone_nor_new() {
    let hub = Hub::clustered();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, new_room());
    let (user, node) = (bo.user.clone(), "n.1".into());
    for member in [&ada, &bo] {
        subscribe(&hub, member, room);
    }
    received(&[&ada]);
    drop(bo);
    hub.remote_presence_changed(room, user.id, &node, true);
    hub.remote_presence_changed(room, user.id, &node, false);
    let bo = connection_of(&hub, user.clone()).await;
    subscribe(&hub, &bo, room);
    advance(2 * PRESENCE_GRACE).await;
    announce_due(&hub, &[&user]);
    assert_eq!(received(&[&ada]), [0]);

    hub.remote_presence_changed(room, user.id, &node, true);
    drop(bo);
    hub.remote_presence_changed(room, user.id, &node, false);
    announce_due(&hub, &[&user]);
    assert_eq!(received(&[&ada]), [0]);
    hub.remote_user_left(room, user.id);
    announce_due(&hub, &[&user]);
    assert_eq!(received(&[&ada]), [1], "the user left there on purpose");
}

#[tokio::test]
async fn a_node_tells_the_others_how_a_user_went_offline() {
    let hub = Hub::clustered();
    let room = new_room();
    let changes = |hub: &Hub| {
        let changes = hub.drain_updates().presence.into_iter();
        changes.map(|(_, _, presence)| presence).collect::<Vec<_>>()
    };
    for (end, expected) in [
        (&leave as &dyn Fn(Connection), LocalPresence::Left),
        (&|connection: Connection| drop(connection), LocalPresence::Lost),
    ] {
        let ada = connection(&hub).await;
        subscribe(&hub, &ada, room);
        assert_eq!(changes(&hub), [LocalPresence::Online]);
        end(ada);
        assert_eq!(changes(&hub), [expected]);
    }
}

#[tokio::test]
async fn the_joins_of_a_resume_are_announced_in_batches() {
    let hub = Hub::default();
    let (ada, bo) = (connection(&hub).await, connection(&hub).await);
    let rooms: Vec<_> = (0..10).map(|_| new_room()).collect();
    for room in &rooms {
        subscribe(&hub, &ada, *room);
        assert!(hub.begin_subscribe(bo.id, *room, usize::MAX));
    }
    let seqs: Vec<_> = rooms.iter().map(|room| (*room, 0)).collect();
    hub.complete_resume(bo.id, &seqs, Bytes::new()).unwrap();
    assert_eq!(received(&[&ada, &bo]), [0, 1], "only the response is sent at once");
    for (most, announced) in [(4, 4), (4, 4), (4, 2), (4, 0)] {
        let (changes, _) = hub.take_due_announcements(most, Instant::now());
        let readers = hub.announce(&changes, std::slice::from_ref(&bo.user));
        assert_eq!(readers.len(), usize::from(announced > 0), "one write for the whole batch");
        readers.iter().for_each(Outbox::flush_or_wake);
        assert_eq!(changes.len(), announced);
    }
}
