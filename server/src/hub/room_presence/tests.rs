use std::collections::HashMap;

use uuid::Uuid;

use super::*;

/// Longer than the room has had a subscriber.
const LONG: Duration = Duration::from_secs(60);

fn user() -> UserId {
    UserId(Uuid::new_v4())
}

fn pending(presence: &RoomPresence) -> HashMap<UserId, SystemEvent> {
    presence.unannounced.iter().map(|(user, change)| (*user, change.event)).collect()
}

/// The present, and the end of a grace.
fn times() -> (DueTime, DueTime) {
    (DueTime::now(), DueTime::now() + Duration::from_secs(4))
}

fn let_query_time_out(presence: &mut RoomPresence) {
    presence.queried_at = Instant::now().checked_sub(PRESENCE_QUERY_TIMEOUT);
}

#[test]
fn a_room_is_unknown_then_syncing_then_synced() {
    let mut presence = RoomPresence::default();
    assert_eq!(presence.state(), RemoteState::Unknown);
    presence.mark_queried(false);
    assert_eq!(presence.state(), RemoteState::Syncing);
    let_query_time_out(&mut presence);
    assert_eq!(presence.state(), RemoteState::Synced);
    presence.mark_queried(true);
    assert_eq!(presence.state(), RemoteState::Synced, "only the first query counts");
}

#[test]
fn a_room_queried_during_a_resync_is_synced_at_its_end() {
    let mut presence = RoomPresence::default();
    presence.mark_queried(true);
    let_query_time_out(&mut presence);
    assert_eq!(presence.state(), RemoteState::Syncing);
    presence.mark_synced();
    assert_eq!(presence.state(), RemoteState::Synced);
}

#[test]
fn a_resync_leaves_a_synced_room_synced_and_an_unknown_one_unknown() {
    let (mut synced, mut unknown) = (RoomPresence::default(), RoomPresence::default());
    synced.mark_queried(false);
    let_query_time_out(&mut synced);
    for presence in [&mut synced, &mut unknown] {
        presence.mark_stale(&unknown_node());
    }
    assert_eq!(synced.state(), RemoteState::Synced);
    assert_eq!(unknown.state(), RemoteState::Unknown);
    assert!(synced.is_synced() && !unknown.is_synced());
    synced.mark_synced();
    assert_eq!(synced.state(), RemoteState::Synced);
}

#[test]
fn a_second_resync_completes_the_query_of_the_first() {
    let mut presence = RoomPresence::default();
    presence.mark_queried(true);
    let_query_time_out(&mut presence);
    presence.mark_stale(&unknown_node());
    assert_eq!(presence.state(), RemoteState::Synced);
}

#[test]
fn a_user_reported_again_after_a_resync_has_neither_joined_nor_left() {
    let mut presence = RoomPresence::default();
    let (returning, missing, node) = (user(), user(), "n.1".into());
    presence.mark_queried(false);
    let_query_time_out(&mut presence);
    presence.add_remote(returning, &node);
    presence.add_remote(missing, &node);
    presence.mark_stale(&unknown_node());
    assert_eq!(presence.online(), 2, "both are online as far as is known");
    presence.apply_snapshot(&"n.2".into(), &[(returning, LONG)], times());
    presence.mark_synced();
    assert!(pending(&presence).values().all(|event| *event != SystemEvent::Joined));
    presence.remove_node(&unknown_node(), DueTime::now());
    assert_eq!(pending(&presence), [(missing, SystemEvent::Left)].into());
    assert_eq!(presence.online(), 1);
}

#[test]
fn a_snapshot_reports_only_news_until_the_room_is_synced() {
    let mut presence = RoomPresence::default();
    let (old, recent, node) = (user(), user(), "n.1".into());
    presence.add_socket(user());
    presence.first_joined_at = Instant::now().checked_sub(Duration::from_secs(1));
    presence.apply_snapshot(&node, &[(old, LONG), (recent, Duration::ZERO)], times());
    assert_eq!(pending(&presence), [(recent, SystemEvent::Joined)].into());
    presence.apply_snapshot(&node, &[], times());
    assert_eq!(pending(&presence), [(old, SystemEvent::Left)].into(), "the other cancels out");
}

#[test]
fn lists_reflect_announced_changes_only() {
    let mut presence = RoomPresence::default();
    let (joined, left, node) = (user(), user(), "n.1".into());
    presence.add_remote(left, &node);
    presence.mark_listed(); // before the other nodes have answered: each new user is news
    presence.apply_snapshot(&node, &[(joined, LONG)], times());
    assert!(presence.is_announced_online(left) && !presence.is_announced_online(joined));
    assert_eq!(presence.announced_online(), 1);
    presence.take_unannounced(left);
    assert_eq!(presence.announced_online(), 0);
    presence.take_unannounced(joined);
    assert_eq!(presence.announced_online(), 1);
}

#[test]
fn local_users_are_online_until_their_last_socket_and_last_node() {
    let mut presence = RoomPresence::default();
    let (user, node) = (user(), "n.1".into());
    assert!(presence.add_socket(user) && !presence.add_socket(user));
    assert!(!presence.add_remote(user, &node));
    assert!(!presence.remove_socket(user) && presence.is_local(user));
    assert!(!presence.remove_socket(user) && !presence.is_local(user));
    assert_eq!(presence.local_users().count(), 0);
    assert!(presence.remove_remote(user, &node) && !presence.remove_remote(user, &node));
    presence.check_invariants(0);
}

#[test]
fn a_leave_is_due_at_the_end_of_its_grace_or_once_it_is_certain() {
    let mut presence = RoomPresence::default();
    let (lost, gone, (now, grace_end)) = (user(), user(), times());
    for user in [lost, gone] {
        assert!(presence.mark_unannounced(user, SystemEvent::Left, true, grace_end));
    }
    assert_eq!((presence.due(now).count(), presence.take_due(lost, now)), (0, None));
    assert!(presence.is_announced_online(lost), "lists show the user during the grace");
    assert!(presence.end_grace(gone, now) && !presence.end_grace(user(), now));
    assert_eq!(presence.due(now).collect::<Vec<_>>(), [gone]);
    assert_eq!(presence.take_due(gone, now), Some(SystemEvent::Left));
    assert_eq!(presence.due(grace_end).collect::<Vec<_>>(), [lost]);
    assert!(!presence.mark_unannounced(lost, SystemEvent::Joined, true, now), "they cancel out");
    assert!(!presence.has_unannounced());
}

#[test]
fn a_user_who_is_missing_in_a_snapshot_has_a_grace() {
    let mut presence = RoomPresence::default();
    let (user, node, (now, grace_end)) = (user(), "n.1".into(), times());
    presence.add_remote(user, &node);
    presence.apply_snapshot(&node, &[], (now, grace_end));
    assert_eq!((presence.due(now).count(), presence.due(grace_end).count()), (0, 1));
}
