//! The panel with the files of a room.

use leptos::{ev, prelude::*};
use protocol::{File, Message, RoomId};

use crate::{
    browser::{address::is_plain_click, window::is_phone},
    features::attachments::glyph,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        files::{FileKind, describe},
        names::sender_name,
        viewer::Viewer,
    },
    ui::{
        button::{icon_button, small_button},
        dynamic::{ShowErased, dynamic},
        icon::{Glyph, Icon},
        panel::PanelFrame,
    },
};

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
    let list = session.select_room(id, |room| (room.files.messages.clone(), room.files.is_refused));
    let has_more = session.select_room(id, |room| room.files.has_more);
    let is_loading = session.select_room(id, |room| room.files.is_loading_more());
    let is_away = session.select(|model| model.connection.is_away());
    let content = dynamic(move || match list.get() {
        (_, true) => view! { <p class="panel__hint" role="alert">"The files cannot be shown."</p> }
            .into_any(),
        (None, _) if is_away.get() => {
            view! { <p class="panel__hint">"Shown when you are back online."</p> }.into_any()
        }
        (None, _) => view! { <p class="panel__hint" role="status">"Loading"</p> }.into_any(),
        (Some(messages), _) if messages.is_empty() => view! {
            <p class="panel__hint">
                "There are no files yet. All that are sent to this room will stand here."
            </p>
        }
        .into_any(),
        (Some(messages), _) => days(session, id, messages),
    });
    let more = move || {
        if is_loading.get() {
            return view! { <span role="status">"Loading"</span> }.into_any();
        }
        small_button("Show older files", "", move |_| session.load_more_files(id))
    };
    view! {
        <PanelFrame title="Files" place=session.room_name(id) close>
            <div class="room-files">
                {content}
                <ShowErased when=has_more>
                    <p class="page__more">{dynamic(more)}</p>
                </ShowErased>
            </div>
        </PanelFrame>
    }
}

/// Returns a list of files for each day.
fn days(session: Session, room: RoomId, messages: Vec<Message>) -> AnyView {
    let clock = session.clock();
    let mut days: Vec<(String, Vec<AnyView>)> = Vec::new();
    for message in messages {
        let day = clock.day_name(clock.day(message.sent_at));
        let rows = (0..message.files.len()).map(|at| row(session, room, &message, at));
        match days.last_mut() {
            Some((last, list)) if *last == day => list.extend(rows),
            _ => days.push((day, rows.collect())),
        }
    }
    let days = days.into_iter().map(|(day, rows)| {
        view! {
            <section>
                <h3 class="rows__title">{day.clone()}</h3>
                <ul class="rows" role="list" aria-label=format!("Files, {day}")>
                    {rows.into_iter().collect_view()}
                </ul>
            </section>
        }
    });
    days.collect_view().into_any()
}

/// Returns the line of a file of a message.
fn row(session: Session, room: RoomId, message: &Message, at: usize) -> AnyView {
    let Some(file) = message.files.get(at) else { return ().into_any() };
    let File { name, media_type, size, url, .. } = file;
    let kind = FileKind::of(media_type);
    let label = isolate(name);
    let who = isolate(&sender_name(&message.sender));
    let time = session.clock().time(message.sent_at);
    let about = format!("{who}, {time}, {}", describe(name, media_type, *size));
    let place = match message.thread.filter(|_| !message.in_room) {
        Some(thread) => Conversation::thread(room, thread),
        None => room.into(),
    };
    let (id, seq) = (message.id, message.seq);
    let show = move |_| {
        if is_phone() {
            session.panel.set(None);
        }
        session.show_message(place, id, seq);
    };
    view! {
        <li class="row">
            <span class="row__mark">{thumb(file, kind)}</span>
            <span class="row__text">
                <span class="row__name">{link(session, message, file, kind)}</span>
                <span class="row__about">{about}</span>
            </span>
            <span class="row__actions">
                <a
                    class="icon-button"
                    href=url.clone()
                    download=name.clone()
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
fn link(session: Session, message: &Message, file: &File, kind: FileKind) -> AnyView {
    let name = balance(&file.name).into_owned();
    let url = file.url.clone();
    match kind {
        FileKind::Picture => {
            let is_picture = |file: &&File| FileKind::of(&file.media_type) == FileKind::Picture;
            let pictures: Vec<_> = message.files.iter().filter(is_picture).cloned().collect();
            let at = pictures.iter().position(|known| known.id == file.id).unwrap_or_default();
            let (sender, sent_at) = (message.sender.clone(), message.sent_at);
            let open: Box<dyn FnMut(ev::MouseEvent)> = Box::new(move |event| {
                if is_plain_click(&event) {
                    event.prevent_default();
                    let viewer = Viewer::new(pictures.clone(), at, sender.clone(), sent_at);
                    session.viewer.set(Some(viewer));
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
    dynamic(move || {
        let source = preview.clone().filter(|_| !has_failed.get()).unwrap_or_else(|| url.clone());
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
    })
}
