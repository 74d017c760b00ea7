//! Fields of plain HTML forms: a label, an input, and a hint or an error.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The note below a field's input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldNote {
    /// No note.
    #[default]
    None,
    /// A hint about valid values.
    Hint(String),
    /// The reason why the value was rejected.
    Fault(String),
}

impl FieldNote {
    /// Returns `fault` if there is one, else `hint`.
    #[must_use]
    pub fn new(hint: &str, fault: Option<String>) -> Self {
        fault.map_or_else(|| Self::Hint(hint.to_owned()), Self::Fault)
    }

    fn is_fault(&self) -> bool {
        matches!(self, Self::Fault(_))
    }
}

/// A single-line text field.
#[component]
pub fn Field(
    /// The input's `name` and id.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// The input's `autocomplete` attribute.
    autocomplete: &'static str,
    /// The maximum length in characters.
    max: usize,
    /// The note below the input.
    #[prop(optional)]
    note: FieldNote,
    /// True if the field gets the focus.
    #[prop(optional)]
    autofocus: bool,
    /// True for identifiers: turns off capitalization and spell checking.
    #[prop(optional)]
    plain: bool,
    /// True if the field may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    if autofocus {
        focus_unless_writing(input);
    }
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <span class="field__box">
                <input
                    class="input"
                    id=name
                    name=name
                    type="text"
                    value=value
                    node_ref=input
                    required=!optional
                    maxlength=max.to_string()
                    autocomplete=autocomplete
                    autocapitalize=plain.then_some("none")
                    spellcheck=plain.then_some("false")
                    autofocus=autofocus
                    aria-invalid=note.is_fault().then_some("true")
                    aria-describedby=(note != FieldNote::None).then(|| format!("{name}-note"))
                />
            </span>
            <NoteView name note/>
        </div>
    }
}

/// A field for a part of an address, which may stay empty.
#[component]
pub fn AddressField(
    /// The input's `name` and id.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// The part of the address before the input.
    prefix: &'static str,
    /// The initial value.
    value: String,
    /// The maximum length in characters.
    max: usize,
    /// The value if the field stays empty.
    placeholder: Signal<String>,
    /// The hint about valid values.
    hint: Signal<String>,
    /// The reason why the value was rejected.
    fault: Option<String>,
    /// True if the field gets the focus.
    autofocus: bool,
) -> impl IntoView {
    let note_id = format!("{name}-note");
    let is_invalid = fault.is_some().then_some("true");
    let note = match fault {
        Some(fault) => view! { <NoteView name note=FieldNote::Fault(fault)/> }.into_any(),
        None => view! { <span class="field__hint" id=note_id.clone()>{hint}</span> }.into_any(),
    };
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <span class="affix">
                <span class="affix__before" aria-hidden="true">{prefix}</span>
                <input
                    class="input affix__input"
                    id=name
                    name=name
                    type="text"
                    value=value
                    maxlength=max.to_string()
                    placeholder=placeholder
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=autofocus
                    aria-invalid=is_invalid
                    aria-describedby=note_id
                />
            </span>
            {note}
        </div>
    }
}

/// A password field with a button that shows the password, by `public/boot.js`: the forms with a
/// password load no program.
#[component]
pub fn PasswordField(
    /// The input's `name` and id.
    #[prop(default = "password")]
    name: &'static str,
    /// The label.
    #[prop(default = "Password")]
    label: &'static str,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// The minimum length in characters.
    #[prop(optional)]
    min: Option<usize>,
    /// The maximum length in characters.
    max: usize,
    /// The note below the input.
    #[prop(optional)]
    note: FieldNote,
    /// True if the field gets the focus.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <span class="field__box field__box--button">
                <input
                    class="input"
                    id=name
                    name=name
                    type="password"
                    required=true
                    minlength=min.map(|min| min.to_string())
                    maxlength=max.to_string()
                    autocomplete=autocomplete
                    autofocus=autofocus
                    aria-invalid=note.is_fault().then_some("true")
                    aria-describedby=(note != FieldNote::None).then(|| format!("{name}-note"))
                />
                <button
                    class="icon-button only-scripted"
                    type="button"
                    aria-label="Show password"
                    title="Show password"
                    data-reveals=name
                >
                    <Icon glyph=Glyph::Eye/>
                </button>
            </span>
            <NoteView name note/>
        </div>
    }
}

/// Focuses `input` unless another field has the focus. Browsers ignore `autofocus` when the page
/// changes without loading a document.
fn focus_unless_writing(input: NodeRef<leptos::html::Input>) {
    Effect::new(move |_| {
        let Some(input) = input.get() else { return };
        let focused = document().active_element().map(|element| element.tag_name());
        if !matches!(focused.as_deref(), Some("INPUT" | "TEXTAREA")) {
            let _ = input.focus();
        }
    });
}

#[component]
fn NoteView(name: &'static str, note: FieldNote) -> impl IntoView {
    let id = format!("{name}-note");
    match note {
        FieldNote::None => ().into_any(),
        FieldNote::Hint(hint) => view! { <span class="field__hint" id=id>{hint}</span> }.into_any(),
        FieldNote::Fault(fault) => view! {
            <span class="field__error" id=id>
                <Icon glyph=Glyph::CircleAlert/>
                {fault}
            </span>
        }
        .into_any(),
    }
}
