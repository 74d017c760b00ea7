//! The files of a message that is not sent yet.

use leptos::{ev, prelude::*};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlImageElement;

use super::glyph;
use crate::{
    session::{Scoped as _, Session},
    state::{
        bidi::{balance, isolate},
        files::{FileKind, alternative, fit},
        tray::{PendingFile, Progress, Step, status},
    },
    ui::{dynamic::dynamic, icon::Icon},
};

/// Returns the files of an unsent message, with the progress of their uploads.
pub(in super::super) fn pending_files(session: Session, files: &[PendingFile]) -> Option<AnyView> {
    if files.is_empty() {
        return None;
    }
    let is_alone = files.len() == 1;
    let files = files.iter().map(|file| view_file(session, file, is_alone));
    Some(view! { <div class="attachments">{files.collect_view()}</div> }.into_any())
}

fn view_file(session: Session, file: &PendingFile, is_alone: bool) -> AnyView {
    let (id, size) = (file.id, file.size);
    let progress = Memo::new(move |_| session.tray.scoped().with(|tray| tray.progress(id)));
    let url = Memo::new(move |_| session.file_urls.scoped().with(|urls| urls.get(&id).cloned()));
    let is_picture = FileKind::of(&file.media_type) == FileKind::Picture;
    let label = format!("Uploading {}", isolate(&file.name));
    let is_done = file.file.is_some();
    let bar = move || {
        let Progress { sent, step } = progress.get();
        let is_shown = !is_done && matches!(step, Step::Sending | Step::Lost);
        is_shown.then(|| {
            view! {
                <progress
                    class="attachment__progress"
                    value=sent.to_string()
                    max=size.max(1).to_string()
                    aria-label=label.clone()
                ></progress>
            }
        })
    };
    let shape = fit(file.width, file.height);
    let is_large = is_alone && is_picture;
    let meta = {
        let file = file.clone();
        move || status(&file, &progress.get())
    };
    let name = file.name.clone();
    let alt = alternative(&name, Some(&file.description));
    let kind = FileKind::of(&file.media_type);
    let content = dynamic(move || match url.get().filter(|_| is_picture) {
        Some(url) if is_large => {
            let (width, height) = shape.unzip();
            let on_load: Box<dyn FnMut(ev::Event)> = Box::new(move |event| {
                if shape.is_none() {
                    measure(session, id, &event);
                }
            });
            view! {
                <span class="attachment--image" data-unknown=shape.is_none().then_some("")>
                    <img
                        src=url
                        alt=alt.clone()
                        width=width.map(|width| width.to_string())
                        height=height.map(|height| height.to_string())
                        on:load=on_load
                    />
                </span>
            }
            .into_any()
        }
        url => {
            let thumb = match url {
                Some(url) => view! { <img src=url alt="" width="36" height="36"/> }.into_any(),
                None => view! { <Icon glyph=glyph(kind)/> }.into_any(),
            };
            view! {
                <span class="attachment--file">
                    <span class="attachment__kind">{thumb}</span>
                    <span class="attachment__words">
                        <bdi class="attachment__name">{balance(&name).into_owned()}</bdi>
                        <span class="attachment__meta">{meta()}</span>
                    </span>
                </span>
            }
            .into_any()
        }
    });
    view! { <div class="attachment--pending">{content} {dynamic(bar)}</div> }.into_any()
}

/// Records the size of a picture that has arrived.
pub(super) fn measure(session: Session, id: Uuid, event: &ev::Event) {
    let image = event.target().and_then(|target| target.dyn_into::<HtmlImageElement>().ok());
    if let Some(image) = image.filter(|image| image.natural_width() > 0) {
        session.set_picture_size(id, image.natural_width(), image.natural_height());
    }
}
