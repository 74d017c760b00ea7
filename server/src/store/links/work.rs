//! Previews that are to be made: a job per message, and a lease per link.
//!
//! A job leads from the message to its event; the lease of a link keeps nodes from fetching it at
//! the same time. Nothing is fetched by a message that is gone, or whose author wants no previews.

use std::{collections::HashSet, sync::Arc};

use protocol::{FileId, MessageId, RoomId, Timestamp, UserId, limits::MAX_LINK_PICTURES};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use super::super::{
    OnCommit, Result, Store, StoreError,
    access::deserted,
    files::note_removed,
    jobs::end_job,
    now,
    sql::{Db, Row, values},
};
use super::remove_some;

/// The time for which a page that was found is shown in new messages.
const LIFETIME: i64 = 24 * 60 * 60 * 1000;
/// The time for which a page that was not found is not fetched again.
const FAILURE_LIFETIME: i64 = 60 * 60 * 1000;
/// The most messages that wait for their previews. The next ones get none.
const MAX_WAITING: u64 = 1000;
/// The most messages of one user that wait for their previews. The next ones get none.
const MAX_WAITING_OF_USER: u64 = 20;
/// How often a link is tried: a page may end the process.
const MAX_TRIES: u64 = 2;
/// The most rows that one step of a sweep removes.
const STEP: u64 = 500;

/// A message whose previews this node makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewJob {
    /// The job.
    pub id: Uuid,
    /// The message.
    pub message: MessageId,
    holder: Uuid,
}

/// A link that this node fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLink {
    /// The row, and the name of the picture.
    pub id: Uuid,
    /// The address, `http` or `https`, without a fragment.
    pub url: String,
}

/// What is to be done for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedLinks {
    /// The links that this node fetches now.
    pub due: Vec<DueLink>,
    /// True if another node, or another message, fetches one of them at present.
    pub is_busy: bool,
}

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPage {
    /// The name of the site.
    pub site: String,
    /// The title.
    pub title: String,
    /// What it is about.
    pub text: Option<String>,
    /// Width and height of its picture, which is stored.
    pub picture: Option<(u32, u32)>,
}

/// The payload of the job.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    message: MessageId,
    /// The links whose previews its event tells first.
    #[serde(default)]
    links: Vec<Uuid>,
}

/// Returns the times after which a page must have been asked for to be fresh: one that was found,
/// and one that was not.
pub(super) fn lifetimes(now: Timestamp) -> (Timestamp, Timestamp) {
    let before = |lifetime: i64| Timestamp::from_millis(now.as_millis().saturating_sub(lifetime));
    (before(LIFETIME), before(FAILURE_LIFETIME))
}

/// Returns whether one more message of a user may wait for its previews.
pub(super) fn may_wait(db: &Db, author: UserId) -> Result<bool> {
    let select = "SELECT count(*) AS waiting,
             (SELECT count(*) FROM jobs WHERE kind = 'preview' AND user_id = $1) AS own
         FROM jobs WHERE kind = 'preview'";
    let read = |row: &Row<'_>| Ok((row.get::<u64>("waiting")?, row.get::<u64>("own")?));
    let (waiting, own) = db.one(select, values![author], read)?;
    Ok(waiting < MAX_WAITING && own < MAX_WAITING_OF_USER)
}

/// Asks for the previews of links that a message of a user has now, if there are any.
pub(super) fn ask(db: &Db, (message, author): (MessageId, UserId), links: Vec<Uuid>) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let payload = Payload { message, links };
    let payload = serde_json::to_string(&payload).map_err(StoreError::unavailable)?;
    db.execute(
        "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
         VALUES ($1, 'preview', $2, $3, $4, NULL, NULL, 0)",
        values![Uuid::new_v4(), author, &payload, now()],
    )?;
    Ok(())
}

impl Store {
    /// Returns what is notified when there may be a message that waits for its previews.
    #[must_use]
    pub fn previews_due(&self) -> &Notify {
        &self.previews_due
    }

