use std::{sync::atomic::Ordering, time::Duration};

use protocol::{CloseCode, Empty, Heartbeat};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::*;
use crate::websocket::outbox::testing;

/// A welcomed connection, its place in the hub, and the far end of its line.
struct Connection {
    id: ClientId,
    user: User,
    outbox: Outbox,
    _registration: Registration,
    _line: TcpStream,
}

async fn connection(hub: &Hub) -> Connection {
    let (outbox, line) = testing::outbox().await;
    let id = ClientId(Uuid::new_v4());
    let name = id.to_string();
    let user = User {
        id: UserId(Uuid::new_v4()),
        username: name.clone(),
        name,
        role: protocol::Role::Member,
    };
    let session = SessionId(Uuid::new_v4());
    let registration = hub.connect(id, user.clone(), session, outbox.clone(), Arc::default());
    hub.greet(id);
    Connection { id, user, outbox, _registration: registration, _line: line }
}

fn follow(hub: &Hub, connection: &Connection, room: RoomId) {
    assert!(hub.begin_subscribe(connection.id, room, usize::MAX));
    assert!(hub.complete_subscribe(connection.id, room, 0, Bytes::new()));
    testing::take(&connection.outbox);
}

fn received(connections: &[&Connection]) -> Vec<usize> {
    connections.iter().map(|connection| testing::take(&connection.outbox).len()).collect()
}

fn passing() -> Event {
    Event::Pong(Empty {})
}

fn room() -> RoomId {
    RoomId(Uuid::new_v4())
}

#[tokio::test]
async fn one_all_or_a_room_are_reached_with_exclusion() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let room = room();
    follow(&hub, &ada, room);
    follow(&hub, &bo, room);
    received(&[&ada, &bo, &cy]);
    assert!(hub.send_to(cy.id, passing()));
    assert!(!hub.send_to(ClientId(Uuid::new_v4()), passing()));
    assert_eq!(received(&[&ada, &bo, &cy]), [0, 0, 1]);
    hub.broadcast(passing(), Some(bo.id));
    assert_eq!(received(&[&ada, &bo, &cy]), [1, 0, 1]);
    hub.send_to_room(room, passing(), Some(ada.id));
    hub.send_to_room(room, passing(), None);
    assert_eq!(received(&[&ada, &bo, &cy]), [1, 2, 0]);
}

#[tokio::test]
async fn who_follows_what_is_known_from_both_sides_until_the_last_one_leaves() {
    let hub = Hub::default();
    let (ada, room) = (connection(&hub).await, room());
    follow(&hub, &ada, room);
    let bo = connection(&hub).await;
    follow(&hub, &bo, room);
    let mut followers = hub.followers(room);
    followers.sort();
    let mut both = [ada.id, bo.id];
    both.sort();
    assert_eq!((followers.as_slice(), hub.rooms_of(ada.id)), (both.as_slice(), vec![room]));
    drop(bo);
    hub.unsubscribe(ada.id, room);
    assert_eq!(
        (hub.followers(room), hub.rooms_of(ada.id), hub.counts().rooms),
        (vec![], vec![], 0)
    );
    drop(ada);
    assert_eq!(hub.counts(), Counts::default());
}

#[tokio::test]
async fn a_room_stays_in_use_for_a_connection_that_is_there_for_it_alone() {
    let hub = Hub::among_others();
    let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, room());
    for someone in [&ada, &bo] {
        follow(&hub, someone, room);
        hub.settle(someone.id, room);
        hub.unsubscribe(someone.id, room);
    }
    assert!(hub.topics().contains(&Topic::Room(room)), "or nobody would tell of a removal");
    assert_eq!(hub.people_in(&[room].into())[0].1.len(), 2);
    hub.remove(&ada.user, room);
    assert!(ada.outbox.is_closing() && !bo.outbox.is_closing());
    assert_eq!(
        hub.people_in(&[room].into()),
        [(room, vec![bo.user.id])],
        "nobody is removed twice"
    );
    drop(bo);
    assert_eq!(hub.rooms_in_use(), []);
    drop(ada);
    assert_eq!(hub.counts(), Counts::default());
}

#[tokio::test]
async fn a_connection_follows_so_many_rooms_and_no_more() {
    let hub = Hub::default();
    let ada = connection(&hub).await;
    let rooms: Vec<_> = (0..1000).map(|_| room()).collect();
    assert!(rooms.iter().all(|room| hub.begin_subscribe(ada.id, *room, rooms.len())));
    assert!(!hub.begin_subscribe(ada.id, room(), rooms.len()));
    assert!(hub.begin_subscribe(ada.id, rooms[0], rooms.len()), "one that it follows already");
    hub.unsubscribe(ada.id, rooms[0]);
    assert!(hub.begin_subscribe(ada.id, room(), rooms.len()));
}

