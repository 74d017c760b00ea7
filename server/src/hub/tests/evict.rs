use super::*;

#[tokio::test]
async fn a_room_stays_active_for_a_bound_connection() {
    let hub = Hub::clustered();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, new_room());
    for bound in [&ada, &bo] {
        subscribe(&hub, bound, room);
        hub.bind_to_room(bound.id, room);
        hub.unsubscribe(bound.id, room);
    }
    assert!(hub.topics().contains(&Topic::Room(room)), "a removal must arrive");
    assert_eq!(hub.users_in(&[room].into())[0].1.len(), 2);
    hub.remove_member(&ada.user, room);
    assert!(ada.outbox.is_closing() && !bo.outbox.is_closing());
    assert_eq!(
        hub.users_in(&[room].into()),
        [(room, vec![bo.user.id])],
        "a removed user is not removed again"
    );
    drop(bo);
    assert_eq!(hub.active_rooms(), []);
    drop(ada);
    assert_eq!(hub.counts(), Counts::default());
}

#[tokio::test]
async fn a_stall_does_not_count_as_silence() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let heartbeat = Heartbeat { interval_ms: 10, timeout_ms: 10 };
    let last_seen = |of: &Connection, ms| {
        hub.lock().clients[&of.id].last_seen_ms.store(ms, Ordering::Relaxed);
    };
    last_seen(&bo, 105);
    last_seen(&cy, u64::MAX); // its heartbeat is not checked
    hub.credit_stall(100, 110);
    hub.check_heartbeats(heartbeat, 110, 119);
    assert!(!ada.outbox.is_closing() && !bo.outbox.is_closing());
    hub.check_heartbeats(heartbeat, 119, 120);
    assert!(
        ada.outbox.is_closing() && !bo.outbox.is_closing(),
        "the silence before the stall counts"
    );
    assert!(!cy.outbox.is_closing());
}

#[tokio::test]
async fn a_new_epoch_starts_without_the_connections_of_the_old_one() {
    let hub = Hub::clustered();
    let (ada, room) = (connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    hub.bind_to_room(ada.id, room);
    let interest = hub.watch_presence(new_room());
    let deliver = |seq| hub.deliver(room, seq, ephemeral(), &mut Vec::new());
    deliver(7); // waits for its predecessors
    hub.reset_for_new_epoch();
    assert_eq!(
        ada.outbox.closing().and_then(|close| close.code),
        Some(CloseCode::Restart.as_u16())
    );
    assert_eq!(hub.counts(), Counts { rooms: 1, ..Counts::default() }, "the watched room is left");
    drop(interest);
    let bo = connection(&hub).await;
    assert!(hub.begin_subscribe(bo.id, room, usize::MAX));
    assert!(hub.complete_subscribe(bo.id, room, 5, Bytes::new()));
    deliver(6);
    drop(ada);
    assert_eq!(hub.room_positions(), [(room, 6)], "the old epoch's waiting event is gone");
}