    /// Returns a callback that wakes those who make previews, if it `wakes`.
    pub(in crate::store) fn waking<T: 'static>(
        &self,
        wakes: bool,
        on_commit: impl OnCommit<T>,
    ) -> impl OnCommit<T> {
        let due = wakes.then(|| Arc::clone(&self.previews_due));
        move |outcome| {
            on_commit(outcome);
            if let Some(due) = due {
                due.notify_one();
            }
        }
    }

    /// Leases a message that waits for its previews, until a time. Those of users for whom less is
    /// done at present come first, then those of users with fewer that wait, then the oldest: many
    /// messages with slow pages keep nobody else waiting.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn lease_preview(
        &self,
        holder: Uuid,
        until: Timestamp,
    ) -> Result<Option<PreviewJob>> {
        const NEXT: &str = "SELECT id FROM jobs JOIN (
                 SELECT user_id, count(*) AS jobs_of_user,
                     sum(CASE WHEN leased_until > $1 THEN 1 ELSE 0 END) AS leased
                 FROM jobs WHERE kind = 'preview' GROUP BY user_id
             ) AS per_user ON per_user.user_id = jobs.user_id
             WHERE kind = 'preview' AND due_at <= $1 AND leased_until <= $1
             ORDER BY leased, jobs_of_user, due_at LIMIT 1";
        let find = |db: &Db| db.row(NEXT, values![now()], |row| row.get::<Uuid>("id"));
        // Most of the time there is none, and nothing is written.
        while let Some(id) = self.read(find).await? {
            let lease = move |db: &Db| {
                let payload = db.row(
                    "UPDATE jobs SET holder = $1, leased_until = $2
                     WHERE id = $3 AND leased_until <= $4 RETURNING payload",
                    values![holder, until, id, now()],
                    |row| row.get::<String>("payload"),
                )?;
                let Some(payload) = payload else { return Ok(None) };
                let Ok(Payload { message, .. }) = serde_json::from_str(&payload) else {
                    // It must not keep the others waiting.
                    tracing::error!(%id, "a job for previews cannot be read; it is given up");
                    end_job(db, id)?;
                    return Ok(None);
                };
                Ok(Some(PreviewJob { id, message, holder }))
            };
            // Another worker may have been faster.
            if let Some(job) = self.write(lease).await? {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// Returns whether a message waits for its previews.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn has_preview_jobs(&self) -> Result<bool> {
        self.read(|db| {
            let select = "SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = 'preview') AS waits";
            db.one(select, &[], |row| row.get("waits"))
        })
        .await
    }

    /// Claims the links of a message that are to be fetched, until a time.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn claim_links(&self, job: PreviewJob, until: Timestamp) -> Result<ClaimedLinks> {
        self.write(move |db| {
            let mut claimed = ClaimedLinks::default();
            let select = "SELECT id, links.url AS url, tries, leased_until FROM message_links
                     JOIN links ON links.id = link
                 WHERE message_id = $1 AND finished = 0 ORDER BY position";
            let rows = db.rows(select, values![job.message], |row: &Row<'_>| {
                let link = DueLink { id: row.get("id")?, url: row.get("url")? };
                Ok((link, row.get::<u64>("tries")?, row.get::<Timestamp>("leased_until")?))
            })?;
            for (link, tries, leased_until) in rows {
                if leased_until > now() {
                    claimed.is_busy = true;
                } else if tries >= MAX_TRIES {
                    let give_up = "UPDATE links SET finished = 1 WHERE id = $1";
                    db.execute(give_up, values![link.id])?;
                } else {
                    db.execute(
                        "UPDATE links SET tries = tries + 1, leased_until = $1 WHERE id = $2",
                        values![until, link.id],
                    )?;
                    claimed.due.push(link);
                }
            }
            Ok(claimed)
        })
        .await
    }

    /// Notes what a page says of itself, or that there is nothing to show.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn link_fetched(&self, id: Uuid, found: Option<FoundPage>) -> Result<()> {
        let has_woken = self.write(move |db| {
            let has_page = found.is_some();
            let FoundPage { site, title, text, picture } = found.unwrap_or_default();
            let (width, height) = picture.unzip();
            let set = db.execute(
                "UPDATE links SET finished = 1, leased_until = 0, site = $1, title = $2, text = $3,
                     width = $4, height = $5
                 WHERE id = $6 AND finished = 0",
                values![
                    has_page.then_some(&site),
                    has_page.then_some(&title),
                    &text,
                    width,
                    height,
                    id
                ],
            )?;
            // The row may be gone: its message was deleted long ago.
            if set == 0 && picture.is_some() && !is_there(db, id)? {
                note_removed(db, FileId(id))?;
            }
            wake(db, id)
        });
        if has_woken.await? {
            self.previews_due.notify_one();
        }
        Ok(())
    }

    /// Lets a job wait until others have fetched the links of its message, or until their leases
    /// end.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn delay_preview(&self, job: PreviewJob) -> Result<()> {
        self.write(move |db| {
            // One of them may have been fetched meanwhile.
            let select = "SELECT max(leased_until) AS until FROM message_links
                     JOIN links ON links.id = link
                 WHERE message_id = $1 AND finished = 0";
            let read = |row: &Row<'_>| row.get::<Option<Timestamp>>("until");
            let until = db.one(select, values![job.message], read)?.unwrap_or_else(now);
            db.execute(
                "UPDATE jobs SET due_at = $1, holder = NULL, leased_until = 0
                 WHERE id = $2 AND holder = $3",
                values![until, job.id, job.holder],
            )?;
            Ok(())
        })
        .await
    }

    /// Removes links that no message has any more, and that are older than a day. Their pictures
    /// are removed later.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn expire_links(&self) -> Result<()> {
        let find = |db: &Db| {
            let (before, _) = lifetimes(now());
            let select = "SELECT id FROM links WHERE unused_at IS NOT NULL AND asked_at <= $1
                     AND leased_until <= $2
                 ORDER BY unused_at LIMIT $3";
            db.rows(select, values![before, now(), STEP], |row| row.get::<Uuid>("id"))
        };
        // Most of the time there are none, and nothing is written.
        if self.read(find).await?.is_empty() {
            return Ok(());
        }
        self.write(move |db| {
            for id in find(db)? {
                let delete = "DELETE FROM links WHERE id = $1
                     AND NOT EXISTS (SELECT 1 FROM message_links WHERE link = $1)";
                if db.execute(delete, values![id])? > 0 {
                    note_removed(db, FileId(id))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Returns whether one more picture of a link may be stored.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn has_place_for_link_picture(&self) -> Result<bool> {
        self.read(|db| {
            let select = "SELECT count(*) AS pictures FROM links WHERE width IS NOT NULL";
            Ok(db.one(select, &[], |row| row.get::<u64>("pictures"))? < MAX_LINK_PICTURES)
        })
        .await
    }

    /// Returns whether a link has a picture.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn has_link_picture(&self, id: Uuid) -> Result<bool> {
        self.read(move |db| {
            let select = "SELECT id FROM links WHERE id = $1 AND width IS NOT NULL";
            Ok(db.row(select, values![id], |row| row.get::<Uuid>("id"))?.is_some())
        })
        .await
    }
}

/// Makes the messages due that wait for this link. Returns whether there are any.
fn wake(db: &Db, link: Uuid) -> Result<bool> {
    let select = "SELECT id, payload FROM jobs WHERE kind = 'preview' AND due_at > $1";
    let read = |row: &Row<'_>| Ok((row.get::<Uuid>("id")?, row.get::<String>("payload")?));
    let waiting = db.rows(select, values![now()], read)?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let select = "SELECT message_id FROM message_links WHERE link = $1";
    let linking: HashSet<MessageId> =
        db.rows(select, values![link], |row| row.get("message_id"))?.into_iter().collect();
    let mut has_woken = false;
    for (id, payload) in waiting {
        let payload = serde_json::from_str::<Payload>(&payload);
        if payload.is_ok_and(|payload| linking.contains(&payload.message)) {
            has_woken = true;
            db.execute("UPDATE jobs SET due_at = $1 WHERE id = $2", values![now(), id])?;
        }
    }
    Ok(has_woken)
}

fn is_there(db: &Db, id: Uuid) -> Result<bool> {
    let select = "SELECT id FROM links WHERE id = $1";
    Ok(db.row(select, values![id], |row| row.get::<Uuid>("id"))?.is_some())
}

/// Ends a job. Returns the room and the author of its message if its previews can be shown: it is
/// there, its author wants them, and the room takes changes. Otherwise the message loses the links
/// that nobody was told of.
///
/// # Errors
/// Returns [`StoreError::NotFound`] if the lease was lost.
pub(in crate::store) fn publishable(db: &Db, job: PreviewJob) -> Result<Option<(RoomId, UserId)>> {
    let select = "SELECT payload FROM jobs WHERE id = $1 AND holder = $2";
    let held = db.row(select, values![job.id, job.holder], |row| row.get::<String>("payload"))?;
    let payload = held.ok_or(StoreError::NotFound("job"))?;
    end_job(db, job.id)?;
    let select = concat!(
        "SELECT room_id, sender_id FROM messages JOIN rooms ON rooms.id = room_id
         WHERE messages.id = $1 AND text IS NOT NULL AND previews = 1 AND archived_at IS NULL
             AND NOT ",
        deserted!("sender_id")
    );
    let read = |row: &Row<'_>| Ok((row.get("room_id")?, row.get("sender_id")?));
    let shown = db.row(select, values![job.message], read)?;
    if shown.is_none() {
        let payload: Payload = serde_json::from_str(&payload).map_err(StoreError::unavailable)?;
        remove_some(db, job.message, &payload.links)?;
    }
    Ok(shown)
}
