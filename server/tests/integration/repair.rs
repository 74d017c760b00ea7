//! Repair of rooms that missed events.

use protocol::{Event, http::NewRoom};

use crate::support::{Server, seq_and_text};

/// Another node writes to both rooms, and one of them cannot be read.
#[tokio::test]
async fn a_room_that_cannot_be_read_does_not_keep_others_from_repair() {
    let server = Server::start().await;
    let other = server.start_another_node(&["--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let mut rooms = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let new = NewRoom { name: name.into(), slug: None, private: false };
        let room = server.app.rooms.create(&ada.user, new).await.unwrap().id;
        let mut reader = ada.connect_by_header(&server).await;
        reader.subscribe(name, None).await;
        rooms.push((name, room, reader));
    }
    let session = server.app.auth.by_token(&ada.token).await.unwrap();
    let mut writer =
        crate::support::Socket::open(other.address, &other.app.auth.token(&session)).await;
    for (name, ..) in &rooms {
        writer.chat(name, "missed").await;
    }
    // In the order of a hash map, some of the others come after them.
    let nothing = if server.uses_postgres() { "'\\x00'" } else { "x'00'" };
    let more = if server.uses_postgres() { "'\\x01'" } else { "x'01'" };
    for (name, id) in [("a", nothing), ("b", more)] {
        server.sql(&format!(
            "UPDATE messages SET id = {id}
             WHERE room_id = (SELECT id FROM rooms WHERE slug = '{name}')"
        ));
    }
    server.app.hub.mark_stale(rooms.iter().map(|(_, room, _)| *room));
    for (name, _, reader) in rooms.iter_mut().skip(2) {
        match reader.event().await {
            event @ Event::Chat(_) => assert_eq!(seq_and_text(event), (1, "missed".into())),
            other => panic!("{name}: expected a message, got {other:?}"),
        }
    }
    // The room is tried again by itself.
    let id = server.id_literal(uuid::Uuid::new_v4());
    server.sql(&format!("UPDATE messages SET id = {id} WHERE id = {nothing}"));
    let repaired = rooms[0].2.event().await;
    assert_eq!(seq_and_text(repaired), (1, "missed".into()));
}