#[tokio::test]
async fn who_comes_and_goes_is_told_up_to_a_hundred_people_online() {
    let hub = Hub::default();
    let (watcher, room) = (connection(&hub).await, room());
    follow(&hub, &watcher, room);
    let mut others = Vec::new();
    for online in 2..=MAX_ANNOUNCED_ONLINE + 1 {
        let other = connection(&hub).await;
        follow(&hub, &other, room);
        assert_eq!(
            received(&[&watcher]),
            [usize::from(online <= 100)],
            "one comes, {online} are online"
        );
        others.push(other);
    }
    for (online, told) in [(101, 0), (100, 1)] {
        drop(others.pop());
        assert_eq!(received(&[&watcher]), [told], "one of {online} goes");
    }
    for _ in 0..2 {
        others.push(connection(&hub).await);
        follow(&hub, &others[others.len() - 1], room);
    }
    received(&[&watcher]);
    for (online, told) in [(101, 0), (100, 1)] {
        hub.remove(&others.pop().unwrap().user, room);
        assert_eq!(received(&[&watcher]), [told], "one of {online} is removed");
    }
}

/// Longer than anybody has followed here.
const LONG: Duration = Duration::from_secs(60);

/// Tells of those who came and went without word, as if these people were all there are.
fn tell_untold(hub: &Hub, people: &[&User]) {
    let people: Vec<_> = people.iter().map(|user| (*user).clone()).collect();
    hub.tell_untold(&people.iter().map(|user| user.id).collect(), &people);
}

#[tokio::test]
async fn who_comes_and_goes_on_other_nodes_is_told_once() {
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    let (node, [bo, cy]) =
        ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
    follow(&hub, &ada, room);
    hub.people_elsewhere(room, &node, &[(bo.id, LONG)]);
    hub.others_were_asked(&[room].into());
    tokio::time::sleep(OTHERS_ANSWER_WITHIN).await; // from then on it is news
    hub.people_elsewhere(room, &node, &[(cy.id, LONG)]);
    let told = hub.untold(10).await;
    assert_eq!(told, [bo.id, cy.id].into(), "who left, and who came");
    hub.people_elsewhere(room, &node, &[]);
    tell_untold(&hub, &[&bo, &cy]);
    assert_eq!(received(&[&ada]), [1], "one who has gone again meanwhile never came");

    hub.person_elsewhere(room, &cy, &node, true);
    received(&[&ada]);
    hub.doubt_elsewhere();
    assert_eq!(hub.online(room, &[]).1, 2, "cy still is, as far as is known");
    hub.people_elsewhere(room, &"n.2".into(), &[(cy.id, LONG)]);
    hub.end_doubt();
    tell_untold(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [0], "and has neither gone nor come");

    hub.node_gone(&"n.2".into());
    assert_eq!(
        hub.online(room, std::slice::from_ref(&cy)),
        (vec![true], 2),
        "who asks now hears of it later"
    );
    hub.person_elsewhere(room, &cy, &"n.3".into(), true);
    assert_eq!(received(&[&ada]), [0], "nobody was told yet that cy went");
    hub.node_gone(&"n.3".into());
    tell_untold(&hub, &[&cy]);
    assert_eq!(received(&[&ada]), [1]);

    hub.person_elsewhere(room, &bo, &node, true);
    received(&[&ada]);
    hub.remove(&bo, room);
    hub.person_elsewhere(room, &bo, &node, false);
    hub.node_gone(&node);
    tell_untold(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1], "who was removed does not leave as well");
}

#[tokio::test]
async fn what_could_not_be_heard_is_no_silence() {
    let hub = Hub::default();
    let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
    let heartbeat = Heartbeat { interval_ms: 10, timeout_ms: 10 };
    hub.lock().clients[&bo.id].heard.store(105, Ordering::Relaxed);
    hub.lock().clients[&cy.id].heard.store(u64::MAX, Ordering::Relaxed); // it is not listened to
    hub.excuse(100, 110);
    hub.beat(heartbeat, 110, 119);
    assert!(!ada.outbox.is_closing() && !bo.outbox.is_closing());
    hub.beat(heartbeat, 119, 120);
    assert!(ada.outbox.is_closing() && !bo.outbox.is_closing(), "the silence before that counts");
    assert!(!cy.outbox.is_closing());
}

