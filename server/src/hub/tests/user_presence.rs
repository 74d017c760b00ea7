use protocol::{Presence, ServerMessage, decode_server_message, limits::AWAY_AFTER};
use tokio::time::{Instant, advance};

use super::*;
use crate::hub::user_presence::{BATCH, BATCH_DELAY};

const MOMENT: Duration = Duration::from_millis(1);

/// Tells everything that is due by now. Returns how often each connection was written to.
fn tell_due(hub: &Hub) -> usize {
    let mut writes = 0;
    while hub.lock().user_presences.next_due().is_some_and(|due| due <= Instant::now()) {
        let (readers, _) = hub.announce_user_presence(BATCH, Instant::now());
        writes += readers.len();
        readers.iter().for_each(Outbox::flush_or_wake);
    }
    writes
}

/// Tells everything that is due a moment later. Returns what the connection was told.
async fn told(hub: &Hub, reader: &Connection) -> Vec<(UserId, Presence)> {
    advance(BATCH_DELAY).await;
    while hub.lock().user_presences.next_due().is_some_and(|due| due <= Instant::now()) {
        drop(hub.announce_user_presence(BATCH, Instant::now()));
    }
    taken(reader)
}

/// Returns the presence events that wait for the connection.
fn taken(reader: &Connection) -> Vec<(UserId, Presence)> {
    let presence = |frame: &Bytes| {
        let text = &frame[frame.iter().position(|byte| *byte == b'{')?..];
        match decode_server_message(std::str::from_utf8(text).ok()?).ok()?.message {
            Some(ServerMessage::Event(Event::Presence(changed))) => {
                Some((changed.user, changed.presence))
            }
            _ => None,
        }
    };
    testing::take(&reader.outbox).iter().filter_map(presence).collect()
}

fn presence_of(hub: &Hub, room: RoomId, user: &User) -> (bool, Presence) {
    hub.presence(room, std::slice::from_ref(user)).0[0]
}

/// Two users who share a room and know of each other.
async fn two_in_a_room(hub: &Hub) -> (Connection, Connection, RoomId) {
    let (ada, bo, room) = (connection(hub).await, connection(hub).await, new_room());
    subscribe(hub, &ada, room);
    subscribe(hub, &bo, room);
    told(hub, &ada).await;
    taken(&bo);
    (ada, bo, room)
}

#[tokio::test(start_paused = true)]
async fn a_user_who_comes_online_is_told_with_the_room() {
    let hub = Hub::default();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, new_room());
    subscribe(&hub, &ada, room);
    assert_eq!(told(&hub, &ada).await, [], "nobody else is there");
    assert_eq!(presence_of(&hub, room, &bo.user), (false, Presence::Online));
    subscribe(&hub, &bo, room);
    assert_eq!(told(&hub, &ada).await, [(bo.user.id, Presence::Online)]);
    assert_eq!(taken(&bo), [], "own connections are not told");
    let cy = connection(&hub).await;
    hub.set_visibility(cy.id, false);
    told(&hub, &ada).await;
    subscribe(&hub, &cy, room);
    assert_eq!(told(&hub, &ada).await, [(cy.user.id, Presence::Away)]);
}

#[tokio::test(start_paused = true)]
async fn the_most_present_connection_counts() {
    let hub = Hub::default();
    let (ada, bo, room) = two_in_a_room(&hub).await;
    let id = bo.user.id;
    hub.set_visibility(bo.id, false);
    assert_eq!(told(&hub, &ada).await, [(id, Presence::Away)], "hidden from the start");
    assert_eq!(presence_of(&hub, room, &bo.user), (true, Presence::Away));
    let program = connection_of(&hub, bo.user.clone()).await;
    assert_eq!(told(&hub, &ada).await, [(id, Presence::Online)], "it never said anything");
    drop(program);
    advance(PRESENCE_GRACE).await;
    assert_eq!(told(&hub, &ada).await, [(id, Presence::Away)]);
    hub.set_visibility(bo.id, true);
    assert_eq!(told(&hub, &ada).await, [(id, Presence::Online)]);
}

#[tokio::test(start_paused = true)]
async fn a_user_is_away_five_minutes_after_the_last_notice() {
    let hub = Hub::default();
    let (ada, bo, _) = two_in_a_room(&hub).await;
    hub.set_visibility(bo.id, true);
    hub.set_visibility(bo.id, false);
    advance(AWAY_AFTER - MOMENT).await;
    hub.set_visibility(bo.id, false);
    assert_eq!(told(&hub, &ada).await, []);
    advance(AWAY_AFTER - BATCH_DELAY - MOMENT).await;
    tell_due(&hub);
    assert_eq!(taken(&ada), []);
    advance(MOMENT).await;
    tell_due(&hub);
    assert_eq!(taken(&ada), [(bo.user.id, Presence::Away)]);
    hub.set_visibility(bo.id, true);
    told(&hub, &ada).await;
    hub.set_visibility(bo.id, false);
    drop(bo);
    advance(PRESENCE_GRACE).await;
    tell_due(&hub);
    assert_eq!(hub.lock().user_presences.next_due(), None, "no timer outlives its connection");
}

