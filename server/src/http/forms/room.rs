//! The form for a new room.

use axum::{Form, extract::State, response::Redirect};
use protocol::http::NewRoom;
use serde::Deserialize;

use super::{
    state::{escape_value, form_url},
    submitted::{Submitted, is_server_failure, seconds},
};
use crate::{
    error::Error,
    http::{extract::CurrentUser, links::sign_in_again, state::App},
    rooms::RESERVED_SLUG,
};

/// The fields of the form for a new room.
#[derive(Debug, Deserialize)]
pub struct RoomFields {
    name: String,
}

/// `POST /new-room`
pub async fn new_room(
    State(app): State<App>,
    user: Result<CurrentUser, Error>,
    form: Submitted<RoomFields>,
) -> Result<Redirect, Error> {
    let Form(RoomFields { name }) = form?;
    let new = NewRoom { name: name.clone(), slug: None, private: false };
    let created = match user {
        Ok(CurrentUser(session)) => app.rooms.create(&session.user, new).await,
        Err(error) => Err(error),
    };
    let fault = match created {
        Ok(room) => return Ok(Redirect::to(&format!("/rooms/{}", room.slug))),
        Err(Error::Unauthorized(_)) => {
            return Ok(sign_in_again(&format!("/new-room?name={}", escape_value(&name))));
        }
        Err(Error::Limited { retry_after, .. }) => {
            let values = [("name", name.as_str()), ("wait", &seconds(retry_after))];
            return Ok(Redirect::to(&form_url("/new-room", "too-fast", values)));
        }
        Err(Error::Conflict(_)) => "taken",
        Err(Error::Invalid(invalid))
            if invalid.iter().any(|error| error.message == RESERVED_SLUG) =>
        {
            "taken"
        }
        Err(Error::Invalid(_)) => "name",
        Err(error) if is_server_failure(&error) => "unavailable",
        Err(error) => return Err(error),
    };
    Ok(Redirect::to(&format!("/new-room?fault={fault}&name={}", escape_value(&name))))
}
