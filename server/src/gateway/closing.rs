//! How a connection is going to be closed, and the frames that ask for it.

use protocol::CloseCode;

use crate::websocket::{assembler::Message, frame, outbox::Outbox, socket::Received};

/// The close reason while the server drains.
pub(super) const RESTARTING: &str = "restarting, come back in a moment";

/// How a connection is to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CloseIntent {
    /// Echo the client's close frame.
    Echo(Option<u16>),
    /// Send a close frame with this code and reason.
    Close(CloseCode, &'static str),
}

impl CloseIntent {
    /// Starts the closing handshake.
    pub(super) fn apply(&self, outbox: &Outbox) {
        match self {
            Self::Echo(code) => outbox.echo_close(*code),
            Self::Close(code, reason) => outbox.close(*code, *reason),
        }
    }
}

/// What a received frame leaves to do.
pub(super) enum Control {
    /// Serve a text message.
    Text(String),
    /// Close the connection.
    Close(CloseIntent),
}

/// Handles control frames. Returns what is left to do.
pub(super) fn control(received: Received, outbox: &Outbox) -> Option<Control> {
    let close = |code, reason| Some(Control::Close(CloseIntent::Close(code, reason)));
    let message = match received {
        Received::Message(message) => message,
        Received::Violation(code, reason) => return close(code, reason),
    };
    match message {
        Message::Text(text) => return Some(Control::Text(text)),
        Message::Close(code) => return Some(Control::Close(CloseIntent::Echo(code))),
        Message::Binary(_) => return close(CloseCode::Unsupported, "this server speaks text"),
        Message::Ping(payload) => outbox.push_reply(frame::encode(frame::Opcode::Pong, &payload)),
        Message::Pong => {}
    }
    None
}
