//! The panel with a thread beside its room.

use leptos::prelude::*;
use protocol::MessageId;

use crate::{
    session::{RoomSummary, Session},
    ui::panel::PanelFrame,
};

/// The panel with a thread beside its room.
#[component]
pub fn ThreadPanel(
    /// The room.
    room: RoomSummary,
    /// The message that begins the thread.
    thread: MessageId,
) -> impl IntoView {
    let _ = thread;
    let session = expect_context::<Session>();
    let close = Callback::new(move |()| session.panel.set(None));
    view! { <PanelFrame title="Thread" place=room.name close>""</PanelFrame> }
}
