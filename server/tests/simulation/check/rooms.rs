//! Checks unread counts and presence.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

use protocol::{
    Members, Message, MessageId, Request, Response, Room, RoomId, ServerMessage, User,
    is_mentioned, limits::MAX_UNREAD,
};

use super::{
    Truth,
    followed::{self, check_devices, check_thread_lists, check_threads},
    is_strict,
};
use crate::{
    control::DirectClient,
    driver::{Driver, OBSERVING_USER},
    faulty_proxy::Addresses,
    memberships::Memberships,
    scenario::{Hidden, Scenario, TIMEOUT},
    tab::Tab,
};

/// The time in which a tab should receive a read position. It misses some until it reconnects; with
/// `BANTER_STRICT=1` that is a failure.
const READ_POSITION_TIMEOUT: Duration = Duration::from_secs(1);

/// Checks that each node reports exactly the users who are subscribed to a room on any node.
pub(super) async fn check_presence(driver: &Driver) -> Result<(), String> {
    let scenario = &driver.scenario;
    let room = scenario.rooms[0].0;
    // A tab subscribes to its open rooms and to the rooms that its user is a member of.
    let is_subscribed = |tab: &&Rc<Tab>| {
        let is_subscribed = |model: &app::state::model::Model| {
            model.opened_rooms.contains_key(&room)
                || model.rooms.iter().any(|known| known.id == room && known.member)
        };
        tab.with_model(is_subscribed) == Some(true)
    };
    let subscribers = driver.tabs.iter().filter(is_subscribed).map(|tab| tab.user);
    let subscribers: BTreeSet<_> = subscribers
        .chain([OBSERVING_USER])
        .map(|user| scenario.users[user].profile.username.clone())
        .collect();
    let request = Request::Members(Members { room: room.into(), after: None, limit: None });
    for address in scenario.servers.all() {
        let only = Rc::new(Addresses::only(address));
        let mut node = DirectClient::connect_to(scenario, only, "the check of presence", 0)
            .await
            .ok_or("no connection")?;
        let began = Instant::now();
        loop {
            let Some(ServerMessage::Response(Response::Members(page))) =
                node.request(&request).await
            else {
                return Err("no response to members".into());
            };
            let online = page.members.iter().filter(|member| member.online);
            let online: BTreeSet<_> = online.map(|member| member.user.username.clone()).collect();
            if (page.total_online, &online) == (subscribers.len() as u64, &subscribers) {
                break;
            }
            if began.elapsed() > TIMEOUT {
                return Err(format!(
                    "{online:?} are online at {address}, but {subscribers:?} are subscribed"
                ));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

/// What the room logs say of a user's unread messages.
pub(super) struct Recount<'a> {
    pub(super) user: usize,
    pub(super) scenario: &'a Scenario,
    pub(super) memberships: &'a Memberships,
}

impl Recount<'_> {
    fn me(&self) -> &User {
        &self.scenario.users[self.user].profile
    }

    /// Returns whether mentions of the user in a room are certain. Who is outside a private room
    /// cannot be mentioned there.
    pub(super) fn counts_mentions(&self, room: RoomId) -> bool {
        room != self.scenario.private || !self.scenario.was_ever_absent(self.user)
    }

    /// Returns whether a message mentions the user: all its texts do, since an edit adds none.
    fn is_mention(&self, truth: &Truth, message: &Message) -> bool {
        let earlier = truth.earlier.get(&message.id).into_iter().flatten();
        let mut texts = earlier.chain(message.text.as_ref());
        message.sender.id != self.me().id
            && texts.all(|text| is_mentioned(text, &self.me().username))
    }

    /// Counts the unread messages among those after a position, and the mentions in them.
    fn count<'m>(
        &self,
        truth: &Truth,
        messages: impl Iterator<Item = &'m Message>,
        after: u64,
    ) -> (u64, u64) {
        let (mut unread, mut mentions) = (0, 0);
        for message in messages {
            let is_news = message.sender.id != self.me().id || message.reminder;
            if message.seq > after && is_news && !message.deleted {
                unread += 1;
                mentions += u64::from(self.is_mention(truth, message));
            }
        }
        (unread, mentions)
    }

    /// Returns the read position in a thread, which is not before the user came, and the unread
    /// replies and mentions after it.
    pub(super) fn thread(&self, room: RoomId, thread: MessageId, truth: &Truth) -> (u64, u64, u64) {
        let me = self.me().id;
        let position = self.memberships.threads.get(&(me, thread)).copied().unwrap_or_default();
        let Some(joined) = self.memberships.joined.get(&(me, room)) else {
            return (position, 0, 0); // nothing is unread where one is no member
        };
        let position = position.max(*joined);
        let replies = truth.replies.get(&thread).into_iter().flatten();
        let (unread, mentions) = self.count(truth, replies, position);
        (position, unread.min(MAX_UNREAD), mentions.min(MAX_UNREAD))
    }

    /// Returns the unread messages of a room after a position, and the mentions in it and in those
    /// of its threads that the user has not stopped following.
    fn room(&self, room: RoomId, read_seq: u64, truth: &Truth) -> (u64, u64) {
        let me = self.me().id;
        let Some(joined) = self.memberships.joined.get(&(me, room)) else { return (0, 0) };
        let (unread, mut mentions) =
            self.count(truth, truth.messages.iter(), read_seq.max(*joined));
        for (thread, replies) in &truth.replies {
            if self.memberships.following.get(&(me, *thread)) == Some(&false) {
                continue;
            }
            let after = self.memberships.threads.get(&(me, *thread)).copied().unwrap_or_default();
            let hidden = replies.iter().filter(|reply| !reply.in_room);
            mentions += self.count(truth, hidden, after.max(*joined)).1;
        }
        (unread.min(MAX_UNREAD), mentions.min(MAX_UNREAD))
    }

    /// Returns whether a position in a thread is one that the user asked for, at most the last
    /// reply.
    fn is_known_in_thread(&self, thread: MessageId, seq: u64, replies: &[Message]) -> bool {
        let record = self.scenario.record.borrow();
        let asked = record.read_in_thread.get(&(self.me().id, thread));
        let is_end = replies.iter().any(|reply| reply.seq == seq);
        seq == 0
            || record.era > 0
            || asked.is_some_and(|asked| {
                asked.contains(&seq) || is_end && asked.last().is_some_and(|last| *last > seq)
            })
    }

    /// Returns whether a position includes all that the server has confirmed as read, unless the
    /// user asked to go back.
    fn is_read(&self, (room, thread): (RoomId, Option<MessageId>), seq: u64) -> bool {
        let record = self.scenario.record.borrow();
        let place = (self.me().id, room, thread);
        let least = record.read_up_to.get(&place).filter(|_| record.era == 0);
        record.read_back.contains(&place) || least.is_none_or(|least| seq >= *least)
    }

    /// Returns whether the list may have a direct room, and whether it must.
    fn is_listed(&self, room: RoomId, truth: &Truth) -> (bool, bool) {
        let record = self.scenario.record.borrow();
        let Some(Hidden { before, after }) = record.hidden.get(&(self.user, room)).copied() else {
            return (true, true);
        };
        let mentions_me = |reply: &Message| {
            let written = record.written.get(&reply.id);
            reply.sender.id != self.me().id
                && written.is_some_and(|written| is_mentioned(&written.text, &self.me().username))
        };
        let is_shown_after = |seq| truth.messages.iter().any(|message| message.seq > seq);
        // What only a thread shows concerns those who follow it and those whom it mentions.
        let is_replied_after = |seq, is_concerned: &dyn Fn(&Message, &[Message]) -> bool| {
            truth.replies.values().any(|replies| {
                let mut later = replies.iter().filter(|reply| reply.seq > seq);
                later.any(|reply| is_concerned(reply, replies))
            })
        };
        let may_concern = |reply: &Message, replies: &[Message]| {
            let first = reply.thread.and_then(|thread| truth.find(thread));
            mentions_me(reply)
                || first.is_some_and(|first| {
                    followed::follows(self.scenario, self.user, first, replies).may
                })
        };
        let may = is_shown_after(before) || is_replied_after(before, &may_concern);
        let must = is_shown_after(after) || is_replied_after(after, &|reply, _| mentions_me(reply));
        (record.era > 0 || may, record.era == 0 && must)
    }
}

/// Checks unread counts against the read position and the room log.
pub(super) async fn check_rooms(
    driver: &Driver,
    user: usize,
    truths: &BTreeMap<RoomId, Truth>,
    memberships: &Memberships,
) -> Result<(), String> {
    let scenario = &driver.scenario;
    let mut direct =
        DirectClient::connect(scenario, "the check of rooms", user).await.ok_or("no connection")?;
    let rooms = direct.rooms().await.ok_or("no response to rooms")?;
    let profile = &scenario.users[user].profile;
    let recount = Recount { user, scenario, memberships };
    if let Some(hidden) = rooms.iter().find(|room| !scenario.may_see(user, room.id)) {
        return Err(format!("{} sees {hidden:?}", profile.username));
    }
    for (room, slug) in scenario.rooms.iter().filter(|(room, _)| scenario.may_see(user, *room)) {
        let (seen, truth) = (rooms.iter().find(|seen| seen.id == *room), &truths[room]);
        let (may_be_listed, must_be_listed) = recount.is_listed(*room, truth);
        if seen.is_some() && !may_be_listed || seen.is_none() && must_be_listed {
            return Err(format!("{} sees {slug} as {seen:?}", profile.username));
        }
        let Some(seen) = seen else { continue };
        let (unread, mentions) = recount.room(*room, seen.read_seq, truth);
        // A membership begins with everything read.
        let is_of_membership = scenario
            .record
            .borrow()
            .joined
            .get(&(profile.id, *room))
            .is_some_and(|end| seen.read_seq <= *end)
            || *room == scenario.private && scenario.was_ever_absent(user);
        // Where one is no member, everything counts as read.
        let is_known = seen.read_seq == 0
            || (!seen.member && seen.read_seq == seen.seq)
            || is_of_membership
            || scenario.record.borrow().era > 0
            || scenario
                .record
                .borrow()
                .read
                .get(&(profile.id, *room))
                .is_some_and(|read| read.contains(&seen.read_seq));
        let is_right = seen.unread == unread
            && seen.seq == truth.seq
            && seen.member == memberships.joined.contains_key(&(profile.id, *room))
            && (seen.mentions == mentions || !recount.counts_mentions(*room));
        let is_read = recount.is_read((*room, None), seen.read_seq) || !seen.member;
        if !is_right || !is_known || !is_read {
            return Err(format!(
                "{} has {seen:?}, expected {unread} unread with {mentions} mentions",
                profile.username
            ));
        }
        for (thread, replies) in &truth.replies {
            let stored = memberships.threads.get(&(profile.id, *thread));
            let seq = stored.copied().unwrap_or_default();
            // Who joined later has read what was there before.
            let joined = memberships.joined.get(&(profile.id, *room)).copied();
            let read = seq.max(joined.unwrap_or_default());
            let is_read = recount.is_read((*room, Some(*thread)), read);
            if !is_read || !recount.is_known_in_thread(*thread, seq, replies) {
                let record = scenario.record.borrow();
                let asked = record.read_in_thread.get(&(profile.id, *thread));
                let confirmed = record.read_up_to.get(&(profile.id, *room, Some(*thread)));
                return Err(format!(
                    "{} has read {thread} up to {seq}; asked {asked:?}, confirmed {confirmed:?}",
                    profile.username
                ));
            }
        }
    }
    let threads = check_threads(driver, &mut direct, &recount, truths).await?;
    check_devices(driver, &recount, &rooms)?;
    check_tabs(driver, user, &rooms).await?;
    check_thread_lists(driver, &recount, &rooms, &threads).await
}

/// Checks that each tab of a user shows the same counts for its subscribed rooms.
async fn check_tabs(driver: &Driver, user: usize, rooms: &[Room]) -> Result<(), String> {
    let scenario = &driver.scenario;
    let is_subscribed = |room: &&Room| {
        let there = rooms.iter().find(|there| there.id == room.id);
        there.is_some_and(|there| there.member)
    };
    let state = |room: &Room| {
        let mentions = if scenario.was_ever_absent(user) { 0 } else { room.mentions };
        let people = room.people.iter().flatten().map(|user| user.id).collect::<Vec<_>>();
        let name = (room.slug.clone(), room.name.clone(), room.topic.clone(), people);
        (name, room.seq, room.read_seq, room.unread, mentions)
    };
    for tab in driver.tabs.iter().filter(|tab| tab.user == user) {
        let known = |model: &app::state::model::Model| {
            model
                .rooms
                .iter()
                .filter(|room| room.member)
                .filter(is_subscribed)
                .map(state)
                .collect::<Vec<_>>()
        };
        let here = || tab.with_model(known).unwrap_or_default();
        let is_known = |room: &&Room| {
            let is_it = |known: &Room| known.id == room.id && known.member;
            tab.with_model(|model| model.rooms.iter().any(is_it)) == Some(true)
        };
        let there =
            || rooms.iter().filter(is_subscribed).filter(is_known).map(state).collect::<Vec<_>>();
        let why = || format!("{} shows {:?}, expected {:?}", tab.name, here(), there());
        wait_for_tab(scenario, tab, || here() == there(), why).await?;
    }
    Ok(())
}

/// Waits until a tab shows what it should, at the latest after it has connected again.
pub(super) async fn wait_for_tab(
    scenario: &Scenario,
    tab: &Tab,
    is_same: impl Fn() -> bool,
    why: impl Fn() -> String,
) -> Result<(), String> {
    let waiting = scenario.wait_until(&is_same, &why);
    if let Ok(checked) = tokio::time::timeout(READ_POSITION_TIMEOUT, waiting).await {
        return checked;
    }
    if is_strict() {
        return Err(why());
    }
    scenario.count("states that a tab missed");
    tab.control.drops_connection.set(true);
    tab.control.wake.notify_one();
    scenario.wait_until(is_same, why).await
}