#[tokio::test(start_paused = true)]
async fn the_task_wakes_when_a_page_was_hidden_for_long() {
    let hub = Hub::default();
    let (ada, bo, _) = two_in_a_room(&hub).await;
    hub.set_visibility(bo.id, true);
    hub.set_visibility(bo.id, false);
    ada.outbox.flush_or_wake(); // nobody is about to flush it
    let since = Instant::now();
    let readers = hub.due_user_presence().await;
    assert_eq!((readers.len(), since.elapsed().as_secs()), (1, AWAY_AFTER.as_secs()));
    assert_eq!(taken(&ada), [(bo.user.id, Presence::Away)]);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_once_however_many_rooms_are_shared() {
    let hub = Hub::default();
    let users = 40_usize;
    let rooms: Vec<_> = (0..20).map(|_| new_room()).collect();
    let mut all = Vec::new();
    for _ in 0..users {
        let one = connection(&hub).await;
        for room in &rooms {
            assert!(hub.begin_subscribe(one.id, *room, usize::MAX));
        }
        let seqs: Vec<_> = rooms.iter().map(|room| (*room, 0)).collect();
        hub.complete_resume(one.id, &seqs, Bytes::new()).unwrap();
        all.push(one);
    }
    all.iter().for_each(|one| drop(testing::take(&one.outbox)));
    advance(BATCH_DELAY).await;
    let writes = tell_due(&hub);
    assert!(writes <= users * users.div_ceil(BATCH), "{writes} writes");
    for one in &all {
        testing::take(&one.outbox);
        hub.set_visibility(one.id, false);
    }
    assert_eq!(told(&hub, &all[0]).await.len(), users - 1);
    assert_eq!(taken(&all[1]).len(), users - 1);
    drop(all.split_off(1));
    advance(PRESENCE_GRACE).await;
    let mut offline = told(&hub, &all[0]).await;
    assert!(offline.iter().all(|(_, presence)| *presence == Presence::Offline));
    offline.dedup();
    assert_eq!(offline.len(), users - 1);
}

#[tokio::test(start_paused = true)]
async fn large_rooms_are_not_told() {
    let hub = Hub::default();
    let (ada, bo, room) = two_in_a_room(&hub).await;
    let mut others = Vec::new();
    for _ in 2..=MAX_ANNOUNCED_ONLINE {
        let other = connection(&hub).await;
        subscribe(&hub, &other, room);
        others.push(other);
    }
    told(&hub, &ada).await;
    hub.set_visibility(bo.id, false);
    assert_eq!(told(&hub, &ada).await, []);
    assert_eq!(presence_of(&hub, room, &bo.user), (true, Presence::Away), "lists show it");
    let small = new_room();
    subscribe(&hub, &ada, small);
    subscribe(&hub, &bo, small);
    assert_eq!(told(&hub, &ada).await, [(bo.user.id, Presence::Away)]);
}

#[tokio::test(start_paused = true)]
async fn a_flap_or_a_reload_is_not_told() {
    let hub = Hub::default();
    let (ada, bo, room) = two_in_a_room(&hub).await;
    let user = bo.user.clone();
    hub.set_visibility(bo.id, false);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Away)]);
    drop(bo);
    assert_eq!(presence_of(&hub, room, &user), (true, Presence::Away));
    let bo = connection_of(&hub, user.clone()).await;
    hub.set_visibility(bo.id, false);
    subscribe(&hub, &bo, room);
    advance(PRESENCE_GRACE).await;
    assert_eq!(told(&hub, &ada).await, []);
    drop(bo);
    advance(PRESENCE_GRACE - MOMENT).await;
    tell_due(&hub);
    assert_eq!(taken(&ada), []);
    advance(MOMENT).await;
    tell_due(&hub);
    assert_eq!(taken(&ada), [(user.id, Presence::Offline)]);
}

