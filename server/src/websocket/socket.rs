//! The bytes of one socket: readiness of the kernel's buffers on one side, messages and the outbox on the other.
//! While it is idle it holds no buffer of its own.

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
    assembler::{Message, Reader},
    frame,
    outbox::{Close, Flushed, Outbox},
};
use crate::{base::clock::monotonic_ms, metrics::Metrics};

/// How long the peer may take to read the goodbye and say its own; then the line is cut.
pub const GOODBYE: Duration = Duration::from_secs(5);
/// Bytes read at once, into a buffer that the connections of a thread share.
const READ_BUFFER: usize = 16 << 10;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into_boxed_slice());
}

/// What comes from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message, or a control frame.
    Message(Message),
    /// What cannot be read: the connection is to end with this code and reason, and nothing follows.
    Breach(CloseCode, &'static str),
}

/// The socket has ended: goodbyes were said, or the line was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// One socket.
#[derive(Debug)]
pub struct Socket {
    reader: Reader,
    received: VecDeque<Received>,
    outbox: Outbox,
    /// When bytes last came from the peer, by [`monotonic_ms`].
    heard: Arc<AtomicU64>,
    /// From here on goodbyes are said, and the line is cut at this moment.
    goodbye_by: Option<Instant>,
    /// The code in our close frame, once it is among what is written. 1005: it has none.
    said_goodbye: Option<u16>,
    peer_said_goodbye: bool,
    /// The peer ended the line without a goodbye.
    cut_off: bool,
    /// The peer broke the protocol: what it sends has no meaning any more.
    in_breach: bool,
    metrics: Metrics,
}

/// What stands for the moment of the last bytes while we do not read: later than any.
const NOT_LISTENING: u64 = u64::MAX;
/// What stands for the code of a close frame that has none (RFC 6455, section 7.1.5).
const NO_CODE: u16 = 1005;
/// What stands for the code where the line was cut without a goodbye.
const CUT_OFF: u16 = 1006;

impl Drop for Socket {
    fn drop(&mut self) {
        // Where we ended it, our reason counts, whether or not the peer answers. A cut line is answered by no code.
        let said = self.said_goodbye.filter(|code| !self.cut_off || *code != NO_CODE);
        self.metrics.closed(said.unwrap_or(CUT_OFF));
        // Answers that wait for the store may hold the outbox for longer. It fails where the line is cut already.
        let _ = SockRef::from(self.outbox.stream()).shutdown(Shutdown::Both);
    }
}

impl Socket {
    /// A socket after its upgrade. `leftover` came behind the request's head.
    #[must_use]
    pub fn new(stream: TcpStream, leftover: &Bytes, max_message: usize, metrics: Metrics) -> Self {
        let mut socket = Self {
            reader: Reader::new(max_message),
            received: VecDeque::new(),
            outbox: Outbox::new(stream, metrics.clone()),
            heard: Arc::new(AtomicU64::new(monotonic_ms())),
            goodbye_by: None,
            said_goodbye: None,
            peer_said_goodbye: false,
            cut_off: false,
            in_breach: false,
            metrics,
        };
        socket.feed(&mut leftover.to_vec());
        socket
    }

