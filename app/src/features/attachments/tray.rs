//! The files that are added to the next message, above the text of a composer.

use leptos::{ev, html, prelude::*};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;

use super::{describe::describe_field, glyph, pending::measure};
use crate::{
    browser::{drop::files_in, focus::focus_composer, kept_files::keep},
    features::composer::tools::ComposerTools,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        files::FileKind,
        tray::{PendingFile, Progress, Step, status},
    },
    ui::{
        button::icon_button,
        dynamic::{change, click, dynamic},
        each::each,
        icon::{Glyph, Icon},
    },
};

/// The button that adds files.
#[component]
pub fn AttachButton(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let (session, place) = (tools.session(), tools.place());
    let input = NodeRef::<html::Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        let files = input.files().map(|files| files_in(&files)).unwrap_or_default();
        input.set_value(""); // the same file can be chosen again
        session.attach(place, files.into_iter().map(keep).collect());
        tools.focus();
    };
    view! {
        <button
            class="icon-button composer__attach"
            type="button"
            aria-label="Add files"
            title="Add files"
            on:click=click(choose)
        >
            <Icon glyph=Glyph::Paperclip/>
        </button>
        <input
            type="file"
            multiple
            hidden
            tabindex="-1"
            aria-label="Files to add"
            node_ref=input
            on:change=change(chosen)
        />
    }
}

/// The files that are added to the next message.
#[component]
pub fn Tray(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let (session, place) = (tools.session(), tools.place());
    session.add_composer(place);
    on_cleanup(move || session.remove_composer(place));
    let ids = Memo::new(move |_| {
        session.tray.with(|tray| tray.of(place).iter().map(|file| file.id).collect::<Vec<_>>())
    });
    // An edited message has its own files.
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty) || tools.is_editing());
    let described = RwSignal::new(None::<Uuid>); // the file whose description is open
    let is_target = Memo::new(move |_| session.dropping.get() == Some(place));
    let items = dynamic(move || {
        (!is_empty.get()).then(|| {
            view! {
                <ul class="tray" role="list" aria-label="Files of this message">
                    {each(ids, move |id| item(session, place, id, described))}
                </ul>
                {describe_field(session, place, described)}
            }
        })
    });
    let drop = dynamic(move || {
        is_target.get().then(|| {
            view! {
                <p class="drop" role="status">
                    <Icon glyph=Glyph::Paperclip/>
                    "Drop files to add them"
                </p>
            }
        })
    });
    view! {
        {items}
        {drop}
    }
}

fn item(
    session: Session,
    place: Conversation,
    id: Uuid,
    described: RwSignal<Option<Uuid>>,
) -> AnyView {
    let file = Memo::new(move |before: Option<&PendingFile>| {
        let found =
            session.tray.with(|tray| tray.of(place).iter().find(|file| file.id == id).cloned());
        found.or_else(|| before.cloned()).unwrap_or_default()
    });
    let progress = Memo::new(move |_| session.tray.with(|tray| tray.progress(id)));
    let first = file.get_untracked();
    let PendingFile { name, media_type, size, .. } = first;
    let kind = FileKind::of(&media_type);
    let url = Memo::new(move |_| session.file_urls.with(|urls| urls.get(&id).cloned()));
    let has_failed = RwSignal::new(false); // the browser cannot show it
    let thumb = dynamic(move || match url.get() {
        Some(url) if kind == FileKind::Picture && !has_failed.get() => {
            let on_load: Box<dyn FnMut(ev::Event)> =
                Box::new(move |event| measure(session, id, &event));
            view! {
                <img
                    class="tray__thumb"
                    src=url
                    alt=""
                    width="36"
                    height="36"
                    on:load=on_load
                    on:error=move |_| has_failed.set(true)
                />
            }
            .into_any()
        }
        _ => view! { <span class="tray__thumb"><Icon glyph=glyph(kind)/></span> }.into_any(),
    });
    let state = Signal::derive(move || match progress.get().step {
        _ if file.with(|file| !file.fits()) => Some("failed"),
        Step::Refused(_) => Some("failed"),
        Step::Lost => Some("lost"),
        Step::Waiting | Step::Sending => None,
    });
    let is_done = Memo::new(move |_| file.with(|file| file.file.is_some()));
    let label = isolate(&name);
    let bar = {
        let label = format!("Uploading {label}");
        dynamic(move || {
            let Progress { sent, step } = progress.get();
            let is_shown = !is_done.get() && !matches!(step, Step::Refused(_));
            is_shown.then(|| {
                view! {
                    <progress
                        class="tray__progress"
                        value=sent.to_string()
                        max=size.max(1).to_string()
                        aria-label=label.clone()
                    ></progress>
                }
            })
        })
    };
    let refused = Memo::new(move |_| matches!(progress.get().step, Step::Refused(_)));
    let may_retry = Memo::new(move |_| refused.get() && !file.with(|file| file.unfit));
    let retry = {
        let label = label.clone();
        dynamic(move || {
            may_retry.get().then(|| {
                let what = if is_done.get() { "save the description of" } else { "upload" };
                let label = format!("Try again to {what} {label}");
                icon_button(label, view! { <Icon glyph=Glyph::Retry/> }, move |_| {
                    session.retry_upload(id);
                    focus_composer();
                })
            })
        })
    };
    let describe = (kind == FileKind::Picture).then(|| {
        let is_open = Signal::derive(move || (described.get() == Some(id)).to_string());
        view! {
            <button
                class="tray__alt"
                type="button"
                data-file=id.to_string()
                aria-label=format!("Describe {label}")
                aria-expanded=is_open
                on:click=click(move |_| {
                    described.update(|open| *open = (*open != Some(id)).then_some(id));
                })
            >
                "Describe"
            </button>
        }
    });
    let remove = dynamic(move || {
        let action = if is_done.get() || refused.get() { "Remove" } else { "Cancel" };
        icon_button(format!("{action} {label}"), view! { <Icon glyph=Glyph::X/> }, move |_| {
            session.detach(place, id);
            focus_composer();
        })
    });
    let meta = move || file.with(|file| status(file, &progress.get()));
    view! {
        <li class="tray__item" data-state=state>
            {thumb}
            <span class="tray__words">
                <bdi class="tray__name">{balance(&name).into_owned()}</bdi>
                <span class="tray__meta">{dynamic(meta)}</span>
            </span>
            <span class="tray__buttons">{describe} {retry} {remove}</span>
            {bar}
        </li>
    }
    .into_any()
}