#[tokio::test(start_paused = true)]
async fn a_user_who_says_goodbye_is_offline_at_once() {
    let hub = Hub::default();
    let (ada, mut bo, room) = two_in_a_room(&hub).await;
    let user = bo.user.clone();
    let elsewhere = connection_of(&hub, user.clone()).await;
    bo.guard.say_goodbye();
    drop(bo);
    assert_eq!(told(&hub, &ada).await, [], "the user has left the room, and is still there");
    assert_eq!(presence_of(&hub, room, &user), (false, Presence::Online));
    subscribe(&hub, &elsewhere, room);
    told(&hub, &ada).await;
    hub.close_user(user.id, None, "signed out");
    assert_eq!(presence_of(&hub, room, &user), (false, Presence::Offline));
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Offline)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_list_has_shown_is_told_even_if_it_changes_back() {
    let hub = Hub::default();
    let (ada, bo, room) = two_in_a_room(&hub).await;
    hub.set_visibility(bo.id, false);
    assert_eq!(presence_of(&hub, room, &bo.user).1, Presence::Away);
    hub.set_visibility(bo.id, true);
    assert_eq!(told(&hub, &ada).await, [(bo.user.id, Presence::Online)]);
}

#[tokio::test(start_paused = true)]
async fn other_nodes_report_presence() {
    let hub = Hub::clustered();
    let (ada, room, bo) = (connection(&hub).await, new_room(), connection(&hub).await);
    let (one, other): (NodeId, NodeId) = ("n.1".into(), "n.2".into());
    let user = bo.user.clone();
    drop(bo);
    subscribe(&hub, &ada, room);
    advance(PRESENCE_GRACE).await;
    told(&hub, &ada).await;
    let report = |node: &NodeId, presence, on_purpose| {
        hub.apply_user_presence(node, &[(user.id, presence, on_purpose)]);
    };
    hub.remote_presence_changed(room, user.id, &one, true);
    report(&one, Presence::Away, false);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Away)]);
    report(&other, Presence::Online, false);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Online)], "most present anywhere");

    hub.mark_presence_stale();
    report(&"n.1b".into(), Presence::Away, false);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Away)], "what a node says now");
    hub.remote_presence_changed(room, user.id, &"n.1b".into(), true);
    hub.mark_presence_synced();
    assert_eq!(told(&hub, &ada).await, []);
    hub.remove_node(&"n.1b".into());
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Offline)], "the node has failed");

    hub.remote_presence_changed(room, user.id, &one, true);
    report(&one, Presence::Online, false);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Online)]);
    hub.remote_presence_changed(room, user.id, &one, false);
    report(&one, Presence::Offline, true);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Offline)], "left on purpose");
    hub.remote_presence_changed(room, user.id, &one, true);
    assert_eq!(told(&hub, &ada).await, [(user.id, Presence::Online)], "an older node says no more");
}

#[tokio::test]
async fn a_node_tells_the_others_the_presence_of_its_users() {
    let hub = Hub::clustered();
    let ada = connection(&hub).await;
    let id = ada.user.id;
    assert_eq!(hub.drain_updates().users, [(id, Presence::Online, false)]);
    hub.set_visibility(ada.id, true);
    let updates = hub.drain_updates();
    assert_eq!(updates.users, [(id, Presence::Online, false)]);
    assert_eq!(updates.visible, [(id, true)]);
    hub.set_visibility(ada.id, true);
    assert_eq!(hub.drain_updates().users, [], "nothing has changed");
    let page = connection_of(&hub, ada.user.clone()).await;
    hub.set_visibility(page.id, false);
    drop(ada);
    let updates = hub.drain_updates();
    assert_eq!(updates.users, [(id, Presence::Away, false)]);
    assert_eq!(updates.visible, [(id, false)]);
    assert_eq!(hub.local_users(), [(id, Presence::Away)]);
    let mut page = page;
    page.guard.say_goodbye();
    drop(page);
    assert_eq!(hub.drain_updates().users, [(id, Presence::Offline, true)]);
}

#[tokio::test]
async fn who_looks_at_a_room_has_a_visible_page_that_follows_it() {
    let hub = Hub::clustered();
    let (ada, room, node) = (connection(&hub).await, new_room(), "n.1".into());
    let users = [ada.user.id];
    let looks = || hub.viewers(room, &users).contains(&ada.user.id);
    subscribe(&hub, &ada, room);
    assert!(!looks(), "a program says nothing of a page");
    hub.set_visibility(ada.id, true);
    assert!(looks());
    assert!(hub.viewers(new_room(), &users).is_empty(), "another room");
    hub.set_visibility(ada.id, false);
    assert!(!looks());
    let report = |visible| hub.apply_visible_users(&node, &[(ada.user.id, visible)]);
    report(true);
    assert!(looks(), "on another node");
    report(false);
    assert!(!looks());
    report(true);
    hub.apply_user_presence(&node, &[(ada.user.id, Presence::Offline, false)]);
    assert!(!looks(), "gone there");
    report(true);
    hub.mark_presence_stale();
    assert!(!looks(), "nobody knows");
    hub.set_visibility(ada.id, true);
    let (id, user) = (ada.user.id, [ada.user.id]);
    drop(ada);
    assert!(!hub.viewers(room, &user).contains(&id));
    assert_eq!(hub.visible_users(), []);
}
