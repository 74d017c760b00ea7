//! Checks the threads that a user follows, and the read positions that the user's devices heard of.

use std::collections::BTreeMap;

use protocol::{
    FollowedThread, Message, MessageId, Request, Response, Room, RoomId, ServerMessage, Threads,
    is_mentioned,
};

use super::{
    Truth,
    rooms::{Recount, wait_for_tab},
};
use crate::{control::DirectClient, driver::Driver, scenario::Scenario};

/// The threads of a page. Few, so that there are several pages.
const PAGE: u64 = 3;

async fn read_threads(direct: &mut DirectClient) -> Result<Vec<FollowedThread>, String> {
    let (mut threads, mut cursor) = (Vec::new(), None);
    loop {
        let request = Request::Threads(Threads { cursor, limit: Some(PAGE) });
        match direct.request(&request).await {
            Some(ServerMessage::Response(Response::Threads(page))) => {
                threads.extend(page.threads);
                if page.next.is_none() {
                    return Ok(threads);
                }
                cursor = page.next;
            }
            other => return Err(format!("the threads: {other:?}")),
        }
    }
}

/// Whether a user follows a thread: certainly, and possibly.
pub(super) struct Follows {
    must: bool,
    pub(super) may: bool,
}

pub(super) fn follows(
    scenario: &Scenario,
    user: usize,
    first: &Message,
    replies: &[Message],
) -> Follows {
    let me = &scenario.users[user].profile;
    let record = scenario.record.borrow();
    let sent_to_me = |message: &Message| {
        message.sender.id != me.id
            && record.written.get(&message.id).is_some_and(|written| {
                is_mentioned(&written.text, &me.username) && scenario.is_for(user, first.room)
            })
    };
    let is_private = scenario.was_ever_away(user, first.room);
    let is_author = !replies.is_empty()
        && (first.sender.id == me.id || replies.iter().any(|reply| reply.sender.id == me.id));
    let by_replies = replies.iter().any(sent_to_me);
    let by_first = !replies.is_empty() && sent_to_me(first);
    let is_unchanged = first.edited_at.is_none() && !first.deleted;
    let must = is_author || !is_private && (by_replies || by_first && is_unchanged);
    let may = is_author || by_replies || by_first;
    let asked = record.asked.get(&(me.id, first.id));
    let asked_on = asked.is_some_and(|asked| asked.contains(&true));
    let asked_off = asked.is_some_and(|asked| asked.contains(&false));
    let is_certain = record.era == 0 && !is_private;
    match (asked_on, asked_off) {
        (false, false) => Follows { must, may },
        (true, false) if is_certain => Follows { must: true, may: true },
        // A mention after it follows the thread again.
        (false, true) if is_certain => Follows { must: false, may: by_replies },
        (on, _) => Follows { must: false, may: may || on },
    }
}

/// Checks the list of followed threads against the room logs.
pub(super) async fn check_threads(
    driver: &Driver,
    direct: &mut DirectClient,
    recount: &Recount<'_>,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<Vec<FollowedThread>, String> {
    let (scenario, user) = (&driver.scenario, recount.user);
    let listed = read_threads(direct).await?;
    let name = &scenario.users[user].profile.username;
    let order = |one: &FollowedThread| (one.last_at, one.message.id);
    if !listed.is_sorted_by(|one, next| order(one) > order(next)) {
        return Err(format!("the threads of {name} are not in order: {listed:?}"));
    }
    let mut missing: Vec<MessageId> = Vec::new();
    for (room, truth) in truths.iter().filter(|(room, _)| scenario.may_see(user, **room)) {
        for first in truth.messages.iter().filter(|message| message.thread.is_none()) {
            let none = Vec::new();
            let replies = truth.replies.get(&first.id).unwrap_or(&none);
            let Follows { must, may } = follows(scenario, user, first, replies);
            let found = listed.iter().find(|followed| followed.message.id == first.id);
            let Some(found) = found else {
                missing.extend(must.then_some(first.id));
                continue;
            };
            let (position, unread, mentions) = recount.thread(*room, first.id, truth);
            let last = replies.iter().rev().find(|reply| !reply.deleted).unwrap_or(first);
            let told = (found.room, found.read_seq, found.unread, found.mentions, found.last_at);
            let mentions_told = if recount.counts_mentions(*room) { mentions } else { told.3 };
            let expected = (*room, position, unread, mentions_told, last.sent_at);
            let quoted = found.last.as_ref().map_or(first.id, |quote| quote.id);
            if !may || told != expected || found.message != *first || quoted != last.id {
                return Err(format!(
                    "{name} has the thread {found:?}, expected {expected:?} of {first:?}"
                ));
            }
        }
    }
    if !missing.is_empty() {
        return Err(format!("{name} does not see the threads {missing:?} among {listed:?}"));
    }
    let is_stray = |followed: &&FollowedThread| {
        let truth = truths.get(&followed.room).filter(|_| scenario.may_see(user, followed.room));
        truth.and_then(|truth| truth.find(followed.message.id)).is_none()
    };
    if let Some(stray) = listed.iter().find(is_stray) {
        return Err(format!("{name} has a thread that is not there: {stray:?}"));
    }
    Ok(listed)
}

