//! Checks unread counts and presence.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

use protocol::{
    Members, Message, Request, Response, RoomId, ServerMessage, is_mentioned, limits::MAX_UNREAD,
};

use super::{Truth, is_strict};
use crate::{
    control::DirectClient,
    driver::{Driver, OBSERVING_USER},
    faulty_proxy::Addresses,
    scenario::TIMEOUT,
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

/// Checks unread counts against the read position and the room log.
pub(super) async fn check_rooms(
    driver: &Driver,
    user: usize,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<(), String> {
    let scenario = &driver.scenario;
    let mut direct =
        DirectClient::connect(scenario, "the check of rooms", user).await.ok_or("no connection")?;
    let rooms = direct.rooms().await.ok_or("no response to rooms")?;
    let profile = &scenario.users[user].profile;
    for (room, slug) in scenario.rooms.iter().filter(|(room, _)| scenario.may_see(user, *room)) {
        let (seen, truth) = (rooms.iter().find(|seen| seen.id == *room), &truths[room]);
        let Some(seen) = seen else {
            return Err(format!("{} does not see {slug}", profile.username));
        };
        let others: Vec<_> = truth
            .messages
            .iter()
            .filter(|message| {
                // Nothing is unread where one is no member.
                seen.member
                    && message.seq > seen.read_seq
                    && message.sender.id != profile.id
                    && !message.deleted
            })
            .collect();
        let named = |message: &&&Message| {
            is_mentioned(message.text.as_deref().unwrap_or_default(), &profile.username)
        };
        // An edit adds no mention: those that an edited message has now may not count.
        let certain = |message: &&&Message| message.edited_at.is_none() && named(message);
        let (unread, mentions) = (others.len() as u64, others.iter().filter(named).count() as u64);
        let certain = others.iter().filter(certain).count() as u64;
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
        let is_right = seen.unread == unread.min(MAX_UNREAD)
            && seen.seq == truth.seq
            // Users outside the private room cannot be mentioned there.
            && ((certain..=mentions).contains(&seen.mentions)
                || *room == scenario.private && scenario.was_ever_absent(user));
        if !is_right || !is_known {
            return Err(format!(
                "{} has {seen:?}, expected {unread} unread with {mentions} mentions",
                profile.username
            ));
        }
    }
    // Each tab must show the same counts for its subscribed rooms. If a slow tab moved a position
    // back, other tabs are not notified.
    let was_set_back = |room: &protocol::Room| {
        let record = scenario.record.borrow();
        record
            .read
            .get(&(profile.id, room.id))
            .and_then(BTreeSet::last)
            .is_some_and(|last| *last > room.read_seq)
    };
    let is_subscribed = |room: &&protocol::Room| {
        let there = rooms.iter().find(|there| there.id == room.id);
        there.is_some_and(|there| there.member && !was_set_back(there))
    };
    let state = |room: &protocol::Room| {
        let mentions = if scenario.was_ever_absent(user) { 0 } else { room.mentions };
        (room.slug.clone(), room.read_seq, room.unread, mentions)
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
        let is_known = |room: &&protocol::Room| {
            let is_it = |known: &protocol::Room| known.id == room.id && known.member;
            tab.with_model(|model| model.rooms.iter().any(is_it)) == Some(true)
        };
        let there =
            || rooms.iter().filter(is_subscribed).filter(is_known).map(state).collect::<Vec<_>>();
        let why = || format!("{} shows {:?}, expected {:?}", tab.name, here(), there());
        let is_same = || here() == there();
        let Ok(checked) =
            tokio::time::timeout(READ_POSITION_TIMEOUT, scenario.wait_until(is_same, why)).await
        else {
            if is_strict() {
                return Err(why());
            }
            scenario.count("read positions that a tab missed");
            tab.control.drops_connection.set(true);
            tab.control.wake.notify_one();
            scenario.wait_until(is_same, why).await?;
            continue;
        };
        checked?;
    }
    Ok(())
}
