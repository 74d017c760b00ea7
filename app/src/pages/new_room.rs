//! `/new-room`

use leptos::prelude::*;

use super::workspace::{Start, WorkspacePage};
use crate::page::{RoomForm, Workspace};

/// The workspace with the form for a new room.
#[component]
pub fn NewRoomPage(
    /// The data that the server rendered.
    workspace: Workspace,
    /// The form's previous values and error.
    form: RoomForm,
) -> impl IntoView {
    view! { <WorkspacePage workspace start=Start::NewRoom(form)/> }
}
