//! WebSocket over a TCP stream (RFC 6455). Knows nothing of chat.

pub mod assembler;
pub mod encode;
pub mod frame;
pub mod handshake;
pub mod outbox;
pub mod socket;
