//! `GET /ws/echo`: gives back what it gets, for tools that test how WebSocket is spoken, such as Autobahn. The upgrade and
//! the socket are those of all others, but for the length of a message. Only there with `BANTER_ECHO=1`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use protocol::CloseCode;

use super::{
    state::App,
    upgrade::{admit, upgrade_with},
};
use crate::{
    auth::ClientAddress,
    error::Error,
    shutdown::Shutdown,
    websocket::{
        assembler::Message,
        frame,
        socket::{Ended, Received, Socket},
    },
};

/// Longest message, in bytes; the tools send up to 16 MiB.
const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// `GET /ws/echo`
pub async fn upgrade(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    mut request: Request,
) -> Result<Response, Error> {
    let answer = admit(&app, &request)?;
    let place = app.admission.open_socket(from).await?;
    let shutdown = app.shutdown.clone();
    upgrade_with(
        &app,
        &mut request,
        MAX_MESSAGE_BYTES,
        place,
        move |mut socket, place| async move {
            let Ended = serve(&mut socket, &shutdown).await;
            drop(place);
        },
    )?;
    Ok(answer)
}

async fn serve(socket: &mut Socket, shutdown: &Shutdown) -> Ended {
    let outbox = socket.outbox().clone();
    loop {
        let flushed = socket.flush();
        tokio::select! {
            turn = socket.turn(flushed, !outbox.is_full_of_answers()) => {
                if let Err(ended) = turn {
                    return ended;
                }
            }
            () = shutdown.begun() => return socket.finish(CloseCode::Restart, "restarting").await,
        }
        while let Some(received) = socket.received() {
            let message = match received {
                Received::Message(message) => message,
                Received::Breach(code, reason) => return socket.finish(code, reason).await,
            };
            match message {
                Message::Text(text) => outbox.push_answer(frame::text(&text)),
                Message::Binary(bytes) => {
                    outbox.push_answer(frame::encode(frame::Opcode::Binary, &bytes))
                }
                Message::Ping(payload) => {
                    outbox.push_answer(frame::encode(frame::Opcode::Pong, &payload))
                }
                Message::Close(code) => outbox.echo_close(code),
                Message::Pong => {}
            }
        }
    }
}
