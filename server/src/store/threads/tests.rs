//! Tests of the summaries of threads in the database.

use super::*;
use crate::store::{NewUser, now, sql::count_steps};

const REPLIES: usize = 3_000;

/// A store with a thread of many replies. Reply `n` is of author `author(n)`.
async fn store_with_thread(
    authors: usize,
    author: fn(usize) -> usize,
) -> (tempfile::TempDir, Store, Vec<UserId>, Thread) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut users = Vec::new();
    for number in 0..authors {
        users.push(store.register(NewUser::test(format!("user{number}"))).await.unwrap().user.id);
    }
    let by = users.clone();
    let thread = store.write(move |db| {
        let room = db.one("SELECT id FROM rooms", &[], |row| row.get("id"))?;
        let insert = |seq: usize, id: MessageId, sender: UserId, thread: Option<MessageId>| {
            db.execute(
                "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at, thread, shown)
                 VALUES ($1, $2, $3, $4, 'x', $5, $6, $7)",
                values![room, seq, id, sender, now(), thread, thread.is_none()],
            )
        };
        let first = MessageId(Uuid::now_v7());
        insert(1, first, by[0], None)?;
        let thread = Thread { id: first, room, seq: 1, sender: by[0] };
        for reply in 0..REPLIES {
            let (seq, author) = (reply + 2, by[author(reply)]);
            insert(seq, MessageId(Uuid::now_v7()), author, Some(first))?;
            let summary = count_reply(db, &thread, author, (seq as u64, now()))?;
            follow_replied(db, &thread, author, summary.count == 1)?;
        }
        Ok(thread)
    });
    let thread = thread.await.unwrap();
    (folder, store, users, thread)
}

/// Deletes a reply. Returns the summary after it, and the steps that counting it took.
async fn delete(store: &Store, thread: &Thread, seq: usize) -> (ThreadSummary, u64) {
    let Thread { id, room, .. } = *thread;
    let deleted = store.write(move |db| {
        db.execute(
            "UPDATE messages SET text = NULL WHERE room_id = $1 AND seq = $2",
            values![room, seq],
        )?;
        let mut summary = None;
        let steps = count_steps(|| summary = Some(count_deletion(db, id, room)));
        Ok((summary.unwrap()?, steps))
    });
    deleted.await.unwrap()
}

#[tokio::test]
async fn the_deletion_of_a_reply_takes_as_long_in_any_thread() {
    for (authors, author) in [
        (1, (|_| 0) as fn(usize) -> usize),
        (7, |reply| reply % 7),
        // The fifth author and all before are far from the end.
        (6, |reply| if reply < 6 { reply } else { 5 }),
    ] {
        let (_folder, store, _users, thread) = store_with_thread(authors, author).await;
        for at in [REPLIES - 1, REPLIES - 2, 0, REPLIES / 2] {
            let (summary, steps) = delete(&store, &thread, at + 2).await;
            assert!(steps < 500, "{authors} authors: {steps} steps");
            assert_eq!(summary.people.len(), authors.min(MAX_THREAD_FACES));
        }
    }
}

#[tokio::test]
async fn the_newest_authors_are_those_of_a_recount() {
    let (_folder, store, users, thread) =
        store_with_thread(6, |reply| if reply < 6 { reply } else { 5 }).await;
    let newest = |numbers: &[usize]| numbers.iter().map(|at| users[*at]).collect::<Vec<_>>();
    let (summary, _) = delete(&store, &thread, 4 + 2).await;
    assert_eq!(summary.people, newest(&[5, 3, 2, 1, 0]), "the sixth author comes up");
    assert_eq!(summary.count as usize, REPLIES - 1);
    let (summary, _) = delete(&store, &thread, 3 + 2).await;
    assert_eq!(summary.people, newest(&[5, 2, 1, 0]));
    let (summary, _) = delete(&store, &thread, 5 + 2).await;
    assert_eq!(summary.people, newest(&[5, 2, 1, 0]), "there are newer ones of that author");
}
