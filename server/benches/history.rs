//! The latency of a page of history in rooms of 1,000 and of 2,000,000 messages:
//! `cargo bench -p server --bench history`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for measuring")]

use std::time::{Duration, Instant};

use protocol::{History, RoomId, UserId};
use rusqlite::{Connection, params};
use server::store::Store;
use uuid::Uuid;

const ROOMS: [u64; 2] = [1_000, 2_000_000];
const PAGES: u32 = 300;

/// Fills a room with this many messages.
fn fill(db: &mut Connection, user: Uuid, messages: u64) -> RoomId {
    let room = Uuid::now_v7();
    let filling = db.transaction().unwrap();
    let name = format!("room-{messages}");
    filling
        .execute(
            "INSERT INTO rooms (id, slug, name, created_at, seq) VALUES (?, ?2, ?2, 0, ?)",
            params![room.as_bytes(), name, messages],
        )
        .unwrap();
    {
        let mut insert = filling
            .prepare(
                "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
                 VALUES (?, ?, ?, ?, ?, 0)",
            )
            .unwrap();
        for seq in 1..=messages {
            let text =
                format!("message {seq}, about as long as what people write to each other all day");
            insert
                .execute(params![
                    room.as_bytes(),
                    seq,
                    Uuid::now_v7().as_bytes(),
                    user.as_bytes(),
                    text
                ])
                .unwrap();
        }
    }
    filling.commit().unwrap();
    RoomId(room)
}

/// Returns the median duration of many calls.
async fn measure(mut call: impl AsyncFnMut(u64), last: u64) -> Duration {
    let mut took = Vec::new();
    for number in 0..PAGES {
        let somewhere = 1 + u64::from(number) * 7_919 * 31 % last;
        let begun = Instant::now();
        call(somewhere).await;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let mut db = Connection::open(folder.path().join("banter.sqlite3")).unwrap();
    let user = Uuid::now_v7();
    db.execute(
        "INSERT INTO users (id, username, role, password, created_at)
             VALUES (?, 'ada', 'owner', '', 0)",
        [user.as_bytes()],
    )
    .unwrap();
    let rooms = ROOMS.map(|messages| fill(&mut db, user, messages));
    drop(db);
    let store = Store::open(folder.path()).unwrap();
    println!(
        "microseconds, medians of {PAGES}          newest   before    after   around   \
         subscribe since"
    );
    for (messages, room) in ROOMS.into_iter().zip(rooms) {
        let page = |history: History| {
            let store = store.clone();
            async move { assert!(!store.history(room, history).await.unwrap().messages.is_empty()) }
        };
        let subscribe = async |since| {
            let permit = store.recovery_permit(UserId(user)).await.unwrap();
            store.snapshot(permit, UserId(user), room, since).await.unwrap();
        };
        let figures = [
            measure(async |_| page(History::default()).await, messages).await,
            measure(
                async |seq| page(History { before: Some(seq + 1), ..History::default() }).await,
                messages,
            )
            .await,
            measure(
                async |seq| page(History { after: Some(seq - 1), ..History::default() }).await,
                messages,
            )
            .await,
            measure(
                async |seq| page(History { around: Some(seq), ..History::default() }).await,
                messages,
            )
            .await,
            measure(async |_| subscribe(Some(messages - 50)).await, messages).await,
        ];
        let figures = figures.map(|figure| format!("{:>9}", figure.as_micros())).concat();
        println!("a room of {messages:>9} messages    {figures}");
    }
}
