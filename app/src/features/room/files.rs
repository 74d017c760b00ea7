//! The panel with the files of a room.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use protocol::{File, FileId, Message, RoomId, limits::MAX_FILE_QUERY_CHARS};
use uuid::Uuid;

use crate::{
    browser::{address::is_plain_click, case::fold, window::is_phone},
    features::attachments::glyph,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        files::{FileKind, found, kind_and_size},
        names::sender_name,
        room::RoomState,
        viewer::Viewer,
    },
    ui::{
        button::icon_button,
        dynamic::{ShowErased, click, dynamic},
        each::each,
        icon::{Glyph, Icon},
        panel::PanelFrame,
        search_bar::SearchBar,
    },
};

/// The largest picture that is shown small without a preview, in bytes.
const MAX_ORIGINAL: u64 = 200_000;
/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

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
    // Of types that other memos have too: each type makes the page larger.
    let is_refused = session.select_room(id, |room| room.files.is_refused);
    let is_loaded = session.select_room(id, |room| room.files.messages.is_some());
    let is_empty =
        session.select_room(id, |room| room.files.messages.iter().flatten().count() == 0);
    let has_more = session.select_room(id, |room| room.files.has_more());
    let is_search = session.select_room(id, |room| !room.files.query().is_empty());
    let is_found = session
        .select_room(id, |room| !room.files.query().is_empty() && !room.files.is_searching());
    let is_loading = session.select_room(id, |room| room.files.is_loading_more());
    let is_continued = Signal::derive(move || has_more.get() && !is_empty.get());
    let is_away = session.select(|model| model.connection.is_away());
    let content = dynamic(move || {
        if is_refused.get() {
            return hint("alert", "The files cannot be shown.");
        }
        match (is_loaded.get(), is_empty.get()) {
            (true, false) => list(session, id),
            // The line above the list says that there are none.
            (true, true) if is_search.get() && !has_more.get() => ().into_any(),
            (true, true) if !has_more.get() => hint(
                "note",
                "There are no files yet. All that are sent to this room will stand here.",
            ),
            _ if is_away.get() => hint("status", "Shown when you are back online."),
            _ => hint("status", "Loading"),
        }
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
                <Search id/>
                <p class="room-files__found" role="status">
                    {dynamic(move || match (is_found.get(), is_away.get() && is_search.get()) {
                        (true, _) => found_line(session, id),
                        (false, true) => "Searched once you are back online.".into_any(),
                        (false, false) => ().into_any(),
                    })}
                </p>
                {content}
                <ShowErased when=is_continued>
                    <p class="page__more">{more()}</p>
                </ShowErased>
            </div>
        </PanelFrame>
    }
}

