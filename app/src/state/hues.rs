//! The hues of avatars. Each user has an own one. In a room, the first nine members differ in hue,
//! and the next nine as well, in a deeper tone.

use std::collections::HashMap;

use protocol::{Member, UserId};

/// The number of hues: the classes `hue-0`, `hue-1`, … of the style sheet.
pub(crate) const HUES: usize = 9;

/// A hue and its tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hue {
    /// The number of the hue.
    pub index: usize,
    /// True for the deeper tone.
    pub is_deep: bool,
}

impl Hue {
    /// Returns the own hue of a user.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        let add = |sum: usize, byte: &u8| (sum * 31 + usize::from(*byte)) % HUES;
        Self { index: user.0.as_bytes().iter().fold(0, add), is_deep: false }
    }
}

impl From<Hue> for (usize, bool) {
    fn from(hue: Hue) -> Self {
        (hue.index, hue.is_deep)
    }
}

/// The hues of a room's members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hues(HashMap<UserId, Hue>);

impl Hues {
    /// Gives a hue to each member, in the order of joining: the own one, or the next one if an
    /// earlier member has it. After eighteen members, hues repeat.
    #[must_use]
    pub fn of_members(members: &[Member]) -> Self {
        let mut users: Vec<_> =
            members.iter().map(|member| (member.joined_at, member.user.id)).collect();
        // Members without a time joined after the list was loaded.
        users.sort_unstable_by_key(|(joined_at, id)| (joined_at.is_none(), *joined_at, *id));
        let mut taken = [[false; HUES]; 2];
        let hue = |(place, (_, user)): (usize, (_, UserId))| {
            let (own, is_deep) = (Hue::of(user).index, place >= HUES);
            let taken = &mut taken[usize::from(is_deep)];
            let free = (own..own + HUES).map(|index| index % HUES).find(|index| !taken[*index]);
            let index = free.unwrap_or(own);
            taken[index] = true;
            (user, Hue { index, is_deep })
        };
        Self(users.into_iter().enumerate().map(hue).collect())
    }

    /// Returns the hue of a user. Those who are no members have the own hue, in the deeper tone.
    #[must_use]
    pub fn of(&self, user: UserId) -> Hue {
        let known = self.0.get(&user).copied();
        known.unwrap_or_else(|| Hue { is_deep: !self.0.is_empty(), ..Hue::of(user) })
    }
}

#[cfg(test)]
mod tests;
