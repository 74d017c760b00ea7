//! What has to be so once all has come to rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

use app::state::room::{Phase, RoomState};
use protocol::{
    Event, History, Members, Message, MessageId, Request, Response, RoomId, ServerMessage,
    Subscribe, is_mentioned,
    limits::{MAX_RECOVERED_EVENTS, MAX_UNREAD},
};

use crate::{
    control::DirectClient,
    driver::{Driver, OBSERVING_USER, must_be_there},
    faulty_proxy::Addresses,
    scenario::{Scenario, TIMEOUT},
    tab::Tab,
};

/// How long a tab may take to hear of a read position. Some it does not hear of before it connects anew: with
/// `BANTER_STRICT=1` that is a failure.
const READ_POSITION_TIMEOUT: Duration = Duration::from_secs(1);

/// A room as somebody sees it who begins now.
struct Truth {
    /// All messages as they stand.
    messages: Vec<Message>,
    /// The log, from after `from` on.
    events: BTreeMap<u64, Event>,
    from: u64,
    seq: u64,
    epoch: String,
}

pub(crate) async fn check(driver: &Driver) -> Result<(), String> {
    let scenario = &driver.scenario;
    let mut direct =
        DirectClient::connect(scenario, "the check", 0).await.ok_or("no connection")?;
    let mut truths = BTreeMap::new();
    for (room, slug) in &scenario.rooms {
        let truth = read(&mut direct, *room, scenario).await?;
        check_log(&truth).map_err(|what| format!("{slug}: {what}"))?;
        truths.insert(*room, truth);
    }
    check_acknowledged(scenario, &truths)?;
    check_order(scenario, &truths)?;
    check_privacy(scenario)?;
    let all_seen = || {
        let is_there = |observer: &std::rc::Rc<crate::scripted_client::ScriptedClient>| {
            let end = observer.observes.and_then(|room| truths.get(&room)).map(|truth| truth.seq);
            observer.observed.borrow().last >= end
        };
        driver.observers.iter().all(is_there)
    };
    scenario.wait_until(all_seen, || "an observer does not see all".into()).await?;
    for observer in &driver.observers {
        let Some(truth) = observer.observes.and_then(|room| truths.get(&room)) else { continue };
        check_observer(&observer.observed.borrow(), truth)
            .map_err(|what| format!("{}: {what}", observer.name))?;
    }
    let caught_up = || {
        driver.tabs.iter().all(|tab| {
            tab.with_model(|model| {
                model.open_rooms.iter().all(|(room, chat)| {
                    chat.phase != Phase::Ready
                        || truths
                            .get(room)
                            .is_none_or(|truth| truth.seq == chat.log.seq && !chat.log.wants_older)
                })
            }) == Some(true)
        })
    };
    let behind = || {
        let seqs = |model: &app::state::model::Model| {
            model
                .open_rooms
                .iter()
                .map(|(room, chat)| (scenario.slug(*room), chat.log.seq, chat.log.wants_older))
                .collect::<Vec<_>>()
        };
        let tabs: Vec<_> =
            driver.tabs.iter().map(|tab| (&tab.name, tab.with_model(seqs))).collect();
        let ends: Vec<_> =
            truths.iter().map(|(room, truth)| (scenario.slug(*room), truth.seq)).collect();
        format!("the tabs do not come as far as the log: {tabs:?}, {ends:?}")
    };
    scenario.wait_until(caught_up, behind).await?;
    for tab in &driver.tabs {
        let checked = tab.with_model(|model| {
            for (room, chat) in
                model.open_rooms.iter().filter(|(_, chat)| chat.phase == Phase::Ready)
            {
                if !scenario.may_see(tab.user, *room) {
                    return Err(format!("{}: shows a room that its user left", tab.name));
                }
                let truth = truths.get(room).ok_or("an unknown room")?;
                check_tab(chat, truth)
                    .map_err(|what| format!("{}: {}: {what}", tab.name, scenario.slug(*room)))?;
            }
            Ok(())
        });
        checked.unwrap_or_else(|| Err("a tab is not loaded".into()))?;
    }
    for user in 0..scenario.users.len() {
        check_rooms(driver, user, &truths).await?;
    }
    check_presence(driver).await?;
    scenario.check()
}

