//! The reactions to a message, summarized by emoji.

use protocol::{Member, Reaction, UserId};

use super::{bidi::isolate, names::user_name};

/// All reactions with one emoji to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReactionSummary {
    /// The emoji.
    pub emoji: String,
    /// The number of reactions.
    pub count: usize,
    /// True if the reader is among the users.
    pub mine: bool,
    /// The names of the users, as far as they are known.
    pub names: String,
}

/// Groups reactions by emoji, in the order in which each emoji first occurs. Names are taken from
/// `members`.
#[must_use]
pub fn reaction_summaries(
    reactions: &[Reaction],
    me: UserId,
    members: &[Member],
) -> Vec<ReactionSummary> {
    let mut summaries: Vec<ReactionSummary> = Vec::new();
    for emoji in reactions.iter().map(|reaction| &reaction.emoji) {
        if summaries.iter().any(|summary| summary.emoji == *emoji) {
            continue;
        }
        let (mut names, mut count, mut mine) = (Vec::new(), 0, false);
        for reaction in reactions.iter().filter(|reaction| reaction.emoji == *emoji) {
            count += 1;
            let member = || members.iter().find(|member| member.user.id == reaction.user);
            if reaction.user == me {
                mine = true;
                names.insert(0, "You".to_owned());
            } else if let Some(member) = member() {
                names.push(isolate(&user_name(&member.user)));
            }
        }
        match count - names.len() {
            0 => {}
            unknown if names.is_empty() => names.push(unknown.to_string()),
            unknown => names.push(format!("{unknown} more")),
        }
        summaries.push(ReactionSummary {
            emoji: emoji.clone(),
            count,
            mine,
            names: names.join(", "),
        });
    }
    summaries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixtures::user;

    #[test]
    fn reactions_are_counted_and_named() {
        let given = |name, emoji: &str| Reaction { user: user(name).id, emoji: emoji.to_owned() };
        let users = [("bo", "👍"), ("chen", "🎉"), ("ada", "👍"), ("zoe", "👍")];
        let reactions = users.map(|(name, emoji)| given(name, emoji));
        let bo = Member { user: user("bo"), online: true, joined_at: None, ..Default::default() };
        let summaries = reaction_summaries(&reactions, user("ada").id, &[bo]);
        let summary = |emoji: &str, count, mine, names: &str| ReactionSummary {
            emoji: emoji.to_owned(),
            count,
            mine,
            names: names.to_owned(),
        };
        assert_eq!(
            summaries,
            [summary("👍", 3, true, "You, Bo, 1 more"), summary("🎉", 1, false, "1")]
        );
    }
}
