//! Tests of the view of everything unread.

use super::*;

fn history(messages: Vec<Message>) -> Response {
    Response::History(HistoryPage { room: other(0).id, messages, ..HistoryPage::default() })
}

fn in_other_room(seq: u64) -> Message {
    Message { room: other(0).id, ..message(seq) }
}

fn shown(model: &Model) -> Vec<u64> {
    let preview = &model.unread.previews[&other(0).id.into()];
    preview.messages.iter().flatten().map(|message| message.seq).collect()
}

#[test]
fn the_first_unread_messages_of_each_room_are_requested_while_the_view_is_open() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    assert!(requested(&mut engine, &model, "history").is_none());
    model.unread.open(true);
    let (request, id) = requested(&mut engine, &model, "history").unwrap();
    let Request::History(History { after: Some(7), .. }) = request else { panic!("{request:?}") };
    deliver(&mut engine, &mut model, Some(&id), history(vec![in_other_room(8)]));
    assert_eq!(shown(&model), [8]);
    assert!(requested(&mut engine, &model, "history").is_none());

    deliver(&mut engine, &mut model, None, in_other(9, "more"));
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    let both = vec![in_other_room(8), in_other_room(9)];
    deliver(&mut engine, &mut model, Some(&id), history(both));
    assert_eq!(shown(&model), [8, 9]);

    model.clear_unread(&[other(0).id.into()]);
    let sent = requests(&engine.due_requests(&model, 0));
    let [(Request::Read(Read { seq: 9, back: false, .. }), id)] = &sent[..] else {
        panic!("{sent:?}")
    };
    let read = ReadPosition { room: other(0).id, seq: 9, read_seq: 9, ..Default::default() };
    deliver(&mut engine, &mut model, Some(id), Response::Read(read));
    assert_eq!(model.restore_last_cleared(), Some(other(0).id.into()));
    let (request, _) = requested(&mut engine, &model, "read").unwrap();
    assert!(matches!(request, Request::Read(Read { seq: 8, back: true, .. })), "{request:?}");
}

#[test]
fn the_last_message_that_was_read_is_requested_if_the_user_asks() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(8, "hello"));
    model.unread.open(true);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    deliver(&mut engine, &mut model, Some(&id), history(vec![in_other_room(8)]));
    model.unread.preview_mut(other(0).id.into(), 7).wants_last_read = true;
    let (request, id) = requested(&mut engine, &model, "history").unwrap();
    let Request::History(History { before: Some(8), limit: Some(1), .. }) = request else {
        panic!("{request:?}")
    };
    deliver(&mut engine, &mut model, Some(&id), history(vec![in_other_room(7)]));
    let last_read = model.unread.previews[&other(0).id.into()].last_read.clone().unwrap();
    assert_eq!(last_read.map(|message| message.seq), Some(7));
}

#[test]
fn more_messages_are_requested_if_the_first_ones_are_the_users_own() {
    let (mut model, mut engine) = with_other_room();
    deliver(&mut engine, &mut model, None, in_other(18, "hello"));
    model.unread.open(true);
    let (_, id) = requested(&mut engine, &model, "history").unwrap();
    let sender = model.me.clone();
    let own = |seq| Message { sender: sender.clone().into(), ..in_other_room(seq) };
    let page = HistoryPage {
        room: other(0).id,
        messages: (8..18).map(own).collect(),
        has_more: true,
        ..HistoryPage::default()
    };
    deliver(&mut engine, &mut model, Some(&id), Response::History(page));
    assert!(shown(&model).is_empty());
    let (request, id) = requested(&mut engine, &model, "history").unwrap();
    let Request::History(History { after: Some(17), .. }) = request else { panic!("{request:?}") };
    deliver(&mut engine, &mut model, Some(&id), history(vec![in_other_room(18)]));
    assert_eq!(shown(&model), [18]);
    assert!(requested(&mut engine, &model, "history").is_none());
}
