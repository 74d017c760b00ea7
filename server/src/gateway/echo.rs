//! Sends every message back, for tools that test WebSocket conformance. Served at `GET /ws/echo` if
//! `BANTER_ECHO=1`.

use protocol::CloseCode;

use crate::{
    base::shutdown::Shutdown,
    websocket::{
        assembler::IncomingMessage,
        frame,
        socket::{Closed, Input, Socket},
    },
};

/// The longest message, in bytes. The tools send up to 16 MiB.
pub const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// Serves a connection until it is closed.
pub async fn serve(socket: &mut Socket, shutdown: &Shutdown) -> Closed {
    let outbox = socket.outbox().clone();
    loop {
        let flushed = socket.flush();
        tokio::select! {
            io = socket.wait_io(flushed, !outbox.is_full_of_replies()) => {
                if let Err(ended) = io {
                    return ended;
                }
            }
            () = shutdown.begun() => return socket.close(CloseCode::Restart, "restarting").await,
        }
        while let Some(input) = socket.next_input() {
            let message = match input {
                Input::Message(message) => message,
                Input::Violation(code, reason) => return socket.close(code, reason).await,
            };
            match message {
                IncomingMessage::Text(text) => outbox.push_reply(frame::text(&text)),
                IncomingMessage::Binary(bytes) => {
                    outbox.push_reply(frame::encode(frame::Opcode::Binary, &bytes));
                }
                IncomingMessage::Ping(payload) => {
                    outbox.push_reply(frame::encode(frame::Opcode::Pong, &payload));
                }
                IncomingMessage::Close(code) => outbox.echo_close(code),
                IncomingMessage::Pong => {}
            }
        }
    }
}