/// Each node tells of everybody who follows a room, wherever, and of nobody else.
async fn check_presence(driver: &Driver) -> Result<(), String> {
    let scenario = &driver.scenario;
    let room = scenario.rooms[0].0;
    // What is open in a tab, and what its user belongs to.
    let follows = |tab: &&Rc<Tab>| {
        let follows = |model: &app::state::model::Model| {
            model.open_rooms.contains_key(&room)
                || model.rooms.iter().any(|known| known.id == room && known.member)
        };
        tab.with_model(follows) == Some(true)
    };
    let following = driver.tabs.iter().filter(follows).map(|tab| tab.user);
    let following: BTreeSet<_> = following
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
            let Some(ServerMessage::Response(Response::Members(page))) = node.ask(&request).await
            else {
                return Err("no answer to members".into());
            };
            let online = page.members.iter().filter(|member| member.online);
            let online: BTreeSet<_> = online.map(|member| member.user.username.clone()).collect();
            if (page.total_online, &online) == (following.len() as u64, &following) {
                break;
            }
            if began.elapsed() > TIMEOUT {
                return Err(format!(
                    "{online:?} are online at {address}, where {following:?} follow"
                ));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

async fn read(
    direct: &mut DirectClient,
    room: RoomId,
    scenario: &Scenario,
) -> Result<Truth, String> {
    let lost = || "the connection was lost".to_owned();
    let subscribe = |since| Request::Subscribe(Subscribe { room: room.into(), since, epoch: None });
    let newest = match direct.ask(&subscribe(None)).await.ok_or_else(lost)? {
        ServerMessage::Response(Response::Subscribe(answer)) => answer,
        other => return Err(format!("{other:?}")),
    };
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let after = Some(messages.last().map_or(0, |last| last.seq));
        let history =
            History { room: Some(room.into()), after, limit: Some(100), ..History::default() };
        let page = match direct.ask(&Request::History(history)).await.ok_or_else(lost)? {
            ServerMessage::Response(Response::History(page)) => page,
            other => return Err(format!("{other:?}")),
        };
        messages.extend(page.messages);
        if !page.has_more {
            break;
        }
    }
    if !messages.ends_with(&newest.messages)
        || newest.has_more != (messages.len() > newest.messages.len())
    {
        return Err(format!("the newest page is not the history's end: {newest:?}"));
    }
    let mut from = newest.seq.saturating_sub(MAX_RECOVERED_EVENTS as u64);
    let is_large = scenario.record.borrow().large.contains(&room);
    let events = loop {
        match direct.ask(&subscribe(Some(from))).await.ok_or_else(lost)? {
            ServerMessage::Response(Response::Subscribe(answer)) if answer.recovered => {
                break answer.events;
            }
            // Too large for one answer: the newer half.
            ServerMessage::Response(Response::Subscribe(_)) if is_large => {
                from = newest.seq - (newest.seq - from) / 2
            }
            other => return Err(format!("{other:?}")),
        }
    };
    let events =
        events.into_iter().filter_map(|event| Some((event.0.log_position()?.1, event.0))).collect();
    Ok(Truth { messages, events, from, seq: newest.seq, epoch: newest.epoch })
}

/// Gapless, and the same read in two ways.
fn check_log(truth: &Truth) -> Result<(), String> {
    if !truth.events.keys().copied().eq(truth.from + 1..=truth.seq) {
        return Err(format!("the log has a hole: {:?} up to {}", truth.events.keys(), truth.seq));
    }
    let seqs: BTreeSet<_> = truth.messages.iter().map(|message| message.seq).collect();
    let ids: BTreeSet<_> = truth.messages.iter().map(|message| message.id).collect();
    if (seqs.len(), ids.len()) != (truth.messages.len(), truth.messages.len()) {
        return Err("a message is there twice".into());
    }
    for (seq, event) in &truth.events {
        if matches!(event, Event::Chat(_)) != seqs.contains(seq) {
            return Err(format!("the history does not agree with event {seq}: {event:?}"));
        }
    }
    // An old page with all events since is the new page.
    if truth.from == 0 {
        let mut folded = RoomState::default();
        folded.phase = Phase::Ready;
        for event in truth.events.values() {
            folded.apply(event, 0);
        }
        if comparable(&folded.log.messages) != comparable(&truth.messages) {
            return Err(different(
                "replaying the log gives another history",
                &folded.log.messages,
                &truth.messages,
            ));
        }
    }
    Ok(())
}

/// Replaying reactions that were taken back and given again may bring them in another order: with `BANTER_STRICT=1`
/// that is a failure.
fn comparable(messages: &[Message]) -> Vec<Message> {
    let mut messages = messages.to_vec();
    if !is_strict() {
        for message in &mut messages {
            message
                .reactions
                .sort_by(|one, other| (one.user, &one.emoji).cmp(&(other.user, &other.emoji)));
        }
    }
    messages
}

fn is_strict() -> bool {
    std::env::var_os("BANTER_STRICT").is_some()
}

fn different(what: &str, here: &[Message], there: &[Message]) -> String {
    let place = here
        .iter()
        .zip(there)
        .position(|(one, other)| one != other)
        .unwrap_or(here.len().min(there.len()));
    format!(
        "{what}: {} and {} messages, first {:?} and {:?}",
        here.len(),
        there.len(),
        here.get(place),
        there.get(place)
    )
}

fn check_acknowledged(scenario: &Scenario, truths: &BTreeMap<RoomId, Truth>) -> Result<(), String> {
    let (messages, ops) = must_be_there(scenario);
    let record = scenario.record.borrow();
    let mut places: BTreeMap<MessageId, (RoomId, u64)> = BTreeMap::new();
    for (room, truth) in truths {
        for message in &truth.messages {
            if places.insert(message.id, (*room, message.seq)).is_some() {
                return Err(format!("{} is there twice", message.id));
            }
            let written = record
                .written
                .get(&message.id)
                .ok_or_else(|| format!("nobody wrote {message:?}"))?;
            let edits = record
                .ops
                .values()
                .filter(|op| op.message == message.id)
                .filter_map(|op| op.text.as_ref());
            let said = message.text.as_ref();
            let is_edited = message.edited_at.is_some();
            if said.is_some_and(|said| {
                if is_edited {
                    !edits.into_iter().any(|text| text == said)
                } else {
                    *said != written.text
                }
            }) {
                return Err(format!("{message:?} was written as {written:?}"));
            }
        }
    }
    for (id, seq) in messages {
        let written = record.written.get(&id);
        if places.get(&id).map(|(_, seq)| *seq) != Some(seq) {
            let place = places.get(&id);
            return Err(format!(
                "{id} was acknowledged at {seq} and is now at {place:?}: {written:?}"
            ));
        }
    }
    let mut edits = BTreeSet::new();
    for (op, seq) in ops {
        let Some(asked) = record.ops.get(&op) else { continue };
        let truth = &truths[&asked.room];
        if seq <= truth.from {
            continue;
        }
        let event = truth.events.get(&seq);
        let fits = match event {
            Some(Event::ChatEdited(edited)) => {
                asked.kind == "edit"
                    && edited.id == asked.message
                    && (edited.text.is_none() || edited.text == asked.text)
                    && edits.insert((asked.room, seq))
            }
            Some(Event::ChatDeleted(deleted)) => {
                asked.kind == "delete" && deleted.id == asked.message
            }
            Some(Event::ChatReacted(reacted)) => {
                asked.kind == reacted.emoji && reacted.id == asked.message
            }
            // Taking back what never was is so from the message's beginning.
            Some(Event::Chat(message)) => {
                message.id == asked.message && !["edit", "delete"].contains(&&*asked.kind)
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "the change {op:?} {asked:?} was acknowledged at {seq}, where there is {event:?}"
            ));
        }
    }
    // What somebody wrote is not forgotten, unless it was there and a backup was restored.
    for (id, written) in &record.written {
        let was_there = (0..record.era).any(|era| {
            record.places.contains_key(&(era, *id)) || record.acked.contains_key(&(era, *id))
        });
        if !places.contains_key(id) && !record.refused.contains_key(id) && !was_there {
            return Err(format!("forgotten: {id}, {written:?}"));
        }
    }
    for (op, asked) in &record.ops {
        let answered = (0..=record.era).any(|era| record.acked_ops.contains_key(&(era, *op)));
        if !answered && !record.refused_ops.contains_key(op) {
            return Err(format!("forgotten: {op}, {asked:?}"));
        }
    }
    // No change more often than it was asked for.
    let mut counts: BTreeMap<(MessageId, String), usize> = BTreeMap::new();
    for (op, asked) in &record.ops {
        if !record.refused_ops.contains_key(op) {
            *counts.entry((asked.message, asked.kind.clone())).or_default() += 1;
        }
    }
    for event in truths.values().flat_map(|truth| truth.events.values()) {
        let (id, kind) = match event {
            Event::ChatEdited(edited) => (edited.id, "edit"),
            Event::ChatDeleted(deleted) => (deleted.id, "delete"),
            Event::ChatReacted(reacted) => (reacted.id, &*reacted.emoji),
            _ => continue,
        };
        match counts.get_mut(&(id, kind.to_owned())) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(format!("more often than it was asked for: {event:?}")),
        }
    }
    Ok(())
}

