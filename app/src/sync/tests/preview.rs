//! Tests of rooms that are shown without joining them.

use protocol::RoomChanged;

use super::*;
use crate::state::fixtures;

/// Creates a public room of Bo's, of which the user is no member.
fn previewed(seq: u64) -> Room {
    let created_by = Some(fixtures::user("bo").id);
    Room { created_by, member: false, ..other(seq) }
}

fn page(seqs: &[u64], has_more: bool) -> Response {
    let messages = seqs.iter().map(|seq| Message { room: other(0).id, ..message(*seq) });
    Response::History(HistoryPage {
        room: other(0).id,
        thread: None,
        messages: messages.collect(),
        has_more,
    })
}

/// Creates a page that shows the room at this `seq`, and the id of its request.
fn showing(seq: u64) -> (Model, SyncEngine, String) {
    let (mut model, mut engine) = up_to_date();
    requests(&engine.due_requests(&model, 0));
    model.update_rooms(vec![previewed(seq)]);
    model.open(Some(other(0).id));
    let sent = requests(&engine.due_requests(&model, 0));
    assert!(sent.iter().all(|(request, _)| request.name() != "subscribe"), "that would join");
    let (_, id) = sent.into_iter().find(|(request, _)| request.name() == "history").unwrap();
    assert!(!engine.is_settled(&model));
    (model, engine, id)
}

fn shown(model: &Model) -> Vec<u64> {
    model.opened_rooms[&other(0).id].log.messages.iter().map(|message| message.seq).collect()
}

#[test]
fn a_room_is_read_before_it_is_joined() {
    let (mut model, mut engine, id) = showing(7);
    deliver(&mut engine, &mut model, Some(&id), page(&[5, 6], true));
    assert_eq!(
        (shown(&model), &model.opened_rooms[&other(0).id].phase),
        (vec![5, 6], &Phase::Ready)
    );
    assert!(requested(&mut engine, &model, "history").is_none());

    model.update_rooms(vec![previewed(9)]);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[6, 8], true));
    assert_eq!(shown(&model), [5, 6, 8], "what was loaded before stays");
    model.update_rooms(vec![previewed(99)]);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[90, 98], true));
    assert_eq!(shown(&model), [90, 98], "unless something is missing between");
}

#[test]
fn joining_a_room_follows_it_from_a_fresh_page() {
    let (mut model, mut engine, id) = showing(6);
    deliver(&mut engine, &mut model, Some(&id), page(&[5, 6], false));
    let joined = Room { member: true, ..previewed(6) };
    deliver(&mut engine, &mut model, None, Event::RoomChanged(RoomChanged { room: joined }));
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    let fresh = Subscribe { room: other(0).id.into(), since: None, epoch: None, join: Some(false) };
    assert_eq!(request, Request::Subscribe(fresh));
    let Response::Subscribe(response) = subscribed(false, 6, &[]) else { unreachable!() };
    let messages = vec![Message { room: other(0).id, ..message(6) }];
    let response = Subscribed { room: other(0).id, messages, ..response };
    deliver(&mut engine, &mut model, Some(&id), Response::Subscribe(response));
    assert_eq!(shown(&model), [6]);
    let (_, _) = requested(&mut engine, &model, "members").unwrap();
}

#[test]
fn whoever_is_removed_from_a_public_room_reads_on_and_may_join_it_again() {
    let removal = removed_from(other(0).id);
    let listed = Event::RoomChanged(RoomChanged { room: previewed(7) });
    for events in [[removal.clone(), listed.clone()], [listed, removal]] {
        let (mut model, mut engine) = with_other_room();
        model.update_rooms(vec![Room { member: true, ..previewed(7) }]);
        model.open(Some(other(0).id));
        let (_, id) = requested(&mut engine, &model, "subscribe").unwrap();
        let Response::Subscribe(response) = subscribed(false, 7, &[]) else { unreachable!() };
        let messages = vec![Message { room: other(0).id, ..message(7) }];
        let response = Subscribed { room: other(0).id, messages, ..response };
        deliver(&mut engine, &mut model, Some(&id), Response::Subscribe(response));
        for event in events {
            deliver(&mut engine, &mut model, None, event);
            assert!(model.is_preview(other(0).id));
            assert_eq!(shown(&model), [7], "the messages stay in view");
            let sent = requests(&engine.due_requests(&model, 0));
            assert!(sent.iter().all(|(request, _)| request.name() != "subscribe"));
        }
        model.update_rooms(vec![previewed(8)]);
        assert!(requested(&mut engine, &model, "history").is_some(), "it follows the list");

        let joined = Room { member: true, ..previewed(8) };
        deliver(&mut engine, &mut model, None, Event::RoomChanged(RoomChanged { room: joined }));
        assert!(requested(&mut engine, &model, "subscribe").is_some());
    }
}

#[test]
fn whoever_left_a_room_elsewhere_does_not_join_it_by_reconnecting() {
    let (mut model, mut engine) = with_other_room();
    model.update_rooms(vec![Room { member: true, ..previewed(7) }]);
    model.open(Some(other(0).id));
    let (request, id) = requested(&mut engine, &model, "subscribe").unwrap();
    assert!(matches!(request, Request::Subscribe(Subscribe { join: Some(false), .. })));
    let left = ErrorPayload::new(ErrorCode::NotFound, "No such room");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(left));
    assert!(model.is_preview(other(0).id));
    let sent = requests(&engine.due_requests(&model, 60_000));
    let names: Vec<_> = sent.iter().map(|(request, _)| request.name()).collect();
    assert!(names.contains(&"rooms") && names.contains(&"history"), "{names:?}");
    assert!(!names.contains(&"subscribe"), "{names:?}");

    // Joining it again follows it.
    model.update_rooms(vec![Room { member: true, ..previewed(7) }]);
    assert!(requested(&mut engine, &model, "subscribe").is_some());
}

#[test]
fn a_message_for_a_room_that_was_left_is_sent_and_shown() {
    let (mut model, mut engine) = with_other_room();
    model.update_rooms(vec![previewed(7)]);
    model.open(Some(other(0).id));
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[6, 7], false));
    let text = "goodbye".to_owned();
    let message_id = message(8).id;
    model.write(message_id, other(0).id, text, Timestamp::from_millis(0));
    let (_, id) = requested(&mut engine, &model, "chat").unwrap();
    let sent_at = Timestamp::from_millis(0);
    let sent = protocol::Sent { id: message_id, room: other(0).id, seq: 8, sent_at };
    deliver(&mut engine, &mut model, Some(&id), Response::Chat(sent));
    assert!(model.outbox.of(other(0).id).next().is_some(), "it is not in the loaded part yet");
    let sent = requests(&engine.due_requests(&model, 60_000));
    assert!(sent.iter().any(|(request, _)| request.name() == "rooms"));
    model.update_rooms(vec![previewed(8)]);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), page(&[6, 7, 8], false));
    assert_eq!((shown(&model), model.outbox.of(other(0).id).count()), (vec![6, 7, 8], 0));
}
