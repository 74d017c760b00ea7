//! The panel with the settings of a room.

use leptos::prelude::*;

use crate::{
    session::{RoomSummary, Session},
    ui::panel::PanelFrame,
};

/// The panel with the settings of a room.
#[component]
pub fn AboutPanel(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let close = Callback::new(move |()| session.panel.set(None));
    view! { <PanelFrame title="About this room" place=room.name close>""</PanelFrame> }
}
