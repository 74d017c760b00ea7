//! The list of what a field offers for the word before the caret.

use leptos::{html, prelude::*};
use protocol::{Presence, User, UserId};

use super::{
    avatar::Avatar,
    dynamic::{click, dynamic},
    emoji_picture::emoji_picture,
    icon::{Glyph, Icon},
};
use crate::browser::window::{effect, scroll_into_view};

/// A choice of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// What takes the place of the word.
    pub completion: String,
    /// The name for people.
    pub name: String,
    /// What may follow a command.
    pub usage: &'static str,
    /// What stands behind the name.
    pub detail: String,
    /// What stands before it.
    pub sign: Sign,
}

/// What stands before the name of a choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Sign {
    /// Nothing.
    #[default]
    None,
    /// The avatar of a user, with their presence if it is known.
    Person(Box<User>, Option<Presence>),
    /// An icon.
    Glyph(Glyph),
    /// An emoji.
    Emoji(String),
    /// A custom emoji: its name and the address of its picture.
    Picture(String, String),
}

/// Returns the hue of a user.
pub type HueOf = Callback<UserId, Signal<(usize, bool)>>;

impl Sign {
    fn view(self, hue: HueOf) -> Option<AnyView> {
        Some(match self {
            Self::None => return None,
            Self::Glyph(glyph) => view! { <Icon glyph/> }.into_any(),
            Self::Emoji(symbol) => {
                view! { <span class="completion__emoji" aria-hidden="true">{symbol}</span> }
                    .into_any()
            }
            Self::Picture(name, url) => {
                let picture = emoji_picture(&name, url);
                view! { <span class="completion__emoji" aria-hidden="true">{picture}</span> }
                    .into_any()
            }
            Self::Person(user, None) => {
                view! { <Avatar hue=hue.run(user.id) user=*user size="small"/> }.into_any()
            }
            Self::Person(user, Some(presence)) => {
                let (presence, quiet) = (Signal::stored(presence), Signal::stored(user.quiet));
                view! { <Avatar hue=hue.run(user.id) user=*user size="small" presence quiet/> }
                    .into_any()
            }
        })
    }
}

/// Returns the id of the element of a choice.
pub(crate) fn option_id(list: &str, place: usize) -> String {
    format!("{list}-{place}")
}

/// The list, hidden while nothing is offered.
#[component]
pub fn ChoiceList(
    /// The id of the list.
    id: String,
    /// The class of the frame around it.
    class: Signal<&'static str>,
    /// What the choices are.
    label: Signal<&'static str>,
    /// What stands above them.
    title: Signal<&'static str>,
    /// How many there are, in words.
    found: Signal<String>,
    /// The choices.
    choices: Signal<Vec<Choice>>,
    /// The place of the selected one.
    active: RwSignal<Option<usize>>,
    /// Returns the hue of a user.
    hue: HueOf,
    /// Takes the choice at a place.
    accept: Callback<usize>,
) -> impl IntoView {
    let hidden = Signal::derive(move || choices.with(Vec::is_empty));
    let list = NodeRef::<html::Div>::new();
    let list_id = id.clone();
    effect(move || {
        let selected = active.get().filter(|_| !hidden.get());
        let id = selected.map(|place| format!("#{}", option_id(&list_id, place)));
        let option = id.and_then(|id| list.get()?.query_selector(&id).ok().flatten());
        if let Some(option) = option {
            scroll_into_view(&option);
        }
    });
    let list_id = id.clone();
    let option = move |place: usize, choice: Choice| {
        let Choice { name, usage, detail, sign, .. } = choice;
        let is_selected = move || active.get() == Some(place);
        let selected = Signal::derive(move || if is_selected() { "true" } else { "false" });
        let usage = (!usage.is_empty()).then(|| {
            view! { <span class="completion__usage">{usage}</span> " " }
        });
        let select = move |_| {
            if active.get_untracked() != Some(place) {
                active.set(Some(place));
            }
        };
        view! {
            <div
                class="completion__option"
                role="option"
                id=option_id(&list_id, place)
                aria-selected=selected
                on:pointermove=select
                // The field keeps the focus.
                on:mousedown=click(|event| event.prevent_default())
                on:click=click(move |_| accept.run(place))
            >
                {sign.view(hue)}
                <bdi class="completion__name truncate">{name}</bdi>
                " "
                {usage}
                <bdi class="completion__detail">{detail}</bdi>
                <kbd class="only-wide" aria-hidden="true">"Tab"</kbd>
            </div>
        }
        .into_any()
    };
    view! {
        <div class=class hidden=hidden>
            {dynamic(move || {
                let title = title.get();
                (!title.is_empty()).then(|| view! {
                    <p class="completion__title">{title}</p>
                })
            })}
            <div role="listbox" id=id aria-label=label node_ref=list>
                {dynamic(move || {
                    let choices = choices.get().into_iter().enumerate();
                    choices.map(|(place, choice)| option(place, choice)).collect_view()
                })}
            </div>
        </div>
        <span class="visually-hidden" role="status">{found}</span>
    }
}
