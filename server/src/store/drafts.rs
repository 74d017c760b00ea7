//! Drafts: what users have begun to write, one text per room and thread. The newest text wins.

use protocol::{
    Draft, DraftsPage, KeptDraft, MessageId, RoomId, UserId,
    limits::{MAX_DRAFTS, MAX_REPLY_BYTES},
};

use super::{
    OnCommit, Result, Store, StoreError,
    access::access,
    now,
    sql::{Db, Row, values},
    threads::find_thread,
};

impl Store {
    /// Queues a draft. `on_commit` receives it as it is stored, or `None` if a newer one is stored.
    ///
    /// The outcome is [`StoreError::NotFound`] if the user may not write there.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn keep_draft(
        &self,
        user: UserId,
        draft: Draft,
        on_commit: impl OnCommit<Option<KeptDraft>>,
    ) -> Result<()> {
        self.writer.submit(move |db| keep(db, user, draft), on_commit).await
    }

    /// Returns the drafts of a user in the rooms that the user may see.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn drafts(&self, user: UserId) -> Result<DraftsPage> {
        self.read(move |db| drafts(db, user)).await
    }
}

fn keep(db: &Db, user: UserId, draft: Draft) -> Result<Option<KeptDraft>> {
    let access = access(db, user, &draft.room)?;
    if access.read_only.is_some() {
        return Err(StoreError::NotFound("room"));
    }
    let room = access.room;
    if let Some(thread) = draft.thread {
        find_thread(db, room, thread)?;
    }
    let (place, at) = (place(room, draft.thread), draft.at.min(now()));
    // What has ended stays as an empty text, so that an older one that arrives late does not
    // begin it again.
    let kept = db.execute(
        "INSERT INTO drafts (user_id, place, room_id, text, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, place) DO UPDATE SET text = excluded.text, at = excluded.at
             WHERE drafts.at < excluded.at",
        values![user, place, room, &draft.text, at],
    )?;
    if kept == 0 {
        return Ok(None);
    }
    db.execute(
        "DELETE FROM drafts WHERE user_id = $1 AND place IN (SELECT place FROM drafts
             WHERE user_id = $1 ORDER BY at DESC, place LIMIT $2 OFFSET $2)",
        values![user, MAX_DRAFTS as u64],
    )?;
    let Draft { thread, text, .. } = draft;
    Ok(Some(KeptDraft { room, thread, text, at }))
}

/// Ends the draft for the place where its user sends a message: parameters are the time of the
/// message, the user and the place. What was never kept needs no end.
macro_rules! end_draft {
    ($at:literal, $user:literal, $place:literal) => {
        concat!(
            "UPDATE drafts SET text = '', at = ",
            $at,
            " WHERE user_id = ",
            $user,
            " AND place = ",
            $place,
            " AND at <= ",
            $at
        )
    };
}
pub(super) use end_draft;

fn drafts(db: &Db, user: UserId) -> Result<DraftsPage> {
    let mut drafts = db.rows(
        "SELECT room_id, place, text, at FROM drafts JOIN rooms ON rooms.id = room_id
         WHERE user_id = $1 AND text <> '' AND (private = 0 OR EXISTS (
             SELECT 1 FROM room_members
             WHERE room_members.room_id = rooms.id AND room_members.user_id = $1))
         ORDER BY at DESC, place",
        values![user],
        read_draft,
    )?;
    let mut bytes = 0;
    drafts.retain(|draft| {
        bytes += encoded_len(draft);
        bytes <= MAX_REPLY_BYTES
    });
    Ok(DraftsPage { drafts })
}

fn read_draft(row: &Row<'_>) -> Result<KeptDraft> {
    let (room, place): (RoomId, MessageId) = (row.get("room_id")?, row.get("place")?);
    let thread = (place.0 != room.0).then_some(place);
    Ok(KeptDraft { room, thread, text: row.get("text")?, at: row.get("at")? })
}

/// Returns the length of a draft as JSON, in bytes.
fn encoded_len(draft: &KeptDraft) -> usize {
    serde_json::to_vec(draft).map_or(usize::MAX, |json| json.len())
}

/// Returns the key of a place within the drafts of a user.
pub(super) fn place(room: RoomId, thread: Option<MessageId>) -> uuid::Uuid {
    thread.map_or(room.0, |thread| thread.0)
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;
    use crate::store::NewUser;

    /// A place to write, and when.
    fn draft(text: &str, at: i64) -> Draft {
        let at = Timestamp::from_millis(at);
        Draft { room: "general".into(), thread: None, text: text.into(), at }
    }

    async fn store() -> (tempfile::TempDir, Store, UserId) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let ada = store.register(NewUser::test("ada")).await.unwrap().user.id;
        (folder, store, ada)
    }

    async fn write(store: &Store, user: UserId, draft: Draft) -> Result<Option<KeptDraft>> {
        store.write(move |db| keep(db, user, draft)).await
    }

    async fn texts(store: &Store, user: UserId) -> Vec<String> {
        store.drafts(user).await.unwrap().drafts.into_iter().map(|draft| draft.text).collect()
    }

    #[tokio::test]
    async fn the_newest_text_wins_and_an_end_stays() {
        let (_folder, store, ada) = store().await;
        for (new, is_kept, left) in [
            (draft("one", 10), true, &["one"][..]),
            (draft("older", 9), false, &["one"]),
            (draft("as old", 10), false, &["one"]),
            (draft("two", 11), true, &["two"]),
            (draft("", 10), false, &["two"]),
            (draft("", 12), true, &[]),
            (draft("late", 11), false, &[]),
            (draft("three", 13), true, &["three"]),
        ] {
            let kept = write(&store, ada, new.clone()).await.unwrap();
            assert_eq!(kept.is_some(), is_kept, "{new:?}");
            assert_eq!(texts(&store, ada).await, left, "{new:?}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_does_not_shut_out_other_devices() {
        let (_folder, store, ada) = store().await;
        let ahead = now().as_millis() + 3_600_000;
        let kept = write(&store, ada, draft("ahead", ahead)).await.unwrap().unwrap();
        assert!(kept.at <= now());
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let next = draft("next", now().as_millis());
        assert!(write(&store, ada, next).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn the_newest_drafts_are_kept() {
        let (_folder, store, ada) = store().await;
        for number in 0..=MAX_DRAFTS {
            let name = format!("room-{number}");
            let new = crate::store::NewStoredRoom {
                slug: crate::store::NewSlug::Exact(name.clone()),
                name: name.clone(),
                private: true,
                creator: ada,
            };
            store.create_room(new).await.unwrap();
            let at = 10 + i64::try_from(number).unwrap();
            let new = Draft { room: name.as_str().into(), ..draft(&name, at) };
            assert!(write(&store, ada, new).await.unwrap().is_some());
        }
        let kept = texts(&store, ada).await;
        assert_eq!((kept.len(), kept[0].as_str()), (MAX_DRAFTS, "room-100"));
        assert_eq!(kept[MAX_DRAFTS - 1], "room-1");
    }
}
