//! Checks that nobody learns of rooms that are not for them.

use std::{collections::BTreeMap, rc::Rc};

use app::state::model::Model;
use protocol::{
    Edits, ErrorCode, Favourite, History, Members, Notify, NotifyLevel, Pins, Read, Request,
    RoomId, ServerMessage, Subscribe, ThreadFollow,
};
use reqwest::{Method, StatusCode};

use super::Truth;
use crate::{
    control::DirectClient,
    driver::{Driver, NO_BODY},
    scenario::Scenario,
    tab::Tab,
};

/// Checks that a page lists and shows only rooms that its user may see.
pub(super) fn check_page(scenario: &Rc<Scenario>, tab: &Tab, model: &Model) -> Result<(), String> {
    use app::state::room::Phase;
    let opened = model.opened_rooms.iter().filter(|(_, chat)| chat.phase == Phase::Ready);
    let listed = model.rooms.iter().map(|room| room.id);
    for room in opened.map(|(room, _)| *room).chain(listed) {
        if !scenario.may_see(tab.user, room) {
            return Err(format!("{}: shows {}, not for its user", tab.name, scenario.slug(room)));
        }
    }
    Ok(())
}

/// Asks as a user for everything of the rooms that the user may not see.
pub(super) async fn check_strangers(
    driver: &Driver,
    user: usize,
    truths: &BTreeMap<RoomId, Truth>,
) -> Result<(), String> {
    let scenario = &driver.scenario;
    let hidden = |room: &&RoomId| !scenario.may_see(user, **room);
    let rooms: Vec<_> = truths.keys().filter(hidden).copied().collect();
    if rooms.is_empty() {
        return Ok(());
    }
    let mut direct =
        DirectClient::connect(scenario, "a stranger", user).await.ok_or("no connection")?;
    for room in rooms {
        let truth = &truths[&room];
        let first = truth.messages.first().map(|message| message.id).unwrap_or_default();
        let thread = truth.replies.keys().next().copied().unwrap_or(first);
        let name = Some(room.into());
        let requests = [
            Request::Subscribe(Subscribe {
                room: room.into(),
                since: Some(0),
                epoch: None,
                join: None,
            }),
            Request::History(History { room: name.clone(), ..History::default() }),
            Request::History(History {
                room: name.clone(),
                thread: Some(thread),
                ..History::default()
            }),
            Request::Members(Members { room: room.into(), after: None, limit: None }),
            Request::Pins(Pins { room: name.clone(), after: None }),
            Request::Edits(Edits { room: name.clone(), id: first, after: None }),
            Request::Read(Read { room: name.clone(), ..Read::default() }),
            Request::Notify(Notify { room: room.into(), level: NotifyLevel::All }),
            Request::Favourite(Favourite { room: room.into(), on: true }),
            Request::ThreadFollow(ThreadFollow { room: room.into(), thread, on: true }),
        ];
        for request in requests {
            let answer = direct.request(&request).await.ok_or("no answer")?;
            let is_refused = matches!(&answer, ServerMessage::Error(error)
                if error.code == ErrorCode::NotFound);
            if !is_refused {
                return Err(format!("{user} asked {request:?} and was told {answer:?}"));
            }
        }
        for path in [format!("/api/rooms/{room}"), format!("/api/messages/{first}")] {
            let status = driver.call(user, Method::GET, &path, NO_BODY).await?;
            if status != StatusCode::NOT_FOUND {
                return Err(format!("{user} asked for {path} and was told {status}"));
            }
        }
    }
    Ok(())
}
