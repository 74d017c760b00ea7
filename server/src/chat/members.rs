//! `members`: reads a page of a room's members and their presence.

use protocol::{Member, Members, MembersPage, Response, RoomId, limits::MAX_PAGE_MEMBERS};

use super::{Caller, ChatService, Outcome};
use crate::{error::Error, hub::PRESENCE_QUERY_TIMEOUT};

impl ChatService {
    /// Replies with a page of members.
    pub(super) async fn members(
        &self,
        caller: &Caller,
        members: Members,
    ) -> Result<Outcome, Error> {
        let _permit = self.store.user_permit(caller.user.id).await?;
        let room = self.store.room_access(caller.user.id, members.room).await?.room;
        let page = self.members_page(room, members.after, members.limit).await?;
        Ok(Outcome::Reply(Response::Members(page).into()))
    }

    /// Reads a page of a room's members and their presence.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn members_page(
        &self,
        room: RoomId,
        after: Option<String>,
        limit: Option<u64>,
    ) -> Result<MembersPage, Error> {
        let limit = limit.unwrap_or(MAX_PAGE_MEMBERS).clamp(1, MAX_PAGE_MEMBERS);
        let (mut members, total) = self.store.members(room, after, limit).await?;
        let has_more = members.len() > limit as usize;
        members.truncate(limit as usize);
        let (users, joined_at): (Vec<_>, Vec<_>) = members.into_iter().unzip();
        let interest =
            if self.cluster.is_disconnected() { None } else { self.hub.watch_presence(room) };
        if interest.is_some() {
            // The other nodes report their presence within milliseconds, or not at all.
            tokio::time::sleep(PRESENCE_QUERY_TIMEOUT).await;
        }
        let (presence, total_online) = self.hub.presence(room, &users);
        let members = users.into_iter().zip(presence).zip(joined_at);
        let member = |((user, (online, presence)), at)| Member {
            user,
            online,
            presence,
            joined_at: Some(at),
        };
        let members = members.map(member).collect();
        Ok(MembersPage { room, members, total, total_online: total_online as u64, has_more })
    }
}
