//! The state of a form in the query of its URL: the fault and the submitted values.

use app::page::{EntryFault, EntryForm, RoomFault, RoomForm};
use protocol::text::is_username;
use serde::Deserialize;

use crate::http::links::{escape, is_local};

/// The longest value that the URL of a form carries, in characters.
const MAX_VALUE_CHARS: usize = 200;

/// The state of an entry form: why it is shown again, and the submitted values.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FormState {
    username: String,
    display_name: String,
    next: Option<String>,
    fault: Option<String>,
    free: String,
    wait: u64,
}

impl FormState {
    fn into_fault(self) -> Option<EntryFault> {
        EntryForm::from(self).fault
    }
}

impl From<FormState> for EntryForm {
    fn from(state: FormState) -> Self {
        let fault = state.fault.as_deref().and_then(|name| {
            Some(match name {
                "mismatch" => EntryFault::Mismatch,
                "taken" if is_username(&state.free) => EntryFault::Taken(state.free.clone()),
                "username" => EntryFault::Username,
                "reserved" => EntryFault::Reserved,
                "password" => EntryFault::Password,
                "weak" => EntryFault::WeakPassword,
                "display-name" => EntryFault::DisplayName,
                "invite" => EntryFault::Invite,
                "no-invite" => EntryFault::NoInvite,
                "closed" => EntryFault::Closed,
                "not-first" => EntryFault::NotFirst,
                "session-ended" => EntryFault::SessionEnded,
                "unavailable" => EntryFault::Unavailable,
                "banned" => EntryFault::Banned,
                "too-fast" => EntryFault::TooFast(state.wait),
                _ => return None,
            })
        });
        Self {
            host: String::new(),
            open: false,
            closed: false,
            username: state.username,
            display_name: state.display_name,
            next: state.next.filter(|next| is_local(next)),
            fault,
        }
    }
}

/// The state of the form that sets a new password by a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResetFormState {
    fault: Option<String>,
    wait: u64,
}

impl ResetFormState {
    /// Returns why the form is shown again.
    pub fn fault(self) -> Option<EntryFault> {
        FormState { fault: self.fault, wait: self.wait, ..FormState::default() }.into_fault()
    }
}

/// The state of the form for a new room.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoomFormState {
    name: String,
    slug: String,
    private: String,
    topic: String,
    fault: Option<String>,
    wait: u64,
}

impl From<RoomFormState> for RoomForm {
    fn from(state: RoomFormState) -> Self {
        let fault = match state.fault.as_deref() {
            Some("name") => Some(RoomFault::Name),
            Some("slug") => Some(RoomFault::Slug),
            Some("topic") => Some(RoomFault::Topic),
            Some("taken") => Some(RoomFault::Taken),
            Some("reserved") => Some(RoomFault::Reserved),
            Some("unavailable") => Some(RoomFault::Unavailable),
            Some("too-fast") => Some(RoomFault::TooFast(state.wait)),
            _ => None,
        };
        let private = is_private(&state.private);
        Self { name: state.name, slug: state.slug, private, topic: state.topic, fault }
    }
}

/// Returns whether the value of a field says that a room is private.
pub(super) fn is_private(value: &str) -> bool {
    matches!(value, "true" | "on" | "1")
}

/// Returns the URL of a form with its state. Empty values are left out.
pub(super) fn form_url<'a>(
    form: &str,
    fault: &str,
    values: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut url = format!("{form}?fault={fault}");
    for (name, value) in values {
        if !value.trim().is_empty() {
            url.extend(["&", name, "=", &escape_value(value)]);
        }
    }
    url
}

/// Escapes a submitted value. Cuts it first, since a header cannot hold a long text.
pub(super) fn escape_value(value: &str) -> String {
    escape(&shorten(value.trim()))
}

/// Cuts a submitted value to the length that an address carries.
pub(super) fn shorten(value: &str) -> String {
    value.chars().take(MAX_VALUE_CHARS).collect()
}
