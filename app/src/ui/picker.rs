//! A field for people: those chosen stand in it, and it offers whoever has the typed name.

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{User, UserId, http::UsersPage};

use super::{
    avatar::Avatar,
    dynamic::{click, dynamic},
    icon::{Glyph, Icon},
};
use crate::{
    browser::{
        calls::{escape, get},
        window::effect,
    },
    state::{
        bidi::{balance, isolate},
        hues::Hue,
        names::user_name,
    },
};

/// The pause in typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(120);
/// The most people that are offered.
const OFFERED: usize = 6;

/// The people in the field, and those that it offers.
#[derive(Clone, Copy)]
struct Picker {
    id: &'static str,
    chosen: RwSignal<Vec<User>>,
    excluded: Signal<Vec<UserId>>,
    max: usize,
    typed: RwSignal<String>,
    offered: RwSignal<Vec<User>>,
    active: RwSignal<usize>,
    /// What is said below the field.
    note: RwSignal<String>,
    input: NodeRef<html::Input>,
}

impl Picker {
    fn search(self, typed: String) {
        self.typed.set(typed.clone());
        if typed.trim().is_empty() {
            self.offer(Vec::new(), String::new());
            return;
        }
        let ask = move || {
            if self.typed.try_get_untracked().is_some_and(|now| now == typed) {
                spawn_local(self.ask(typed));
            }
        };
        set_timeout(ask, PAUSE);
    }

    /// Offers everybody, as far as there is room.
    fn browse(self) {
        if self.typed.with_untracked(String::is_empty) {
            spawn_local(self.ask(String::new()));
        }
    }

    async fn ask(self, typed: String) {
        let limit = OFFERED + self.max + 1; // some of them may be chosen already
        let path = format!("/api/users?limit={limit}&query={}", escape(typed.trim()));
        let found = get::<UsersPage>(&path).await;
        // The field may have changed, or be gone.
        if self.typed.try_get_untracked().is_none_or(|now| now != typed) {
            return;
        }
        match found {
            Err(refusal) => self.offer(Vec::new(), refusal.text),
            Ok(UsersPage { mut users, .. }) => {
                let is_known = |user: &User| {
                    self.excluded.with_untracked(|known| known.contains(&user.id))
                        || self.chosen.with_untracked(|known| known.iter().any(|u| u.id == user.id))
                };
                let (found, is_cut) = (users.len(), users.len() == limit);
                users.retain(|user| !user.banned && !is_known(user));
                users.truncate(OFFERED);
                let note = match (found, users.len()) {
                    (_, 0) if is_cut => "Type more of a name to find others.".to_owned(),
                    (_, 0) if typed.is_empty() => "There is nobody else to choose.".to_owned(),
                    (0, _) => format!("Nobody here is named “{}”.", isolate(typed.trim())),
                    (_, 0) => "Everybody of that name is in already.".to_owned(),
                    (_, 1) => "1 person".to_owned(),
                    (_, people) => format!("{people} people"),
                };
                self.offer(users, note);
            }
        }
    }

    fn offer(self, users: Vec<User>, note: String) {
        self.active.set(0);
        self.offered.set(users);
        self.note.set(note);
    }

    fn choose(self, user: User) {
        if self.chosen.with_untracked(Vec::len) < self.max {
            self.chosen.update(|chosen| chosen.push(user));
        }
        self.typed.set(String::new());
        self.offer(Vec::new(), String::new());
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
            let _ = input.focus();
        }
    }

    fn remove(self, user: UserId) {
        self.chosen.update(|chosen| chosen.retain(|known| known.id != user));
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }

    fn is_open(self) -> bool {
        self.offered.with(|offered| !offered.is_empty())
    }

    fn key_down(self, event: &ev::KeyboardEvent, done: Option<Callback<()>>) {
        let count = self.offered.with_untracked(Vec::len);
        let is_empty = self.typed.with_untracked(|typed| typed.is_empty());
        let move_by = |step: usize| {
            event.prevent_default();
            self.active.update(|active| *active = (*active + step) % count);
        };
        match event.key().as_str() {
            _ if event.is_composing() => {}
            "ArrowDown" if count > 0 => move_by(1),
            "ArrowDown" => self.browse(),
            "ArrowUp" if count > 0 => move_by(count - 1),
            "Enter" => {
                event.prevent_default();
                let active = self.active.get_untracked();
                if let Some(user) = self.offered.with_untracked(|users| users.get(active).cloned())
                {
                    self.choose(user);
                } else if let (true, Some(done)) = (is_empty, done) {
                    done.run(());
                }
            }
            "Backspace" if is_empty => {
                let last = self.chosen.with_untracked(|chosen| chosen.last().map(|user| user.id));
                if let Some(last) = last {
                    self.remove(last);
                }
            }
            "Escape" if count > 0 => {
                event.stop_propagation(); // the panel stays open
                self.offer(Vec::new(), String::new());
            }
            _ => {}
        }
    }
}

