//! Who is told that a user came or went.

use protocol::{
    Empty, ErrorCode, Event, Members, Presence, Request, Response, ServerMessage, SystemEvent,
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Server, Socket, TestUser, seq_and_text, wait_for};

async fn online(socket: &mut Socket) -> u64 {
    let members = Request::Members(Members { room: "general".into(), after: None, limit: None });
    match socket.request(&members).await {
        ServerMessage::Response(Response::Members(page)) => page.total_online,
        other => panic!("expected members, got {other:?}"),
    }
}

/// Waits until only one connection is left.
async fn one_is_left(server: &Server) {
    wait_for("the end of the connection", async {
        while server.app.hub.counts().clients > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_flap_or_a_reload_tells_nobody_anything() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.subscriber(&server, "general").await;
    let mut bos = bo.subscriber(&server, "general").await;
    assert!(matches!(adas.event().await, Event::System(system) if system.text == "bo joined"));
    for (seq, end) in [(1, None), (2, Some(None)), (3, Some(Some(CloseCode::Away)))] {
        match end {
            None => drop(bos),                                   // the network is gone
            Some(None) => bos.stream.close(None).await.unwrap(), // as a page does
            Some(Some(code)) => bos.close_with(code).await,      // as a browser does
        }
        one_is_left(&server).await;
        assert_eq!(online(&mut adas).await, 2, "bo is still shown as online");
        bos = bo.subscriber(&server, "general").await;
        bos.chat("general", "back again").await;
        assert_eq!(seq_and_text(adas.event().await), (seq, "back again".into()));
    }
}

#[tokio::test]
async fn a_user_who_stays_away_has_left() {
    let server = Server::start_with(&["--rate-limit=off", "--presence-grace=100"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.subscriber(&server, "general").await;
    let bos = bo.subscriber(&server, "general").await;
    assert!(matches!(adas.event().await, Event::System(system) if system.text == "bo joined"));
    drop(bos);
    assert!(matches!(adas.event().await, Event::System(system) if system.text == "bo left"));
    assert_eq!(online(&mut adas).await, 1);
}

#[tokio::test]
async fn the_joins_of_a_resume_are_announced() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.subscriber(&server, "general").await;
    let mut bos = bo.connect(&server).await;
    let resume = r#"{"type":"resume","payload":{"rooms":[{"room":"general"}]},"request_id":"1"}"#;
    bos.send_text(resume).await;
    bos.reply("1").await;
    let Event::System(joined) = adas.event().await else { panic!("expected bo to join") };
    assert_eq!((joined.event, joined.user.id), (SystemEvent::Joined, bo.user.id));
    assert_eq!(online(&mut adas).await, 2);
}

/// Returns whether a user is online in `general`, and the user's presence.
async fn presence_of(socket: &mut Socket, user: &TestUser) -> (bool, Presence) {
    let members = Request::Members(Members { room: "general".into(), after: None, limit: None });
    let ServerMessage::Response(Response::Members(page)) = socket.request(&members).await else {
        panic!("expected members");
    };
    let member = page.members.iter().find(|member| member.user.id == user.user.id).unwrap();
    (member.online, member.presence)
}

#[tokio::test]
async fn those_who_share_a_room_are_told_who_is_here_and_who_is_away() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let id = bo.user.id;
    let mut adas = ada.subscriber(&server, "general").await;
    let mut page = bo.subscriber(&server, "general").await;
    assert_eq!(adas.presence_event().await, (id, Presence::Online));
    page.set_visible(false).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Away));
    assert_eq!(presence_of(&mut adas, &bo).await, (true, Presence::Away));
    let mut program = bo.connect(&server).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Online), "it never said anything");
    program.say_goodbye().await;
    assert_eq!(adas.presence_event().await, (id, Presence::Away));
    page.set_visible(true).await;
    assert_eq!(adas.presence_event().await, (id, Presence::Online));
    page.set_visible(false).await; // away in five minutes
    page.request(&Request::Ping(Empty {})).await;
    assert_eq!(presence_of(&mut adas, &bo).await, (true, Presence::Online));
    page.say_goodbye().await;
    assert_eq!(adas.presence_event().await, (id, Presence::Offline));
    assert_eq!(presence_of(&mut adas, &bo).await, (false, Presence::Offline));
}

#[tokio::test]
async fn a_notice_has_no_answer_and_a_wrong_one_is_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let notice = r#"{"type":"presence","payload":{"visible":true},"request_id":"1"}"#;
    socket.send_text(notice).await;
    let wrong = r#"{"type":"presence","payload":{},"request_id":"2"}"#;
    assert_eq!(socket.refused(wrong).await.code, ErrorCode::InvalidFormat);
}
