//! Pictures, large: one at a time, on a dark ground.

use leptos::{ev, html, prelude::*};
use protocol::File;
use web_sys::HtmlElement;

use crate::{
    browser::{keyboard::is_plain, window::effect},
    session::Session,
    state::{
        bidi::{balance, isolate},
        files::{alternative, format_size},
        names::sender_name,
        viewer::Viewer,
    },
    ui::{
        button::icon_button,
        dynamic::{click, dynamic, remount},
        icon::{Glyph, Icon},
    },
};

/// How far an arrow key moves a picture that is larger than the window, in CSS pixels.
const PAN: f64 = 80.0;

/// The dialog with a picture. The browser closes it with Esc, and returns the focus.
#[component]
pub fn PictureViewer() -> impl IntoView {
    let session = expect_context::<Session>();
    let dialog = NodeRef::<html::Dialog>::new();
    let is_open = Memo::new(move |_| session.viewer.with(Option::is_some));
    effect(move || {
        if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
            let _ = dialog.focus(); // its name is read, and no tool stands out
        }
    });
    let stage = NodeRef::<html::Div>::new();
    let label = Signal::derive(move || session.viewer.with(|viewer| viewer.as_ref().map(name_of)));
    // The dialog is closed before it is removed, so that the browser returns the focus.
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    dynamic(move || {
        is_open.get().then(|| {
            let on_key: Box<dyn FnMut(ev::KeyboardEvent)> =
                Box::new(move |event| handle_key(session, stage, &event));
            view! {
                <dialog
                    class="viewer"
                    aria-label=label
                    tabindex="-1"
                    node_ref=dialog
                    on:close=move |_| session.viewer.set(None)
                    on:keydown=on_key
                >
                    {content(session, stage, close)}
                </dialog>
            }
        })
    })
}

/// Returns the name of the dialog: the picture, and its place among the others.
fn name_of(viewer: &Viewer) -> String {
    let name = viewer.picture().map(|file| isolate(&file.name)).unwrap_or_default();
    match viewer.pictures().len() {
        1 => format!("Picture: {name}"),
        count => format!("Picture {} of {count}: {name}", viewer.at() + 1),
    }
}

fn change(session: Session, change: impl FnOnce(&mut Viewer)) {
    session.viewer.update(|viewer| {
        if let Some(viewer) = viewer {
            change(viewer);
        }
    });
}

/// Moves the part that is seen of a picture that is larger than the window. Returns whether it is,
/// in the direction of the key.
fn pan(stage: NodeRef<html::Div>, key: &str) -> bool {
    let (x, y) = match key {
        "ArrowRight" => (PAN, 0.0),
        "ArrowLeft" => (-PAN, 0.0),
        "ArrowDown" => (0.0, PAN),
        "ArrowUp" => (0.0, -PAN),
        _ => return false,
    };
    let Some(stage) = stage.get_untracked() else { return false };
    let is_larger = if x == 0.0 {
        stage.scroll_height() > stage.client_height() + 1
    } else {
        stage.scroll_width() > stage.client_width() + 1
    };
    if is_larger {
        stage.scroll_by_with_x_and_y(x, y);
    }
    is_larger
}

fn handle_key(session: Session, stage: NodeRef<html::Div>, event: &ev::KeyboardEvent) {
    event.stop_propagation(); // the keys of the page stay behind the dialog
    if !is_plain(event) && event.key() != "+" {
        return;
    }
    match event.key().as_str() {
        key if pan(stage, key) => {}
        "ArrowRight" => change(session, |viewer| viewer.step(true)),
        "ArrowLeft" => change(session, |viewer| viewer.step(false)),
        "Home" => change(session, |viewer| viewer.go_to(0)),
        "End" => change(session, |viewer| viewer.go_to(viewer.pictures().len() - 1)),
        "+" | "=" => change(session, |viewer| viewer.change_zoom(true)),
        "-" => change(session, |viewer| viewer.change_zoom(false)),
        "0" => change(session, Viewer::reset_zoom),
        _ => return,
    }
    event.prevent_default();
}

fn content(session: Session, area: NodeRef<html::Div>, close: Callback<()>) -> AnyView {
    let shown = Memo::new(move |_| {
        session.viewer.with(|viewer| viewer.as_ref()?.picture().cloned()).unwrap_or_default()
    });
    let spoken = Signal::derive(move || session.viewer.with(|it| it.as_ref().map(name_of)));
    view! {
        <header class="viewer__bar">
            {dynamic(move || head(session, &shown.get()))}
            {dynamic(move || tools(session, shown.get(), close))}
        </header>
        {stage(session, area, shown, close)}
        {strip(session)}
        <p class="visually-hidden" role="status">{spoken}</p>
    }
    .into_any()
}

/// Returns what the picture is, who sent it and when.
fn head(session: Session, file: &File) -> AnyView {
    let about = session.viewer.with_untracked(|viewer| {
        let viewer = viewer.as_ref()?;
        let clock = session.clock();
        let (day, time) = (clock.day(viewer.sent_at), clock.time(viewer.sent_at));
        let name = isolate(&sender_name(&viewer.sender));
        Some(format!("{name}, {} {time}", clock.day_name(day)))
    });
    let size = match (file.width, file.height) {
        (Some(width), Some(height)) => {
            format!("{width} × {height}, {}", format_size(file.size))
        }
        _ => format_size(file.size),
    };
    view! {
        <p class="viewer__who">
            <bdi class="viewer__name">{balance(&file.name).into_owned()}</bdi>
            <span class="viewer__meta">{about.unwrap_or_default()} ". " {size}</span>
        </p>
    }
    .into_any()
}