    /// What is to be sent over this socket.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// When bytes last came from the peer, by [`monotonic_ms`].
    #[must_use]
    pub fn heard(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.heard)
    }

    /// The next of what was received.
    pub fn received(&mut self) -> Option<Received> {
        let next = self.received.pop_front();
        if self.received.is_empty() {
            self.received = VecDeque::new(); // an idle connection holds no memory for what it once sent
        }
        next
    }

    /// Drops what was received and not yet taken: it came behind what ends the connection.
    pub fn discard(&mut self) {
        self.received = VecDeque::new();
    }

    /// While we are the ones who do not read, silence says nothing about the peer.
    pub fn pause_hearing(&self, pause: bool) {
        let paused = self.heard.load(Ordering::Relaxed) == NOT_LISTENING;
        if pause != paused {
            self.heard.store(if pause { NOT_LISTENING } else { monotonic_ms() }, Ordering::Relaxed);
        }
    }

    /// Writes what the kernel takes. What may be read or served depends on what still waits after it, so it comes before
    /// each [`turn`](Self::turn).
    #[must_use = "the turn waits for what is left"]
    pub fn flush(&self) -> Flushed {
        self.outbox.flush()
    }

    /// Waits until something was received, or there is something to flush. After a breach or a goodbye nothing more is
    /// read. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The socket has ended.
    pub async fn turn(&mut self, flushed: Flushed, may_read: bool) -> Result<(), Ended> {
        let may_read = may_read && !self.in_breach && !self.peer_said_goodbye;
        if !self.received.is_empty() {
            return Ok(());
        }
        let stream = self.outbox.stream();
        match flushed {
            Flushed::All => tokio::select! {
                () = self.outbox.woken() => Ok(()),
                ready = stream.readable(), if may_read => {
                    ready.map_err(|_| Ended)?;
                    self.read()
                }
            },
            // The peer may be waiting for us to read.
            Flushed::Blocked => tokio::select! {
                () = self.outbox.woken() => Ok(()),
                ready = stream.writable() => {
                    ready.map_err(|_| Ended)?;
                    // The peer has taken in some of what filled the kernel's buffer: a sign of life, though slow.
                    self.heard.store(monotonic_ms(), Ordering::Relaxed);
                    Ok(())
                }
                ready = stream.readable(), if may_read => {
                    ready.map_err(|_| Ended)?;
                    self.read()
                }
            },
            Flushed::Closing => Err(Box::pin(self.goodbye()).await), // boxed: it would make every socket larger
            Flushed::Cut => Err(Ended),
        }
    }

    /// Closes with this code and reason, unless another was given before.
    pub async fn finish(&mut self, code: CloseCode, reason: &str) -> Ended {
        self.outbox.close(code, reason);
        Box::pin(self.goodbye()).await
    }

    /// Sends what waits and the close frame, then waits for the peer's, discarding all else; for a while only.
    async fn goodbye(&mut self) -> Ended {
        let by = *self.goodbye_by.get_or_insert_with(|| Instant::now() + GOODBYE);
        // Said or not, the line is cut now.
        let _ = timeout_at(by, self.say_goodbye()).await;
        Ended
    }

    async fn say_goodbye(&mut self) -> Result<(), Ended> {
        if self.said_goodbye.is_none()
            && let Some(Close { code, reason }) = self.outbox.closing()
        {
            self.outbox.push_close(frame::close(code, &reason));
            self.said_goodbye = Some(code.unwrap_or(NO_CODE));
        }
        loop {
            match self.outbox.flush_last() {
                Flushed::Blocked => self.outbox.stream().writable().await.map_err(|_| Ended)?,
                Flushed::Cut => return Err(Ended),
                Flushed::All | Flushed::Closing => break,
            }
        }
        if self.in_breach {
            // Cutting the line with bytes unread would take our close frame from the peer as well.
            SockRef::from(self.outbox.stream()).shutdown(Shutdown::Write).map_err(|_| Ended)?;
        }
        while !self.peer_said_goodbye {
            self.outbox.stream().readable().await.map_err(|_| Ended)?;
            self.read()?;
            self.received.clear();
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Ended> {
        BUFFER.with_borrow_mut(|buffer| match try_read(self.outbox.stream(), buffer) {
            Ok(0) => {
                // It sends no more, and can say no goodbye: what came before is to be served all the same.
                if !std::mem::replace(&mut self.peer_said_goodbye, true) {
                    self.received.push_back(Received::Message(Message::Close(None)));
                    self.cut_off = true;
                }
                Ok(())
            }
            Ok(len) => {
                self.feed(&mut buffer[..len]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(Ended),
        })
    }

    fn feed(&mut self, bytes: &mut [u8]) {
        if bytes.is_empty() || self.peer_said_goodbye || self.in_breach {
            return;
        }
        self.heard.store(monotonic_ms(), Ordering::Relaxed);
        self.metrics.bytes_received(bytes.len());
        let Self { reader, received, peer_said_goodbye, .. } = self;
        let fed = reader.feed(bytes, |message| {
            *peer_said_goodbye |= matches!(message, Message::Close(_));
            received.push_back(Received::Message(message));
        });
        if let Err((code, reason)) = fed {
            self.in_breach = true;
            self.received.push_back(Received::Breach(code, reason));
        }
    }
}

/// Reads what is there. A read that leaves room in the buffer has emptied the kernel's: readiness is taken back at once,
/// as tokio does for whoever reads by `AsyncRead`, which spares a second read that finds nothing.
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
