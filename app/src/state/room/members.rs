//! The members of a room, and which of them are online.

use std::sync::Arc;

use protocol::{
    Member, MembersPage, Presence, PresenceChanged, System, SystemEvent, User,
    limits::MAX_ANNOUNCED_ONLINE,
};

use super::Applied;
use crate::state::hues::Hues;

/// The members of a room, as far as they were loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberList {
    /// The loaded members, by username.
    pub list: Vec<Member>,
    /// The hues of the loaded members.
    pub hues: Arc<Hues>,
    /// The number of members.
    pub total: u64,
    /// The number of members who are online in the room.
    pub total_online: u64,
    /// True once the list was loaded.
    pub is_loaded: bool,
    /// True if the room has more members than were loaded.
    pub is_partial: bool,
    /// True if a user outside the loaded part joined or left. The list has to be loaded again.
    pub is_stale: bool,
    /// True if the user has changed the members. The list is loaded again at once.
    pub is_changed: bool,
}

impl From<MembersPage> for MemberList {
    fn from(page: MembersPage) -> Self {
        Self {
            hues: Arc::new(Hues::of_members(&page.members)),
            list: page.members,
            total: page.total,
            total_online: page.total_online,
            is_loaded: true,
            is_partial: page.has_more,
            is_stale: false,
            is_changed: false,
        }
    }
}

impl MemberList {
    /// Applies a membership or presence event.
    pub(super) fn apply(&mut self, system: &System) -> Applied {
        let index = self.list.iter().position(|member| member.user.id == system.user.id);
        let was_alike = index.is_some_and(|index| self.list[index].user.alike);
        if system.event == SystemEvent::Joined && system.user.alike && !was_alike {
            self.mark_alike(&system.user);
        }
        if index.is_none() && self.is_partial {
            // This page does not know whether the counts include the user already.
            self.is_stale = true;
            return Applied::Known;
        }
        match (system.event, index) {
            (SystemEvent::Joined, Some(index)) => {
                let was_online = std::mem::replace(&mut self.list[index].online, true);
                if !was_online {
                    self.list[index].presence = Presence::Online;
                }
                self.list[index].user = system.user.clone();
                self.total_online += u64::from(!was_online);
            }
            (SystemEvent::Joined, None) => {
                let username = &system.user.username;
                let index = self.list.partition_point(|member| member.user.username < *username);
                let member = Member {
                    user: system.user.clone(),
                    online: true,
                    presence: Presence::Online,
                    joined_at: None,
                };
                self.list.insert(index, member);
                self.hues = Arc::new(Hues::of_members(&self.list));
                self.total += 1;
                self.total_online += 1;
            }
            (SystemEvent::Left, Some(index)) => {
                let was_online = std::mem::replace(&mut self.list[index].online, false);
                self.total_online = self.total_online.saturating_sub(was_online.into());
            }
            (SystemEvent::Removed, Some(index)) => {
                let removed = self.list.remove(index);
                self.hues = Arc::new(Hues::of_members(&self.list));
                self.total = self.total.saturating_sub(1);
                self.total_online = self.total_online.saturating_sub(removed.online.into());
            }
            (SystemEvent::Left | SystemEvent::Removed, None) => return Applied::Known,
        }
        Applied::Changed
    }

    /// Sets the presence of a user, if the user is a loaded member.
    pub(crate) fn set_presence(&mut self, PresenceChanged { user, presence }: PresenceChanged) {
        if let Some(member) = self.list.iter_mut().find(|member| member.user.id == user) {
            member.presence = presence;
        }
    }

    /// Shows a changed user, if the user is a loaded member.
    pub(crate) fn change_user(&mut self, user: &User) {
        if let Some(member) = self.list.iter_mut().find(|member| member.user.id == user.id) {
            member.user.clone_from(user);
        }
    }

    /// Marks the members with the same name as a new user. Only the server knows whose names look
    /// alike in other letters, so the list has to be loaded again. Comparing case beyond ASCII
    /// would make the page larger by 12 KB.
    fn mark_alike(&mut self, new: &User) {
        for Member { user, .. } in &mut self.list {
            user.alike |= user.name.eq_ignore_ascii_case(&new.name);
        }
        self.is_stale = true;
    }

    /// Returns whether too many users are online for the server to announce each join and leave.
    /// At the limit itself, the next join is not announced.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        usize::try_from(self.total_online).is_ok_and(|online| online >= MAX_ANNOUNCED_ONLINE)
    }
}
