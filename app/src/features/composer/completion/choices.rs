//! What is offered for a word.

use leptos::prelude::*;
use protocol::{CustomEmoji, Presence, Room, User};

use super::index::{Entry, Index};
use crate::{
    browser::{case::fold, emoji},
    session::Session,
    state::{
        bidi::balance,
        commands::COMMANDS,
        completion::{Kind, Token},
        model::Model,
        presences::dot_and_word,
        switcher::beginning,
    },
    ui::{
        avatar::Avatar,
        emoji_picture::emoji_picture,
        icon::{Glyph, Icon},
    },
};

/// The most choices that are offered.
const MAX_OFFERED: usize = 8;

/// A choice of the list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// What takes the place of the word.
    pub(super) completion: String,
    /// The name for people.
    pub(super) name: String,
    /// What may follow a command.
    pub(super) usage: &'static str,
    pub(super) detail: String,
    sign: Sign,
}

#[derive(Clone, Debug, PartialEq)]
enum Sign {
    None,
    Person(Box<User>, Option<Presence>),
    Glyph(Glyph),
    Emoji(String),
    /// A custom emoji: its name and the address of its picture.
    Picture(String, String),
}

impl Choice {
    /// Returns what stands before the name.
    pub(super) fn sign(&self, session: Session) -> Option<AnyView> {
        let hue = |user: &User| session.hue(user.id);
        Some(match &self.sign {
            Sign::None => return None,
            Sign::Glyph(glyph) => view! { <Icon glyph=*glyph/> }.into_any(),
            Sign::Emoji(symbol) => {
                let symbol = symbol.clone();
                view! { <span class="completion__emoji" aria-hidden="true">{symbol}</span> }
                    .into_any()
            }
            Sign::Picture(name, url) => {
                let picture = emoji_picture(name, url.clone());
                view! { <span class="completion__emoji" aria-hidden="true">{picture}</span> }
                    .into_any()
            }
            Sign::Person(user, None) => {
                view! { <Avatar hue=hue(user) user=(**user).clone() size="small"/> }.into_any()
            }
            Sign::Person(user, Some(presence)) => {
                let (presence, quiet) = (Signal::stored(*presence), Signal::stored(user.quiet));
                let (hue, user) = (hue(user), (**user).clone());
                view! { <Avatar hue user size="small" presence quiet/> }.into_any()
            }
        })
    }

    fn of_user(user: &User, state: Option<&str>, presence: Option<Presence>) -> Self {
        let handle = format!("@{}", user.username);
        Self {
            detail: state.map_or_else(|| handle.clone(), |state| format!("{handle}, {state}")),
            completion: handle,
            name: balance(&user.name).into_owned(),
            usage: "",
            sign: Sign::Person(Box::new(user.clone()), presence),
        }
    }

    fn of_custom_emoji(emoji: &CustomEmoji) -> Self {
        let written = format!(":{}:", emoji.name);
        Self {
            completion: written.clone(),
            name: written,
            usage: "",
            detail: String::new(),
            sign: Sign::Picture(emoji.name.clone(), emoji.url.clone()),
        }
    }

    fn of_room(room: &Room) -> Self {
        Self {
            completion: format!("#{}", room.slug),
            name: balance(&room.name).into_owned(),
            usage: "",
            detail: balance(&room.topic).into_owned(),
            sign: Sign::Glyph(room.kind.into()),
        }
    }
}

/// Returns what is offered for a word.
pub(super) fn choices(model: &Model, index: &Index, token: &Token) -> Vec<Choice> {
    match token.kind {
        Kind::Person | Kind::Room => {
            let found = found(index, &token.query);
            found.into_iter().filter_map(|entry| choice(model, index, entry)).collect()
        }
        Kind::Emoji => {
            let custom = model.custom_emoji.find(&token.query, MAX_OFFERED / 2);
            let custom = custom.into_iter().map(Choice::of_custom_emoji);
            let found = emoji::table().map(|table| table.find(&token.query, MAX_OFFERED));
            let choice = |found: crate::state::emoji::FoundEmoji<'_>| Choice {
                completion: found.symbol.to_owned(),
                name: format!(":{}:", found.name),
                usage: "",
                detail: String::new(),
                sign: Sign::Emoji(found.symbol.to_owned()),
            };
            let others = found.unwrap_or_default().into_iter().map(choice);
            custom.chain(others).take(MAX_OFFERED).collect()
        }
        Kind::Command => {
            let query = token.query.to_ascii_lowercase();
            let commands = COMMANDS.iter().filter(|command| command.name.starts_with(&query));
            let choice = |command: &crate::state::commands::CommandHelp| Choice {
                completion: format!("/{}", command.name),
                name: format!("/{}", command.name),
                usage: command.usage,
                detail: command.about.to_owned(),
                sign: Sign::None,
            };
            commands.map(choice).collect()
        }
    }
}

/// Returns the entries that match: members before others, the user's rooms before others.
fn found<'a>(index: &'a Index, query: &str) -> Vec<&'a Entry> {
    let places: Vec<usize> = if query.is_empty() {
        (0..index.entries.len()).collect()
    } else {
        let found = beginning(query, &index.candidates, fold);
        let mut places: Vec<_> = found.into_iter().map(|found| found.index).collect();
        places.sort_by_key(|place| index.candidates[*place].rank);
        places
    };
    places.into_iter().take(MAX_OFFERED).filter_map(|place| index.entries.get(place)).collect()
}

fn choice(model: &Model, index: &Index, entry: &Entry) -> Option<Choice> {
    Some(match entry {
        Entry::Member(id) => {
            let members = &model.opened_rooms.get(&index.room)?.members.list;
            let member = members.iter().find(|member| member.user.id == *id)?;
            let presence = model.presence(*id);
            let is_quiet = member.user.quiet;
            let state = presence.map(|presence| dot_and_word(presence, is_quiet).1);
            Choice::of_user(&member.user, state, presence)
        }
        Entry::Other(user, is_certain) => {
            Choice::of_user(user, is_certain.then_some("not in this room"), None)
        }
        Entry::Everybody(total) => Choice {
            completion: "@room".to_owned(),
            name: "@room".to_owned(),
            usage: "",
            detail: match total {
                0 => "everybody in this room".to_owned(),
                1 => "only you".to_owned(),
                total => format!("all {total} people"),
            },
            sign: Sign::Glyph(Glyph::Users),
        },
        Entry::Room(id) => Choice::of_room(model.rooms.find(*id)?),
    })
}
