//! Close requests: frames that ask to close a connection, and the server's own intents.

use protocol::CloseCode;

use crate::websocket::{assembler::IncomingMessage, frame, outbox::Outbox, socket::Input};

/// The close reason while the server drains.
pub(super) const RESTARTING: &str = "restarting, come back in a moment";

/// The way to close a connection.
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

/// The work that a received frame asks for.
pub(super) enum Control {
    /// Serve a text message.
    Text(String),
    /// Close the connection.
    Close(CloseIntent),
}

/// Handles control frames. Returns the work that is left.
pub(super) fn control(input: Input, outbox: &Outbox) -> Option<Control> {
    let close = |code, reason| Some(Control::Close(CloseIntent::Close(code, reason)));
    let message = match input {
        Input::Message(message) => message,
        Input::Violation(code, reason) => return close(code, reason),
    };
    match message {
        IncomingMessage::Text(text) => return Some(Control::Text(text)),
        IncomingMessage::Close(code) => return Some(Control::Close(CloseIntent::Echo(code))),
        IncomingMessage::Binary(_) => {
            return close(CloseCode::Unsupported, "only text messages are accepted");
        }
        IncomingMessage::Ping(payload) => {
            outbox.push_reply(frame::encode(frame::Opcode::Pong, &payload))
        }
        IncomingMessage::Pong => {}
    }
    None
}
