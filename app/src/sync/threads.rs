//! Requests the list of the threads that the user follows.

use std::collections::HashSet;

use protocol::{ErrorPayload, Event, FollowedThread, MessageId, Request, Response, ThreadsPage};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    model::{EventOutcome, Model},
    threads::ThreadList,
};

/// The minimum time between two loads of the list, in milliseconds.
const MIN_INTERVAL_MS: i64 = 1_000;
/// The number of pages after which the rest of the list is left out. Those threads are the ones
/// without a reply for longest.
const MAX_PAGES: usize = 20;

/// Requests the whole list once the list of rooms is loaded. Later changes concern its first page.
#[derive(Debug, Default)]
pub(super) struct ThreadsSync {
    /// The changes of the model that the last request covers.
    covered: Option<u32>,
    /// Those of any page that the last load of all pages covers.
    covered_deep: u32,
    /// The messages that were changed while the list was on its way.
    changed: HashSet<MessageId>,
    /// The pages of a list that is being loaded.
    pages: Vec<FollowedThread>,
    next_page: Option<String>,
    page_count: usize,
    is_loaded: bool,
}

impl Part for ThreadsSync {
    type Subject = ();

    fn welcomed(&mut self, model: &mut Model) {
        model.threads.forget_recent();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, ()>) {
        // Replies between both lists would be counted in neither.
        if !requester.shared.rooms.is_loaded() || requester.is_pending(|()| true) {
            return;
        }
        let ThreadList { changes, deep_changes, .. } = requester.model.threads;
        let cursor = self.next_page.take();
        if cursor.is_none() {
            if self.covered_deep != deep_changes && self.is_loaded {
                (self.covered, self.is_loaded) = (None, false);
            }
            let not_before = &mut requester.shared.threads_not_before;
            if self.covered == Some(changes) || requester.now < *not_before {
                return;
            }
            *not_before = requester.now + MIN_INTERVAL_MS;
            self.covered = Some(changes);
            self.covered_deep = deep_changes;
            self.changed.clear();
        }
        let request = protocol::Threads { cursor, limit: None };
        requester.send((), &Request::Threads(request));
    }

    fn event(
        &mut self,
        event: &Event,
        _: EventOutcome,
        _: &mut Shared,
        pending: &mut PendingRequests<()>,
    ) {
        if pending.is_empty() && self.pages.is_empty() {
            return;
        }
        match event {
            Event::ChatEdited(edited) => self.changed.extend([edited.id]),
            // Its thread has another last reply then.
            Event::ChatDeleted(deleted) => {
                self.changed.extend([deleted.id].into_iter().chain(deleted.thread))
            }
            _ => {}
        }
    }

    fn succeeded(&mut self, (): (), response: Response, context: &mut Context<'_>) {
        let Response::Threads(ThreadsPage { threads, users, next }) = response else { return };
        let model = &mut context.model;
        model.threads.learn_authors(users);
        if self.is_loaded {
            model.threads.replace(threads, next.is_none());
            self.load_again_if_behind(model, false);
            return;
        }
        self.pages.extend(threads);
        self.page_count += 1;
        self.next_page = next.filter(|_| self.page_count < MAX_PAGES);
        if self.next_page.is_none() {
            let has_pages = self.page_count > 1;
            (self.is_loaded, self.page_count) = (true, 0);
            model.threads.replace(std::mem::take(&mut self.pages), true);
            self.load_again_if_behind(model, has_pages);
            // The thread may have been opened before it was known what is new in it.
            model.mark_new_replies_if_unmarked();
        }
    }

    fn failed(&mut self, (): (), error: ErrorPayload, _: &mut Context<'_>) {
        self.give_up();
        if is_temporary(error.code) {
            self.covered = None;
        }
    }

    /// Leaves the list as it is; the next connection requests it again.
    fn unreadable(&mut self, (): (), _: &mut Context<'_>) {
        self.give_up();
    }

    fn is_settled(&self, _: &Model, _: &Shared, _: &PendingRequests<()>) -> bool {
        true // the list is no part of what catches up
    }
}

impl ThreadsSync {
    /// Loads the list again if it may show a message as it was before an edit or a deletion.
    fn load_again_if_behind(&self, model: &mut Model, has_pages: bool) {
        let is_changed = |id: MessageId| self.changed.contains(&id);
        let is_behind = model.threads.iter().any(|thread| {
            is_changed(thread.message.id)
                || thread.last.as_ref().is_some_and(|it| is_changed(it.id))
        });
        if is_behind && has_pages {
            model.threads.expire_all();
        } else if is_behind {
            model.threads.expire();
        }
    }

    /// Ends a load without a result.
    fn give_up(&mut self) {
        self.pages.clear();
        self.next_page = None;
        self.page_count = 0;
    }
}
