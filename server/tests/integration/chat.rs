//! Messages are stored before they are acknowledged, once and in order.

use protocol::{ErrorCode, Event, History, Members, Request, Response, RoomName, ServerMessage};
use uuid::Uuid;

use crate::support::{Server, chat, now, seq_and_text, texts};

#[tokio::test]
async fn a_message_reaches_all_subscribers_and_its_sender() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bos = bo.subscriber(&server, "general").await;
    let mut adas = ada.subscriber(&server, "general").await;
    assert!(matches!(bos.event().await, Event::System(system) if system.text == "ada joined"));

    let before = now();
    adas.send(&chat("general", "hello", None), "1").await;
    assert_eq!(seq_and_text(bos.event().await), (1, "hello".into()));
    let (mut delivered, mut replied) = (false, false);
    while !(delivered && replied) {
        match adas.receive().await.message.unwrap() {
            ServerMessage::Event(Event::Chat(message)) => {
                assert_eq!((message.sender.id, message.sender.name.as_str()), (ada.user.id, "ada"));
                delivered = true;
            }
            ServerMessage::Response(Response::Chat(sent)) => {
                assert_eq!(sent.seq, 1);
                assert!(sent.sent_at >= before);
                replied = true;
            }
            ServerMessage::Event(Event::Presence(_)) => {} // of Bo, who has just come
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_repeated_id_gets_the_first_response_and_delivers_nothing() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bos = bo.subscriber(&server, "general").await;
    let mut adas = ada.connect(&server).await;
    let id = Uuid::new_v4();
    let first = adas.request(&chat("general", "once", Some(id))).await;
    let mut again = ada.connect(&server).await;
    assert_eq!(again.request(&chat("nowhere", "something else", Some(id))).await, first);
    adas.chat("general", "next").await;
    assert_eq!(seq_and_text(bos.event().await), (1, "once".into()));
    assert_eq!(seq_and_text(bos.event().await), (2, "next".into()));
    match bos.request(&chat("general", "mine", Some(id))).await {
        ServerMessage::Error(error) => assert_eq!(error.code, ErrorCode::Conflict),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pipelined_messages_take_effect_in_the_order_sent() {
    const COUNT: u64 = 300;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
    for number in 1..=COUNT {
        socket.send(&chat("general", &number.to_string(), None), &number.to_string()).await;
    }
    let history = Request::History(History {
        room: Some("general".into()),
        limit: Some(2),
        ..History::default()
    });
    socket.send(&history, "history").await;
    socket.send(&chat("general", "after", None), "after").await;
    let (mut delivered, mut acknowledged, mut page) = (Vec::new(), 0, None);
    while delivered.len() as u64 <= COUNT || acknowledged <= COUNT || page.is_none() {
        match socket.receive().await.message.unwrap() {
            ServerMessage::Event(Event::Chat(message)) => {
                delivered.push((message.seq, message.text.unwrap()))
            }
            ServerMessage::Response(Response::Chat(_)) => acknowledged += 1,
            ServerMessage::Response(Response::History(history)) => page = Some(history),
            other => panic!("{other:?}"),
        }
    }
    let expected =
        (1..=COUNT).map(|seq| (seq, seq.to_string())).chain([(COUNT + 1, "after".into())]);
    assert_eq!(delivered, expected.collect::<Vec<_>>());
    assert_eq!(
        texts(&page.unwrap().messages),
        ["299", "300"],
        "history includes exactly the messages sent before it"
    );
}

#[tokio::test]
async fn acknowledged_messages_survive_a_restart() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    ada.connect(&server).await.chat("general", "to be kept").await;
    let server = server.restart().await;
    let subscribed = ada.connect(&server).await.subscribe("general", None).await;
    assert_eq!(texts(&subscribed.messages), ["to be kept"]);
}

#[tokio::test]
async fn history_is_paged_in_both_directions() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for number in 1..=7 {
        socket.chat("general", &number.to_string()).await;
    }
    let room = || Some(RoomName::from("general"));
    for (history, expected, has_more) in [
        (
            History { room: room(), ..History::default() },
            vec!["1", "2", "3", "4", "5", "6", "7"],
            false,
        ),
        (History { room: room(), limit: Some(2), ..History::default() }, vec!["6", "7"], true),
        (
            History { room: room(), before: Some(6), limit: Some(2), ..History::default() },
            vec!["4", "5"],
            true,
        ),
        (
            History { room: room(), before: Some(2), limit: Some(2), ..History::default() },
            vec!["1"],
            false,
        ),
        (History { room: room(), before: Some(1), ..History::default() }, vec![], false),
        (
            History { room: room(), after: Some(5), limit: Some(2), ..History::default() },
            vec!["6", "7"],
            false,
        ),
        (
            History { room: room(), after: Some(0), limit: Some(2), ..History::default() },
            vec!["1", "2"],
            true,
        ),
        (History { room: room(), after: Some(7), ..History::default() }, vec![], false),
        (
            History { room: room(), around: Some(4), limit: Some(3), ..History::default() },
            vec!["3", "4", "5"],
            true,
        ),
        (
            History { room: room(), before: Some(u64::MAX), limit: Some(0), ..History::default() },
            vec!["7"],
            true,
        ),
    ] {
        let question = format!("{history:?}");
        match socket.request(&Request::History(history)).await {
            ServerMessage::Response(Response::History(page)) => {
                assert_eq!(
                    (texts(&page.messages), page.has_more),
                    (expected, has_more),
                    "{question}"
                );
            }
            other => panic!("{question}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_is_cut_at_its_maximum_size() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let long = "€".repeat(10_000);
    for _ in 0..30 {
        socket.chat("general", &long).await;
    }
    let subscribed = socket.subscribe("general", None).await;
    assert!(subscribed.has_more);
    assert!(subscribed.messages.len() < 18, "{}", subscribed.messages.len());
    assert_eq!(
        subscribed.messages.last().map(|message| message.seq),
        Some(30),
        "the newest messages are complete"
    );
    assert!(!socket.subscribe("general", Some(0)).await.recovered, "too much to recover");
}

#[tokio::test]
async fn subscribers_become_members_and_are_online_while_subscribed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.subscriber(&server, "general").await;
    let mut bos = bo.subscriber(&server, "general").await;
    assert!(matches!(adas.event().await, Event::System(system) if system.text == "bo joined"));
    bos.say_goodbye().await;
    assert!(matches!(adas.event().await, Event::System(system) if system.text == "bo left"));
    let members = Request::Members(Members { room: "general".into(), after: None, limit: None });
    match adas.request(&members).await {
        ServerMessage::Response(Response::Members(page)) => {
            let listed: Vec<_> = page
                .members
                .iter()
                .map(|member| (member.user.username.as_str(), member.online))
                .collect();
            assert_eq!(listed, [("ada", true), ("bo", false)]);
            assert_eq!((page.total, page.total_online, page.has_more), (2, 1, false));
        }
        other => panic!("{other:?}"),
    }
}
