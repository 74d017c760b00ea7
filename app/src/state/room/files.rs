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
    /// True if the server has more messages.
    pub has_more: bool,
    /// True if the server does not give the list.
    pub is_refused: bool,
    /// True if the user waits for the next page.
    wants_more: bool,
    /// True if the first page has to be loaded again.
    is_stale: bool,
    /// Updates that arrived while a page was requested. The page may have been read before them.
    buffered: Vec<Event>,
}

/// A page of the list: the first one, or the one before a `seq`.
pub type FilesCursor = Option<u64>;

impl FileList {
    /// Shows the list.
    pub fn open(&mut self) {
        *self = Self { is_shown: true, is_stale: true, ..Self::default() };
    }

    /// Drops the list, which is not shown any more.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// Requests the next page.
    pub fn load_more(&mut self) {
        self.wants_more = self.has_more;
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
        let last = self.messages.as_ref().and_then(|messages| messages.last());
        match last.filter(|_| self.wants_more && !self.is_stale) {
            Some(last) => Some(Some(last.seq)),
            None => self.is_stale.then_some(None),
        }
    }

    /// Applies a page. One that is not needed any more is dropped.
    pub(crate) fn apply_page(&mut self, cursor: FilesCursor, mut page: FilesPage) {
        if self.wanted() != Some(cursor) {
            return;
        }
        for update in std::mem::take(&mut self.buffered) {
            update_files(&mut page.messages, &update);
        }
        self.has_more = page.has_more;
        if cursor.is_none() {
            // What arrived since the request is newer than the page.
            let newest = page.messages.first().map_or(0, |message| message.seq);
            let mut messages = self.messages.take().unwrap_or_default();
            messages.retain(|known| known.seq > newest);
            messages.append(&mut page.messages);
            self.messages = Some(messages);
            (self.is_stale, self.wants_more) = (false, false);
        } else {
            let last = self.messages.iter().flatten().last().map_or(u64::MAX, |last| last.seq);
            let older = page.messages.into_iter().filter(|message| message.seq < last);
            self.messages.get_or_insert_default().extend(older);
            self.wants_more = false;
        }
    }

    /// Notes that the server does not give the list.
    pub(crate) fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Notes that events were missed.
    pub(super) fn reset(&mut self) {
        if self.is_shown {
            self.open();
        }
    }

    /// Applies an event of the room log.
    pub(super) fn apply(&mut self, event: &Event) {
        if !self.is_shown {
            return;
        }
        match event {
            Event::Chat(message) if !message.files.is_empty() => {
                self.messages.get_or_insert_default().insert(0, message.clone());
            }
            Event::ChatEdited(edited) if !edited.files.is_empty() => {
                let is_known = |known: &Message| known.id == edited.id;
                let is_older = self.has_more
                    && self.messages.iter().flatten().all(|known| known.seq > edited.message_seq);
                if self.messages.iter().flatten().any(is_known) || is_older {
                    self.update(event);
                } else {
                    self.is_stale = true; // it had no files before
                }
            }
            Event::ChatEdited(_) | Event::ChatDeleted(_) => self.update(event),
            _ => {}
        }
    }

    fn update(&mut self, event: &Event) {
        if let Some(messages) = &mut self.messages {
            update_files(messages, event);
        }
        if self.wanted().is_some() {
            self.buffered.push(event.clone());
        }
    }

    /// Shows users by their present names.
    pub(super) fn update_people(&mut self, present: &Senders) {
        for message in self.messages.iter_mut().flatten() {
            update_people(message, present);
        }
    }
}

/// Applies an update, and drops the messages that have no files after it.
fn update_files(messages: &mut Vec<Message>, event: &Event) {
    match event {
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
        FilesPage { messages, has_more, ..FilesPage::default() }
    }

    fn deleted(seq: u64) -> Event {
        let (id, message_seq) = (message(seq).id, seq);
        Event::ChatDeleted(ChatDeleted { id, message_seq, ..ChatDeleted::default() })
    }

    fn edited(seq: u64, files: Vec<File>) -> Event {
        let Message { id, room, sent_at: edited_at, .. } = message(seq);
        let (text, blocks) = (None, Vec::new());
        let message_seq = seq;
        let seq = 99;
        Event::ChatEdited(ChatEdited { id, room, seq, message_seq, text, blocks, files, edited_at })
    }

    fn shown(list: &FileList) -> Vec<u64> {
        list.messages.iter().flatten().map(|message| message.seq).collect()
    }

    #[test]
    fn pages_are_loaded_while_the_list_is_shown_and_events_change_them() {
        let mut list = FileList::default();
        list.apply(&Event::Chat(with_file(1)));
        assert_eq!((list.wanted(), shown(&list)), (None, vec![]));
        list.open();
        assert_eq!(list.wanted(), Some(None));
        // These may have been sent before the response was read, or after it.
        list.apply(&Event::Chat(with_file(9)));
        list.apply(&Event::Chat(with_file(10)));
        list.apply(&deleted(7));
        list.apply_page(None, page(&[9, 8, 7, 6], true));
        assert_eq!(shown(&list), [10, 9, 8, 6]);
        assert_eq!(list.wanted(), None);
        list.load_more();
        assert_eq!(list.wanted(), Some(Some(6)));
        list.apply(&edited(5, vec![File::default()]));
        list.apply(&edited(4, Vec::new()));
        list.apply(&deleted(9));
        list.apply_page(Some(6), page(&[5, 4, 3], false));
        assert_eq!(shown(&list), [10, 8, 6, 5, 3]);
        list.load_more();
        assert_eq!(list.wanted(), None, "there are no more");
        list.apply(&Event::Chat(message(11)));
        assert_eq!(shown(&list), [10, 8, 6, 5, 3], "it has no file");
        list.close();
        assert_eq!(list, FileList::default());
    }

    #[test]
    fn a_message_that_got_its_first_file_by_an_edit_is_loaded() {
        let mut list = FileList::default();
        list.open();
        list.apply_page(None, page(&[5, 3], false));
        list.apply(&edited(4, vec![File::default()]));
        assert_eq!(list.wanted(), Some(None));
        list.apply_page(None, page(&[5, 4, 3], false));
        assert_eq!(shown(&list), [5, 4, 3]);
        list.reset();
        assert_eq!((list.wanted(), shown(&list)), (Some(None), vec![]));
    }
}
