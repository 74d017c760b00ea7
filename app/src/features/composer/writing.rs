//! The tools of a composer: formats of the selection, lists that go on by themselves, completion,
//! paste and commands.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    commands,
    completion::{Completion, CompletionList},
    paste::handle_paste,
    preview::{self, PreviewState},
    tools::ComposerTools,
};
use crate::{
    browser::{
        field::{keep_selection, on_event_first},
        focus::focus_element,
        keyboard::is_plain,
        window::{effect, is_apple, place_popup_above},
    },
    features::attachments::tray::AttachButton,
    session::{
        EmojiUse, Session,
        actions::{self, format_id},
    },
    state::{
        chord::{for_aria, key_names},
        writing::{Format, lines::break_line},
    },
    ui::{
        button::icon_button,
        dynamic::click,
        icon::{Glyph, Icon},
    },
};

/// The formats that have a button.
const BUTTONS: [(Format, Glyph); 6] = [
    (Format::Bold, Glyph::Bold),
    (Format::Italic, Glyph::Italic),
    (Format::Code, Glyph::Code),
    (Format::Link, Glyph::Link),
    (Format::BulletList, Glyph::List),
    (Format::Quote, Glyph::Quote),
];

/// The tools of a composer.
#[component]
pub fn WritingTools(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let ComposerTools { session, draft, .. } = tools;
    let format = Callback::new(move |format| {
        draft.edit(|written| Some(written.toggle(format)));
    });
    let completion = Completion::new(tools);
    let preview = PreviewState::new(tools);
    let insert = Callback::new(move |emoji: String| {
        draft.edit(|written| Some(written.insert_emoji(&emoji)));
    });
    effect(move || {
        let Some(area) = draft.area.get() else { return };
        if tools.place.thread.is_none() {
            session.set_formats_by(format);
        }
        keep_selection(&area);
        on_event_first(&area, "focus", move |_: &ev::FocusEvent| session.set_formats_by(format));
        completion.start(&area);
        preview.start(&area);
        handle_paste(draft, &area);
        on_event_first(&area, "beforeinput", move |event: &ev::InputEvent| {
            let is_break = matches!(&*event.input_type(), "insertLineBreak" | "insertParagraph");
            if is_break && !event.is_composing() && draft.edit(break_line) {
                event.prevent_default();
            }
        });
    });
    let formats_open = RwSignal::new(false);
    let run = Callback::new(move |text: String| commands::run(tools, &text));
    tools.commands.set_value(Some(run));
    on_cleanup(move || session.end_formats_by(format));
    view! {
        <CompletionList completion/>
        <AttachButton tools/>
        {preview.view()}
        {emoji_button(session, insert)}
        {formats_button(formats_open)}
        <Formats format open=formats_open/>
        {preview_button(preview)}
    }
}

/// Returns the button that opens the picker.
fn emoji_button(session: Session, insert: Callback<String>) -> AnyView {
    let open = move |event: ev::MouseEvent| {
        if let Some(Ok(button)) = event.current_target().map(JsCast::dyn_into) {
            place_popup_above(&button, ".composer__card");
        }
        session.picking_emoji.set(Some(EmojiUse::Text(insert)));
    };
    icon_button("Emoji", view! { <Icon glyph=Glyph::Smile/> }, open)
}

/// Returns the button that shows and hides the formats on a phone, where they have a line of their
/// own.
fn formats_button(open: RwSignal<bool>) -> AnyView {
    let expanded = Signal::derive(move || if open.get() { "true" } else { "false" });
    view! {
        <button
            class="icon-button composer__aa"
            type="button"
            aria-label="Formatting"
            title="Formatting"
            aria-expanded=expanded
            // The field keeps the focus and its selection.
            on:mousedown=click(|event| event.prevent_default())
            on:click=click(move |_| open.update(|open| *open = !*open))
        >
            <span aria-hidden="true">"Aa"</span>
        </button>
    }
    .into_any()
}

/// Returns the button that shows and hides the preview.
fn preview_button(preview: PreviewState) -> AnyView {
    let on_apple = RwSignal::new(false);
    effect(move || on_apple.set(is_apple()));
    let keys = Signal::derive(move || for_aria(preview::KEYS, on_apple.get()));
    let title = Signal::derive(move || {
        format!("Preview ({})", key_names(preview::KEYS, on_apple.get()).join(" "))
    });
    let pressed = Signal::derive(move || if preview.is_open.get() { "true" } else { "false" });
    view! {
        <button
            class="icon-button composer__preview"
            type="button"
            aria-label="Preview"
            aria-pressed=pressed
            aria-keyshortcuts=keys
            title=title
            // The field keeps the focus and its selection.
            on:mousedown=click(|event| event.prevent_default())
            on:click=click(move |_| preview.toggle())
        >
            <Icon glyph=Glyph::Eye/>
        </button>
    }
    .into_any()
}

/// The buttons that set formats. One of them is a stop of Tab, and arrow keys lead to the others. A
/// phone shows them while they are open.
#[component]
fn Formats(format: Callback<Format>, open: RwSignal<bool>) -> impl IntoView {
    let toolbar = NodeRef::<leptos::html::Div>::new();
    let stop = RwSignal::new(0_usize);
    let walk = move |event: ev::KeyboardEvent| {
        let (here, last) = (stop.get_untracked(), BUTTONS.len() - 1);
        let next = match event.key().as_str() {
            _ if !is_plain(&event) => return,
            "ArrowRight" if here < last => here + 1,
            "ArrowRight" | "Home" => 0,
            "ArrowLeft" if here > 0 => here - 1,
            "ArrowLeft" | "End" => last,
            _ => return,
        };
        event.prevent_default();
        stop.set(next);
        let buttons = toolbar.get_untracked().map(|toolbar| toolbar.children());
        if let Some(button) = buttons.and_then(|buttons| buttons.item(u32::try_from(next).ok()?)) {
            focus_element(&button);
        }
    };
    let buttons = BUTTONS.into_iter().enumerate().map(|(place, (kind, glyph))| {
        let tabindex = Signal::derive(move || if stop.get() == place { "0" } else { "-1" });
        let set = move |_| {
            stop.set(place);
            format.run(kind);
        };
        format_button(kind, glyph, tabindex, set)
    });
    view! {
        <div
            class="composer__formats"
            role="toolbar"
            aria-label="Formatting"
            data-open=Signal::derive(move || open.get().then_some(""))
            node_ref=toolbar
            on:keydown=walk
        >
            {buttons.collect_view()}
        </div>
    }
}

fn format_button(
    format: Format,
    glyph: Glyph,
    tabindex: Signal<&'static str>,
    set: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let on_apple = RwSignal::new(false);
    effect(move || on_apple.set(is_apple()));
    let action = actions::find(format_id(format));
    let label = action.map(|action| action.label).unwrap_or_default();
    let keys = Signal::derive(move || action.map(|action| action.aria_keys(on_apple.get())));
    let title = Signal::derive(move || {
        let keys = action.and_then(|action| action.keys.first());
        let names = keys.map(|keys| key_names(keys, on_apple.get()).join(" "));
        format!("{label} ({})", names.unwrap_or_default())
    });
    view! {
        <button
            class="icon-button"
            type="button"
            tabindex=tabindex
            aria-label=label
            aria-keyshortcuts=keys
            title=title
            // The field keeps the focus and its selection.
            on:mousedown=click(|event| event.prevent_default())
            on:click=click(set)
        >
            <Icon glyph/>
        </button>
    }
    .into_any()
}
