//! Previews of links: their event once they are there, and their removal by the author.

use protocol::{ChatPreviewed, Event, MessageId, OpId, RoomId, UserId};

use super::{
    super::{
        OnCommit, Result, Store, StoreError,
        links::{PreviewJob, previews_of, publishable},
        log::Logged,
        now,
        sql::{Db, values},
    },
    MessageUpdate, find_target, next_seq, record,
};

impl Store {
    /// Queues the end of a job, and the event that shows the previews of its message. `on_commit`
    /// receives `None` if there is nothing to show.
    ///
    /// The outcome is [`StoreError::NotFound`] of a `job` if the lease was lost.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn publish_previews(
        &self,
        job: PreviewJob,
        on_commit: impl OnCommit<Option<Logged>>,
    ) -> Result<()> {
        self.writer.submit(move |db| publish(db, job), on_commit).await
    }
}

fn publish(db: &Db, job: PreviewJob) -> Result<Option<Logged>> {
    let Some((room, author)) = publishable(db, job)? else { return Ok(None) };
    let id = job.message;
    let Some(link_previews) = previews_of(db, &[id.0])?.remove(&id) else { return Ok(None) };
    let target = find_target(db, room, id)?;
    let (seq, at, message_seq) = (next_seq(db, room)?, now(), target.seq);
    let update = MessageUpdate::Previews { on: true };
    record(db, OpId(job.id), &target, author, (seq, at), &update)?;
    let event = ChatPreviewed { id, room, seq, message_seq, link_previews };
    let (event, response) = (Event::ChatPreviewed(event), update.response(target.changed(seq)));
    Ok(Some(Logged::New { room, seq, event, response, shown_to: Vec::new(), ended_draft: None }))
}

/// Returns the `seq` of the earlier change that removed the previews of a message. One that was
/// sent without them has none as of itself.
pub(super) fn find_equal_removal(
    db: &Db,
    message: MessageId,
    message_seq: u64,
) -> Result<Option<u64>> {
    let select = "SELECT previews FROM messages WHERE id = $1";
    if db.one(select, values![message], |row| row.get::<bool>("previews"))? {
        return Ok(None);
    }
    let removed = db.one(
        "SELECT max(seq) AS last FROM changes
         WHERE message_id = $1 AND kind = 'previewed' AND is_set = 0",
        values![message],
        |row| row.get::<Option<u64>>("last"),
    )?;
    Ok(Some(removed.unwrap_or(message_seq)))
}

/// Returns the event of a message that has no previews any more.
pub(super) fn removed(id: MessageId, room: RoomId, (seq, message_seq): (u64, u64)) -> Event {
    Event::ChatPreviewed(ChatPreviewed { id, room, seq, message_seq, link_previews: Vec::new() })
}

/// Checks that the user may remove the previews of a message.
pub(super) fn check_author(author: UserId, user: UserId) -> Result<()> {
    if author == user {
        return Ok(());
    }
    Err(StoreError::Forbidden("Only the author can remove the previews of a message."))
}
