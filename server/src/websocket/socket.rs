//! Reads and writes one WebSocket: the kernel's buffers on one side, messages and the outbox on the
//! other. An idle socket holds no buffer.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read as _},
    net::Shutdown,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use protocol::CloseCode;
use socket2::SockRef;
use tokio::{
    io::Interest,
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    assembler::{Assembler, IncomingMessage},
    frame,
    outbox::{CloseFrame, Flushed, Outbox},
};
use crate::{base::clock::monotonic_ms, metrics::Metrics};

/// The time that the peer has for the closing handshake. The connection is dropped after it.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// The bytes read at once, into a buffer that all connections of a thread share.
const READ_BUFFER: usize = 16 << 10;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into_boxed_slice());
}

/// Input from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A message or control frame.
    Message(IncomingMessage),
    /// Unreadable input. The connection must be closed with this code and reason; nothing follows.
    Violation(CloseCode, &'static str),
}

/// The socket is closed: the closing handshake is complete, or the connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// One socket.
#[derive(Debug)]
pub struct Socket {
    assembler: Assembler,
    inputs: VecDeque<Input>,
    outbox: Outbox,
    /// The time of the last bytes from the peer, by [`monotonic_ms`].
    last_seen_ms: Arc<AtomicU64>,
    /// The end of the closing handshake, if it has started.
    close_deadline: Option<Instant>,
    /// The code in the close frame that was sent. 1005 stands for none.
    sent_close: Option<u16>,
    received_close: bool,
    /// True if the peer closed the stream without a close frame.
    is_cut_off: bool,
    /// True if the peer was the first to close, with code 1000.
    has_said_goodbye: bool,
    /// True after a protocol violation. Further input is ignored.
    is_in_violation: bool,
    metrics: Metrics,
}

/// Stands for the time of the last bytes while reading is paused: a sentinel greater than every
/// timestamp.
const READING_PAUSED: u64 = u64::MAX;
/// Stands for the code of a close frame without one (RFC 6455, section 7.1.5).
const NO_CODE: u16 = 1005;
/// The code of a peer that leaves for good. A page that is reloaded sends another one, or none.
const GOODBYE: u16 = 1000;
/// Stands for the code of a connection that is gone without a close frame.
const CUT_OFF: u16 = 1006;

impl Drop for Socket {
    fn drop(&mut self) {
        // The code that this server sent counts, whether or not the peer answered.
        let code = self.sent_close.filter(|code| !self.is_cut_off || *code != NO_CODE);
        self.metrics.closed(code.unwrap_or(CUT_OFF));
        // Pending replies may hold the outbox for longer. This fails if the connection is gone.
        let _ = SockRef::from(self.outbox.stream()).shutdown(Shutdown::Both);
    }
}

impl Socket {
    /// Creates the socket after an upgrade. `leftover` are the bytes that followed the request.
    #[must_use]
    pub fn new(stream: TcpStream, leftover: &Bytes, max_message: usize, metrics: Metrics) -> Self {
        let mut socket = Self {
            assembler: Assembler::new(max_message),
            inputs: VecDeque::new(),
            outbox: Outbox::new(stream, metrics.clone()),
            last_seen_ms: Arc::new(AtomicU64::new(monotonic_ms())),
            close_deadline: None,
            sent_close: None,
            received_close: false,
            is_cut_off: false,
            has_said_goodbye: false,
            is_in_violation: false,
            metrics,
        };
        socket.feed(&mut leftover.to_vec());
        socket
    }