/// What one client wrote into a room stands in the order written, as far as nothing was refused in between. Where a backup
/// was restored, what it had forgotten may be sent again by a page that has not heard of its acknowledgement.
fn check_order(scenario: &Scenario, truths: &BTreeMap<RoomId, Truth>) -> Result<(), String> {
    let record = scenario.record.borrow();
    if record.counts.contains_key("restored") {
        return Ok(());
    }
    for truth in truths.values() {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for message in &truth.messages {
            let Some(written) = record.written.get(&message.id) else { continue };
            if record.refused.contains_key(&message.id)
                || record.deferred_clients.contains(&written.origin.0)
            {
                continue;
            }
            let (origin, number) = (written.origin.0.as_str(), written.origin.1);
            if last.insert(origin, number).is_some_and(|before| before >= number) {
                return Err(format!("{origin} wrote {message:?} before what stands before it"));
            }
        }
    }
    Ok(())
}

fn check_privacy(scenario: &Scenario) -> Result<(), String> {
    let record = scenario.record.borrow();
    for (user, era, from, to) in &record.absences {
        let seen = record.seen_in_private.range((*user, *era, from + 1)..).next();
        if let Some((_, _, seq)) =
            seen.filter(|(who, when, seq)| who == user && when == era && seq <= to)
        {
            return Err(format!(
                "{user} saw {seq} of the private room live, while away from {from} to {to}"
            ));
        }
    }
    Ok(())
}

