//! Executes the steps of a plan.

use std::time::Duration;

use app::state::updates::UpdateKind;
use protocol::{
    Chat, ChatDelete, ChatEdit, ChatReact, History, MessageId, OpId, Request, RoomId, Typing,
};

use super::Driver;
use crate::{faulty_proxy::FaultyProxy, plan::Step, scenario::Op};

/// The longest time that a plan waits for more frames.
const AWAITED: Duration = Duration::from_millis(20);

const EMOJI: [&str; 2] = ["👍", "🎉"];

impl Driver {
    /// Returns an acknowledged message, of this user or of any: half of the time a reply in a
    /// thread, if there is one.
    fn any_message(&self, number: usize, by: Option<usize>) -> Option<(MessageId, RoomId)> {
        let reply = || self.message_among(number / 2, by, true);
        let message = || self.message(number, by);
        if number.is_multiple_of(2) { reply().or_else(message) } else { message() }
    }

    /// Returns an acknowledged message, of this user or of any.
    pub(super) fn message(&self, number: usize, by: Option<usize>) -> Option<(MessageId, RoomId)> {
        self.message_among(number, by, false)
    }

    fn message_among(
        &self,
        number: usize,
        by: Option<usize>,
        only_replies: bool,
    ) -> Option<(MessageId, RoomId)> {
        let record = self.scenario.record.borrow();
        let known: Vec<_> = record
            .acked
            .range((record.era, MessageId(uuid::Uuid::nil()))..)
            .filter_map(|((_, id), _)| Some((*id, record.written.get(id)?)))
            .filter(|(_, written)| by.is_none_or(|by| by == written.user))
            .filter(|(_, written)| !only_replies || written.thread.is_some())
            .map(|(id, written)| (id, written.room))
            .collect();
        (!known.is_empty()).then(|| known[number % known.len()])
    }

    /// Returns a message that somebody asked to pin, of this user or of any.
    fn pinned(&self, number: usize, by: Option<usize>) -> Option<(MessageId, RoomId)> {
        let record = self.scenario.record.borrow();
        let is_by =
            |id| record.written.get(&id).is_some_and(|it| by.is_none_or(|by| by == it.user));
        let pins = record.ops.values().filter(|op| op.kind == "pin" && is_by(op.message));
        let pinned: Vec<_> = pins.map(|op| (op.message, op.room)).collect();
        (!pinned.is_empty()).then(|| pinned[number % pinned.len()])
    }

    pub(super) fn text(&mut self, mention: Option<usize>) -> String {
        let word = self.random.next() % 1_000_000;
        let mention = mention
            .map(|user| &self.scenario.users[user % self.scenario.users.len()].profile.username);
        mention.map_or_else(|| format!("text {word}"), |name| format!("text {word} for @{name}"))
    }

