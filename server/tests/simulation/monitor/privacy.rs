//! Checks that a user learns nothing of rooms that the user may not see: of direct rooms of others,
//! and of the private room while the user is not a member.

use protocol::{Event, Request, Response, Room, RoomId, RoomName, ThreadsPage};

use super::Monitor;

impl Monitor {
    /// Returns the end of the private room's log at the user's removal, while the user is absent.
    /// What still arrives of an earlier epoch was sent before.
    pub(super) fn absent_since(&self) -> Option<u64> {
        let user = self.scenario.users[self.user].profile.id;
        let record = self.scenario.record.borrow();
        record.absent.get(&user).filter(|_| self.era == record.era).copied()
    }

    /// Records what a request may change even if its response is lost.
    pub(super) fn may_apply(&self, request: &Request) {
        let user = self.scenario.users[self.user].profile.id;
        let mut record = self.scenario.record.borrow_mut();
        match request {
            Request::Read(read) => {
                let seq = if read.back { read.seq.saturating_sub(1) } else { read.seq };
                let room = read.room.as_ref().and_then(RoomName::as_id);
                record
                    .read_back
                    .extend(room.filter(|_| read.back).map(|room| (user, room, read.thread)));
                if let Some(thread) = read.thread {
                    record.read_in_thread.entry((user, thread)).or_default().insert(seq);
                } else if let Some(room) = room {
                    record.read.entry((user, room)).or_default().insert(seq);
                }
            }
            Request::ThreadFollow(follow) => {
                record.asked.entry((user, follow.thread)).or_default().insert(follow.on);
            }
            _ => {}
        }
    }

    /// Checks that the user may know of a room at a position of its log: events of the private room
    /// are hidden from others.
    pub(super) fn may_know(&self, room: RoomId, seq: u64) {
        if !self.scenario.is_for(self.user, room) {
            self.fault(&format!("event {seq} of others' {} arrived", self.scenario.slug(room)));
        }
        let end = self.absent_since();
        if room == self.scenario.private && end.is_some_and(|end| seq > end) {
            self.fault(&format!(
                "event {seq} of the private room reached a user who was removed at {end:?}"
            ));
        }
    }

    /// Checks an event of any kind.
    pub(super) fn may_hear(&self, event: &Event) {
        let (room, seq) = match event {
            Event::RoomChanged(changed) => {
                self.may_see_topic(&changed.room);
                (Some(changed.room.id), changed.room.seq)
            }
            Event::RoomGone(gone) => (Some(gone.room), 0),
            Event::ThreadChanged(changed) => (changed.room.as_id(), 0),
            event => (event.room(), event.log_position().map_or(0, |(_, seq)| seq)),
        };
        if let Some(room) = room {
            self.may_know(room, seq);
        }
    }

    /// Checks that the user may see the topic of a room.
    pub(super) fn may_see_topic(&self, room: &Room) {
        let user = self.scenario.users[self.user].profile.id;
        let record = self.scenario.record.borrow();
        let outside = record.topics.get(&room.topic);
        if outside.is_some_and(|outside| outside.contains(&user)) {
            drop(record);
            self.fault(&format!("a topic of the private room reached somebody outside: {room:?}"));
        }
    }

    pub(super) fn threads(&self, page: &ThreadsPage) {
        for followed in &page.threads {
            self.message(&followed.message);
        }
    }

    /// Checks the response to a request that was sent while the user was absent, and whether it
    /// concerns a direct room of others. What was stored before is acknowledged again.
    pub(super) fn may_learn(&self, request: &Request, absent: Option<u64>, response: &Response) {
        let private = self.scenario.private;
        let rooms = match (request, response) {
            (Request::Subscribe(_), Response::Subscribe(response)) => vec![response.room],
            (Request::Resume(_), Response::Resume(page)) => {
                page.rooms.iter().map(|room| room.room).collect()
            }
            (Request::Rooms(_), Response::Rooms(page)) => {
                page.rooms.iter().map(|room| room.id).collect()
            }
            (Request::Threads(_), Response::Threads(page)) => {
                page.threads.iter().map(|followed| followed.room).collect()
            }
            (Request::History(_), Response::History(page)) => vec![page.room],
            (Request::Pins(_), Response::Pins(page)) => vec![page.room],
            (Request::Edits(_), Response::Edits(page)) => vec![page.room],
            (Request::Members(_), Response::Members(page)) => vec![page.room],
            (Request::Read(_), Response::Read(position)) => vec![position.room],
            (Request::ThreadFollow(_), Response::ThreadFollow(follow)) => {
                follow.room.as_id().into_iter().collect()
            }
            _ => Vec::new(),
        };
        for room in rooms {
            let is_absent = room == private && absent.is_some() && absent == self.absent_since();
            if is_absent || !self.scenario.is_for(self.user, room) {
                let slug = self.scenario.slug(room);
                self.fault(&format!(
                    "{request:?} of somebody outside {slug} was answered by {response:?}"
                ));
            }
        }
    }
}
