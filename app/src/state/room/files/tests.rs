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
