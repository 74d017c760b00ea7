use protocol::{Reaction, RoomId, Sent};
use uuid::Uuid;

use super::*;
use crate::state::{
    fixtures::{message, user},
    updates::{PendingUpdate, UpdateKind},
};

fn day_of(at: Timestamp) -> Day {
    Day::at(at.as_millis())
}

fn shape(rows: &[TimelineRow]) -> String {
    rows.iter()
        .map(|row| match row {
            TimelineRow::Day(_) => 'D',
            TimelineRow::New => 'N',
            TimelineRow::Replies(_) => 'R',
            TimelineRow::Message(row) if row.starts_group => 'F',
            TimelineRow::Message(_) => 'm',
        })
        .collect()
}

/// Returns all rows of a room as Ada or Bo sees it.
fn rows(
    messages: &[Message],
    pending: &[PendingMessage],
    me: &str,
    new_after: Option<u64>,
) -> Vec<TimelineRow> {
    let (updates, me) = (Updates::default(), user(me));
    let pending = pending.iter().collect();
    let timeline = Timeline {
        thread: None,
        first: None,
        messages,
        is_latest: true,
        pending,
        updates: &updates,
        members: &[],
        me: &me,
        new_after,
    };
    timeline.rows(Window::default(), day_of)
}

#[test]
fn a_thread_begins_with_its_first_message_and_the_number_of_replies() {
    let (updates, me) = (Updates::default(), user("ada"));
    let summary = ThreadSummary { count: 2, ..ThreadSummary::default() };
    let first = Message { replies: Some(Box::new(summary)), ..later(1, 0) };
    let reply =
        |seq, minutes, in_room| Message { thread: Some(first.id), in_room, ..later(seq, minutes) };
    let messages = [reply(2, 1, false), reply(3, 2, true), reply(4, 2, false), reply(5, 2, false)];
    let timeline = Timeline {
        thread: Some(first.id),
        first: Some(&first),
        messages: &messages,
        is_latest: true,
        pending: Vec::new(),
        updates: &updates,
        members: &[],
        me: &me,
        new_after: None,
    };
    let rows = timeline.rows(Window::default(), day_of);
    assert_eq!(shape(&rows), "DFRFFFm", "a label begins and ends a group");
    assert!(rows.contains(&TimelineRow::Replies(2)));
    let row = |index: usize| match &rows[index] {
        TimelineRow::Message(row) => row.as_ref().clone(),
        _ => panic!("not a message"),
    };
    assert_eq!((row(1).replies, row(3).elsewhere), (None, Elsewhere::Nowhere));
    assert_eq!(row(4).elsewhere, Elsewhere::Room);
    let in_room = [first.clone(), reply(3, 2, true), later(4, 2)];
    let rows = Timeline { thread: None, first: None, messages: &in_room, ..timeline }
        .rows(Window::default(), day_of);
    let (TimelineRow::Message(first_row), TimelineRow::Message(reply)) = (&rows[1], &rows[2])
    else {
        panic!("not messages")
    };
    assert_eq!(first_row.replies.as_ref().unwrap().count, 2);
    assert_eq!(reply.elsewhere, Elsewhere::Thread(first.id));
    assert!(reply.starts_group);
    assert_eq!(shape(&rows), "DFFF");
}

#[test]
fn a_quote_begins_a_group_and_goes_with_a_deleted_message() {
    let quote = Quote { text: Some("which?".to_owned()), ..Quote::default() };
    let quoting = Message { reply_to: Some(Box::new(quote.clone())), ..later(2, 1) };
    let deleted = Message { deleted: true, text: None, ..quoting.clone() };
    let shown = rows(&[later(1, 0), quoting], &[], "ada", None);
    assert_eq!(shape(&shown), "DFF");
    assert!(matches!(&shown[2], TimelineRow::Message(row) if row.reply_to == Some(quote)));
    let shown = rows(&[later(1, 0), deleted], &[], "ada", None);
    assert!(matches!(&shown[2], TimelineRow::Message(row) if row.reply_to.is_none()));
}

fn later(seq: u64, minutes: i64) -> Message {
    let at = message(1).sent_at.as_millis() + minutes * 60_000;
    Message { sent_at: Timestamp::from_millis(at), ..message(seq) }
}

#[test]
fn a_sender_is_named_once_within_five_minutes() {
    let messages = [later(1, 0), later(2, 5), later(3, 11)];
    assert_eq!(shape(&rows(&messages, &[], "ada", None)), "DFmF");
}

#[test]
fn another_sender_and_another_day_begin_a_group() {
    let other = Message { sender: user("chen").into(), ..later(2, 1) };
    let messages = [later(1, 0), other, later(3, 2), later(4, 24 * 60)];
    assert_eq!(shape(&rows(&messages, &[], "ada", None)), "DFFFDF");
}

#[test]
fn a_clock_that_is_set_back_shows_no_date_twice() {
    let messages = [later(1, 0), later(2, 24 * 60), later(3, 60), later(4, 24 * 60 + 1)];
    assert_eq!(shape(&rows(&messages, &[], "ada", None)), "DFDFmF");
}

#[test]
fn a_divider_precedes_the_new_messages_of_other_users() {
    let mine = |seq, minutes| Message { sender: user("ada").into(), ..later(seq, minutes) };
    let messages = [later(1, 0), later(2, 1), mine(3, 2), later(4, 3), later(5, 4)];
    let shape = |new_after| shape(&rows(&messages, &[], "ada", new_after));
    assert_eq!(shape(None), "DFmFFm");
    assert_eq!(shape(Some(1)), "DFNFFFm");
    assert_eq!(shape(Some(2)), "DFmFNFm");
    assert_eq!(shape(Some(4)), "DFmFFNF");
    assert_eq!(shape(Some(0)), "DNFmFFm", "nothing was read before");
    for nothing_to_divide in [5, 9] {
        assert_eq!(shape(Some(nothing_to_divide)), "DFmFFm");
    }
}

