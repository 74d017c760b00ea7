//! What belongs to all composers: the uploads, and the files that are dropped and pasted.

use leptos::prelude::*;

use super::viewer::PictureViewer;
use crate::{
    browser::{
        drop::{FilesEvent, Spot, take_files},
        kept_files::keep,
        window::effect,
    },
    session::Session,
};

/// Uploads files and takes dropped and pasted ones, and shows pictures large.
#[component]
pub fn Attachments() -> impl IntoView {
    let session = expect_context::<Session>();
    effect(move || {
        session.start_uploads();
        take_files(move |event| match event {
            FilesEvent::Over(spot) => {
                let place = session.composer_at(spot == Spot::Panel);
                if session.dropping.get_untracked() != place {
                    session.dropping.set(place);
                }
                place.is_some()
            }
            FilesEvent::Left => {
                session.dropping.set(None);
                true
            }
            FilesEvent::Given(spot, files) => {
                let place = session.composer_at(spot == Spot::Panel);
                if let Some(place) = place {
                    session.attach(place, files.into_iter().map(keep).collect());
                }
                place.is_some()
            }
        });
    });
    view! { <PictureViewer/> }
}
