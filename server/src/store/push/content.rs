//! What a notification says, and where it goes.

use protocol::{Block, MessageId, PushId, RoomId, Timestamp, UserId, blocks::plain_text};
use uuid::Uuid;

use super::{
    Closed, DeviceTask, Sent,
    audience::{Subject, audience, is_notified, subject},
    devices::{host_of, select_devices},
    shown::shown,
};
use crate::store::{
    Result, Store,
    names::shown_name,
    read_state::unread_at,
    sessions::oldest_use,
    sql::{Db, Row, values},
    trees::tree_of,
};

/// Where to send notifications to a browser.
#[derive(Clone, Debug)]
pub struct PushTarget {
    /// The browser.
    pub device: PushId,
    /// Its user.
    pub user: UserId,
    /// The address at the push service.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// The browser's authentication secret.
    pub auth: Vec<u8>,
}

/// Something that is to be sent, as of now.
#[derive(Clone, Debug)]
pub struct PushContent {
    /// Where to.
    pub target: PushTarget,
    /// What is unread in the room or thread.
    pub unread: u64,
    /// The room or thread, which notifications of a browser are grouped by.
    pub tag: Uuid,
    /// The message. `None`: what was shown was read, or is gone.
    pub message: Option<PushedMessage>,
    /// The time of the newest message that is not to be shown any more.
    pub closed_until: Option<Timestamp>,
}

/// A message that notifies somebody.
#[derive(Clone, Debug)]
pub struct PushedMessage {
    /// The message.
    pub id: MessageId,
    /// The room, for the question who looks at it.
    pub room: RoomId,
    /// The name of the room. `None` in a direct room.
    pub room_name: Option<String>,
    /// The members of a direct room. 0 in others.
    pub people: u64,
    /// True if it is a reply that the room does not show.
    pub is_in_thread: bool,
    /// True if it is a reminder.
    pub is_reminder: bool,
    /// The name of the sender.
    pub sender: String,
    /// The text, without its Markdown.
    pub text: String,
    /// The names of its files.
    pub files: Vec<String>,
    /// The time of the message.
    pub sent_at: Timestamp,
}

impl PushTarget {
    /// Returns the host of the push service.
    #[must_use]
    pub fn service(&self) -> String {
        host_of(&self.endpoint)
    }

    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            device: row.get("id")?,
            user: row.get("user_id")?,
            endpoint: row.get("endpoint")?,
            p256dh: row.get("p256dh")?,
            auth: row.get("auth")?,
        })
    }
}

impl Store {
    /// Returns what is to be sent now. `None` if nothing is any more: the message was read or
    /// deleted, the user does not want it, or the browser's session has ended.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_content(&self, task: &DeviceTask) -> Result<Option<PushContent>> {
        let (device, what) = (task.device, task.what);
        let found = self.read(move |db| db.read_snapshot(|| content(db, device, what))).await?;
        let Some(mut content) = found else { return Ok(None) };
        if let Some(message) = &mut content.message {
            let blocks: Vec<Block> = tree_of(&message.text).await;
            message.text = plain_text(&message.text, &blocks);
        }
        Ok(Some(content))
    }

    /// Returns the room of a message that is to be pushed, and the users whom it notifies now.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_audience(&self, message: MessageId) -> Result<Option<(RoomId, Vec<UserId>)>> {
        self.read(move |db| {
            let Some(subject) = subject(db, message)? else { return Ok(None) };
            Ok(Some((subject.room, audience(db, &subject)?)))
        })
        .await
    }
}

fn content(db: &Db, device: PushId, what: Sent) -> Result<Option<PushContent>> {
    let select = select_devices!(
        "push_devices.id, push_devices.user_id, endpoint, p256dh, auth",
        "push_devices.id = $2 AND ended_at IS NULL"
    );
    let target = db.row(select, values![oldest_use(), device], PushTarget::read)?;
    let Some(target) = target else { return Ok(None) };
    let id = match what {
        Sent::Message(id) => id,
        Sent::Close(closed) => return close(db, target, closed),
    };
    let Some(subject) = subject(db, id)? else { return Ok(None) };
    if !is_notified(db, &subject, target.user)? {
        return Ok(None);
    }
    let unread = unread_at(db, target.user, subject.room, subject.thread)?;
    let tag = subject.tag();
    let message = message(db, id, subject)?;
    Ok(Some(PushContent {
        target,
        unread: unread.max(1),
        tag,
        message: Some(message),
        closed_until: None,
    }))
}

/// Returns what closes a notification. `None` if the browser shows a newer message there.
fn close(db: &Db, target: PushTarget, closed: Closed) -> Result<Option<PushContent>> {
    let Closed { tag, until } = closed;
    let newest = shown(db, target.device, tag)?;
    if newest.is_some_and(|newest| until.is_none_or(|(seq, _)| newest > seq)) {
        return Ok(None);
    }
    let select = "SELECT room_id FROM messages WHERE id = $1";
    let thread_in = db.row(select, values![tag], |row| row.get::<RoomId>("room_id"))?;
    let unread = match thread_in {
        Some(room) => unread_at(db, target.user, room, Some(MessageId(tag)))?,
        None => unread_at(db, target.user, RoomId(tag), None)?,
    };
    let closed_until = until.map(|(_, at)| at);
    Ok(Some(PushContent { target, unread, tag, message: None, closed_until }))
}

fn message(db: &Db, id: MessageId, subject: Subject) -> Result<PushedMessage> {
    let select =
        "SELECT rooms.name, rooms.direct, username, display_name, sent_at, reminder, files,
             CASE rooms.direct WHEN 1 THEN (SELECT count(*) FROM room_members
                 WHERE room_members.room_id = rooms.id) ELSE 0 END AS people
         FROM messages JOIN rooms ON rooms.id = messages.room_id
             JOIN users ON users.id = messages.sender_id
         WHERE messages.id = $1";
    let (mut message, files) = db.one(select, values![id], |row| {
        let is_direct: bool = row.get("direct")?;
        let name: String = row.get("name")?;
        let username: String = row.get("username")?;
        let message = PushedMessage {
            id,
            room: subject.room,
            room_name: (!is_direct).then_some(name),
            people: row.get("people")?,
            is_in_thread: subject.thread.is_some(),
            is_reminder: row.get("reminder")?,
            sender: shown_name(row.get("display_name")?, &username),
            text: subject.text,
            files: Vec::new(),
            sent_at: row.get("sent_at")?,
        };
        Ok((message, row.get::<u64>("files")?))
    })?;
    if files > 0 {
        let select = "SELECT name FROM files WHERE message_id = $1 ORDER BY position";
        message.files = db.rows(select, values![id], |row| row.get("name"))?;
    }
    Ok(message)
}
