//! Events reach subscribers on all nodes.

use protocol::{Event, Read, Request, SystemEvent, Typing};

use super::{members, message_seqs_until, two_nodes};
use crate::support::wait_for;

#[tokio::test]
async fn users_on_two_nodes_read_the_same_room_log() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) =
        (ada.subscriber(&one, "general").await, bo.subscriber(&other, "general").await);
    for number in 1..=100 {
        let (mine, yours) = (format!("hers {number}"), format!("his {number}"));
        tokio::join!(ada_socket.chat("general", &mine), bo_socket.chat("general", &yours));
    }
    // Events that arrived before a response were skipped. Both users read everything again, on the
    // other node.
    for (user, node) in [(&ada, &other), (&bo, &one)] {
        let mut socket = user.connect(node).await;
        let response = socket.subscribe("general", Some(0)).await;
        assert_eq!((response.recovered, response.events.len(), response.seq), (true, 200, 200));
    }
}

#[tokio::test]
async fn subscribers_on_all_nodes_receive_each_event_once_in_order() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let mut readers =
        vec![ada.subscriber(&one, "general").await, ada.subscriber(&other, "general").await];
    let writers = [
        ada.connect(&one).await,
        ada.connect(&other).await,
        ada.connect(&one).await,
        ada.connect(&other).await,
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for mut writer in writers {
        tasks.spawn(async move {
            for number in 0..50 {
                writer.chat("general", &number.to_string()).await;
            }
        });
    }
    for reader in &mut readers {
        assert_eq!(message_seqs_until(reader, 200).await, (1..=200).collect::<Vec<_>>());
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn presence_typing_and_read_positions_reach_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut ada_socket = ada.subscriber(&one, "general").await;
    let mut bo_socket = bo.subscriber(&other, "general").await;
    let Event::System(joined) = ada_socket.event().await else { panic!("expected bo to join") };
    assert_eq!((joined.event, joined.user.username.as_str()), (SystemEvent::Joined, "bo"));
    wait_for("both users to be online", async {
        while members(&mut bo_socket).await != (["ada".to_owned(), "bo".to_owned()].into(), 2) {}
    })
    .await;

    let mut observer = ada.connect(&other).await;
    assert_eq!(
        members(&mut observer).await.1,
        2,
        "a connection without subscriptions sees it as well"
    );
    bo_socket
        .send(&Request::Typing(Typing { room: Some("general".into()), ..Default::default() }), "1")
        .await;
    assert!(
        matches!(ada_socket.event().await, Event::Typing(typing) if typing.user.id == bo.user.id)
    );

    let mut phone = bo.connect(&one).await;
    bo_socket.chat("general", "hello").await;
    assert!(matches!(ada_socket.event().await, Event::Chat(_)));
    bo_socket
        .request(&Request::Read(Read {
            room: Some("general".into()),
            seq: 1,
            ..Default::default()
        }))
        .await;
    assert!(matches!(phone.event().await, Event::Read(position) if position.seq == 1));

    bo_socket.say_goodbye().await;
    let Event::System(left) = ada_socket.event().await else { panic!("expected bo to leave") };
    assert_eq!((left.event, left.user.username.as_str()), (SystemEvent::Left, "bo"));
    assert_eq!(members(&mut ada_socket).await, (["ada".to_owned()].into(), 1));
}
