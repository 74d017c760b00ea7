use uuid::Uuid;

use super::*;
use crate::state::{
    fixtures::{message, room, user},
    pending::TAB_GRACE_MS,
};

fn update(op: u128, kind: UpdateKind) -> PendingUpdate {
    let op = OpId(Uuid::from_u128(op));
    PendingUpdate::new(op, room().id, message(1).id, kind, Timestamp::default())
}

fn react(on: bool) -> UpdateKind {
    UpdateKind::React { emoji: "👍".to_owned(), on }
}

#[test]
fn an_update_is_shown_at_once_and_until_the_room_log_has_it() {
    let mut updates = Updates::default();
    updates.push(update(1, UpdateKind::Edit("better".to_owned())));
    updates.push(update(2, react(true)));
    let ada = user("ada").id;
    assert_eq!(updates.text(&message(1)).as_deref(), Some("better"));
    assert_eq!(updates.text(&message(2)), message(2).text);
    assert_eq!(updates.reactions(&message(1), ada).len(), 1);
    assert_eq!(updates.next(0).len(), 1);
    updates.confirm(OpId(Uuid::from_u128(1)), 5);
    assert_eq!(updates.next(0)[0].op, OpId(Uuid::from_u128(2)));
    updates.drop_confirmed(room().id, 4);
    assert_eq!(updates.text(&message(1)).as_deref(), Some("better"));
    updates.drop_confirmed(room().id, 5);
    assert_eq!(updates.text(&message(1)), message(1).text);
    updates.push(update(3, react(false)));
    assert!(updates.reactions(&message(1), ada).is_empty());
}

#[test]
fn a_refused_update_shows_its_reason_and_is_replaced_by_the_next() {
    let mut updates = Updates::default();
    updates.push(update(1, UpdateKind::Delete));
    assert!(
        updates
            .status(message(1).id)
            .is_some_and(|status| status.effect == Effect::Deletion && status.refused.is_none())
    );
    updates.refuse(OpId(Uuid::from_u128(1)), "no".to_owned());
    assert_eq!(
        updates.status(message(1).id).and_then(|status| status.refused).as_deref(),
        Some("no")
    );
    assert!(updates.next(0).is_empty());
    updates.push(update(2, UpdateKind::Delete));
    assert_eq!(updates.next(0).len(), 1);
    assert!(updates.status(message(1).id).is_some_and(|status| status.refused.is_none()));
}

#[test]
fn an_update_of_another_tab_is_deferred() {
    let mut updates = Updates::default();
    updates.merge_from_tab(update(1, UpdateKind::Delete), 0);
    updates.merge_from_tab(update(1, UpdateKind::Delete), 1_000);
    assert!(updates.status(message(1).id).is_some());
    let until = TAB_GRACE_MS + UNDO_MS;
    assert!(updates.next(until - 1).is_empty(), "it may be undone there");
    assert_eq!(updates.next(until).len(), 1);
}

/// Stores an update and reads it back, as another page does.
fn stored(update: &PendingUpdate) -> PendingUpdate {
    PendingUpdate::from_text(&update.to_text().unwrap()).unwrap()
}

#[test]
fn a_restored_deletion_is_left_to_the_tab_that_may_undo_it() {
    let held = PendingUpdate { held: true, ..update(1, UpdateKind::Delete) };
    let at = |age: i64| Timestamp::from_millis(held.made_at.as_millis() + age);
    let restored = |update| Updates::restored(vec![stored(update)]);
    let mut young = restored(&held);
    young.leave_undoable(at(1_000), 200);
    assert!(young.next(200 + UNDO_MS - 1_001).is_empty());
    assert_eq!(young.next(200 + UNDO_MS - 1_000).len(), 1);
    let mut old = restored(&held);
    old.leave_undoable(at(UNDO_MS), 200);
    assert_eq!(old.next(200).len(), 1);
    let mut ahead = restored(&held);
    ahead.leave_undoable(at(-60_000), 0);
    assert_eq!(ahead.next(UNDO_MS).len(), 1, "another clock does not hold it for long");
    let released = update(1, UpdateKind::Delete);
    assert!(!held.is_stored_like(&released), "that is stored");
    let mut let_go = restored(&released);
    let_go.leave_undoable(at(0), 0);
    assert_eq!(let_go.next(0).len(), 1, "its page was left");
}

#[test]
fn a_deletion_is_held_back_until_it_is_released_and_nothing_waits_behind_it() {
    let mut updates = Updates::default();
    let op = OpId(Uuid::from_u128(1));
    updates.push(update(1, UpdateKind::Delete));
    updates.hold(op);
    updates.push(update(2, react(true)));
    let next = |updates: &Updates| updates.next(i64::MAX - 1)[0].op;
    assert_eq!(next(&updates), OpId(Uuid::from_u128(2)));
    assert!(updates.is_deleting(message(1).id) && !updates.is_deleting(message(2).id));
    assert!(updates.status(message(1).id).is_some_and(|status| status.held));
    updates.release(op);
    assert_eq!((next(&updates), updates.held().count()), (op, 0));
}

#[test]
fn the_last_pin_that_waits_is_shown() {
    let mut updates = Updates::default();
    assert_eq!(updates.pin(message(1).id), None);
    updates.push(update(1, UpdateKind::Pin { on: true }));
    assert_eq!(updates.pin(message(1).id), Some(true));
    updates.push(update(2, UpdateKind::Pin { on: false }));
    assert_eq!((updates.pin(message(1).id), updates.pin(message(2).id)), (Some(false), None));
    assert!(updates.status(message(1).id).is_none(), "pins in progress are not noted");
    updates.refuse(OpId(Uuid::from_u128(2)), "no".to_owned());
    assert_eq!(updates.status(message(1).id).map(|status| status.effect), Some(Effect::Unpin));
}

#[test]
fn a_stored_update_reads_back_unchanged() {
    let edit = UpdateKind::Edit("two\nlines\n".to_owned());
    let pins = [true, false].map(|on| UpdateKind::Pin { on });
    for kind in [edit, UpdateKind::Delete, react(true), react(false)].into_iter().chain(pins) {
        let update = update(1, kind);
        assert_eq!(PendingUpdate::from_text(&update.to_text().unwrap()), Some(update));
    }
    assert_eq!(PendingUpdate::from_text("anything else"), None);
}