/// A field for people.
#[component]
pub fn PeoplePicker(
    /// The id of the input, unique on the page.
    id: &'static str,
    /// The label.
    label: &'static str,
    /// Stands in the field instead of the label above it.
    #[prop(optional)]
    lead: Option<&'static str>,
    /// What stands below the field.
    #[prop(optional)]
    hint: &'static str,
    /// The people in the field.
    chosen: RwSignal<Vec<User>>,
    /// Those who are not offered.
    #[prop(into)]
    excluded: Signal<Vec<UserId>>,
    /// The most people that fit.
    max: usize,
    /// True if the field gets the focus.
    #[prop(optional)]
    autofocus: bool,
    /// Called by Enter in an empty field.
    #[prop(optional)]
    done: Option<Callback<()>>,
) -> impl IntoView {
    let input = NodeRef::new();
    let picker = Picker {
        id,
        chosen,
        excluded,
        max,
        typed: RwSignal::new(String::new()),
        offered: RwSignal::new(Vec::new()),
        active: RwSignal::new(0),
        note: RwSignal::new(String::new()),
        input,
    };
    if autofocus {
        effect(move || {
            if let Some(input) = input.get() {
                let _ = input.focus();
            }
        });
    }
    let is_full = Signal::derive(move || chosen.with(|chosen| chosen.len() >= max));
    let expanded = Signal::derive(move || if picker.is_open() { "true" } else { "false" });
    let active = Signal::derive(move || {
        picker.is_open().then(|| format!("{id}-option-{}", picker.active.get()))
    });
    let placeholder = Signal::derive(move || if is_full.get() { "No more fit" } else { "Name" });
    let typed: Box<dyn FnMut(ev::Event)> =
        Box::new(move |event| picker.search(event_target_value(&event)));
    let key_down: Box<dyn FnMut(ev::KeyboardEvent)> =
        Box::new(move |event| picker.key_down(&event, done));
    let pressed = click(move |_| {
        // Whoever has chosen somebody may want to go on with Enter.
        if chosen.with_untracked(Vec::is_empty) && !picker.is_open() {
            picker.browse();
        }
    });
    // How many are offered is seen.
    let note = Signal::derive(move || picker.note.get());
    let note_class =
        Signal::derive(move || if picker.is_open() { "visually-hidden" } else { "field__hint" });
    let label_class = if lead.is_some() { "visually-hidden" } else { "field__label" };
    view! {
        <div class="field only-scripted">
            <label class=label_class for=id>{label}</label>
            <div class="tokens">
                {lead.map(|lead| {
                    view! { <span class="tokens__label" aria-hidden="true">{lead}</span> }
                })}
                <For each=move || chosen.get() key=|user| user.id let:user>
                    <Token picker user/>
                </For>
                <input
                    class="tokens__input"
                    id=id
                    type="text"
                    placeholder=placeholder
                    role="combobox"
                    aria-expanded=expanded
                    aria-autocomplete="list"
                    aria-controls=format!("{id}-pick")
                    aria-activedescendant=active
                    aria-describedby=format!("{id}-note")
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    readonly=is_full
                    node_ref=input
                    on:input=typed
                    on:keydown=key_down
                    on:click=pressed
                />
            </div>
            <Offered picker/>
            <span class=note_class role="status">{note}</span>
            <span class="field__hint" id=format!("{id}-note")>{hint}</span>
        </div>
    }
}

#[component]
fn Token(picker: Picker, user: User) -> impl IntoView {
    let (id, name) = (user.id, user_name(&user));
    let remove = format!("Remove {}", isolate(&name));
    view! {
        <span class="token">
            <Avatar user hue=Signal::stored(Hue::of(id).into())/>
            <bdi class="truncate">{balance(&name).into_owned()}</bdi>
            <button
                class="icon-button"
                type="button"
                aria-label=remove.clone()
                title=remove
                on:click=click(move |_| picker.remove(id))
            >
                <Icon glyph=Glyph::X/>
            </button>
        </span>
    }
}

#[component]
fn Offered(picker: Picker) -> impl IntoView {
    let hidden = Signal::derive(move || !picker.is_open());
    view! {
        <div
            class="pick"
            role="listbox"
            id=format!("{}-pick", picker.id)
            aria-label="People"
            hidden=hidden
        >
            {dynamic(move || {
                let users = picker.offered.get().into_iter().enumerate();
                users.map(|(index, user)| option(picker, index, user)).collect_view()
            })}
        </div>
    }
}

fn option(picker: Picker, index: usize, user: User) -> AnyView {
    let selected =
        Signal::derive(move || if picker.active.get() == index { "true" } else { "false" });
    let hue = Signal::stored(Hue::of(user.id).into());
    let name = balance(&user.name).into_owned();
    let detail = format!("@{}", user.username);
    let shown = user.clone();
    let choose = move |event: ev::MouseEvent| {
        event.prevent_default(); // the field keeps the focus
        picker.choose(user.clone());
    };
    view! {
        <div
            class="completion__option"
            role="option"
            id=format!("{}-option-{index}", picker.id)
            aria-selected=selected
            on:mousedown=click(choose)
        >
            <Avatar user=shown hue size="small"/>
            <bdi class="completion__name truncate">{name}</bdi>
            <span class="completion__detail">{detail}</span>
        </div>
    }
    .into_any()
}