    /// Returns the queue of outgoing frames.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Returns the time of the last bytes from the peer, by [`monotonic_ms`].
    #[must_use]
    pub fn last_seen_ms(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.last_seen_ms)
    }

    /// Returns whether the peer was the first to close, and for good.
    #[must_use]
    pub fn has_said_goodbye(&self) -> bool {
        self.has_said_goodbye
    }

    /// Returns the next input.
    pub fn next_input(&mut self) -> Option<Input> {
        let next = self.inputs.pop_front();
        if self.inputs.is_empty() {
            self.inputs = VecDeque::new(); // an idle connection holds no memory
        }
        next
    }

    /// Drops input that arrived after the connection was asked to close.
    pub fn discard(&mut self) {
        self.inputs = VecDeque::new();
    }

    /// Pauses or resumes the idle clock. While this server does not read, the peer may be alive and
    /// silent.
    pub fn pause_idle_clock(&self, pause: bool) {
        let paused = self.last_seen_ms.load(Ordering::Relaxed) == READING_PAUSED;
        if pause != paused {
            self.last_seen_ms
                .store(if pause { READING_PAUSED } else { monotonic_ms() }, Ordering::Relaxed);
        }
    }

    /// Writes what the kernel accepts. The rest decides what may be read or served, so this comes
    /// before each [`wait_io`](Self::wait_io).
    #[must_use = "`wait_io` waits for the rest"]
    pub fn flush(&self) -> Flushed {
        self.outbox.flush()
    }

    /// Waits until there is input, or something to flush. Reads nothing after a violation or a
    /// close frame. Cancel safe.
    ///
    /// # Errors
    /// Fails if the socket is closed.
    pub async fn wait_io(&mut self, flushed: Flushed, may_read: bool) -> Result<(), Closed> {
        let may_read = may_read && !self.is_in_violation && !self.received_close;
        if !self.inputs.is_empty() {
            return Ok(());
        }
        let stream = self.outbox.stream();
        match flushed {
            Flushed::All => tokio::select! {
                () = self.outbox.woken() => Ok(()),
                ready = stream.readable(), if may_read => {
                    ready.map_err(|_| Closed)?;
                    self.read()
                }
            },
            // The peer may be waiting for us to read.
            Flushed::Blocked => tokio::select! {
                () = self.outbox.woken() => Ok(()),
                ready = stream.writable() => {
                    ready.map_err(|_| Closed)?;
                    // The peer has read from the kernel's buffer, so it is alive.
                    self.last_seen_ms.store(monotonic_ms(), Ordering::Relaxed);
                    Ok(())
                }
                ready = stream.readable(), if may_read => {
                    ready.map_err(|_| Closed)?;
                    self.read()
                }
            },
            // Boxed to keep sockets small.
            Flushed::Closing => Err(Box::pin(self.closing_handshake()).await),
            Flushed::Disconnected => Err(Closed),
        }
    }

    /// Closes with this code and reason, unless another was given before.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Closed {
        self.outbox.close(code, reason);
        Box::pin(self.closing_handshake()).await
    }

    /// Writes the queue and the close frame, then waits for the peer's close frame until the
    /// deadline. Discards other input.
    async fn closing_handshake(&mut self) -> Closed {
        let by = *self.close_deadline.get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
        // The connection is dropped now, whether or not the handshake is complete.
        let _ = timeout_at(by, self.exchange_close()).await;
        Closed
    }

    async fn exchange_close(&mut self) -> Result<(), Closed> {
        if self.sent_close.is_none()
            && let Some(CloseFrame { code, reason }) = self.outbox.closing()
        {
            self.outbox.push_close(frame::close(code, &reason));
            self.sent_close = Some(code.unwrap_or(NO_CODE));
        }
        loop {
            match self.outbox.flush_last() {
                Flushed::Blocked => self.outbox.stream().writable().await.map_err(|_| Closed)?,
                Flushed::Disconnected => return Err(Closed),
                Flushed::All | Flushed::Closing => break,
            }
        }
        if self.is_in_violation {
            // Closing a stream with unread bytes resets it. The peer would lose the close frame.
            SockRef::from(self.outbox.stream()).shutdown(Shutdown::Write).map_err(|_| Closed)?;
        }
        while !self.received_close {
            self.outbox.stream().readable().await.map_err(|_| Closed)?;
            self.read()?;
            self.inputs.clear();
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Closed> {
        BUFFER.with_borrow_mut(|buffer| match try_read(self.outbox.stream(), buffer) {
            Ok(0) => {
                // The peer sends no more, not even a close frame. Earlier input is still served.
                if !std::mem::replace(&mut self.received_close, true) {
                    self.inputs.push_back(Input::Message(IncomingMessage::Close(None)));
                    self.is_cut_off = true;
                }
                Ok(())
            }
            Ok(len) => {
                self.feed(&mut buffer[..len]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(Closed),
        })
    }

    fn feed(&mut self, bytes: &mut [u8]) {
        if bytes.is_empty() || self.received_close || self.is_in_violation {
            return;
        }
        self.last_seen_ms.store(monotonic_ms(), Ordering::Relaxed);
        self.metrics.bytes_received(bytes.len());
        let may_say_goodbye = self.sent_close.is_none();
        let Self { assembler, inputs, received_close, has_said_goodbye, .. } = self;
        let fed = assembler.feed(bytes, |message| {
            *received_close |= matches!(message, IncomingMessage::Close(_));
            *has_said_goodbye |=
                may_say_goodbye && message == IncomingMessage::Close(Some(GOODBYE));
            inputs.push_back(Input::Message(message));
        });
        if let Err((code, reason)) = fed {
            self.is_in_violation = true;
            self.inputs.push_back(Input::Violation(code, reason));
        }
    }
}

/// Reads available bytes. A read that does not fill the buffer has emptied the kernel's buffer, so
/// readiness is cleared at once. Tokio does the same for `AsyncRead`; it saves a second read.
fn try_read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = None;
    let tried = stream.try_io(Interest::READABLE, || {
        let len = (&*SockRef::from(stream)).read(buffer)?;
        read = Some(len);
        if cfg!(unix) && 0 < len && len < buffer.len() {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(())
        }
    });
    match read {
        Some(len) => Ok(len),
        None => tried.map(|()| 0),
    }
}
