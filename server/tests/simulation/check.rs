//! Checks the final state of a plan, after all faults have ended.

use std::collections::BTreeMap;

use app::state::room::{Phase, RoomState};
use protocol::{Event, Message, MessageId, Sender};
use room_log::{check_acknowledged, check_log, check_observer, check_order, check_privacy};
use rooms::{check_presence, check_rooms};

use crate::{control::DirectClient, driver::Driver};

mod conversations;
mod followed;
mod page;
mod privacy;
mod read;
mod room_log;
mod rooms;

/// A room as a new client sees it.
struct Truth {
    /// All messages that the room shows, in their current state.
    messages: Vec<Message>,
    /// All replies of each thread.
    replies: BTreeMap<MessageId, Vec<Message>>,
    /// The earlier texts of the messages that were edited.
    earlier: BTreeMap<MessageId, Vec<String>>,
    /// The pinned messages, the newest pin first.
    pins: Vec<Message>,
    /// The events of the room log after `from`.
    events: BTreeMap<u64, Event>,
    from: u64,
    seq: u64,
    epoch: String,
}

impl Truth {
    /// Returns all messages, those of threads too, by `seq`.
    fn all(&self) -> Vec<&Message> {
        let hidden = self.replies.values().flatten().filter(|reply| !reply.in_room);
        let mut all: Vec<_> = self.messages.iter().chain(hidden).collect();
        all.sort_by_key(|message| message.seq);
        all
    }

    fn find(&self, id: MessageId) -> Option<&Message> {
        let mut all = self.messages.iter().chain(self.replies.values().flatten());
        all.find(|message| message.id == id)
    }
}

pub(crate) async fn check(driver: &Driver) -> Result<(), String> {
    let scenario = &driver.scenario;
    let mut truths = BTreeMap::new();
    for (room, slug) in &scenario.rooms {
        let reader = scenario.reader_of(*room);
        let mut direct =
            DirectClient::connect(scenario, "the check", reader).await.ok_or("no connection")?;
        let truth = read::read(&mut direct, *room, scenario).await?;
        check_log(&truth)
            .and_then(|()| conversations::check(&truth))
            .map_err(|what| format!("{slug}: {what}"))?;
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
                        || model.is_preview(*room)
                        || truths.get(room).is_none_or(|truth| page::has_all(model, *room, truth))
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
        let checked: Option<Result<(), String>> = tab.with_model(|model| {
            privacy::check_page(scenario, tab, model)?;
            // A room that is only shown is not followed: it is loaded again when the list tells
            // of something new.
            let is_followed =
                |room, chat: &RoomState| chat.phase == Phase::Ready && !model.is_preview(room);
            for (room, _) in
                model.opened_rooms.iter().filter(|(room, chat)| is_followed(**room, chat))
            {
                let truth = truths.get(room).ok_or("an unknown room")?;
                page::check(model, *room, truth)
                    .map_err(|what| format!("{}: {}: {what}", tab.name, scenario.slug(*room)))?;
            }
            Ok(())
        });
        checked.unwrap_or_else(|| Err("a tab is not loaded".into()))?;
    }
    let memberships = driver.cluster.memberships();
    for user in 0..scenario.users.len() {
        check_rooms(driver, user, &truths, &memberships).await?;
        privacy::check_strangers(driver, user, &truths).await?;
    }
    check_presence(driver).await?;
    scenario.check()
}

/// Leaves out what a page does not learn live: the names of who pinned messages, changed texts of
/// quotes, and in a reply the later replies of its thread. Sorts the reactions, since recovered
/// events may return them in another order. With `BANTER_STRICT=1` that is a failure.
fn comparable<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<Message> {
    let mut messages: Vec<_> = messages.into_iter().cloned().collect();
    for message in &mut messages {
        message.thread_replies = None;
        if let Some(pinned_by) = &mut message.pinned_by {
            **pinned_by = Sender { id: pinned_by.id, ..Sender::default() };
        }
        if let Some(quote) = &mut message.reply_to {
            **quote = protocol::Quote { id: quote.id, ..Default::default() };
        }
        if !is_strict() {
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