#[tokio::test]
async fn nothing_but_its_own_comes_before_the_welcome() {
    let hub = Hub::default();
    let (outbox, _line) = testing::outbox().await;
    let ada = connection(&hub).await;
    let id = ClientId(Uuid::new_v4());
    let _registration = hub.connect(
        id,
        ada.user.clone(),
        SessionId(Uuid::new_v4()),
        outbox.clone(),
        Arc::default(),
    );
    hub.broadcast(passing(), None);
    hub.beat(Heartbeat { interval_ms: 1, timeout_ms: u64::MAX / 2 }, 0, 10);
    assert!(testing::take(&outbox).is_empty());
    assert_eq!(received(&[&ada]), [2]);
}

#[tokio::test]
async fn another_history_begins_without_those_who_count_in_the_old_one() {
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    follow(&hub, &ada, room);
    hub.settle(ada.id, room);
    let visit = hub.visit(self::room());
    let deliver = |seq| hub.deliver(room, seq, passing(), &mut Vec::new());
    deliver(7); // which waits for those before it
    hub.begin_anew();
    assert_eq!(
        ada.outbox.closing().and_then(|close| close.code),
        Some(CloseCode::Restart.as_u16())
    );
    assert_eq!(hub.counts(), Counts { rooms: 1, ..Counts::default() }, "the one that is visited");
    drop(visit);
    let bo = connection(&hub).await;
    assert!(hub.begin_subscribe(bo.id, room, usize::MAX));
    assert!(hub.complete_subscribe(bo.id, room, 5, Bytes::new()));
    deliver(6);
    drop(ada);
    assert_eq!(hub.rooms(), [(room, 6)], "and what waited in the old one is no more");
}

#[tokio::test]
async fn a_panic_takes_its_connection_off_all_maps() {
    let hub = Hub::default();
    let (ada, room) = (connection(&hub).await, room());
    follow(&hub, &ada, room);
    let outbox = ada.outbox.clone();
    let fallen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ada = ada;
        panic!("on purpose");
    }));
    assert!(fallen.is_err());
    assert_eq!(hub.counts(), Counts::default());
    assert_eq!(testing::take(&outbox).len(), 0);
}

#[tokio::test]
async fn who_came_to_another_node_after_the_first_who_follows_here_comes_whenever_that_is_heard_of()
{
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    let (node, [bo, cy]) =
        ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
    follow(&hub, &ada, room);
    tokio::time::sleep(Duration::from_millis(10)).await;
    hub.people_elsewhere(room, &node, &[(bo.id, LONG), (cy.id, Duration::from_millis(5))]);
    tell_untold(&hub, &[&bo, &cy]);
    assert_eq!(received(&[&ada]), [1], "of cy");
    let [(user, for_how_long)] = hub.people_here(room)[..] else { panic!("one is here") };
    assert!(user == ada.user.id && for_how_long >= Duration::from_millis(10));
}

#[tokio::test]
async fn others_are_asked_of_rooms_that_are_listened_to() {
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    follow(&hub, &ada, room);
    hub.unsubscribe(ada.id, room);
    let given_up = hub.of_interest([Topic::Room(room)].into());
    follow(&hub, &ada, room); // meanwhile
    assert!(hub.unasked(&given_up).is_empty());
    let taken_again = hub.of_interest(hub.take_news().topics.into_iter().collect());
    assert_eq!(hub.unasked(&taken_again), [room]);
}

#[tokio::test]
async fn who_is_not_where_it_was_has_left_however_short_a_time_the_others_are_known() {
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    let (node, bo) = ("n.1".into(), connection(&hub).await.user);
    follow(&hub, &ada, room);
    hub.people_elsewhere(room, &node, &[(bo.id, LONG)]);
    hub.people_elsewhere(room, &node, &[]);
    tell_untold(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1]);
}

#[tokio::test]
async fn who_was_given_a_list_too_early_hears_of_those_who_are_missing_in_it() {
    let hub = Hub::among_others();
    let (ada, room) = (connection(&hub).await, room());
    let (node, bo) = ("n.1".into(), connection(&hub).await.user);
    follow(&hub, &ada, room);
    assert_eq!(hub.online(room, &[]).1, 1);
    hub.people_elsewhere(room, &node, &[(bo.id, LONG)]);
    tell_untold(&hub, &[&bo]);
    assert_eq!(received(&[&ada]), [1]);
}
