//! Tests of one reader's queue.

use tokio::io::AsyncReadExt as _;

use super::*;

fn frame(letter: u8, bytes: usize) -> Bytes {
    Bytes::from(vec![letter; bytes])
}

#[tokio::test]
async fn queued_frames_leave_in_order() {
    let (outbox, mut reader) = testing::outbox().await;
    outbox.push_event(frame(b'a', 1));
    outbox.push_reply(frame(b'b', 2));
    outbox.push_event(frame(b'c', 3));
    assert_eq!(outbox.waiting_bytes(), 6);
    assert_eq!(outbox.flush(), Flushed::All);
    let mut read = [0; 6];
    reader.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"abbccc");
    assert_eq!(outbox.waiting_bytes(), 0);
}

#[tokio::test]
async fn events_beyond_the_limit_close_the_connection() {
    const FRAME: usize = 64 << 10;
    let (outbox, _reader) = testing::outbox().await;
    let mut most = 0;
    while !outbox.is_closing() {
        most = most.max(outbox.waiting_bytes());
        outbox.push_event(frame(b'x', FRAME));
    }
    assert!((MAX_OUTBOX_BYTES - FRAME..=MAX_OUTBOX_BYTES).contains(&most));
    assert_eq!(outbox.closing().unwrap().code, Some(1013));
    assert!(outbox.waiting_bytes() < FRAME, "at most the rest of a partly written frame");
}

#[tokio::test]
async fn a_reading_client_gets_any_number_of_events_queued_at_once() {
    let (outbox, mut reader) = testing::outbox().await;
    let mut read = vec![0; 3 * MAX_OUTBOX_BYTES / 2];
    let bytes = read.len();
    for _ in 0..24 {
        let due = outbox.queue_event_to_flush(frame(b'x', bytes / 24));
        assert!(!outbox.is_closing() || !due);
    }
    assert!(!outbox.is_closing(), "the kernel has accepted the first of them");
    let reading = reader.read_exact(&mut read);
    let writing = async {
        outbox.flush_or_wake();
        while outbox.flush() == Flushed::Blocked {
            outbox.stream().writable().await.unwrap();
        }
    };
    let (read, ()) = tokio::join!(reading, writing);
    assert_eq!(read.unwrap(), bytes);
}

#[tokio::test]
async fn a_close_frame_survives_an_overflow() {
    let (outbox, _reader) = testing::outbox().await;
    outbox.close(CloseCode::Restart, "restarting");
    outbox.push_close(frame(b'c', 2));
    outbox.overflow();
    assert_eq!(testing::take(&outbox), [frame(b'c', 2)]);
    assert_eq!(outbox.closing().unwrap().code, Some(1012));
}

#[tokio::test]
async fn replies_do_not_count_as_events() {
    let (outbox, _reader) = testing::outbox().await;
    outbox.push_reply(frame(b'x', MAX_REPLY_BYTES));
    assert!(outbox.is_full_of_replies());
    outbox.push_event(frame(b'x', MAX_OUTBOX_BYTES));
    assert!(!outbox.is_closing());
    testing::take(&outbox);
    assert!(!outbox.is_full_of_replies());
}

#[tokio::test]
async fn many_small_replies_fill_the_outbox() {
    let (outbox, _reader) = testing::outbox().await;
    let most = MAX_REPLY_BYTES / (2 + FRAME_COST);
    for _ in 0..=most {
        assert!(!outbox.is_full_of_replies());
        outbox.push_reply(frame(b'p', 2));
    }
    assert!(outbox.is_full_of_replies());
    testing::take(&outbox);
    assert!(!outbox.is_full_of_replies());
}

#[tokio::test]
async fn nothing_is_queued_after_the_first_close() {
    let (outbox, _reader) = testing::outbox().await;
    outbox.push_event(frame(b'a', 1));
    outbox.close(CloseCode::Restart, "restarting");
    outbox.push_event(frame(b'b', 2));
    outbox.close(CloseCode::Policy, "too late");
    assert_eq!(testing::take(&outbox), [frame(b'a', 1)]);
    assert_eq!(
        outbox.closing(),
        Some(CloseFrame { code: Some(1012), reason: "restarting".into() })
    );
}

#[tokio::test]
async fn a_partly_written_frame_is_completed() {
    let (outbox, mut reader) = testing::outbox().await;
    let mut sent = 0_usize;
    while outbox.flush() == Flushed::All {
        outbox.push_event(frame(b'x', MAX_OUTBOX_BYTES));
        sent += MAX_OUTBOX_BYTES;
    }
    let unread = outbox.waiting_bytes();
    outbox.overflow();
    assert!(unread > 0 && outbox.waiting_bytes() == unread, "the queued frame is partly written");
    let mut read = vec![0; sent];
    let reading = reader.read_exact(&mut read);
    let writing = async {
        while outbox.flush_last() == Flushed::Blocked {
            outbox.stream().writable().await.unwrap();
        }
    };
    let (read, ()) = tokio::join!(reading, writing);
    assert_eq!(read.unwrap(), sent);
}