#[test]
fn pending_messages_come_last_until_the_room_log_has_them() {
    let pending = |id: u128| {
        let (id, room) = (MessageId(Uuid::from_u128(id)), RoomId(Uuid::from_u128(1)));
        PendingMessage::new(id, room, "mine".to_owned(), later(9, 1).sent_at)
    };
    let log = [later(1, 0)];
    let rows = |unsent: &[PendingMessage]| rows(&log, unsent, "bo", None);
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

#[test]
fn rows_out_of_the_window_are_not_made_and_unsent_messages_stand_at_the_end() {
    let messages: Vec<_> = (1..=400).map(|seq| later(seq, 0)).collect();
    let (updates, me) = (Updates::default(), user("ada"));
    let unsent = PendingMessage::new(
        MessageId(Uuid::from_u128(900)),
        RoomId(Uuid::from_u128(1)),
        "mine".to_owned(),
        later(9, 1).sent_at,
    );
    let timeline = |is_latest| Timeline {
        thread: None,
        first: None,
        messages: &messages,
        is_latest,
        pending: vec![&unsent],
        updates: &updates,
        members: &[],
        me: &me,
        new_after: Some(100),
    };
    let seqs = |window, is_latest| {
        let rows = timeline(is_latest).rows(window, day_of);
        let seqs = rows.iter().filter_map(|row| match row {
            TimelineRow::Message(row) => Some(row.seq),
            TimelineRow::Day(_) | TimelineRow::New | TimelineRow::Replies(_) => None,
        });
        let has_line = rows.contains(&TimelineRow::New);
        (seqs.collect::<Vec<_>>(), has_line)
    };
    let logged = |range: std::ops::RangeInclusive<u64>| range.map(Some);
    let latest = Window::latest(&messages);
    assert_eq!(seqs(latest, true), (logged(351..=400).chain([None]).collect(), false));
    assert_eq!(seqs(latest, false), (logged(351..=400).collect(), false));
    let line = Window::around(&messages, timeline(true).first_new().unwrap());
    assert_eq!(seqs(line, true), (logged(76..=200).collect(), true));
    assert!(timeline(true).is_open_below(line) && !timeline(true).is_open_below(latest));
}

/// Returns the row of Bo's first message as Ada sees it, with her update.
fn row_with(message: &Message, kind: UpdateKind, members: &[Member]) -> MessageRow {
    let (mut updates, me) = (Updates::default(), user("ada"));
    let op = protocol::OpId(Uuid::from_u128(1));
    updates.push(PendingUpdate::new(op, message.room, message.id, kind, Timestamp::default()));
    let timeline = Timeline {
        thread: None,
        first: None,
        messages: std::slice::from_ref(message),
        is_latest: true,
        pending: Vec::new(),
        updates: &updates,
        members,
        me: &me,
        new_after: None,
    };
    let rows = timeline.rows(Window::default(), day_of);
    rows.into_iter().find_map(|row| row.message(message.id).cloned()).unwrap()
}

#[test]
fn a_message_that_is_being_deleted_shows_no_text() {
    let pinned_by = Some(Box::new(user("bo").into()));
    let row = row_with(&Message { pinned_by, ..message(1) }, UpdateKind::Delete, &[]);
    assert_eq!((&row.state, &row.text), (&MessageState::Deleting, &None));
    assert_eq!(row.deleted_by.as_ref().map(|by| by.id), Some(user("ada").id));
    assert!(!row.is_in_log() && row.pinned_by.is_none() && row.update.is_some());
}

#[test]
fn a_pin_is_shown_at_once_with_a_name() {
    let by = |row: MessageRow| row.pinned_by.map(|by| by.name);
    let pin = |on| UpdateKind::Pin { on };
    assert_eq!(by(row_with(&message(1), pin(true), &[])).as_deref(), Some("Ada"));
    let id_alone = Sender { id: user("bo").id, ..Sender::default() };
    let pinned = Message { pinned_by: Some(Box::new(id_alone)), ..message(1) };
    assert_eq!(by(row_with(&pinned, pin(false), &[])), None);
    let edit = || UpdateKind::Edit("better".to_owned());
    let bo = Member { user: user("bo"), ..Default::default() };
    assert_eq!(by(row_with(&pinned, edit(), &[bo])).as_deref(), Some("Bo"));
    assert_eq!(by(row_with(&pinned, edit(), &[])).as_deref(), Some(""));
}

#[test]
fn a_row_keeps_its_key_while_its_message_changes() {
    let sent = Message { sender: user("bo").into(), ..later(3, 0) };
    let reactions = vec![Reaction { user: user("ada").id, emoji: "👍".to_owned() }];
    let states = [
        rows(
            &[],
            &[PendingMessage::new(sent.id, sent.room, "mine".to_owned(), sent.sent_at)],
            "bo",
            None,
        ),
        rows(std::slice::from_ref(&sent), &[], "bo", None),
        rows(&[Message { edited_at: Some(sent.sent_at), ..sent.clone() }], &[], "bo", None),
        rows(&[Message { reactions, ..sent.clone() }], &[], "bo", None),
        rows(&[Message { deleted: true, text: None, ..sent.clone() }], &[], "bo", None),
        rows(&[later(2, 0), sent], &[], "bo", None).split_off(1),
    ];
    for (index, state) in states.iter().enumerate() {
        assert_eq!(state.last().map(TimelineRow::key), states[0].last().map(TimelineRow::key));
        assert!(states[..index].iter().all(|other| other.last() != state.last()), "{index}");
    }
}
