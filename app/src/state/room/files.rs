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
mod tests {
    use protocol::{ChatDeleted, ChatEdited, File};

    use super::*;
    use crate::state::fixtures::message;

    fn with_file(seq: u64) -> Message {
        Message { files: vec![File::default()], ..message(seq) }
    }

    fn page(seqs: &[u64], has_more: bool) -> FilesPage {
        let messages = seqs.iter().copied().map(with_file).collect();
        let next = seqs.last().copied().filter(|_| has_more);
        FilesPage { messages, has_more, next, ..FilesPage::default() }
    }

    fn deleted(seq: u64) -> Event {
        let (id, message_seq) = (message(seq).id, seq);
        Event::ChatDeleted(ChatDeleted { id, message_seq, ..ChatDeleted::default() })
    }

    fn edited(seq: u64, files: Vec<File>) -> Event {
        let Message { id, room, sent_at: edited_at, .. } = message(seq);
        let (text, blocks) = (None, Vec::new());
        Event::ChatEdited(ChatEdited {
            id,
            room,
            seq: 99,
            message_seq: seq,
            text,
            blocks,
            files,
            link_previews: Vec::new(),
            edited_at,
        })
    }

    fn shown(list: &FileList) -> Vec<u64> {
        list.messages.iter().flatten().map(|message| message.seq).collect()
    }

    /// Applies the page that the list wants, which is the one before a `seq`.
    fn load(list: &mut FileList, before: Option<u64>, page: FilesPage) {
        let cursor = list.wanted().expect("a page is wanted");
        assert_eq!(cursor.before, before);
        list.apply_page(cursor, page);
    }

    #[test]
    fn pages_are_loaded_while_the_list_is_shown_and_events_change_them() {
        let mut list = FileList::default();
        list.apply(&Event::Chat(with_file(1)));
        assert_eq!((list.wanted(), shown(&list)), (None, vec![]));
        list.open();
        // These may have been sent before the response was read, or after it.
        list.apply(&Event::Chat(with_file(9)));
        list.apply(&Event::Chat(with_file(10)));
        list.apply(&deleted(7));
        load(&mut list, None, page(&[9, 8, 7, 6], true));
        assert_eq!(shown(&list), [10, 9, 8, 6]);
        assert_eq!(list.wanted(), None);
        // The page may come before its last event.
        list.apply(&Event::Chat(with_file(10)));
        assert_eq!(shown(&list), [10, 9, 8, 6]);
        list.load_more();
        list.apply(&edited(5, vec![File::default()]));
        list.apply(&edited(4, Vec::new()));
        list.apply(&deleted(9));
        list.apply(&Event::Chat(with_file(11)));
        load(&mut list, Some(6), page(&[5, 4, 3], false));
        assert_eq!(shown(&list), [11, 10, 8, 6, 5, 3]);
        list.load_more();
        assert_eq!(list.wanted(), None, "there are no more");
        list.apply(&Event::Chat(message(12)));
        assert_eq!(shown(&list), [11, 10, 8, 6, 5, 3], "it has no file");
        list.close();
        assert_eq!((list.wanted(), list.messages), (None, None));
    }

    #[test]
    fn a_message_that_got_its_first_file_by_an_edit_is_loaded() {
        let file = || vec![File::default()];
        let mut list = FileList::default();
        list.open();
        let early = list.wanted().unwrap();
        list.apply(&edited(4, file())); // the page may have been read before
        list.apply_page(early, page(&[9, 8], true));
        assert_eq!(list.messages, None);
        load(&mut list, None, page(&[9, 8], true));
        list.load_more();
        load(&mut list, Some(8), page(&[5, 4], true));
        list.apply(&edited(10, file()));
        load(&mut list, None, page(&[10, 9], true));
        assert_eq!(shown(&list), [10, 9, 8, 5, 4], "the pages stay that the user has loaded");
        list.apply(&edited(6, file()));
        load(&mut list, None, page(&[10, 9], true));
        assert_eq!(shown(&list), [10, 9], "one of them lacks a message");
        list.apply(&edited(6, file()));
        assert_eq!(list.wanted(), None, "it comes with a later page");
    }

    #[test]
    fn a_search_replaces_the_list_and_goes_on_until_it_finds_something() {
        let mut list = FileList::default();
        list.open();
        load(&mut list, None, page(&[9, 8, 7], true));
        list.load_more();
        let early = list.wanted().unwrap();
        list.search(" plan ");
        assert_eq!((shown(&list), list.is_searching()), (vec![9, 8, 7], true));
        list.apply_page(early, page(&[6, 5], true));
        let nothing = |next| FilesPage { has_more: true, next: Some(next), ..page(&[], false) };
        load(&mut list, None, nothing(40));
        assert_eq!((shown(&list), list.is_searching()), (vec![], true));
        load(&mut list, Some(40), nothing(20));
        load(&mut list, Some(20), page(&[8, 2], false));
        assert_eq!((shown(&list), list.is_searching()), (vec![8, 2], false));
        // The server decides what is found.
        list.apply(&Event::Chat(message(10)));
        list.search("plan");
        assert_eq!(list.wanted(), None, "nothing has changed");
        list.apply(&Event::Chat(with_file(11)));
        load(&mut list, None, page(&[11, 8], true));
        assert_eq!(shown(&list), [11, 8, 2], "the pages stay that the user has loaded");
        list.apply(&edited(9, vec![File::default()]));
        load(&mut list, None, page(&[11], true));
        assert_eq!(shown(&list), [11], "the others may lack a message");
        list.apply(&edited(5, vec![File::default()]));
        load(&mut list, None, page(&[11], true));
        assert_eq!(shown(&list), [11], "it comes with a later page");
        list.load_more();
        load(&mut list, Some(11), page(&[8, 5, 2], false));
        list.apply(&edited(5, Vec::new()));
        list.apply(&deleted(8));
        assert_eq!(shown(&list), [11, 2]);
        list.search("");
        load(&mut list, None, page(&[11], false));
        assert_eq!((shown(&list), list.query(), list.has_more()), (vec![11], "", false));
    }

    #[test]
    fn answers_to_an_earlier_list_are_dropped() {
        let mut list = FileList::default();
        list.open();
        let early = list.wanted().unwrap();
        list.reset();
        list.apply_page(early, page(&[5], false));
        assert_eq!(list.messages, None);
        load(&mut list, None, page(&[5, 3], true));
        // All that is loaded is deleted.
        list.apply(&deleted(5));
        list.load_more();
        list.apply(&deleted(3));
        load(&mut list, Some(3), page(&[2], false));
        assert_eq!((shown(&list), list.is_loading_more()), (vec![2], false));
        let before = list.clone();
        list.close();
        list.open();
        assert_ne!(list.wanted().unwrap().generation, before.generation);
    }
}
