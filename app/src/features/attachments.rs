//! The files of a message: pictures, sound and films in place, all else as cards.

mod describe;
pub mod engine;
mod pending;
pub mod tray;
pub mod viewer;

use leptos::{ev, html, prelude::*};
use protocol::{File, Sender, Timestamp};

pub(super) use self::pending::pending_files;
use crate::{
    browser::{address::is_plain_click, window::effect},
    session::Session,
    state::{
        bidi::balance,
        files::{FileKind, alternative, fit, kind_and_size},
        viewer::Viewer,
    },
    ui::icon::{Glyph, Icon},
};

/// Returns the files of a message, or nothing if it has none. They can be read without the program.
pub(super) fn message_files(
    session: Session,
    files: Vec<File>,
    sender: Sender,
    sent_at: Timestamp,
) -> Option<AnyView> {
    if files.is_empty() {
        return None;
    }
    let (pictures, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| FileKind::of(&file.media_type) == FileKind::Picture);
    let open = {
        let pictures = pictures.clone();
        Callback::new(move |at| {
            let viewer = Viewer::new(pictures.clone(), at, sender.clone(), sent_at);
            session.viewer.set(Some(viewer));
        })
    };
    let others = others.into_iter().map(|file| match FileKind::of(&file.media_type) {
        FileKind::Sound => player(&file, sound(&file)),
        FileKind::Film => player(&file, film(&file)),
        kind => card(&file, kind),
    });
    Some(
        view! { <div class="attachments">{gallery(pictures, open)} {others.collect_view()}</div> }
            .into_any(),
    )
}

/// Returns one picture with its own shape, or several as a grid.
fn gallery(pictures: Vec<File>, open: Callback<usize>) -> Option<AnyView> {
    let count = pictures.len();
    let cells = pictures.into_iter().enumerate().map(|(at, file)| {
        let size = (count == 1).then(|| fit(file.width, file.height)).flatten();
        let class = if count == 1 { "attachment--image" } else { "gallery__cell" };
        picture(&file, size, class, move || open.run(at))
    });
    let cells = cells.collect_view();
    match count {
        0 => None,
        1 => Some(cells.into_any()),
        _ => Some(
            view! { <div class="gallery" data-count=count.to_string()>{cells}</div> }.into_any(),
        ),
    }
}

/// Returns a picture that opens large. Its space is known before it arrives.
fn picture(
    file: &File,
    size: Option<(u64, u64)>,
    class: &'static str,
    open: impl Fn() + 'static,
) -> AnyView {
    let image = NodeRef::<html::Img>::new();
    let url = file.url.clone();
    let source = file.preview.clone().unwrap_or_else(|| url.clone());
    // A preview that is not made yet, or was not possible, is the original instead.
    let fall_back = {
        let url = url.clone();
        move || {
            let Some(image) = image.get_untracked() else { return };
            if image.get_attribute("src").as_deref() != Some(&url) {
                image.set_src(&url);
            }
        }
    };
    effect({
        let fall_back = fall_back.clone();
        move || {
            let has_failed =
                |image: &web_sys::HtmlImageElement| image.complete() && image.natural_width() == 0;
            // It may have failed before the program ran.
            if image.get().is_some_and(|image| has_failed(&image)) {
                fall_back();
            }
        }
    });
    let on_click = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            open();
        }
    };
    let on_click: Box<dyn FnMut(ev::MouseEvent)> = Box::new(on_click);
    let on_error: Box<dyn FnMut(ev::ErrorEvent)> = Box::new(move |_| fall_back());
    let (width, height) =
        size.map(|(width, height)| (width.to_string(), height.to_string())).unzip();
    let unknown = (size.is_none() && class == "attachment--image").then_some("");
    view! {
        <a class=class href=url data-unknown=unknown on:click=on_click>
            <img
                src=source
                alt=alternative(&file.name, file.description.as_deref())
                width=width
                height=height
                decoding="async"
                node_ref=image
                on:error=on_error
            />
        </a>
    }
    .into_any()
}

fn sound(file: &File) -> AnyView {
    let label = format!("Sound: {}", alternative(&file.name, file.description.as_deref()));
    view! {
        <audio class="player__sound" controls preload="none" src=file.url.clone() aria-label=label>
        </audio>
    }
    .into_any()
}

fn film(file: &File) -> AnyView {
    let label = format!("Film: {}", alternative(&file.name, file.description.as_deref()));
    view! {
        <video
            class="player__film"
            controls
            playsinline
            preload="metadata"
            src=file.url.clone()
            aria-label=label
        ></video>
    }
    .into_any()
}

/// Returns what plays a file, and below it the card of the file.
fn player(file: &File, media: AnyView) -> AnyView {
    let kind = FileKind::of(&file.media_type);
    view! { <div class="player">{media} {card(file, kind)}</div> }.into_any()
}

/// Returns a file as a card that downloads it.
fn card(file: &File, kind: FileKind) -> AnyView {
    let File { name, media_type, size, url, .. } = file;
    view! {
        <a class="attachment--file" href=url.clone() download=name.clone()>
            <span class="attachment__kind">
                <Icon glyph=glyph(kind)/>
            </span>
            <span class="attachment__words">
                <bdi class="attachment__name">{balance(name).into_owned()}</bdi>
                <span class="attachment__meta">{kind_and_size(name, media_type, *size)}</span>
            </span>
            <span class="visually-hidden">"Download"</span>
            <Icon glyph=Glyph::Download/>
        </a>
    }
    .into_any()
}

/// Returns the icon of a kind of file.
pub(super) fn glyph(kind: FileKind) -> Glyph {
    match kind {
        FileKind::Picture => Glyph::Image,
        FileKind::Sound => Glyph::AudioLines,
        FileKind::Film => Glyph::Film,
        FileKind::Paper => Glyph::FileText,
        FileKind::Archive => Glyph::FileArchive,
        FileKind::Other => Glyph::File,
    }
}