fn check_observer(
    observed: &crate::scripted_client::Observed,
    truth: &Truth,
) -> Result<(), String> {
    if observed.last != Some(truth.seq)
        || !observed.events.keys().copied().eq(observed.from + 1..=truth.seq)
    {
        return Err(format!("saw {:?}, of {}", observed.events.keys(), truth.seq));
    }
    for (seq, event) in &observed.events {
        let Some(logged) = truth.events.get(seq) else { continue };
        // What was deleted since has lost its text in the log.
        let agrees = match (event, logged) {
            (Event::Chat(seen), Event::Chat(logged)) => {
                (seen.id, &seen.sender, seen.sent_at) == (logged.id, &logged.sender, logged.sent_at)
            }
            (Event::ChatEdited(seen), Event::ChatEdited(logged)) => {
                seen.id == logged.id
                    && seen.edited_at == logged.edited_at
                    && (logged.text.is_none() || seen.text == logged.text)
            }
            (seen, logged) => seen == logged,
        };
        if !agrees {
            return Err(format!("saw {event:?}, the log has {logged:?}"));
        }
    }
    Ok(())
}

fn check_tab(chat: &RoomState, truth: &Truth) -> Result<(), String> {
    let first = chat.log.messages.first().map_or(u64::MAX, |first| first.seq);
    let (older, same): (Vec<_>, Vec<_>) =
        truth.messages.iter().cloned().partition(|message| message.seq < first);
    if comparable(&chat.log.messages) != comparable(&same) {
        return Err(different("shows another history", &chat.log.messages, &same));
    }
    if chat.log.has_more == older.is_empty() {
        return Err(format!(
            "has_more is {}, with {} older messages",
            chat.log.has_more,
            older.len()
        ));
    }
    if (chat.log.seq, chat.log.epoch.as_ref()) != (truth.seq, Some(&truth.epoch)) {
        return Err(format!("is at {} in {:?}", chat.log.seq, chat.log.epoch));
    }
    Ok(())
}