    pub(crate) async fn execute(&mut self, step: Step) -> Result<(), String> {
        self.cluster.step().await?;
        match step {
            Step::Write { tab, room, count, mention } => {
                let opened = self.tab(tab).with_model(|model| {
                    // A room that is only shown has no composer.
                    let opened = model.opened_rooms.keys().copied();
                    let mut opened: Vec<_> = opened.filter(|id| !model.is_preview(*id)).collect();
                    opened.sort_unstable();
                    opened
                });
                let Some(opened) = opened.filter(|opened| !opened.is_empty()) else {
                    return Ok(());
                };
                let room = opened[room % opened.len()];
                for _ in 0..count {
                    let (id, text) = (self.random.uuid(), self.text(mention));
                    self.tab(tab).write(room, id, text);
                }
            }
            Step::WriteLarge { user, room, count } => {
                let (room, text) = (self.room(room), "🦀".repeat(10_000));
                self.scenario.record.borrow_mut().large.insert(room);
                self.chats(user, room, count, &text);
            }
            Step::WriteMany { user, room, count } => {
                self.chats(user, self.room(room), count, "one of many")
            }
            Step::Edit { user, message, mention } => {
                let user = user % self.clients.len();
                let Some((id, room)) = self.any_message(message, Some(user)) else { return Ok(()) };
                let text = self.text(mention);
                let op = self.op(room, id, "edit", Some(text.clone()));
                self.client(user).request(Request::ChatEdit(ChatEdit {
                    room: Some(room.into()),
                    id,
                    op,
                    text,
                    files: None,
                }));
            }
            Step::Delete { user, message } => {
                let user = user % self.clients.len();
                let by = (user > 0).then_some(user);
                let pinned = self.pinned(message / 3, by).filter(|_| message % 3 == 0);
                let Some((id, room)) = pinned.or_else(|| self.any_message(message, by)) else {
                    return Ok(());
                };
                let op = self.op(room, id, "delete", None);
                self.client(user).request(Request::ChatDelete(ChatDelete {
                    room: Some(room.into()),
                    id,
                    op,
                }));
            }
            Step::React { user, message, emoji, on } => {
                let Some((id, room)) = self.message(message, None) else { return Ok(()) };
                let emoji = EMOJI[emoji];
                let op = self.op(room, id, emoji, None);
                let request =
                    ChatReact { room: Some(room.into()), id, op, emoji: emoji.into(), on };
                self.client(user).request(Request::ChatReact(request));
            }
            step @ (Step::Read { .. }
            | Step::ReadBack { .. }
            | Step::Reply { .. }
            | Step::DeleteReply { .. }
            | Step::SetTopic
            | Step::ReadThread { .. }
            | Step::Follow { .. }
            | Step::Pin { .. }
            | Step::WriteDirect { .. }
            | Step::HideDirect { .. }
            | Step::Look { .. }) => self.converse(step).await?,
            Step::Page { user, room, cursor, seq } => {
                let (last, room) = (self.last(room), Some(self.room(room).into()));
                let (seq, limit) = (Some(seq as u64 % (last + 2)), Some(1 + seq as u64 % 20));
                let history = match cursor {
                    0 => History { room, before: seq, limit, ..History::default() },
                    1 => History { room, after: seq, limit, ..History::default() },
                    2 => History { room, around: seq, limit, ..History::default() },
                    _ => History { room, ..History::default() },
                };
                self.client(user).request(Request::History(history));
            }
            Step::Typing { user, room } => {
                // It has no reply, so it is sent together with the next request.
                let typing = Typing { room: Some(self.room(room).into()), thread: None };
                self.client(user).signal(Request::Typing(typing));
            }
            Step::Open { tab, room } => self.open(tab, room),
            Step::OpenThread { tab, thread } => self.tab(tab).open_thread(thread),
            Step::SetAtEnd { tab, at_end } => {
                self.tab(tab).update(|model| {
                    if let Some(room) = model.room_in_view {
                        model.set_at_end(room, at_end);
                    }
                });
            }
            Step::Change { tab, message, kind } => self.change_on_page(tab, message, kind),
            Step::Older { tab } => {
                self.tab(tab).update(|model| {
                    if let Some(chat) =
                        model.room_in_view.and_then(|room| model.opened_rooms.get_mut(&room))
                    {
                        chat.log.wants_older |= chat.log.has_more;
                    }
                });
            }
            Step::SuspendTab { tab } => self.tab(tab).control.suspended.set(true),
            Step::ResumeTab { tab } => {
                self.tab(tab).control.suspended.set(false);
                self.tab(tab).control.wake.notify_one();
            }
            Step::Reload { tab } => self.tab(tab).reload(),
            Step::Cut { proxy } => self.control(proxy).proxy.cut(),
            Step::Disconnect { proxy } => self.control(proxy).proxy.disconnect(),
            Step::Stall { proxy, up, down } => self.control(proxy).proxy.stall(up, down),
            Step::BlackHole { proxy } => self.control(proxy).proxy.black_hole(),
            Step::Heal { proxy } => self.control(proxy).heal(),
            Step::Restart => {
                let node = self.any_node();
                self.cluster.end(node).await?;
                self.cluster.step().await?;
            }
            Step::Kill { down_for } => {
                let node = self.any_node();
                self.cluster.kill(node, down_for);
            }
            Step::KillOnAck { user, room, count } => self.kill_on_ack(user, room, count).await,
            Step::CutRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(FaultyProxy::cut)
            }
            Step::DisconnectRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(FaultyProxy::disconnect)
            }
            Step::StallRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(|proxy| proxy.stall(true, true))
            }
            Step::KillRedis => self.cluster.kill_redis(),
            Step::CutDatabase { node } => {
                self.cluster.database_proxy(node).into_iter().for_each(FaultyProxy::cut)
            }
            Step::DisconnectDatabase { node } => {
                self.cluster.database_proxy(node).into_iter().for_each(FaultyProxy::disconnect)
            }
            Step::Suspend { node } => {
                self.cluster.process(node).into_iter().for_each(|process| process.suspend(true))
            }
            Step::HealNodes => self.cluster.heal(),
            // Memberships and epochs reach other nodes with a delay.
            Step::Remove { .. } | Step::Add { .. } | Step::Backup | Step::Restore
                if self.cluster.is_clustered() => {}
            Step::Remove { user } => self.remove(user % self.clients.len()).await?,
            Step::Add { user } => self.add(user % self.clients.len()).await?,
            Step::Backup => self.back_up().await?,
            Step::Restore => self.restore().await?,
            Step::Pause { ms } => tokio::time::sleep(Duration::from_millis(ms as u64)).await,
            Step::Await { frames } => {
                let until = self.scenario.record.borrow().frames + frames as u64;
                let enough = self
                    .scenario
                    .wait_until(|| self.scenario.record.borrow().frames >= until, String::new);
                if let Ok(failed) = tokio::time::timeout(AWAITED, enough).await {
                    failed?;
                }
            }
        }
        // Half of the time, the clients that were woken run before the next step.
        if self.random.chance(50) {
            tokio::task::yield_now().await;
        }
        self.scenario.check()
    }

    pub(super) fn change_on_page(&mut self, tab: usize, message: usize, kind: usize) {
        let own = kind < 4;
        let known = self.tab(tab).with_model(|model| {
            let (room, me) = (model.room_in_view?, model.me.id);
            let messages = &model.opened_rooms.get(&room)?.log.messages;
            let fits = |message: &&protocol::Message| {
                !message.deleted && (!own || message.sender.id == me)
            };
            let known: Vec<_> = messages.iter().filter(fits).map(|message| message.id).collect();
            (!known.is_empty()).then(|| (room, known[message % known.len()]))
        });
        let Some(Some((room, id))) = known else { return };
        let emoji = EMOJI[kind % 2];
        let (name, text, kind) = match kind {
            0..=2 => {
                let text = self.text(None);
                ("edit", Some(text.clone()), UpdateKind::Edit(text))
            }
            3 => ("delete", None, UpdateKind::Delete),
            kind => (emoji, None, UpdateKind::React { emoji: emoji.into(), on: kind < 7 }),
        };
        let at = self.scenario.next_timestamp();
        if let Some(op) = self.op(room, id, name, text) {
            self.tab(tab).update(|model| model.update(op, room, id, kind, at));
        }
    }

    pub(super) fn chats(&mut self, user: usize, room: RoomId, count: usize, text: &str) {
        for _ in 0..count {
            let id = self.random.uuid();
            self.client(user).chat(room, id, Chat { text: text.to_owned(), ..Chat::default() });
        }
    }

    pub(super) fn op(
        &mut self,
        room: RoomId,
        message: MessageId,
        kind: &str,
        text: Option<String>,
    ) -> Option<OpId> {
        let op = OpId(self.random.uuid());
        self.scenario
            .record
            .borrow_mut()
            .ops
            .insert(op, Op { room, message, kind: kind.into(), text });
        Some(op)
    }

    /// Returns the last `seq` of a room that its observer knows.
    pub(super) fn last(&self, room: usize) -> u64 {
        self.observers[room % self.observers.len()].observed.borrow().last.unwrap_or_default()
    }

    pub(super) async fn kill_on_ack(&mut self, user: usize, room: usize, count: usize) {
        let node = self.any_node();
        let (room, Some(process)) = (self.room(room), self.cluster.process(node)) else { return };
        self.scenario.record.borrow_mut().kill_on_ack = Some(process.id());
        for number in 0..4 {
            self.chats(user + number, room, count.div_ceil(4), "sent while the server is killed");
        }
        let killed = || self.scenario.record.borrow().kill_on_ack.is_none();
        let killed = self.scenario.wait_until(killed, String::new);
        let _ = tokio::time::timeout(AWAITED, killed).await;
        self.scenario.record.borrow_mut().kill_on_ack = None;
        self.cluster.kill(node, 0);
    }
}
