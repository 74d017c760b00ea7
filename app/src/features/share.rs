//! What another app has shared, and the choice of a room for it. Nothing is sent by itself: it goes
//! into the composer of the room.

use leptos::{prelude::*, task::spawn_local};
use protocol::Room;

use super::{attachments::glyph, switcher::destination::Destinations};
use crate::{
    browser::{focus::focus_view, shared, window::effect},
    page::address::View,
    session::Session,
    state::{
        bidi::balance,
        files::{FileKind, format_size},
        share::{Shared, SharedFile},
    },
    ui::{button::small_button, dynamic::dynamic, icon::Icon, view_header::PlainView},
};

/// What is said where nothing was shared.
const NOTHING: &str = "Nothing is here. Share something to Banter from another app, and choose \
                       here who gets it. If you have just done so, it did not arrive: share it \
                       again.";
/// What is said if it is gone as a room is chosen.
const GONE: &str = "What was shared is not here any more: it has gone somewhere from another tab, \
                    or something else was shared. Share it again.";

/// What is known of what was shared.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Unknown,
    Nothing,
    Gone,
    Something(Shared),
}

/// What another app has shared, and the rooms and people who can get it.
#[component]
pub fn Share() -> impl IntoView {
    let session = expect_context::<Session>();
    let found = RwSignal::new(Found::Unknown);
    let is_busy = StoredValue::new(false);
    effect(move || {
        spawn_local(async move {
            let shared = shared::read().await;
            found.try_set(shared.map_or(Found::Nothing, Found::Something));
        });
    });
    let something = move || match found.get_untracked() {
        Found::Something(shared) => Some(shared),
        Found::Unknown | Found::Nothing | Found::Gone => None,
    };
    let choose = Callback::new(move |room: Room| {
        let Some(shared) = something().filter(|_| !is_busy.get_value()) else { return };
        is_busy.set_value(true);
        spawn_local(async move {
            if session.take_shared(&shared, &room).await {
                request_animation_frame(focus_view);
            } else {
                is_busy.try_set_value(false);
                found.try_set(Found::Gone);
            }
        });
    });
    let cancel = move |_| {
        if let Some(shared) = something() {
            spawn_local(async move {
                session.drop_shared(&shared).await;
                request_animation_frame(focus_view);
            });
        }
    };
    let heading = View::Share.heading();
    let actions = dynamic(move || {
        let is_there = found.with(|found| matches!(found, Found::Something(_)));
        is_there.then(|| small_button("Cancel", "", cancel))
    });
    view! {
        <PlainView heading actions=actions.into_any()>
            <div class="page__column page__column--list" role="group" aria-label=heading>
                {dynamic(move || match found.get() {
                    Found::Unknown => note("status", "Looking for what was shared"),
                    Found::Nothing => note("status", NOTHING),
                    Found::Gone => note("alert", GONE),
                    Found::Something(shared) => view! {
                        {preview(&shared)}
                        <h3 class="rows__title">"Write it to"</h3>
                        <Destinations label="Write it to" choose/>
                    }
                    .into_any(),
                })}
            </div>
        </PlainView>
    }
}

fn note(role: &'static str, text: &'static str) -> AnyView {
    view! { <p class="threads__note" role=role>{text}</p> }.into_any()
}

/// Returns what was shared: the words as a composer gets them, and the files.
fn preview(shared: &Shared) -> AnyView {
    let words = shared.words();
    let words = (!words.is_empty()).then(|| {
        view! {
            <div
                class="share__words"
                role="group"
                aria-label="The words"
                tabindex="0"
                dir="auto"
            >
                {balance(&words).into_owned()}
            </div>
        }
    });
    let files = (!shared.files.is_empty()).then(|| {
        let files = shared.files.iter().map(file).collect_view();
        view! { <ul class="share__files" role="list" aria-label="The files">{files}</ul> }
    });
    let hint = |text: String| view! { <p class="field__hint">{text}</p> };
    let cut = shared
        .is_cut()
        .then(|| hint("The text is longer than a message may be. Its end is left out.".to_owned()));
    let left_out = match shared.left_out {
        0 => None,
        1 => Some("One more file was left out: ".to_owned()),
        more => Some(format!("{more} more files were left out: ")),
    };
    let left_out = left_out.map(|what| {
        hint(format!("{what}at most 10 can be shared at once, and not more than 500 MB."))
    });
    view! { <div class="share">{words} {files} {cut} {left_out}</div> }.into_any()
}

fn file(SharedFile { name, media_type, size }: &SharedFile) -> AnyView {
    view! {
        <li class="share__file">
            <Icon glyph=glyph(FileKind::of(media_type))/>
            <bdi class="truncate">{balance(name).into_owned()}</bdi>
            " "
            <span class="share__size">{format_size(*size)}</span>
        </li>
    }
    .into_any()
}
