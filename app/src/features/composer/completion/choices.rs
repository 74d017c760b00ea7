//! What is offered for a word.

use protocol::{CustomEmoji, Presence, Room, User};

use super::index::{Entry, Index};
use crate::{
    browser::{case::fold, emoji},
    state::{
        bidi::balance,
        commands::COMMANDS,
        completion::{Kind, Token},
        model::Model,
        presences::dot_and_word,
        switcher::beginning,
    },
    ui::{
        choice_list::{Choice, Sign},
        icon::Glyph,
    },
};

/// The most choices that are offered.
const MAX_OFFERED: usize = 8;

fn of_user(user: &User, state: Option<&str>, presence: Option<Presence>) -> Choice {
    let handle = format!("@{}", user.username);
    Choice {
        detail: state.map_or_else(|| handle.clone(), |state| format!("{handle}, {state}")),
        completion: handle,
        name: balance(&user.name).into_owned(),
        sign: Sign::Person(Box::new(user.clone()), presence),
        ..Choice::default()
    }
}

fn of_custom_emoji(emoji: &CustomEmoji) -> Choice {
    let written = format!(":{}:", emoji.name);
    Choice {
        completion: written.clone(),
        name: written,
        sign: Sign::Picture(emoji.name.clone(), emoji.url.clone()),
        ..Choice::default()
    }
}

fn of_room(room: &Room) -> Choice {
    Choice {
        completion: format!("#{}", room.slug),
        name: balance(&room.name).into_owned(),
        detail: balance(&room.topic).into_owned(),
        sign: Sign::Glyph(room.kind.into()),
        ..Choice::default()
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
            let custom = custom.into_iter().map(of_custom_emoji);
            let found = emoji::table().map(|table| table.find(&token.query, MAX_OFFERED));
            let choice = |found: crate::state::emoji::FoundEmoji<'_>| Choice {
                completion: found.symbol.to_owned(),
                name: format!(":{}:", found.name),
                sign: Sign::Emoji(found.symbol.to_owned()),
                ..Choice::default()
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
                ..Choice::default()
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
            of_user(&member.user, state, presence)
        }
        Entry::Other(user, is_certain) => {
            of_user(user, is_certain.then_some("not in this room"), None)
        }
        Entry::Everybody(total) => Choice {
            completion: "@room".to_owned(),
            name: "@room".to_owned(),
            detail: match total {
                0 => "everybody in this room".to_owned(),
                1 => "only you".to_owned(),
                total => format!("all {total} people"),
            },
            sign: Sign::Glyph(Glyph::Users),
            ..Choice::default()
        },
        Entry::Room(id) => of_room(model.rooms.find(*id)?),
    })
}
