//! What is queued in an outbox, and how it is written. All of it is behind the lock of the outbox.

use std::io::{self, IoSlice};

use bytes::{Buf as _, Bytes};
use protocol::CloseCode;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::{
    CloseFrame, Flushed,
    queue::{Queue, Waiting},
};
use crate::metrics::Metrics;

/// The most frames handed to the kernel at once.
const MAX_SLICES: usize = 64;

/// The frames that wait for a reader, and how far they are written.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct OutboxState {
    /// True if the kernel accepts no more. The connection waits until it does.
    pub(super) is_blocked: bool,
    /// True if a task is going to flush.
    pub(super) is_flush_due: bool,
    /// True if the kernel accepted a part of the first frame. The rest of it must come next.
    is_begun: bool,
    /// The bytes of queued events.
    pub(super) event_bytes: usize,
    pub(super) waiting: Queue,
    /// The bytes of queued replies, and their number.
    pub(super) reply_bytes: usize,
    pub(super) replies: usize,
    /// The bytes that the metrics count for this outbox.
    pub(super) counted: usize,
    /// Set once. Nothing is queued after it.
    pub(super) closing: Option<Box<CloseFrame>>,
}

impl OutboxState {
    pub(super) fn bytes(&self) -> usize {
        self.event_bytes + self.reply_bytes
    }

    /// Brings the metrics up to date. A frame that is written at once is never counted, so that a
    /// broadcast does not touch what all threads share.
    pub(super) fn count(&mut self, metrics: &Metrics) {
        let before = self.counted;
        self.counted = self.bytes();
        if before != self.counted {
            metrics.waiting(before, self.counted);
        }
    }

    pub(super) fn queue_reply(&mut self, frame: Bytes) {
        if self.closing.is_none() {
            self.push_reply(frame);
        }
    }

    pub(super) fn push_reply(&mut self, frame: Bytes) {
        self.reply_bytes += frame.len();
        self.replies += 1;
        self.waiting.push_back(Waiting { frame, is_reply: true });
    }

    pub(super) fn overflow(&mut self) {
        if self.closing.is_some() {
            return; // the queue, with its close frame, is still to be sent
        }
        let begun = if self.is_begun { self.waiting.pop_front() } else { None };
        self.waiting.clear();
        (self.event_bytes, self.reply_bytes, self.replies) = (0, 0, 0);
        if let Some(Waiting { frame, is_reply }) = begun {
            *if is_reply { &mut self.reply_bytes } else { &mut self.event_bytes } = frame.len();
            self.replies = usize::from(is_reply);
            self.waiting.push_back(Waiting { frame, is_reply });
        }
        self.closing = Some(Box::new(CloseFrame {
            code: Some(CloseCode::TryAgainLater.as_u16()),
            reason: "reading too slowly, come back and resume".into(),
        }));
    }

    pub(super) fn flush(&mut self, stream: &TcpStream, metrics: &Metrics) -> Flushed {
        let flushed = self.write(stream, metrics);
        self.count(metrics);
        flushed
    }

    fn write(&mut self, stream: &TcpStream, metrics: &Metrics) -> Flushed {
        self.is_blocked = false;
        loop {
            let written = match self.waiting.only() {
                Some(Waiting { frame, .. }) => send(stream, frame),
                None if self.waiting.is_empty() => break,
                None => {
                    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                    let mut count = 0;
                    for (slice, Waiting { frame, .. }) in slices.iter_mut().zip(self.waiting.iter())
                    {
                        *slice = IoSlice::new(frame);
                        count += 1;
                    }
                    send_all(stream, &slices[..count])
                }
            };
            match written {
                Ok(len) => metrics.sent(self.wrote(len), len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_blocked = true;
                    return Flushed::Blocked;
                }
                Err(_) => return Flushed::Disconnected,
            }
        }
        self.waiting.shrink_to(MAX_SLICES);
        Flushed::All
    }

    /// Removes `len` written bytes from the queue. Returns the number of frames that are complete.
    fn wrote(&mut self, mut len: usize) -> usize {
        let mut complete = 0;
        while len > 0
            && let Some(Waiting { frame, is_reply }) = self.waiting.front_mut()
        {
            let taken = len.min(frame.len());
            *if *is_reply { &mut self.reply_bytes } else { &mut self.event_bytes } -= taken;
            self.is_begun = taken < frame.len();
            if self.is_begun {
                frame.advance(taken);
                break;
            }
            self.replies -= usize::from(*is_reply);
            self.waiting.pop_front();
            len -= taken;
            complete += 1;
        }
        complete
    }
}

/// Hands bytes to the kernel. Tokio's readiness flag is elsewhere in memory, so it is consulted
/// only if the kernel accepts no more.
fn send(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match SockRef::from(stream).send(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.try_write(bytes),
        sent => sent,
    }
}

fn send_all(stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match SockRef::from(stream).send_vectored(slices) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            stream.try_write_vectored(slices)
        }
        sent => sent,
    }
}
