//! How messages are written and sent on this device.

use leptos::prelude::*;

use super::appearance::Setting;
use crate::{browser::window::effect, session::Session, ui::segment::Segment};

/// Whether a message can be taken back before it is sent.
#[component]
pub fn WritingSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let holds = RwSignal::new(false);
    effect(move || holds.set(session.holds_messages()));
    let value = Signal::derive(move || usize::from(holds.get()));
    let set = Callback::new(move |index| {
        session.hold_messages(index == 1);
        holds.set(index == 1);
    });
    view! {
        <section id="writing">
            <h3 class="settings__title">"Writing"</h3>
            <p class="settings__lead">"Kept on this device."</p>
            <Setting
                name="Undo send"
                about="Messages wait, so that you can take them back. Leaving the page sends them."
            >
                <Segment
                    label="Undo send"
                    name="undo-send"
                    options=vec!["Off", "5 seconds"]
                    value=value
                    set=set
                />
            </Setting>
        </section>
    }
}
