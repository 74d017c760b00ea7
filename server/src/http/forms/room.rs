//! The forms for a new room, and to join one.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use protocol::{
    Room, RoomName, User,
    http::{NewRoom, UpdateRoom},
    limits::MAX_TOPIC_CHARS,
    text::is_line,
};
use serde::Deserialize;

use super::{
    state::{escape_value, form_url, is_private},
    submitted::{Submitted, is_server_failure, seconds},
};
use crate::{
    base::names::normal_name,
    error::Error,
    http::{
        extract::{CurrentUser, Path},
        links::{escape, sign_in_again},
        state::App,
    },
    rooms::RESERVED_SLUG,
};

/// The most people who are added with a new room.
const MAX_ADDED: usize = 50;

/// The fields of the form for a new room.
#[derive(Debug, Deserialize)]
pub struct RoomFields {
    name: String,
    /// The address; empty: one made of the name.
    #[serde(default)]
    slug: String,
    /// `true` for a private room.
    #[serde(default)]
    private: String,
    #[serde(default)]
    topic: String,
    /// The ids of the people to add, separated by spaces.
    #[serde(default)]
    people: String,
}

impl RoomFields {
    /// Returns the values to show again.
    fn kept(&self) -> [(&'static str, &str); 4] {
        let private = if is_private(&self.private) { "true" } else { "" };
        [("name", &self.name), ("slug", &self.slug), ("private", private), ("topic", &self.topic)]
    }
}

/// `POST /new-room`
pub async fn new_room(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    form: Submitted<RoomFields>,
) -> Result<Redirect, Error> {
    let Form(fields) = form?;
    if !is_line(&normal_name(&fields.topic), MAX_TOPIC_CHARS) {
        return Ok(Redirect::to(&form_url("/new-room", "topic", fields.kept())));
    }
    let given = fields.slug.trim().to_lowercase();
    let given = (!given.is_empty()).then_some(given);
    let new =
        NewRoom { name: fields.name.clone(), slug: given, private: is_private(&fields.private) };
    let created = match user {
        Ok(CurrentUser(session)) => match app.rooms.create(&session.user, new).await {
            Ok(room) => {
                complete(&app, &session.user, &room, &fields).await;
                Ok(room)
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let fault = match created {
        Ok(room) => return Ok(Redirect::to(&format!("/rooms/{}", room.slug))),
        Err(Error::Unauthorized(_)) => {
            let kept = fields.kept().into_iter().filter(|(_, value)| !value.trim().is_empty());
            let kept = kept.map(|(field, value)| format!("{field}={}", escape_value(value)));
            let kept = kept.collect::<Vec<_>>().join("&");
            return Ok(sign_in_again(&format!("/new-room?{kept}")));
        }
        Err(Error::Limited { retry_after, .. }) => {
            let wait = seconds(retry_after);
            let values = fields.kept().into_iter().chain([("wait", &*wait)]);
            return Ok(Redirect::to(&form_url("/new-room", "too-fast", values)));
        }
        Err(Error::Conflict(_)) => "taken",
        Err(Error::Invalid(invalid))
            if invalid.iter().any(|error| error.message == RESERVED_SLUG) =>
        {
            "reserved"
        }
        Err(Error::Invalid(invalid)) if invalid.iter().any(|error| error.field == "slug") => "slug",
        Err(Error::Invalid(_)) => "name",
        Err(error) if is_server_failure(&error) => "unavailable",
        Err(error) => return Err(error),
    };
    Ok(Redirect::to(&form_url("/new-room", fault, fields.kept())))
}

/// Sets the topic of a new room and adds people. The room is there whatever fails here, and its
/// creator sees what is missing.
async fn complete(app: &App, by: &User, room: &Room, fields: &RoomFields) {
    let topic = fields.topic.trim();
    if !topic.is_empty() {
        let update = UpdateRoom { topic: Some(topic.to_owned()), ..UpdateRoom::default() };
        if let Err(error) = app.rooms.update(by, room.id.into(), update).await {
            error.log();
        }
    }
    for user in fields.people.split_whitespace().take(MAX_ADDED) {
        if let Err(error) = app.rooms.add_member(by, room.id.into(), user.to_owned()).await {
            error.log();
        }
    }
}

/// `POST /rooms/{slug}/join`: joins a public room and returns to it.
pub async fn join(
    State(app): State<App>,
    Path(room): Path<String>,
    user: Result<CurrentUser, Error>,
) -> Result<Response, Error> {
    let path = format!("/rooms/{}", escape(&room));
    let CurrentUser(session) = match user {
        Err(Error::Unauthorized(_)) => return Ok(sign_in_again(&path).into_response()),
        user => user?,
    };
    app.rooms.add_member(&session.user, RoomName(room), session.user.id.to_string()).await?;
    Ok(Redirect::to(&path).into_response())
}
