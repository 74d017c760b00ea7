use protocol::{RoomId, Sent};
use uuid::Uuid;

use super::*;
use crate::state::fixtures::{message, user};

fn day_of(at: Timestamp) -> Day {
    Day::at(at.as_millis())
}

fn shape(rows: &[TimelineRow]) -> String {
    rows.iter()
        .map(|row| match row {
            TimelineRow::Day(_) => 'D',
            TimelineRow::New => 'N',
            TimelineRow::Message(row) if row.starts_group => 'F',
            TimelineRow::Message(_) => 'm',
        })
        .collect()
}

fn later(seq: u64, minutes: i64) -> Message {
    let at = message(1).sent_at.as_millis() + minutes * 60_000;
    Message { sent_at: Timestamp::from_millis(at), ..message(seq) }
}

#[test]
fn a_sender_is_named_once_within_five_minutes() {
    let messages = [later(1, 0), later(2, 5), later(3, 11)];
    assert_eq!(
        shape(&rows(&messages, [], &Updates::default(), &user("ada"), None, day_of)),
        "DFmF"
    );
}

#[test]
fn another_sender_and_another_day_begin_a_group() {
    let other = Message { sender: user("chen").into(), ..later(2, 1) };
    let messages = [later(1, 0), other, later(3, 2), later(4, 24 * 60)];
    assert_eq!(
        shape(&rows(&messages, [], &Updates::default(), &user("ada"), None, day_of)),
        "DFFFDF"
    );
}

#[test]
fn a_clock_that_is_set_back_shows_no_date_twice() {
    let messages = [later(1, 0), later(2, 24 * 60), later(3, 60), later(4, 24 * 60 + 1)];
    assert_eq!(
        shape(&rows(&messages, [], &Updates::default(), &user("ada"), None, day_of)),
        "DFDFmF"
    );
}

#[test]
fn a_divider_precedes_the_new_messages_of_other_users() {
    let mine = |seq, minutes| Message { sender: user("ada").into(), ..later(seq, minutes) };
    let messages = [later(1, 0), later(2, 1), mine(3, 2), later(4, 3), later(5, 4)];
    let shape = |new_after| {
        shape(&rows(&messages, [], &Updates::default(), &user("ada"), new_after, day_of))
    };
    assert_eq!(shape(None), "DFmFFm");
    assert_eq!(shape(Some(1)), "DFNFFFm");
    assert_eq!(shape(Some(2)), "DFmFNFm");
    assert_eq!(shape(Some(4)), "DFmFFNF");
    for nothing_to_divide in [0, 5, 9] {
        assert_eq!(shape(Some(nothing_to_divide)), "DFmFFm");
    }
}

#[test]
fn pending_messages_come_last_until_the_room_log_has_them() {
    let pending = |id: u128| PendingMessage {
        id: MessageId(Uuid::from_u128(id)),
        room: RoomId(Uuid::from_u128(1)),
        text: "mine".to_owned(),
        written_at: later(9, 1).sent_at,
        refused: None,
        confirmed: None,
        deferred_until: None,
    };
    let log = [later(1, 0)];
    let rows = |unsent: &[PendingMessage]| {
        rows(&log, unsent, &Updates::default(), &user("bo"), None, day_of)
    };
    let shown = rows(&[pending(1), pending(7)]);
    assert_eq!(shape(&shown), "DFm");
    let TimelineRow::Message(row) = &shown[2] else { panic!() };
    assert!(row.state == MessageState::Pending && row.seq.is_none());

    let sent =
        Sent { id: pending(8).id, room: pending(8).room, seq: 3, sent_at: later(9, 2).sent_at };
    let shown = rows(&[pending(7), PendingMessage { confirmed: Some(sent), ..pending(8) }]);
    let TimelineRow::Message(row) = &shown[2] else { panic!() };
    assert!(row.state == MessageState::Sent && row.seq == Some(3));
    assert!(matches!(&shown[3], TimelineRow::Message(row) if row.id == pending(7).id));
}
