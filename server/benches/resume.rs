//! The cost of a `resume` of 100 rooms over one WebSocket with no missed events, with 5 in each
//! room and with 500 in each: `cargo bench -p server --bench resume`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measuring"
)]

use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    MessageId, Request, Response, Resume, ResumeRoom, ServerMessage, SessionId,
    decode_server_message, encode_request,
    http::{NewRoom, Register, SignedIn},
};
use server::{
    config::Config,
    store::{LinkRules, NewMessage},
};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message as Frame};
use uuid::Uuid;

const ROOMS: usize = 100;
const EVENTS: u64 = 500;
const ROUNDS: usize = 9;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", folder.path().display());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = Flags::parse_from(["banter", &data, "--rate-limit=off", "--drain=0"]).config;
    let (app, arrivals) = server::open(config, &listener).unwrap();
    let running = tokio::spawn(server::run(app.clone(), arrivals, listener));
    let http = reqwest::Client::new();
    let register = Register {
        username: "ada".into(),
        password: "long enough".into(),
        display_name: None,
        invite: None,
    };
    let request = http.post(format!("http://{address}/api/auth/register")).json(&register);
    let SignedIn { token, user, .. } = request.send().await.unwrap().json().await.unwrap();

    let rooms: Vec<_> = (0..ROOMS).map(|number| format!("room-{number}")).collect();
    let mut written = Vec::new();
    for room in &rooms {
        let new = NewRoom { name: room.clone(), slug: None, private: false };
        let made = http
            .post(format!("http://{address}/api/rooms"))
            .bearer_auth(&token)
            .json(&new)
            .send()
            .await
            .unwrap();
        assert!(made.status().is_success());
        for _ in 0..EVENTS {
            let (answer, stored) = tokio::sync::oneshot::channel();
            let new = NewMessage {
                id: MessageId(Uuid::now_v7()),
                room: room.as_str().into(),
                sender: user.id,
                session: Some(SessionId(Uuid::nil())), // SQLite never pends
                text: "a message as people write them, about as long as this one is".into(),
                reply_to: None,
                thread: None,
                in_room: false,
                files: Vec::new(),
                links: LinkRules::default(),
                previews: true,
                reminder: false,
            };
            app.store.append(new, |logged| answer.send(logged.is_ok()).unwrap()).await.unwrap();
            written.push(stored);
        }
    }
    for stored in written {
        assert!(stored.await.unwrap());
    }

    println!("{ROOMS} rooms, medians of {ROUNDS}     ms   answers   KiB");
    for missed in [0, 5, EVENTS] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let address = format!("ws://{address}/ws").parse().unwrap();
            let request = ClientRequestBuilder::new(address)
                .with_header("Authorization", format!("Bearer {token}"));
            let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
            let welcome = socket.next().await.unwrap().unwrap();
            assert!(welcome.to_text().unwrap().contains("\"welcome\""));
            let mut left = rooms.as_slice();
            let (mut answers, mut bytes, begun) = (0, 0, Instant::now());
            while !left.is_empty() {
                let since = Some(EVENTS - missed);
                let asked = left
                    .iter()
                    .map(|room| ResumeRoom { room: room.as_str().into(), since })
                    .collect();
                let resume = Request::Resume(Resume { epoch: None, rooms: asked, join: None });
                socket.send(Frame::text(encode_request(&resume, Some("1")))).await.unwrap();
                let text = loop {
                    let Frame::Text(text) = socket.next().await.unwrap().unwrap() else {
                        panic!("text was to come")
                    };
                    if !text.contains("\"type\":\"ping\"") {
                        break text;
                    }
                };
                let Some(ServerMessage::Response(Response::Resume(resumed))) =
                    decode_server_message(&text).unwrap().message
                else {
                    panic!("{text}");
                };
                assert!(
                    resumed
                        .rooms
                        .iter()
                        .all(|room| room.recovered && room.events.len() as u64 == missed)
                );
                left = &left[resumed.rooms.len()..];
                (answers, bytes) = (answers + 1, bytes + text.len());
            }
            rounds.push((begun.elapsed(), answers, bytes));
        }
        rounds.sort_unstable();
        let (took, answers, bytes): (Duration, usize, usize) = rounds[ROUNDS / 2];
        println!(
            "{missed:>4} missed in each     {:>8.1} {answers:>8} {:>6}",
            took.as_secs_f64() * 1e3,
            bytes >> 10
        );
    }
    app.shutdown.begin();
    running.await.unwrap().unwrap();
}
