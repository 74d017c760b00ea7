use super::*;

/// Longer than any room has had a subscriber.
const LONG: Duration = Duration::from_secs(60);

/// Announces pending joins and leaves as if these were the only users of the store.
fn announce_pending(hub: &Hub, users: &[&User]) {
    let users: Vec<_> = users.iter().map(|user| (*user).clone()).collect();
    hub.announce_pending(&users.iter().map(|user| user.id).collect(), &users);
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
        drop(others.pop());
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
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, [bo, cy]) =
        ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
    subscribe(&hub, &ada, room);
    hub.apply_presence_snapshot(room, &node, &[(bo.id, LONG)]);
    hub.mark_presence_queried(&[room].into());
    tokio::time::sleep(PRESENCE_QUERY_TIMEOUT).await; // the room is synced
    hub.apply_presence_snapshot(room, &node, &[(cy.id, LONG)]);
    let unannounced = hub.unannounced(10).await;
    assert_eq!(unannounced, [bo.id, cy.id].into(), "bo has left and cy has joined");
    hub.apply_presence_snapshot(room, &node, &[]);
    announce_pending(&hub, &[&bo, &cy]);
    assert_eq!(received(&[&ada]), [1], "cy has left before the join was announced");

    hub.remote_presence_changed(room, &cy, &node, true);
    received(&[&ada]);
    hub.mark_presence_stale();
    assert_eq!(hub.online(room, &[]).1, 2, "cy is still online as far as is known");
    hub.apply_presence_snapshot(room, &"n.2".into(), &[(cy.id, LONG)]);
    hub.mark_presence_synced();
    announce_pending(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [0], "cy has neither left nor joined");

    hub.remove_node(&"n.2".into());
    assert_eq!(
        hub.online(room, std::slice::from_ref(&cy)),
        (vec![true], 2),
        "the list shows cy until the leave is announced"
    );
    hub.remote_presence_changed(room, &cy, &"n.3".into(), true);
    assert_eq!(received(&[&ada]), [0], "the leave was never announced");
    hub.remove_node(&"n.3".into());
    announce_pending(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [1]);

    hub.remote_presence_changed(room, &bo, &node, true);
    received(&[&ada]);
    hub.remove_member(&bo, room);
    hub.remote_presence_changed(room, &bo, &node, false);
    hub.remove_node(&node);
    announce_pending(&hub, &[&bo]);
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
    announce_pending(&hub, &[&bo, &cy]);
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
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    let (node, bo) = ("n.1".into(), connection(&hub).await.user);
    subscribe(&hub, &ada, room);
    hub.apply_presence_snapshot(room, &node, &[(bo.id, LONG)]);
    hub.apply_presence_snapshot(room, &node, &[]);
    announce_pending(&hub, &[&bo]);
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
    announce_pending(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1]);
}
