//! The messages of a room that have files, while the list of its files is shown. They are loaded
//! page by page, and follow the events of the room log.

use protocol::{Event, FilesPage, Message};

use crate::state::people::{Senders, update_people};

/// The list of a room's files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileList {
    /// True while the list is shown. Nothing is kept otherwise.
    is_shown: bool,
    /// The messages, the newest first. None until they are loaded.
    pub messages: Option<Vec<Message>>,
    /// The part of a name that is searched for. Empty: all files are listed.
    query: String,
    /// The one that the loaded messages were found by.
    listed_by: String,
    /// The `seq` before which the server may have more messages.
    next: Option<u64>,
    /// True if the server does not give the list.
    pub is_refused: bool,
    /// True if the user waits for the next page.
    wants_more: bool,
    /// True if the first page has to be loaded again.
    is_stale: bool,
    /// The earliest message that got its first file by an edit and is not loaded.
    missing: Option<u64>,
    /// Counts how often the list became stale. Pages that were requested before are dropped.
    generation: u64,
    /// Events that arrived while a page was requested. The page may have been read before them.
    buffered: Vec<Event>,
}

/// A page of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesCursor {
    /// The `seq` that the page is before. None for the first page.
    pub before: Option<u64>,
    generation: u64,
}

impl FileList {
    /// Shows the list.
    pub fn open(&mut self) {
        self.close();
        self.is_shown = true;
        self.set_stale();
    }

    /// Drops the list, which is not shown any more.
    pub fn close(&mut self) {
        *self = Self { generation: self.generation, ..Self::default() };
    }

    fn set_stale(&mut self) {
        self.is_stale = true;
        self.generation += 1;
        self.buffered.clear(); // the page is read after them
    }

    /// Lists the files whose names contain a text. What was listed stays until they are loaded.
    pub fn search(&mut self, query: &str) {
        if query.trim() != self.query {
            query.trim().clone_into(&mut self.query);
            self.reload();
        }
    }

    /// Returns the part of a name that is searched for. Empty if all files are listed.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns the part of a name by which the loaded messages were found.
    #[must_use]
    pub fn listed_by(&self) -> &str {
        &self.listed_by
    }

    /// Returns whether what is listed is not what was asked for last.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        !self.query.is_empty()
            && (self.is_stale || self.wants_more && self.messages.iter().all(Vec::is_empty))
    }

    /// Has the first page loaded again. None of the others is kept.
    fn reload(&mut self) {
        self.set_stale();
        (self.missing, self.wants_more, self.is_refused) = (Some(0), false, false);
    }

    /// Returns whether the server may have more messages.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Requests the next page.
    pub fn load_more(&mut self) {
        self.wants_more = self.has_more();
    }

    /// Returns whether the user waits for the next page.
    #[must_use]
    pub fn is_loading_more(&self) -> bool {
        self.wants_more
    }

    /// Returns the page that is needed, if there is one.
    #[must_use]
    pub fn wanted(&self) -> Option<FilesCursor> {
        if !self.is_shown || self.is_refused {
            return None;
        }
        let before = match self.next.filter(|_| self.wants_more && !self.is_stale) {
            Some(next) => Some(next),
            None if self.is_stale => None,
            None => return None,
        };
        Some(FilesCursor { before, generation: self.generation })
    }

    /// Applies a page. One that is not needed any more is dropped.
    pub(crate) fn apply_page(&mut self, cursor: FilesCursor, mut page: FilesPage) {
        if self.wanted() != Some(cursor) {
            return;
        }
        let end = page.messages.last().map_or(0, |last| last.seq);
        // Earlier versions of the server name no place.
        let next = page.next.or(Some(end)).filter(|_| page.has_more);
        for event in std::mem::take(&mut self.buffered) {
            update_files(&mut page.messages, &event);
        }
        let mut known = self.messages.take().unwrap_or_default();
        if cursor.before.is_some() {
            let last = known.last().map_or(u64::MAX, |last| last.seq);
            known.extend(page.messages.into_iter().filter(|message| message.seq < last));
            (self.messages, self.next, self.wants_more) = (Some(known), next, false);
        } else {
            // Older pages stay if the page reaches them and none of them lacks a message.
            let is_joined = known.first().is_some_and(|first| first.seq >= end)
                && self.missing.is_none_or(|missing| missing >= end);
            let is_kept = page.has_more && is_joined;
            known.retain(|message| is_kept && message.seq < end);
            if known.is_empty() {
                self.next = next;
            }
            page.messages.append(&mut known);
            self.messages = Some(page.messages);
            (self.is_stale, self.missing) = (false, None);
            self.listed_by.clone_from(&self.query);
            self.wants_more &= is_kept;
        }
        self.go_on_if_empty();
    }

    /// Requests the next page if all that was loaded is gone, or nothing was found there.
    fn go_on_if_empty(&mut self) {
        self.wants_more |= self.has_more() && self.messages.as_ref().is_some_and(Vec::is_empty);
    }

    /// Notes that the server does not give the list.
    pub(crate) fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Notes that events were missed.
    pub(super) fn reset(&mut self) {
        if self.is_shown {
            let query = std::mem::take(&mut self.query);
            self.open();
            self.query = query;
        }
    }

    /// Applies an event of the room log.
    pub(super) fn apply(&mut self, event: &Event) {
        if !self.is_shown {
            return;
        }
        if !self.query.is_empty() && has_files(event) {
            // The server knows whether it is found. New messages are newer than all that is loaded.
            if let Event::ChatEdited(edited) = event
                && self.next.is_none_or(|next| edited.message_seq >= next)
            {
                self.miss(edited.message_seq);
            }
            return self.set_stale();
        }
        if let Some(messages) = &mut self.messages {
            update_files(messages, event);
        }
        if self.wanted().is_some() {
            self.buffered.push(event.clone());
        }
        if let Event::ChatEdited(edited) = event
            && !edited.files.is_empty()
        {
            let mut known = self.messages.iter().flatten();
            let is_known = known.any(|known| known.id == edited.id);
            let is_older = self.next.is_some_and(|next| edited.message_seq < next);
            if !is_known && !is_older {
                // It may have had no files before.
                self.miss(edited.message_seq);
                self.set_stale();
            }
        }
        self.go_on_if_empty();
    }

    /// Notes that a message may be missing in what is loaded.
    fn miss(&mut self, seq: u64) {
        self.missing = Some(self.missing.map_or(seq, |missing| missing.min(seq)));
    }

    /// Shows users by their present names.
    pub(super) fn update_people(&mut self, present: &Senders) {
        for message in self.messages.iter_mut().flatten() {
            update_people(message, present);
        }
    }
}

/// Returns whether an event brings a message with files, or may change the files of one.
fn has_files(event: &Event) -> bool {
    match event {
        Event::Chat(message) => !message.files.is_empty(),
        Event::ChatEdited(edited) => !edited.files.is_empty(),
        _ => false,
    }
}

/// Applies an event to messages, the newest first, and drops those that have no files after it.
fn update_files(messages: &mut Vec<Message>, event: &Event) {
    match event {
        Event::Chat(message) if !message.files.is_empty() => {
            let at = messages.partition_point(|known| known.seq > message.seq);
            if messages.get(at).is_none_or(|known| known.seq != message.seq) {
                messages.insert(at, message.clone());
            }
        }
        Event::ChatEdited(edited) => {
            if let Some(known) = messages.iter_mut().find(|known| known.id == edited.id) {
                known.files.clone_from(&edited.files);
            }
            messages.retain(|message| !message.files.is_empty());
        }
        Event::ChatDeleted(deleted) => messages.retain(|message| message.id != deleted.id),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
