//! What the list of rooms tells of a room, kept right by the room's events alone, without its messages.

use protocol::{Event, Room, User, is_mentioned, limits::MAX_UNREAD};

use crate::chat::seq_of;

/// Takes an event of a room's log into account. False: what is unread cannot be told from it, the server knows.
pub(crate) fn count(room: &mut Room, event: &Event, me: &User) -> bool {
    let Some(seq) = seq_of(event).filter(|seq| *seq > room.seq) else { return true };
    let follows = seq == room.seq + 1;
    room.seq = seq;
    let told = match event {
        Event::Chat(message) => {
            if seq > room.read_seq && message.sender.id != me.id && !message.deleted {
                let named =
                    message.text.as_deref().is_some_and(|text| is_mentioned(text, &me.username));
                room.unread = (room.unread + 1).min(MAX_UNREAD);
                room.mentions = (room.mentions + u64::from(named)).min(MAX_UNREAD);
            }
            true
        }
        // Whether it was counted, and whether it named somebody before, is not known here.
        Event::ChatEdited(edited) => room.unread == 0 || edited.message_seq <= room.read_seq,
        Event::ChatDeleted(deleted) => room.unread == 0 || deleted.message_seq <= room.read_seq,
        _ => true,
    };
    follows && told
}

/// Takes a read position. False: how much comes after it cannot be told here, the server knows.
pub(crate) fn read(room: &mut Room, seq: u64) -> bool {
    room.read_seq = seq;
    let all = seq >= room.seq;
    if all {
        (room.unread, room.mentions) = (0, 0);
    }
    all
}

/// A number of unread messages, as people read it.
pub(crate) fn count_words(unread: u64) -> String {
    if unread < MAX_UNREAD { unread.to_string() } else { format!("{}+", MAX_UNREAD - 1) }
}

#[cfg(test)]
mod tests {
    use protocol::{ChatDeleted, ChatReacted, Message};

    use super::*;
    use crate::fixtures::{message, room, user};

    fn said(seq: u64, by: &str, text: &str) -> Event {
        Event::Chat(Message {
            sender: user(by).into(),
            text: Some(text.to_owned()),
            ..message(seq)
        })
    }

    #[test]
    fn messages_of_others_count_once_and_name_people() {
        let (mut room, ada) = (room(), user("ada"));
        for event in [said(1, "bo", "hello"), said(2, "ada", "@ada"), said(3, "bo", "thanks @Ada!")]
        {
            assert!(count(&mut room, &event, &ada));
            assert!(count(&mut room, &event, &ada));
        }
        assert_eq!((room.seq, room.unread, room.mentions), (3, 2, 1));
        assert!(read(&mut room, 3));
        assert_eq!((room.read_seq, room.unread, room.mentions), (3, 0, 0));
    }

    #[test]
    fn a_hole_and_changes_of_unread_messages_are_the_servers_to_count() {
        let (mut room, ada) = (room(), user("ada"));
        assert!(!count(&mut room, &said(3, "bo", "hello"), &ada));
        assert!(count(&mut room, &said(4, "bo", "hello"), &ada));
        let deleted = |seq, message_seq| {
            Event::ChatDeleted(ChatDeleted {
                id: message(message_seq).id,
                room: room.id,
                seq,
                message_seq,
            })
        };
        let (first, second) = (deleted(5, 4), deleted(6, 2));
        assert!(!count(&mut room, &first, &ada));
        assert!(!read(&mut room, 3));
        assert!(count(&mut room, &second, &ada));
    }

    #[test]
    fn reactions_only_move_the_log_on() {
        let (mut room, ada) = (room(), user("ada"));
        count(&mut room, &said(1, "bo", "hello"), &ada);
        let reacted = ChatReacted {
            id: message(1).id,
            room: room.id,
            seq: 2,
            message_seq: 1,
            user: user("bo").id,
            emoji: "👍".to_owned(),
            on: true,
        };
        assert!(count(&mut room, &Event::ChatReacted(reacted), &ada));
        assert_eq!((room.seq, room.unread), (2, 1));
    }
}
