//! An option of the switcher's list.

use leptos::prelude::*;

use super::{
    entry::{Entry, Goal, Sign},
    list::{Shown, option_id},
};
use crate::{
    browser::window::is_apple,
    session::Session,
    state::{bidi::balance, chord::key_names, rooms::format_count, switcher::pieces},
    ui::{
        avatar::Avatar,
        dynamic::click,
        icon::{Glyph, Icon},
    },
};

/// An option. The pointer selects it, and a click takes it.
#[component]
pub fn ResultOption(
    /// The id of the list.
    list: &'static str,
    /// The entry.
    shown: Shown,
    /// The place among all options.
    place: usize,
    /// The place of the selected option.
    selected: RwSignal<usize>,
    /// Takes the option at a place.
    choose: Callback<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Shown { entry, marks } = shown;
    let is_selected =
        Signal::derive(move || if selected.get() == place { "true" } else { "false" });
    let name = pieces(&entry.name, &marks).into_iter().map(|(piece, is_marked)| {
        if is_marked { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() }
    });
    let name = name.collect_view();
    let draft = draft(session, &entry);
    let has_draft = draft.is_some();
    let detail = draft.unwrap_or_else(|| entry.detail.clone());
    view! {
        <div
            class="switcher__option"
            role="option"
            id=option_id(list, place)
            aria-selected=is_selected
            on:pointermove=move |_| {
                if selected.get_untracked() != place {
                    selected.set(place);
                }
            }
            on:click=click(move |_| choose.run(place))
        >
            {sign(session, &entry)}
            <bdi class="switcher__name truncate">{name}</bdi>
            " "
            <bdi class="switcher__detail truncate">{detail}</bdi>
            {has_draft.then(|| view! { <Icon glyph=Glyph::Pencil/> })}
            {badge(&entry)}
            {keys(&entry.goal)}
        </div>
    }
}

fn sign(session: Session, entry: &Entry) -> AnyView {
    match &entry.sign {
        Sign::Glyph(glyph) => view! { <Icon glyph=*glyph/> }.into_any(),
        Sign::Person(user, None) => {
            view! { <Avatar hue=session.own_hue(user.id) user=user.clone() size="small"/> }
                .into_any()
        }
        Sign::Person(user, Some(presence)) => {
            let (presence, quiet) = (Signal::stored(*presence), Signal::stored(user.quiet));
            let (hue, user) = (session.own_hue(user.id), user.clone());
            view! { <Avatar hue user size="small" presence quiet/> }.into_any()
        }
    }
}

/// Returns the beginning of what the user has begun to write there.
fn draft(session: Session, entry: &Entry) -> Option<String> {
    let text = session.draft(entry.room?, None)?;
    let line = text.trim().lines().next().filter(|line| !line.is_empty())?;
    Some(format!("Draft: {}", balance(line)))
}

/// Returns the number of mentions, else that of unread messages.
fn badge(entry: &Entry) -> Option<AnyView> {
    let (class, count, word) = match (entry.unread, entry.mentions) {
        (0, 0) => return None,
        (unread, 0) => ("badge badge--plain", unread, " unread"),
        (_, 1) => ("badge", 1, " mention"),
        (_, mentions) => ("badge", mentions, " mentions"),
    };
    let view = view! {
        <span class=class>
            {format_count(count)}
            <span class="visually-hidden">{word}</span>
        </span>
    };
    Some(view.into_any())
}

/// Returns the keys that do the same.
fn keys(goal: &Goal) -> Option<AnyView> {
    let Goal::Action(action) = goal else { return None };
    let names = key_names(action.keys.first()?, is_apple()).into_iter();
    let keys = names.map(|name| view! { <kbd>{name}</kbd> }).collect_view();
    Some(view! { <span class="shortcuts__keys" aria-hidden="true">{keys}</span> }.into_any())
}
