//! Echoes messages, for tools that test the WebSocket implementation, such as Autobahn.

use protocol::CloseCode;

use crate::{
    shutdown::Shutdown,
    websocket::{
        assembler::Message,
        frame,
        socket::{Ended, Received, Socket},
    },
};

/// Maximum length of a message in bytes. The tools send up to 16 MiB.
pub const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// Echoes messages until the socket has closed.
pub async fn serve(socket: &mut Socket, shutdown: &Shutdown) -> Ended {
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
