//! The panel with the files of a room.

use leptos::{ev, prelude::*};
use protocol::{File, FileId, Message, MessageId, RoomId};

use crate::{
    browser::{address::is_plain_click, window::is_phone},
    features::attachments::glyph,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        day::Day,
        files::{FileKind, kind_and_size},
        names::sender_name,
        viewer::Viewer,
    },
    ui::{
        button::icon_button,
        dynamic::{ShowErased, click, dynamic},
        each::each,
        icon::{Glyph, Icon},
        panel::PanelFrame,
    },
};

/// The largest picture that is shown small without a preview, in bytes.
const MAX_ORIGINAL: u64 = 200_000;

/// The panel with the files of a room, the newest first.
#[component]
pub fn FilesPanel(
    /// The room.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let close = Callback::new(move |()| session.panel.set(None));
    session.open_files(id);
    on_cleanup(move || session.close_files(id));
    let is_refused = session.select_room(id, |room| room.files.is_refused);
    let count = session.select_room(id, |room| room.files.messages.as_ref().map(Vec::len));
    let state = Memo::new(move |_| (is_refused.get(), count.get().map(|count| count > 0)));
    let has_more = session.select_room(id, |room| room.files.has_more);
    let is_loading = session.select_room(id, |room| room.files.is_loading_more());
    let is_away = session.select(|model| model.connection.is_away());
    let content = dynamic(move || match state.get() {
        (true, _) => view! { <p class="panel__hint" role="alert">"The files cannot be shown."</p> }
            .into_any(),
        (_, None) if is_away.get() => {
            view! { <p class="panel__hint">"Shown when you are back online."</p> }.into_any()
        }
        (_, Some(false)) if has_more.get() => loading(),
        (_, None) => loading(),
        (_, Some(false)) => view! {
            <p class="panel__hint">
                "There are no files yet. All that are sent to this room will stand here."
            </p>
        }
        .into_any(),
        (_, Some(true)) => days(session, id),
    });
    let more = move || {
        let label = move || if is_loading.get() { "Loading" } else { "Show older files" };
        view! {
            <button
                class="button button--small"
                type="button"
                aria-disabled=move || is_loading.get().then_some("true")
                on:click=click(move |_| session.load_more_files(id))
            >
                {label}
            </button>
        }
        .into_any()
    };
    view! {
        <PanelFrame title="Files" place=session.room_name(id) close>
            <div class="room-files">
                {content}
                <ShowErased when=has_more>
                    <p class="page__more">{more()}</p>
                </ShowErased>
            </div>
        </PanelFrame>
    }
}

fn loading() -> AnyView {
    view! { <p class="panel__hint" role="status">"Loading"</p> }.into_any()
}

/// A line of the list.
type Key = (MessageId, FileId);

/// Returns a list of files for each day. A line stays while its file is there.
fn days(session: Session, room: RoomId) -> AnyView {
    let files = session.select_room(room, |room| {
        let messages = room.files.messages.iter().flatten();
        let keys = |message: &Message| {
            let (id, at) = (message.id, message.sent_at);
            message.files.iter().map(move |file| (at, (id, file.id))).collect::<Vec<_>>()
        };
        messages.flat_map(keys).collect::<Vec<_>>()
    });
    let dated = Memo::new(move |_| {
        let clock = session.clock();
        files.with(|files| {
            files.iter().map(|(at, key)| (clock.day(*at), *key)).collect::<Vec<(Day, Key)>>()
        })
    });
    let all = Memo::new(move |_| {
        let mut days: Vec<_> = dated.with(|dated| dated.iter().map(|(day, _)| *day).collect());
        days.sort_unstable_by_key(|day| std::cmp::Reverse(*day));
        days.dedup();
        days
    });
    each(all, move |day| {
        let keys = Memo::new(move |_| {
            dated.with(|dated| {
                let of_day = dated.iter().filter(|(known, _)| *known == day);
                of_day.map(|(_, key)| *key).collect::<Vec<_>>()
            })
        });
        let name = Signal::derive(move || session.clock().day_name(day));
        view! {
            <section>
                <h3 class="rows__title">{move || name.get()}</h3>
                <ul
                    class="rows"
                    role="list"
                    aria-label=move || format!("Files, {}", name.get())
                >
                    {each(keys, move |key| row(session, room, key))}
                </ul>
            </section>
        }
        .into_any()
    })
}

