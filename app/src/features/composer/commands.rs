//! What slash commands do.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Room, RoomKind,
    http::{NewDirect, NewMember, NewStatus, Profile, UpdateProfile, UpdateRoom},
    limits::MAX_TEXT_CHARS,
};

use super::{later::remind, tools::ComposerTools};
use crate::{
    browser::calls::{Refusal, call, send},
    session::{NewMessage, Panel},
    state::{
        access::is_first,
        commands::{AwayUntil, Command, read},
        conversation::Conversation,
        writing::Written,
    },
    ui::until::Until,
};

/// The emoji and the text of the status that `/away` sets.
const AWAY: (&str, &str) = ("🌴", "Away");

/// Returns what is to be sent for a text. `None` if it was a command, or there is a fault in it.
pub(super) fn run(tools: ComposerTools, text: &str) -> Option<String> {
    match read(text) {
        Ok(Command::Send(text)) => match text.chars().count().saturating_sub(MAX_TEXT_CHARS) {
            0 => return Some(text),
            excess => tools.fault.set(Some(format!("{excess} characters too long"))),
        },
        Ok(Command::Write(written)) => write(tools, written),
        Ok(Command::Topic(topic)) => {
            let update = UpdateRoom { topic: Some(topic), ..UpdateRoom::default() };
            attempt(tools, async move {
                let path = format!("/api/rooms/{}", tools.place.room);
                let room = call::<Room>("PATCH", &path, &update).await?;
                tools.session.apply_room(room);
                Ok("The topic is changed")
            });
        }
        Ok(Command::Invite(user)) => attempt(tools, async move {
            if tools.session.knows_member(tools.place.room, &user) {
                return Ok("That person is in this room already");
            }
            let body = serde_json::to_string(&NewMember { user }).ok();
            let path = format!("/api/rooms/{}/members", tools.place.room);
            send("POST", &path, body).await?;
            tools.session.reload_members(tools.place.room);
            Ok("Added to this room")
        }),
        Ok(Command::Away(until)) => attempt(tools, async move {
            let status = NewStatus {
                emoji: Some(AWAY.0.to_owned()),
                text: Some(AWAY.1.to_owned()),
                until: moment(until).moment(),
            };
            let update = UpdateProfile { status: Some(Some(status)), ..UpdateProfile::default() };
            let profile = call::<Profile>("PATCH", "/api/me", &update).await?;
            tools.session.learn(&profile.user);
            Ok("Your status says that you are away")
        }),
        Ok(Command::Direct(user, words)) => direct(tools, user, words),
        Ok(Command::Leave) => leave(tools),
        Ok(Command::Remind(when, words)) => remind(tools, when, words),
        Err(fault) => tools.fault.set(Some(fault)),
    }
    None
}

/// Puts a text into the field in place of the command, so that it can be undone.
fn write(tools: ComposerTools, written: Written) {
    tools.draft.edit(|_| Some(written));
}

/// Runs a call. The command stays in the field until the call has succeeded.
fn attempt(
    tools: ComposerTools,
    outcome: impl Future<Output = Result<&'static str, Refusal>> + 'static,
) {
    if tools.is_busy.get_value() {
        return;
    }
    tools.is_busy.set_value(true);
    let written = tools.draft.text.get_untracked();
    spawn_local(async move {
        let outcome = outcome.await;
        tools.is_busy.try_set_value(false);
        match outcome {
            Ok(done) => {
                clear(tools, &written);
                tools.session.notice.try_set(Some(done));
            }
            Err(refusal) => {
                tools.fault.try_set(Some(refusal.text));
            }
        }
    });
}

/// Removes the whole text `written`, unless the user has gone on writing. Of a composer that is
/// gone, or in which a message is edited meanwhile, the stored draft.
fn clear(tools: ComposerTools, written: &str) {
    let is_shown = tools.is_busy.try_get_value().is_some();
    if !is_shown || tools.draft.editing_untracked() {
        tools.session.replace_draft(tools.place, None, written, "");
    } else if tools.draft.text.with_untracked(|text| text == written) {
        tools.draft.take();
    }
}

fn direct(tools: ComposerTools, user: String, words: String) {
    let (session, written) = (tools.session, tools.draft.text.get_untracked());
    let body = NewDirect { users: vec![user] };
    attempt(tools, async move {
        let room = call::<Room>("POST", "/api/direct", &body).await?;
        clear(tools, &written);
        session.apply_room(room.clone());
        if !words.is_empty() {
            let new = NewMessage { text: words, ..NewMessage::default() };
            session.send(Conversation::from(room.id), new);
        }
        session.go_to_room(&room);
        Ok("You write to one person")
    });
}

fn leave(tools: ComposerTools) {
    let (session, id) = (tools.session, tools.place.room);
    let room = session.model().with_untracked(|model| model.rooms.find(id).cloned());
    match room {
        Some(room) if is_first(&room) => {
            tools.fault.set(Some("Everybody is in this room. You can mute it.".to_owned()));
        }
        // A private room is not left at once: one cannot come back by oneself.
        Some(room) if room.kind == RoomKind::Private => {
            tools.draft.take();
            session.panel.set(Some(Panel::About));
        }
        _ => attempt(tools, async move {
            session.leave(id).await?;
            Ok("You left the room")
        }),
    }
}

fn moment(until: AwayUntil) -> Until {
    match until {
        AwayUntil::Open => Until::Open,
        AwayUntil::Minutes(minutes) => Until::Minutes(minutes),
        AwayUntil::Tonight => Until::Tonight,
        AwayUntil::Tomorrow => Until::Morning,
        AwayUntil::Monday => Until::Monday,
    }
}