/// Checks that each tab of a user lists the same threads with the same counts, in the rooms that it
/// follows.
pub(super) async fn check_thread_lists(
    driver: &Driver,
    recount: &Recount<'_>,
    rooms: &[Room],
    listed: &[FollowedThread],
) -> Result<(), String> {
    let (scenario, user) = (&driver.scenario, recount.user);
    let is_followed = |room: RoomId| {
        let is_member = rooms.iter().any(|known| known.id == room && known.member);
        is_member && !scenario.was_ever_away(user, room)
    };
    let state = |followed: &FollowedThread| {
        let FollowedThread { message, unread, mentions, read_seq, last_at, last, .. } = followed;
        let shown = (message.id, message.text.clone(), message.replies.clone());
        (shown, *last_at, *read_seq, *unread, *mentions, last.clone())
    };
    let expected = || {
        let listed = listed.iter().filter(|followed| is_followed(followed.room));
        listed.map(state).collect::<Vec<_>>()
    };
    for tab in driver.tabs.iter().filter(|tab| tab.user == user) {
        let known = |model: &app::state::model::Model| {
            let known = model.threads.iter().filter(|followed| is_followed(followed.room));
            (model.threads.is_loaded, known.map(state).collect::<Vec<_>>())
        };
        let here = || tab.with_model(known).unwrap_or_default();
        let why = || format!("{} lists {:?}, expected {:?}", tab.name, here(), expected());
        wait_for_tab(scenario, tab, || here() == (true, expected()), why).await?;
    }
    Ok(())
}

/// Checks that the devices of a user know the same read positions, and the same followed threads.
/// Those that were not connected all the time know only the later ones.
pub(super) fn check_devices(
    driver: &Driver,
    recount: &Recount<'_>,
    rooms: &[Room],
) -> Result<(), String> {
    let scenario = &driver.scenario;
    // Events of several nodes come in any order.
    if driver.cluster.is_clustered() {
        return Ok(());
    }
    let profile = &scenario.users[recount.user].profile;
    let me = profile.id;
    // No event of its own says that a mention follows a thread again.
    let record = scenario.record.borrow();
    let is_called_to = |thread: MessageId| {
        record.written.values().any(|written| {
            written.thread == Some(thread)
                && written.user != recount.user
                && is_mentioned(&written.text, &profile.username)
        })
    };
    let devices = driver.clients.iter().chain(&driver.devices);
    for device in devices.filter(|device| device.user == recount.user) {
        let heard = device.heard.borrow();
        for ((room, thread), seq) in &heard.positions {
            // Who comes back begins anew.
            if scenario.was_ever_away(recount.user, *room) {
                continue;
            }
            // Who joined later has read what was there before, also in threads.
            let joined = recount.memberships.joined.get(&(me, *room)).copied();
            let joined = joined.filter(|_| thread.is_some()).unwrap_or_default();
            let known = match thread {
                Some(thread) => {
                    let known = recount.memberships.threads.get(&(me, *thread)).copied();
                    known.map(|known| known.max(joined))
                }
                None => rooms
                    .iter()
                    .find(|known| known.id == *room && known.member)
                    .map(|known| known.read_seq),
            };
            if known.is_some_and(|known| known != joined.max(*seq)) {
                let slug = scenario.slug(*room);
                return Err(format!(
                    "{} heard of {seq} in {slug}, {thread:?}, which is {known:?}",
                    device.name
                ));
            }
        }
        for (thread, on) in &heard.follows {
            let known = recount.memberships.following.get(&(me, *thread)).copied();
            let is_again = known == Some(true) && !on && is_called_to(*thread);
            if known.is_some_and(|known| known != *on) && !is_again {
                return Err(format!("{} heard {on} of the thread {thread}", device.name));
            }
        }
    }
    Ok(())
}