fn tools(session: Session, file: File, close: Callback<()>) -> AnyView {
    let icon = |glyph| view! { <Icon glyph/> };
    let zoom =
        Memo::new(move |_| session.viewer.with(|viewer| viewer.as_ref().map_or(100, Viewer::zoom)));
    let File { name, url, .. } = file;
    view! {
        <div class="viewer__tools">
            {icon_button("Smaller", icon(Glyph::ZoomOut), move |_| {
                change(session, |viewer| viewer.change_zoom(false));
            })}
            <span class="viewer__zoom only-wide" role="status">
                {dynamic(move || format!("{} %", zoom.get()))}
            </span>
            {icon_button("Larger", icon(Glyph::ZoomIn), move |_| {
                change(session, |viewer| viewer.change_zoom(true));
            })}
            <a
                class="icon-button"
                href=url.clone()
                download=name
                aria-label="Download"
                title="Download"
            >
                <Icon glyph=Glyph::Download/>
            </a>
            <a
                class="icon-button"
                href=url
                target="_blank"
                rel="noopener"
                aria-label="Open the original"
                title="Open the original"
            >
                <Icon glyph=Glyph::ExternalLink/>
            </a>
            {icon_button("Close", icon(Glyph::X), move |_| close.run(()))}
        </div>
    }
    .into_any()
}

fn stage(
    session: Session,
    area: NodeRef<html::Div>,
    shown: Memo<File>,
    close: Callback<()>,
) -> AnyView {
    let image = NodeRef::<html::Img>::new();
    let zoom =
        Memo::new(move |_| session.viewer.with(|viewer| viewer.as_ref().map_or(100, Viewer::zoom)));
    effect(move || {
        let zoom = zoom.get();
        if let Some(image) = image.get() {
            show_at(&image, zoom);
        }
    });
    let beside = move |event: ev::MouseEvent| {
        if event.target().is_some() && event.target() == event.current_target() {
            close.run(());
        }
    };
    let picture = remount(move || {
        let File { name, description, url, width, height, .. } = shown.get();
        view! {
            <img
                src=url
                alt=alternative(&name, description.as_deref())
                width=width.map(|width| width.to_string())
                height=height.map(|height| height.to_string())
                node_ref=image
            />
        }
    });
    let step = move |forward: bool| {
        let has_next = Memo::new(move |_| {
            session.viewer.with(|viewer| viewer.as_ref().is_some_and(|it| it.has_next(forward)))
        });
        let (label, side, glyph) = if forward {
            ("Next picture", "end", Glyph::ChevronRight)
        } else {
            ("Previous picture", "start", Glyph::ChevronLeft)
        };
        view! {
            <button
                class="icon-button viewer__step"
                type="button"
                aria-label=label
                title=label
                data-side=side
                aria-disabled=move || (!has_next.get()).then_some("true")
                on:click=click(move |_| change(session, |viewer| viewer.step(forward)))
            >
                <Icon glyph/>
            </button>
        }
        .into_any()
    };
    let is_one = session
        .viewer
        .with_untracked(|viewer| viewer.as_ref().is_none_or(|viewer| viewer.pictures().len() < 2));
    let steps = (!is_one).then(|| (step(false), step(true)));
    view! {
        <div class="viewer__frame">
            <div
                class="viewer__stage"
                tabindex="0"
                role="group"
                aria-label="Picture"
                node_ref=area
                on:click=click(beside)
            >
                {picture}
            </div>
            {steps}
        </div>
    }
    .into_any()
}

/// Shows a picture at a size in percent of the one that fits.
fn show_at(image: &HtmlElement, zoom: u32) {
    let style = HtmlElement::style(image);
    for name in ["inline-size", "max-inline-size", "max-block-size"] {
        let _ = style.remove_property(name);
    }
    if zoom != 100 {
        let width = f64::from(image.client_width()) * f64::from(zoom) / 100.0;
        let _ = style.set_property("inline-size", &format!("{}px", width.round()));
        let _ = style.set_property("max-inline-size", "none");
        let _ = style.set_property("max-block-size", "none");
    }
}

/// Returns all pictures of the message, small, if there are several.
fn strip(session: Session) -> Option<AnyView> {
    let pictures = session.viewer.with_untracked(|viewer| {
        viewer.as_ref().map(|viewer| viewer.pictures().to_vec()).unwrap_or_default()
    });
    if pictures.len() < 2 {
        return None;
    }
    let at = Memo::new(move |_| session.viewer.with(|it| it.as_ref().map_or(0, Viewer::at)));
    let thumbs = pictures.into_iter().enumerate().map(|(index, file)| {
        let label = format!("Picture {}: {}", index + 1, isolate(&file.name));
        let source = file.preview.unwrap_or(file.url);
        let current = move || (at.get() == index).then_some("true");
        view! {
            <button
                class="viewer__thumb"
                type="button"
                aria-label=label
                aria-current=current
                on:click=click(move |_| change(session, |viewer| viewer.go_to(index)))
            >
                <img src=source alt="" width="64" height="48"/>
            </button>
        }
        .into_any()
    });
    Some(
        view! {
            <footer class="viewer__foot">
                <div class="viewer__strip" role="group" aria-label="Pictures of this message">
                    {thumbs.collect_view()}
                </div>
            </footer>
        }
        .into_any(),
    )
}
