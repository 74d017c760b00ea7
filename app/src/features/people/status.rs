//! The user's own status: an emoji, a text, and when it ends; and whether one is quiet.

pub mod emoji;
pub mod quiet;

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    User,
    http::{NewStatus, Profile, QuietTime, QuietUntil, UpdateProfile},
    limits::MAX_STATUS_CHARS,
};

use self::{
    emoji::EmojiGrid,
    quiet::{QuietChoice, QuietChoices},
};
use crate::{
    browser::{calls, form::changed_value},
    session::Session,
    ui::{
        dialog::{Dialog, DialogHead},
        dynamic::{ShowErased, click, dynamic, input, submit},
        icon::{Glyph, Icon},
        loaded::{Fault, Progress},
        until::{Until, UntilSelect},
    },
};

/// What people set most often: the emoji, the text, how long, and the same in words.
const OFTEN: [(&str, &str, Until, &str); 4] = [
    ("🥪", "At lunch", Until::Minutes(45), "45 minutes"),
    ("🗓️", "In a meeting", Until::Minutes(60), "1 hour"),
    ("🏠", "At home", Until::Tonight, "today"),
    ("🌴", "Away", Until::Monday, "until Monday"),
];

/// The dialog in which the user sets a status.
#[component]
pub fn StatusDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = session.status_open;
    // A link in it leads elsewhere.
    Effect::new(move |before: Option<()>| {
        session.address.track();
        if before.is_some() {
            open.set(false);
        }
    });
    view! {
        <Dialog open label="Your status" kind="dialog--roomy">
            <DialogHead title="Your status" open/>
            <StatusForm open/>
        </Dialog>
    }
}

/// The status as it is being edited.
#[derive(Clone, Copy)]
struct Draft {
    emoji: RwSignal<Option<String>>,
    text: RwSignal<String>,
    until: RwSignal<Until>,
    quiet: QuietChoice,
    /// True if the user has a status to end.
    had_status: bool,
}

impl Draft {
    fn of(me: &User) -> Self {
        let status = me.status.as_deref().cloned();
        let had_status = status.is_some();
        let status = status.unwrap_or_default();
        let until = if had_status {
            status.until.map_or(Until::Open, Until::At)
        } else {
            Until::Minutes(60)
        };
        Self {
            emoji: RwSignal::new(status.emoji),
            text: RwSignal::new(status.text.unwrap_or_default()),
            until: RwSignal::new(until),
            quiet: QuietChoice::new(me.quiet),
            had_status,
        }
    }

    fn is_empty(self) -> bool {
        self.emoji.with(Option::is_none) && self.text.with(|text| text.trim().is_empty())
    }

    fn clear(self) {
        self.emoji.set(None);
        self.text.set(String::new());
    }

    /// Returns what is to be sent.
    fn update(self) -> UpdateProfile {
        let status = (!untrack(|| self.is_empty())).then(|| NewStatus {
            emoji: self.emoji.get_untracked(),
            text: Some(self.text.get_untracked()).filter(|text| !text.trim().is_empty()),
            until: self.until.get_untracked().moment(),
        });
        let quiet = self
            .quiet
            .changed()
            .map(|until| until.map(|until| QuietTime::Until(QuietUntil { until })));
        UpdateProfile {
            status: (status.is_some() || self.had_status).then_some(status),
            quiet,
            ..UpdateProfile::default()
        }
    }
}

