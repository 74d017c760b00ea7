//! Sends every message back, for tools that test WebSocket conformance. Served at `GET /ws/echo` if
//! `BANTER_ECHO=1`.

use protocol::CloseCode;

use crate::{
    base::shutdown::Shutdown,
    websocket::{
        assembler::Message,
        frame,
        socket::{Ended, Received, Socket},
    },
};

/// The longest message, in bytes. The tools send up to 16 MiB.
pub const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// Serves a connection until it is closed.
pub async fn serve(socket: &mut Socket, shutdown: &Shutdown) -> Ended {
    let outbox = socket.outbox().clone();
    loop {
        let flushed = socket.flush();
        tokio::select! {
            io = socket.turn(flushed, !outbox.is_full_of_answers()) => {
                if let Err(ended) = io {
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
                    outbox.push_answer(frame::encode(frame::Opcode::Binary, &bytes));
                }
                Message::Ping(payload) => {
                    outbox.push_answer(frame::encode(frame::Opcode::Pong, &payload));
                }
                Message::Close(code) => outbox.echo_close(code),
                Message::Pong => {}
            }
        }
    }
}