/// Returns the line of a file of a message.
fn row(session: Session, room: RoomId, (id, file): Key) -> AnyView {
    let known = session.select_room(room, move |room| {
        room.files.messages.iter().flatten().find(|message| message.id == id).cloned()
    });
    // It stands until the line is gone.
    let message = Memo::new(move |before: Option<&Message>| {
        known.get().or_else(|| before.cloned()).unwrap_or_default()
    });
    let is_it = move |known: &&File| known.id == file;
    let found = message.with_untracked(|message| message.files.iter().find(is_it).cloned());
    let Some(file) = found else { return ().into_any() };
    let File { name, media_type, size, url, .. } = file.clone();
    let kind = FileKind::of(&media_type);
    let label = isolate(&name);
    let what = kind_and_size(&name, &media_type, size);
    let about = move || {
        message.with(|message| {
            let who = isolate(&sender_name(&message.sender));
            format!("{who}, {}, {what}", session.clock().time(message.sent_at))
        })
    };
    let show = move |_| {
        if is_phone() {
            session.panel.set(None);
        }
        let (thread, seq) =
            message.with_untracked(|it| (it.thread.filter(|_| !it.in_room), it.seq));
        let place = match thread {
            Some(thread) => Conversation::thread(room, thread),
            None => room.into(),
        };
        session.show_message(place, id, seq);
    };
    view! {
        <li class="row">
            <span class="row__mark">{thumb(&file, kind)}</span>
            <span class="row__text">
                <span class="row__name">{link(session, message, &file, kind)}</span>
                <span class="row__about">{dynamic(about)}</span>
            </span>
            <span class="row__actions">
                <a
                    class="icon-button"
                    href=url
                    download=name
                    aria-label=format!("Download {label}")
                    title="Download"
                >
                    <Icon glyph=Glyph::Download/>
                </a>
                {icon_button(
                    format!("Show {label} in the room"),
                    view! { <Icon glyph=Glyph::CornerUpRight/> },
                    show,
                )}
            </span>
        </li>
    }
    .into_any()
}

/// Returns the name of a file, which opens it: a picture large in the page, sound and films in a
/// page of their own. All else is downloaded.
fn link(session: Session, message: Memo<Message>, file: &File, kind: FileKind) -> AnyView {
    let name = balance(&file.name).into_owned();
    let url = file.url.clone();
    match kind {
        FileKind::Picture => {
            let id = file.id;
            let open: Box<dyn FnMut(ev::MouseEvent)> = Box::new(move |event| {
                if is_plain_click(&event) {
                    event.prevent_default();
                    let Message { files, sender, sent_at, .. } = message.get_untracked();
                    let is_picture = |file: &File| FileKind::of(&file.media_type) == kind;
                    let pictures: Vec<_> = files.into_iter().filter(is_picture).collect();
                    let at = pictures.iter().position(|known| known.id == id).unwrap_or_default();
                    session.viewer.set(Some(Viewer::new(pictures, at, sender, sent_at)));
                }
            });
            view! { <a class="row__link" href=url on:click=open><bdi>{name}</bdi></a> }.into_any()
        }
        FileKind::Sound | FileKind::Film => view! {
            <a class="row__link" href=url target="_blank" rel="noopener"><bdi>{name}</bdi></a>
        }
        .into_any(),
        FileKind::Paper | FileKind::Archive | FileKind::Other => view! {
            <a class="row__link" href=url download=file.name.clone()><bdi>{name}</bdi></a>
        }
        .into_any(),
    }
}

/// Returns a picture, small, or the icon of another file.
fn thumb(file: &File, kind: FileKind) -> AnyView {
    let icon = move || view! { <Icon glyph=glyph(kind)/> }.into_any();
    if kind != FileKind::Picture {
        return icon();
    }
    let has_failed = RwSignal::new(false); // the preview is not made yet, or was not possible
    let (preview, url) = (file.preview.clone(), file.url.clone());
    let original = (file.size <= MAX_ORIGINAL).then_some(url);
    dynamic(move || {
        let preview = preview.clone().filter(|_| !has_failed.get());
        let Some(source) = preview.or_else(|| original.clone()) else { return icon() };
        view! {
            <img
                src=source
                alt=""
                width="36"
                height="36"
                loading="lazy"
                decoding="async"
                on:error=move |_| has_failed.set(true)
            />
        }
        .into_any()
    })
}
