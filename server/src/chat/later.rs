//! `later`, `remind`, `later_cancel`, `later_list`: messages that wait for their time.

use std::{collections::BTreeSet, sync::Arc};

use protocol::{
    Event, FieldError, Later, LaterCancel, LaterGone, LaterList, LaterMessage, MessageId, Remind,
    Response, Timestamp,
    limits::{MAX_LATER_AGE, MAX_LATER_TIME},
};
use uuid::Uuid;

use super::{Caller, ChatService, Outcome};
use crate::{
    base::clock::now,
    delivery::reply::ReplyTo,
    error::Error,
    store::{JobKind, NewLater},
};

impl ChatService {
    /// Keeps a message until its time. The user's other connections learn of it after the commit.
    pub(super) async fn later(
        &self,
        caller: &Caller,
        later: Later,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let at = checked_time(later.at)?;
        let Later { room, text, id, reply_to, thread, in_room, files, previews, .. } = later;
        let (id, kind) = (new_id(id), JobKind::Later);
        let new = NewLater { id, kind, room, text, at, reply_to, thread, in_room, files, previews };
        self.keep_later(caller, new, Response::Later, reply).await
    }

    /// Keeps a reminder: a message in the user's notes, which are made if there are none yet.
    pub(super) async fn remind(
        &self,
        caller: &Caller,
        remind: Remind,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let at = checked_time(remind.at)?;
        let user = caller.user.id;
        let link = match (remind.message, remind.room) {
            (Some(id), _) => {
                let message = self.store.message(user, id).await?;
                Some(format!("{}/m/{}", self.public_url, message.id))
            }
            (None, Some(room)) => {
                let room = self.store.room_access(user, room).await?.room;
                Some(format!("{}/rooms/{room}", self.public_url))
            }
            (None, None) => None,
        };
        let lines = [Some(remind.text).filter(|text| !text.is_empty()), link];
        let lines: Vec<_> = lines.into_iter().flatten().collect();
        let text = format!("⏰ {}", lines.join("\n"));
        let notes = self.store.direct_room(user, BTreeSet::new()).await?;
        for shown_to in notes.shown_to {
            self.changes.tell(shown_to, vec![notes.room.id], None).await;
        }
        let new = NewLater {
            id: new_id(remind.id),
            kind: JobKind::Remind,
            room: notes.room.id.into(),
            text,
            at,
            reply_to: None,
            thread: None,
            in_room: false,
            files: Vec::new(),
            previews: None,
        };
        self.keep_later(caller, new, Response::Remind, reply).await
    }

    async fn keep_later(
        &self,
        caller: &Caller,
        new: NewLater,
        response: fn(LaterMessage) -> Response,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let (user, client, due) = (caller.user.id, caller.client, Arc::clone(&self.jobs_due));
        let messages = move |kept: LaterMessage| {
            due.notify_one();
            (Event::LaterChanged(Box::new(kept.clone())), response(kept))
        };
        let on_commit = self.bus.on_user_commit(user, client, reply.pending(), messages);
        self.store.keep_later(user, new, on_commit).await?;
        Ok(Outcome::Done)
    }

    /// Cancels a message that waits. The user's other connections learn of it after the commit.
    pub(super) async fn cancel_later(
        &self,
        caller: &Caller,
        cancel: LaterCancel,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        let messages = move |kind: JobKind| {
            let reminder = kind == JobKind::Remind;
            let gone = LaterGone { id: cancel.id, sent: false, reminder };
            (Event::LaterGone(gone), Response::LaterCancel(cancel))
        };
        let (user, client) = (caller.user.id, caller.client);
        let on_commit = self.bus.on_user_commit(user, client, reply.pending(), messages);
        self.store.cancel_later(user, cancel, on_commit).await?;
        Ok(Outcome::Done)
    }

    /// Replies with a page of the messages that wait.
    pub(super) async fn later_list(
        &self,
        caller: &Caller,
        LaterList { after }: LaterList,
    ) -> Result<Outcome, Error> {
        let user = caller.user.id;
        let _permit = self.store.user_permit(user).await?;
        Ok(Outcome::Reply(Response::LaterList(self.store.later_list(user, after).await?).into()))
    }
}

fn new_id(id: Option<MessageId>) -> MessageId {
    id.unwrap_or_else(|| MessageId(Uuid::now_v7()))
}

/// Checks the time of a message.
fn checked_time(at: Timestamp) -> Result<Timestamp, FieldError> {
    let now = now().as_millis();
    let millis = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let allowed = now - millis(MAX_LATER_AGE)..=now + millis(MAX_LATER_TIME);
    if allowed.contains(&at.as_millis()) {
        Ok(at)
    } else {
        Err(FieldError::new("at", "must be a time from now on, within a year"))
    }
}
