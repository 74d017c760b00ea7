//! The page with the emoji that users have added: all of them, and a form for another one.

pub mod form;

use leptos::{prelude::*, task::spawn_local};
use protocol::CustomEmoji;

use self::form::NewEmoji;
use crate::{
    browser::{
        calls::{self, Refusal},
        focus::{focus_element, focus_view},
        window::effect,
    },
    session::Session,
    state::bidi::{balance, isolate},
    ui::{
        dynamic::{ShowErased, click, dynamic},
        emoji_picture::emoji_picture,
        loaded::{Fault, Outcome, Progress},
        view_header::PlainView,
    },
};

/// How the calls about one emoji begin.
const PATH: &str = "/api/emoji/";

/// The custom emoji.
#[component]
pub fn CustomEmojiPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let emoji = session.custom_emoji();
    let fault = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        spawn_local(async move {
            if let Err(Refusal { text, .. }) = session.load_custom_emoji().await {
                fault.try_set(Some(text));
            }
        });
    });
    let progress = RwSignal::new(Progress::Idle);
    let is_here = Memo::new(move |_| emoji.with(|emoji| emoji.is_complete()));
    let manages = session.select(|model| model.me.role.may_manage_emoji());
    let may_add = Memo::new(move |_| manages.get() || emoji.with(|emoji| emoji.may_add()));
    let lines = Memo::new(move |_| emoji.with(|emoji| emoji.iter().cloned().collect::<Vec<_>>()));
    let count = Signal::derive(move || match lines.with(Vec::len) {
        _ if !is_here.get() => "Loading".to_owned(),
        0 => "There are none yet.".to_owned(),
        1 => "1 emoji".to_owned(),
        count => format!("{count} emoji"),
    });
    view! {
        <PlainView heading="Emoji">
            <div class="page__column">
                <p class="page__lead">
                    "Write an emoji as :name: in a message, or choose it under “Ours” where you \
                    pick one."
                </p>
                <ShowErased when=may_add><NewEmoji/></ShowErased>
                {dynamic(move || match fault.get() {
                    Some(text) if !is_here.get() => view! { <Fault text/> }.into_any(),
                    _ => view! { <p class="page__count">{count}</p> }.into_any(),
                })}
                <ul class="rows" role="list" aria-label="Emoji">
                    <For each=move || lines.get() key=|emoji| emoji.url.clone() let:emoji>
                        <EmojiRow emoji progress/>
                    </For>
                </ul>
                <Outcome progress done="Removed"/>
            </div>
        </PlainView>
    }
}

#[component]
fn EmojiRow(emoji: CustomEmoji, progress: RwSignal<Progress>) -> impl IntoView {
    let session = expect_context::<Session>();
    let CustomEmoji { name, url, by } = emoji;
    let me = session.select(|model| (model.me.id, model.me.role));
    let is_mine = me.with_untracked(|(id, _)| *id == by.id);
    let added = if is_mine { "you".to_owned() } else { balance(&by.name).into_owned() };
    let may_remove = Signal::derive(move || is_mine || me.get().1.may_manage_emoji());
    let (asks, is_kept) = (RwSignal::new(false), StoredValue::new(false));
    let (label, shown) = (format!("Remove {}", isolate(&name)), format!(":{name}:"));
    let removal = Removal { name: name.clone(), asks, is_kept, progress };
    let actions = move || {
        let (label, removal) = (label.clone(), removal.clone());
        dynamic(move || {
            if asks.get() {
                return question(removal.clone());
            }
            let button = NodeRef::<leptos::html::Button>::new();
            effect(move || {
                if let Some(button) = button.get()
                    && is_kept.get_value()
                {
                    is_kept.set_value(false);
                    focus_element(&button); // the answer that had the focus is gone
                }
            });
            view! {
                <button
                    node_ref=button
                    class="button button--danger button--small"
                    type="button"
                    aria-label=label.clone()
                    on:click=click(move |_| asks.set(true))
                >
                    "Remove"
                </button>
            }
            .into_any()
        })
    };
    view! {
        <li class="row">
            // The name beside it says the same.
            <span class="row__face row__emoji" aria-hidden="true">{emoji_picture(&name, url)}</span>
            <span class="row__text">
                <span class="row__name">{shown}</span>
                <span class="row__about">"By " <bdi>{added}</bdi></span>
            </span>
            <span class="row__actions">
                <ShowErased when=may_remove>{actions()}</ShowErased>
            </span>
        </li>
    }
}

/// The removal of an emoji, which is asked about first.
#[derive(Clone)]
struct Removal {
    name: String,
    asks: RwSignal<bool>,
    /// True from the answer that keeps the emoji until the focus is back.
    is_kept: StoredValue<bool>,
    progress: RwSignal<Progress>,
}

/// Returns the question before a removal, and its answers.
fn question(Removal { name, asks, is_kept, progress }: Removal) -> AnyView {
    let id = format!("remove-{name}");
    let path = format!("{PATH}{name}");
    let remove = move |_| {
        asks.set(false);
        progress.set(Progress::Sending);
        // The button goes with the row.
        focus_view();
        let path = path.clone();
        spawn_local(async move {
            // The event that follows changes what the page shows.
            let outcome = calls::send("DELETE", &path, None).await;
            progress.try_set(Progress::of(&outcome));
        });
    };
    let keep = move |_| {
        is_kept.set_value(true);
        asks.set(false);
    };
    let answer = NodeRef::<leptos::html::Button>::new();
    effect(move || {
        if let Some(answer) = answer.get() {
            focus_element(&answer); // the button that had the focus is gone
        }
    });
    view! {
        <span class="row__question" id=id.clone()>"Messages will show its name."</span>
        <button
            class="button button--danger button--small"
            type="button"
            aria-label=format!("Remove {}", isolate(&name))
            aria-describedby=id
            node_ref=answer
            on:click=click(remove)
        >
            "Remove"
        </button>
        <button
            class="button button--quiet button--small"
            type="button"
            on:click=click(keep)
        >
            "Keep"
        </button>
    }
    .into_any()
}
