use protocol::{ChatReacted, Event, Member, TypingUser};

use super::*;
use crate::state::fixtures::{message, open_page, room, user};

#[test]
fn stored_items_are_merged_in_the_order_of_their_creation() {
    let mut model = open_page();
    let pending = |id: u128, written_at| {
        let written_at = Timestamp::from_millis(written_at);
        let (id, text) = (MessageId(Uuid::from_u128(id)), id.to_string());
        PendingMessage::new(id, room().id, text, written_at)
    };
    model.merge_outbox(vec![pending(50, 3), pending(51, 1), pending(52, 2)], &[], 0);
    let texts: Vec<_> = model.outbox.items().iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["51", "52", "50"]);
    let update = |op: u128, made_at| {
        let made_at = Timestamp::from_millis(made_at);
        let (op, kind) = (OpId(Uuid::from_u128(op)), UpdateKind::Edit(op.to_string()));
        PendingUpdate::new(op, room().id, message(1).id, kind, made_at)
    };
    model.merge_updates(vec![update(60, 2), update(61, 1)], &[], 0);
    assert_eq!(model.updates.text(&message(1)).as_deref(), Some("60"), "the last edit is shown");
}

#[test]
fn only_what_the_rows_show_changes_their_version() {
    let mut model = open_page();
    let mut version = model.timeline_version(room().id);
    let mut is_changed = |model: &Model| {
        let before = std::mem::replace(&mut version, model.timeline_version(room().id));
        before != version
    };
    model.apply(
        &Event::Typing(TypingUser {
            room: room().id,
            user: user("bo").into(),
            ..Default::default()
        }),
        0,
    );
    assert!(!is_changed(&model), "a typing signal");
    let bo = Member { user: user("bo"), online: true, joined_at: None, ..Default::default() };
    let list = &mut model.opened_rooms.get_mut(&room().id).unwrap().members.list;
    list.push(bo);
    assert!(!is_changed(&model), "no reaction shows a member's name");
    model.connection = ConnectionState::Current;
    model.announcements.add(vec![message(2)], model.me.id);
    assert!(!is_changed(&model), "the connection and announcements");
    model.apply(&Event::Chat(message(3)), 0);
    assert!(is_changed(&model), "a message");
    let reacted = ChatReacted {
        id: message(1).id,
        room: room().id,
        seq: 4,
        message_seq: 1,
        user: user("bo").id,
        emoji: "👍".to_owned(),
        on: true,
    };
    model.apply(&Event::ChatReacted(reacted), 0);
    assert!(is_changed(&model), "a reaction");
    let list = &mut model.opened_rooms.get_mut(&room().id).unwrap().members.list;
    list[0].user.name = "Bodil".to_owned();
    assert!(is_changed(&model), "the name at a reaction");
    let id = MessageId(Uuid::from_u128(60));
    model.write(id, room().id, "mine".to_owned(), Timestamp::default());
    assert!(is_changed(&model), "an unsent message");
    let kind = UpdateKind::Delete;
    model.update(OpId(Uuid::from_u128(61)), room().id, message(1).id, kind, Timestamp::default());
    assert!(is_changed(&model), "an update");
}

#[test]
fn the_user_of_the_page_learns_that_another_has_the_same_name() {
    let mut model = open_page();
    let me = model.me.clone();
    let opened = model.opened_rooms.get_mut(&room().id).unwrap();
    opened.members.list = vec![protocol::Member {
        user: me.clone(),
        online: true,
        joined_at: None,
        ..Default::default()
    }];
    let other = User { name: me.name.to_uppercase(), alike: true, ..user("eve") };
    let joined = protocol::System::new(room().id, protocol::SystemEvent::Joined, other);
    model.apply(&protocol::Event::System(joined), 0);
    assert!(model.me.alike);
}

#[test]
fn the_messages_that_an_older_backup_lacks_are_counted() {
    let answer = |epoch: &str, seq: u64| protocol::Subscribed {
        subscribed: "general".into(),
        room: room().id,
        seq,
        epoch: epoch.to_owned(),
        recovered: false,
        events: Vec::new(),
        messages: (1..=seq).map(message).collect(),
        has_more: false,
    };
    for (epoch, seq, restored) in
        [("e", 3, None), ("f", 2, None), ("f", 3, None), ("f", 1, Some(1)), ("f", 0, Some(2))]
    {
        let mut model = open_page();
        assert!(model.apply_subscription(room().id, answer(epoch, seq)));
        assert_eq!(model.restored, restored, "{epoch} {seq}");
    }
}
