//! Subscriptions to a room: each event once and in order, from any position.

use protocol::{Event, Request, Response, ServerMessage, Subscribe, Unsubscribe};

use crate::support::{Server, chat, seq_and_text, texts};

#[tokio::test]
async fn missed_events_are_recovered_and_later_ones_are_live() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut adas = ada.connect(&server).await;
    for text in ["one", "two", "three"] {
        adas.chat("general", text).await;
    }
    let mut late = ada.connect(&server).await;
    let subscribed = late.subscribe("general", Some(1)).await;
    assert!(subscribed.recovered && subscribed.messages.is_empty());
    let missed: Vec<_> = subscribed.events.into_iter().map(|event| seq_and_text(event.0)).collect();
    assert_eq!(missed, [(2, "two".into()), (3, "three".into())]);
    adas.chat("general", "four").await;
    assert_eq!(seq_and_text(late.event().await), (4, "four".into()));
}

#[tokio::test]
async fn another_epoch_or_a_future_seq_returns_the_newest_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    socket.chat("general", "one").await;
    let epoch = socket.subscribe("general", None).await.epoch;
    for (since, epoch, recovered) in [
        (1, Some(epoch.clone()), true),
        (1, None, true),
        (2, Some(epoch), false),
        (1, Some("other".into()), false),
    ] {
        let question = format!("{since} {epoch:?}");
        let subscribe = Subscribe { room: "general".into(), since: Some(since), epoch, join: None };
        match socket.request(&Request::Subscribe(subscribe)).await {
            ServerMessage::Response(Response::Subscribe(subscribed)) => {
                assert_eq!(subscribed.recovered, recovered, "{question}");
                assert_eq!(texts(&subscribed.messages).is_empty(), recovered, "{question}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn up_to_five_hundred_events_are_recovered() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for number in 1..=501 {
        socket.send(&chat("general", "x", None), &number.to_string()).await;
    }
    socket.chat("general", "the last").await;
    let recovered = socket.subscribe("general", Some(2)).await;
    assert_eq!((recovered.recovered, recovered.events.len()), (true, 500));
    let afresh = socket.subscribe("general", Some(1)).await;
    assert_eq!((afresh.recovered, afresh.events.len(), afresh.messages.len()), (false, 0, 50));
}

#[tokio::test]
async fn recovered_and_live_events_connect_without_gaps_or_duplicates() {
    const COUNT: u64 = 400;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut writer = ada.connect(&server).await;
    let mut reader = ada.connect(&server).await;
    let writing = tokio::task::spawn(async move {
        for number in 1..=COUNT {
            writer.send(&chat("general", &number.to_string(), None), &number.to_string()).await;
        }
        writer
    });
    // Subscribes again and again from the current position while messages arrive.
    let (mut seen, mut asked) = (0, 0);
    reader
        .send(
            &Request::Subscribe(Subscribe {
                room: "general".into(),
                since: Some(0),
                epoch: None,
                join: None,
            }),
            "0",
        )
        .await;
    while seen < COUNT {
        let events = match reader.receive().await.message.unwrap() {
            ServerMessage::Event(event @ Event::Chat(_)) => vec![event],
            ServerMessage::Response(Response::Subscribe(subscribed)) => {
                // Live events arrived between request and response. The response counts from
                // `since`.
                let events = subscribed.events.into_iter().map(|event| event.0);
                let events = events
                    .filter(|event| matches!(event, Event::Chat(chat) if chat.seq > seen))
                    .collect();
                assert!(subscribed.recovered);
                asked += 1;
                if asked < 20 {
                    let subscribe = Subscribe {
                        room: "general".into(),
                        since: Some(seen),
                        epoch: None,
                        join: None,
                    };
                    reader.send(&Request::Subscribe(subscribe), &asked.to_string()).await;
                }
                events
            }
            _ => vec![],
        };
        for event in events {
            let (seq, text) = seq_and_text(event);
            assert_eq!((seq, text), (seen + 1, (seen + 1).to_string()));
            seen = seq;
        }
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn an_unsubscribed_connection_receives_no_events_but_may_read_and_write() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut quiet = ada.subscriber(&server, "general").await;
    let unsubscribe = Request::Unsubscribe(Unsubscribe { room: "general".into() });
    match quiet.request(&unsubscribe).await {
        ServerMessage::Response(Response::Unsubscribe(response)) => {
            assert_eq!(response.unsubscribed, "general".into())
        }
        other => panic!("{other:?}"),
    }
    quiet.send(&chat("general", "still here", None), "1").await;
    assert_eq!(
        quiet.receive().await.request_id.as_deref(),
        Some("1"),
        "the response without an event before it"
    );
    quiet.send_text(r#"{"type":"ping","request_id":"2"}"#).await;
    assert_eq!(quiet.receive().await.request_id.as_deref(), Some("2"), "no event after it");
}

#[tokio::test]
async fn a_room_connection_is_subscribed_from_the_start() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    ada.connect(&server).await.chat("general", "before").await;
    let bearer = format!("Bearer {}", ada.token);
    let mut socket = server.connect("/ws/general", &[("authorization", &bearer)]).await.unwrap();
    let room = socket.welcome().await.default_room.unwrap();
    assert_eq!(room.seq, 1);
    socket.send_text(r#"{"type":"chat","payload":{"text":"mine"}}"#).await;
    assert_eq!(seq_and_text(socket.event().await), (2, "mine".into()));
}