/// What is unread follows from the read position and the log.
async fn check_rooms(
    driver: &Driver,
    user: usize,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<(), String> {
    let scenario = &driver.scenario;
    let mut direct =
        DirectClient::connect(scenario, "the check of rooms", user).await.ok_or("no connection")?;
    let rooms = direct.rooms().await.ok_or("no answer to rooms")?;
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
                message.seq > seen.read_seq && message.sender.id != profile.id && !message.deleted
            })
            .collect();
        let named = |message: &&&Message| {
            is_mentioned(message.text.as_deref().unwrap_or_default(), &profile.username)
        };
        let (unread, mentions) = (others.len() as u64, others.iter().filter(named).count() as u64);
        let is_known = seen.read_seq == 0
            || scenario.record.borrow().era > 0
            || scenario
                .record
                .borrow()
                .read
                .get(&(profile.id, *room))
                .is_some_and(|read| read.contains(&seen.read_seq));
        let is_right = seen.unread == unread.min(MAX_UNREAD)
            && seen.seq == truth.seq
            // Who was not in the private room was not named there.
            && (seen.mentions == mentions || *room == scenario.private && scenario.was_ever_absent(user));
        if !is_right || !is_known {
            return Err(format!(
                "{} has {seen:?}, and {unread} unread with {mentions} mentions",
                profile.username
            ));
        }
    }
    // Each tab tells the same of the rooms that it follows. Where a late tab set a position back, it does not hear of it.
    let was_set_back = |room: &protocol::Room| {
        let record = scenario.record.borrow();
        record
            .read
            .get(&(profile.id, room.id))
            .and_then(BTreeSet::last)
            .is_some_and(|last| *last > room.read_seq)
    };
    let follows = |room: &&protocol::Room| {
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
                .filter(follows)
                .map(state)
                .collect::<Vec<_>>()
        };
        let here = || tab.with_model(known).unwrap_or_default();
        let is_known = |room: &&protocol::Room| {
            let is_it = |known: &protocol::Room| known.id == room.id && known.member;
            tab.with_model(|model| model.rooms.iter().any(is_it)) == Some(true)
        };
        let there = || rooms.iter().filter(follows).filter(is_known).map(state).collect::<Vec<_>>();
        let why = || format!("{} tells of {:?}, where there is {:?}", tab.name, here(), there());
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