/// The field for a part of a name.
#[component]
fn Search(id: RoomId) -> impl IntoView {
    let session = expect_context::<Session>();
    let query = RwSignal::new(String::new());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    // The server is asked once the user stops typing.
    let search = move |typed: String| {
        query.set(typed);
        if let Some(Some(waiting)) = waiting.try_update_value(Option::take) {
            waiting.clear();
        }
        let ask = move || {
            if let Some(query) = query.try_get_untracked() {
                session.search_files(id, &query);
            }
        };
        waiting.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    view! {
        <SearchBar
            label="Find a file"
            placeholder="Find by name or description"
            query
            search=Callback::new(search)
            max=MAX_FILE_QUERY_CHARS
        />
    }
}

/// Returns how many files were found, as far as they are loaded.
fn found_line(session: Session, room: RoomId) -> AnyView {
    let line = session.select_room(room, |room| {
        let count = room.files.messages.iter().flatten().flat_map(|it| shown(room, it)).count();
        match (count, room.files.has_more()) {
            (0, _) => format!("No file is named “{}”.", isolate(room.files.query())),
            (1, false) => "1 file found".to_owned(),
            (count, false) => format!("{count} files found"),
            (count, true) => format!("The first {count} found"),
        }
    });
    dynamic(move || line.get())
}

fn hint(role: &'static str, text: &'static str) -> AnyView {
    view! { <p class="panel__hint" role=role>{text}</p> }.into_any()
}

/// Returns the files of a message that are listed: all, or those that were searched for.
fn shown<'a>(room: &'a RoomState, message: &'a Message) -> impl Iterator<Item = &'a File> {
    found(&message.files, room.files.listed_by(), fold)
}

/// Returns the files, day by day. What is shown of a day or a file stays while that is there.
fn list(session: Session, room: RoomId) -> AnyView {
    // A number in place of the id of a file: a list for another type makes the page larger.
    let day = move |message: &Message| {
        let day = session.clock().day(message.sent_at);
        Uuid::from_u128(u128::from(day.number().unsigned_abs()))
    };
    let days = session.select_room(room, move |room| {
        let mut days: Vec<_> = room.files.messages.iter().flatten().map(day).collect();
        // Clocks of several nodes differ: a day may come again.
        days.sort_unstable_by(|one, other| other.cmp(one));
        days.dedup();
        days
    });
    let of_day = move |of: Uuid| {
        let files = session.select_room(room, move |room| {
            let messages = room.files.messages.iter().flatten();
            let files = messages.filter(|it| day(it) == of).flat_map(|it| shown(room, it));
            files.map(|file| file.id.0).collect::<Vec<_>>()
        });
        let name = session.select_room(room, move |room| {
            let at = room.files.messages.iter().flatten().find(|it| day(it) == of)?.sent_at;
            Some(session.clock().day_name(session.clock().day(at)))
        });
        let name = Signal::derive(move || name.get().unwrap_or_default());
        let label = Signal::derive(move || format!("Files, {}", name.get()));
        view! {
            <section>
                <h3 class="rows__title">{name}</h3>
                <ul class="rows" role="list" aria-label=label>
                    {each(files, move |file| row(session, room, FileId(file)))}
                </ul>
            </section>
        }
        .into_any()
    };
    each(days, of_day)
}

/// Returns the message of a file.
fn message_of(room: &RoomState, file: FileId) -> Option<&Message> {
    let mut messages = room.files.messages.iter().flatten();
    messages.find(|message| message.files.iter().any(|known| known.id == file))
}

/// Returns the line of a file.
fn row(session: Session, room: RoomId, id: FileId) -> AnyView {
    let found = untrack(|| session.select_room_now(room, |room| message_of(room, id).cloned()));
    let Some(message) = found.flatten() else { return ().into_any() };
    let Some(file) = message.files.iter().find(|file| file.id == id) else {
        return ().into_any();
    };
    let File { name, media_type, size, url, .. } = file.clone();
    let kind = FileKind::of(&media_type);
    let label = isolate(&name);
    let what = kind_and_size(&name, &media_type, size);
    let about = session.select_room(room, move |room| {
        let Some(message) = message_of(room, id) else { return String::new() };
        let (who, at) = (isolate(&sender_name(&message.sender)), message.sent_at);
        format!("{who}, {}. {what}", session.clock().time(at))
    });
    let place = match message.thread.filter(|_| !message.in_room) {
        Some(thread) => Conversation::thread(room, thread),
        None => room.into(),
    };
    let (message_id, seq) = (message.id, message.seq);
    let show = move |_| {
        if is_phone() {
            session.panel.set(None);
        }
        session.show_message(place, message_id, seq);
    };
    view! {
        <li class="row">
            <span class="row__mark">{thumb(file, kind)}</span>
            <span class="row__text">
                <span class="row__name">{link(session, room, file, kind)}</span>
                <span class="row__about">{dynamic(move || about.get())}</span>
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
fn link(session: Session, room: RoomId, file: &File, kind: FileKind) -> AnyView {
    let name = balance(&file.name).into_owned();
    let url = file.url.clone();
    match kind {
        FileKind::Picture => {
            let id = file.id;
            let open: Box<dyn FnMut(ev::MouseEvent)> = Box::new(move |event| {
                if is_plain_click(&event) {
                    event.prevent_default();
                    let message = untrack(|| {
                        session.select_room_now(room, |room| message_of(room, id).cloned())
                    });
                    let Message { files, sender, sent_at, .. } =
                        message.flatten().unwrap_or_default();
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
