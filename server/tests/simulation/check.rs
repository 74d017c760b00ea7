//! Checks the final state of a plan, after all faults have ended.

use std::collections::BTreeMap;

use app::state::room::{Phase, RoomState};
use protocol::{Event, Message};
use room_log::{check_acknowledged, check_log, check_observer, check_order, check_privacy, read};
use rooms::{check_presence, check_rooms};

use crate::{control::DirectClient, driver::Driver};

mod room_log;
mod rooms;

/// A room as a new client sees it.
struct Truth {
    /// All messages in their current state.
    messages: Vec<Message>,
    /// The events of the room log after `from`.
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
        let has_record = |observer: &std::rc::Rc<crate::scripted_client::ScriptedClient>| {
            let end = observer.observes.and_then(|room| truths.get(&room)).map(|truth| truth.seq);
            observer.observed.borrow().last >= end
        };
        driver.observers.iter().all(has_record)
    };
    scenario.wait_until(all_seen, || "an observer has not received all events".into()).await?;
    for observer in &driver.observers {
        let Some(truth) = observer.observes.and_then(|room| truths.get(&room)) else { continue };
        check_observer(&observer.observed.borrow(), truth)
            .map_err(|what| format!("{}: {what}", observer.name))?;
    }
    let caught_up = || {
        driver.tabs.iter().all(|tab| {
            tab.with_model(|model| {
                model.opened_rooms.iter().all(|(room, chat)| {
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
                .opened_rooms
                .iter()
                .map(|(room, chat)| (scenario.slug(*room), chat.log.seq, chat.log.wants_older))
                .collect::<Vec<_>>()
        };
        let tabs: Vec<_> =
            driver.tabs.iter().map(|tab| (&tab.name, tab.with_model(seqs))).collect();
        let ends: Vec<_> =
            truths.iter().map(|(room, truth)| (scenario.slug(*room), truth.seq)).collect();
        format!("the tabs do not reach the end of the room logs: {tabs:?}, {ends:?}")
    };
    scenario.wait_until(caught_up, behind).await?;
    for tab in &driver.tabs {
        let checked = tab.with_model(|model| {
            for (room, chat) in
                model.opened_rooms.iter().filter(|(_, chat)| chat.phase == Phase::Ready)
            {
                if !scenario.may_see(tab.user, *room) {
                    return Err(format!("{}: shows a room that its user has left", tab.name));
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

/// Sorts the reactions, since recovered events may return them in another order. With
/// `BANTER_STRICT=1` that is a failure.
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
