//! Closes a connection so that the peer can read the last answer.
//!
//! The kernel resets a connection that is closed while bytes of the peer are unread, and the peer
//! may lose what it was sent. So after an answer to a request that was not read to its end, the
//! rest is read and thrown away for a while.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use crate::limits::ReceivePermit;

/// The time in which the peer must read the answer and close.
const LINGER: Duration = Duration::from_secs(5);
/// The most bytes that are thrown away.
const MAX_DISCARDED: usize = 16 << 20;

/// True while the peer may have sent more than was read of its request.
pub(super) type Unread = Arc<AtomicBool>;

/// A stream that lingers when it is shut down with unread bytes.
#[derive(Debug)]
pub(super) struct LingeringStream {
    stream: TcpStream,
    unread: Unread,
    head: HeadMemory,
    lingering: Option<Lingering>,
}

/// Counts what a connection holds of a head that is not complete. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct HeadMemory(Option<Arc<Mutex<HeadBytes>>>);

#[derive(Debug)]
struct HeadBytes {
    permit: ReceivePermit,
    /// The bytes of the head so far. `None` while a request is served.
    received: Option<usize>,
}

#[derive(Debug)]
struct Lingering {
    end: Pin<Box<Sleep>>,
    discarded: usize,
}

/// The body of a request, which notes that it was read to its end.
#[derive(Debug)]
pub(super) struct NotedBody {
    body: Incoming,
    unread: Unread,
    rest: BodyRest,
}

/// Tells whether a part of one request's body was not read.
#[derive(Clone, Debug)]
pub(super) struct BodyRest(Arc<AtomicBool>);

impl HeadMemory {
    /// Notes that the head is complete, and a request is served.
    pub(super) fn end(&self) {
        self.with(|head| {
            head.received = None;
            head.permit.release();
        });
    }

    /// Notes that the request was answered: what follows is the next head.
    pub(super) fn begin(&self) {
        self.with(|head| head.received = Some(0));
    }

    fn grow_by(&self, received: usize) -> io::Result<()> {
        let grown = self.with(|head| {
            let Some(before) = head.received else { return Ok(()) };
            head.received = Some(before + received);
            head.permit.grow_to(before + received)
        });
        grown.unwrap_or(Ok(())).map_err(|error| io::Error::other(error.to_string()))
    }

    fn with<T>(&self, change: impl FnOnce(&mut HeadBytes) -> T) -> Option<T> {
        let head = self.0.as_ref()?;
        Some(change(&mut head.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl LingeringStream {
    /// Wraps a stream, whose heads `permit` counts.
    #[must_use]
    pub(super) fn new(stream: TcpStream, permit: Option<ReceivePermit>) -> Self {
        let head = permit.map(|permit| HeadBytes { permit, received: Some(0) });
        let head = HeadMemory(head.map(|head| Arc::new(Mutex::new(head))));
        Self { stream, unread: Unread::default(), head, lingering: None }
    }

    /// Returns what tells the stream where a head ends and the next one begins.
    #[must_use]
    pub(super) fn head(&self) -> HeadMemory {
        self.head.clone()
    }

    /// Returns what [`NotedBody::new`] needs.
    #[must_use]
    pub(super) fn unread(&self) -> Unread {
        Arc::clone(&self.unread)
    }

    /// Returns the stream within.
    #[must_use]
    pub(super) fn tcp(&self) -> &TcpStream {
        &self.stream
    }

    /// Returns the stream alone.
    #[must_use]
    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// Reads until the peer closes, or until it has sent too much or took too long.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { stream, lingering, .. } = self;
        let lingering = lingering.get_or_insert_with(|| Lingering {
            end: Box::pin(tokio::time::sleep(LINGER)),
            discarded: 0,
        });
        if lingering.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut bytes = [0; 8 << 10];
        while lingering.discarded < MAX_DISCARDED {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    lingering.discarded += buffer.filled().len();
                }
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for LingeringStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let received = buffer.filled().len() - before;
        if received > 0 {
            self.unread.store(true, Ordering::Relaxed);
            self.head.grow_by(received)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LingeringStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if self.unread.load(Ordering::Relaxed) {
            ready!(self.poll_discard(cx));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl NotedBody {
    /// Wraps the body of a request whose head was just read.
    #[must_use]
    pub(super) fn new(body: Incoming, unread: Unread) -> Self {
        let noted = Self { body, unread, rest: BodyRest(Arc::new(AtomicBool::new(true))) };
        if noted.body.is_end_stream() {
            noted.note_end();
        }
        noted
    }

    /// Returns what tells whether a part of the body was not read.
    #[must_use]
    pub(super) fn rest(&self) -> BodyRest {
        self.rest.clone()
    }

    fn note_end(&self) {
        self.unread.store(false, Ordering::Relaxed);
        self.rest.0.store(false, Ordering::Relaxed);
    }
}

impl BodyRest {
    /// Returns whether a part of the body was not read.
    #[must_use]
    pub(super) fn is_unread(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Body for NotedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.note_end();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
