//! `/invitations`

use leptos::prelude::*;
use protocol::http::OpenInvite;

use super::workspace::{Start, WorkspacePage};
use crate::page::Workspace;

/// The workspace with the list of invitations.
#[component]
pub fn InvitationsPage(
    /// The data that the server rendered.
    workspace: Workspace,
    /// The valid invitations.
    invitations: Vec<OpenInvite>,
) -> impl IntoView {
    view! { <WorkspacePage workspace start=Start::Invitations(invitations)/> }
}