#[component]
fn StatusForm(open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.model().with_untracked(|model| Draft::of(&model.me));
    let progress = RwSignal::new(Progress::Idle);
    let save = move || {
        progress.set(Progress::Sending);
        let update = draft.update();
        spawn_local(async move {
            let outcome = calls::call::<Profile>("PATCH", "/api/me", &update).await;
            progress.try_set(Progress::of(&outcome));
            if let Ok(profile) = outcome {
                session.learn(&profile.user);
                open.set(false);
            }
        });
    };
    let label = Signal::derive(move || {
        if draft.is_empty() {
            return if draft.had_status { "Clear" } else { "Save" }.to_owned();
        }
        match draft.until.get().moment() {
            Some(until) => format!("Set until {}", session.clock().moment(until)),
            None => "Set".to_owned(),
        }
    });
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    view! {
        <form class="dialog__form" on:submit=submit(save)>
            <StatusLine draft/>
            <div class="setting setting--plain">
                <label class="setting__text" for="status-until">
                    <span class="setting__name">"Until"</span>
                </label>
                <UntilSelect
                    id="status-until"
                    choices=vec![
                        Until::Minutes(30),
                        Until::Minutes(45),
                        Until::Minutes(60),
                        Until::Minutes(240),
                        Until::Tonight,
                        Until::Monday,
                        Until::Open,
                        Until::At(protocol::Timestamp::default()),
                    ]
                    until=draft.until
                />
            </div>
            <Often draft/>
            <QuietChoices choice=draft.quiet/>
            {dynamic(move || match progress.get() {
                Progress::Refused(text) => Some(view! { <Fault text/> }),
                _ => None,
            })}
            <footer class="dialog__foot">
                <button
                    class="button button--quiet"
                    type="button"
                    on:click=click(move |_| open.set(false))
                >
                    "Cancel"
                </button>
                <button class="button button--primary" type="submit" aria-busy=busy>{label}</button>
            </footer>
        </form>
    }
}

/// The emoji and the text.
#[component]
fn StatusLine(draft: Draft) -> impl IntoView {
    let picking = RwSignal::new(false);
    let field = NodeRef::<html::Input>::new();
    let label = Signal::derive(move || match draft.emoji.get() {
        Some(emoji) => format!("Choose an emoji, now {emoji}"),
        None => "Choose an emoji".to_owned(),
    });
    let face = dynamic(move || match draft.emoji.get() {
        Some(emoji) => view! { <span aria-hidden="true">{emoji}</span> }.into_any(),
        None => view! { <Icon glyph=Glyph::Smile/> }.into_any(),
    });
    let clear = move |_| {
        draft.clear();
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let expanded = Signal::derive(move || if picking.get() { "true" } else { "false" });
    let has_any = Signal::derive(move || !draft.is_empty());
    view! {
        <div class="status-line">
            <button
                class="icon-button status-line__emoji"
                type="button"
                aria-label=label
                aria-expanded=expanded
                on:click=click(move |_| picking.update(|picking| *picking = !*picking))
            >
                {face}
            </button>
            <label class="visually-hidden" for="status">"Status"</label>
            <input
                class="input"
                id="status"
                prop:value=draft.text
                maxlength=MAX_STATUS_CHARS.to_string()
                placeholder="What are you doing?"
                autocomplete="off"
                autofocus=true
                node_ref=field
                on:input=input(move |event| draft.text.set(changed_value(&event)))
            />
            <ShowErased when=has_any>
                <button
                    class="icon-button"
                    type="button"
                    aria-label="Clear the status"
                    title="Clear the status"
                    on:click=click(clear)
                >
                    <Icon glyph=Glyph::X/>
                </button>
            </ShowErased>
        </div>
        <ShowErased when=picking>
            <EmojiGrid emoji=draft.emoji picking/>
        </ShowErased>
    }
}

/// What people set most often, with one click.
#[component]
fn Often(draft: Draft) -> impl IntoView {
    let items = OFTEN.map(|(emoji, text, until, words)| {
        let fill = move |_| {
            draft.emoji.set(Some(emoji.to_owned()));
            draft.text.set(text.to_owned());
            draft.until.set(until);
        };
        view! {
            <li>
                <button class="menu__item" type="button" on:click=click(fill)>
                    <span class="menu__emoji" aria-hidden="true">{emoji}</span>
                    {text}
                    <span class="card__until">{words}</span>
                </button>
            </li>
        }
    });
    view! {
        <div>
            <h3 class="rows__title rows__title--first">"Often"</h3>
            <ul class="menu--list" role="list">{items}</ul>
        </div>
    }
}
