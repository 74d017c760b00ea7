//! Messages that are sent later, and reminders.

mod once;
mod reminders;

use protocol::{
    ErrorCode, Event, Later, LaterCancel, LaterGone, LaterList, LaterMessage, LaterPage, MessageId,
    Remind, Request, Response, Timestamp, http::UpdateRoom, limits::MAX_LATER,
};
use reqwest::StatusCode;
use server::base::clock::now;
use uuid::Uuid;

use crate::support::{Server, Socket, chat_with, texts, wait_for};

const ROOM: &str = "general";
const HOUR: i64 = 3_600_000;

pub(crate) fn in_an_hour() -> Timestamp {
    from_now(HOUR)
}

fn from_now(millis: i64) -> Timestamp {
    Timestamp::from_millis(now().as_millis() + millis)
}

fn new_id() -> MessageId {
    MessageId(Uuid::now_v7())
}

fn later(room: &str, text: &str, at: Timestamp) -> Later {
    Later {
        room: room.into(),
        text: text.into(),
        at,
        id: Some(new_id()),
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        previews: None,
    }
}

fn remind(text: &str, at: Timestamp) -> Remind {
    Remind { at, text: text.into(), id: None, room: None, message: None }
}

impl Socket {
    async fn keep(&mut self, later: Later) -> Result<LaterMessage, ErrorCode> {
        match self.ask(Request::Later(later)).await? {
            Response::Later(kept) => Ok(kept),
            other => panic!("expected a message that waits, got {other:?}"),
        }
    }

    async fn remind(&mut self, remind: Remind) -> Result<LaterMessage, ErrorCode> {
        match self.ask(Request::Remind(remind)).await? {
            Response::Remind(kept) => Ok(kept),
            other => panic!("expected a reminder, got {other:?}"),
        }
    }

    async fn cancel(&mut self, id: MessageId) -> Result<(), ErrorCode> {
        self.ask(Request::LaterCancel(LaterCancel { id })).await.map(drop)
    }

    async fn later_page(&mut self, after: Option<MessageId>) -> LaterPage {
        match self.ask(Request::LaterList(LaterList { after })).await {
            Ok(Response::LaterList(page)) => page,
            other => panic!("expected what waits, got {other:?}"),
        }
    }

    async fn waiting(&mut self) -> Vec<LaterMessage> {
        self.later_page(None).await.messages
    }

    /// Returns the next event `later_changed`. Skips all other messages.
    async fn later_changed(&mut self) -> LaterMessage {
        loop {
            if let Event::LaterChanged(changed) = self.event().await {
                return *changed;
            }
        }
    }

    /// Returns the next event `later_gone`. Skips all other messages.
    async fn later_gone(&mut self) -> LaterGone {
        loop {
            if let Event::LaterGone(gone) = self.event().await {
                return gone;
            }
        }
    }
}

impl Server {
    /// Makes all that waits due, and wakes the task that sends it.
    async fn time_comes(&self, socket: &mut Socket) {
        self.sql("UPDATE jobs SET due_at = 1");
        let wake = later(ROOM, "it is time", from_now(0));
        socket.keep(wake).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_is_sent_at_its_time() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let mut bos = bo.subscriber(&server, ROOM).await;
    let thread = desk.chat(ROOM, "lunch?").await.id;
    let first = later(ROOM, "begun", in_an_hour());
    let kept = desk.keep(Later { thread: Some(thread), ..first.clone() }).await.unwrap();
    assert_eq!(phone.later_changed().await, kept);
    assert_eq!((kept.thread, kept.reminder, kept.at), (Some(thread), false, first.at));
    assert_eq!(phone.waiting().await, [kept]);
    assert_eq!(bos.waiting().await, []);

    // The same id changes it.
    let changed = Later { text: "done".into(), at: from_now(2 * HOUR), ..first.clone() };
    let kept = phone.keep(changed.clone()).await.unwrap();
    assert_eq!((kept.text.as_str(), kept.thread), ("done", None));
    assert_eq!(desk.later_changed().await, kept);
    assert_eq!(desk.waiting().await, [kept]);
    assert_eq!(texts(&bos.page(ROOM).await), ["lunch?"], "nothing is sent yet");

    // Somebody who writes just then keeps what they have begun.
    let draft = protocol::Draft {
        room: ROOM.into(),
        thread: None,
        text: "a draft".into(),
        at: Timestamp::from_millis(10),
    };
    desk.send(&Request::Draft(draft), "1").await;
    phone.keep(Later { at: from_now(0), ..changed.clone() }).await.unwrap();
    let gone = LaterGone { id: first.id.unwrap(), sent: true, reminder: false };
    assert_eq!((desk.later_gone().await, phone.later_gone().await), (gone, gone));
    let page = bos.page(ROOM).await;
    assert_eq!(texts(&page), ["lunch?", "done"]);
    assert_eq!((page[1].id, page[1].sender.id), (first.id.unwrap(), ada.user.id));
    assert_eq!(desk.waiting().await, []);
    let Ok(Response::Drafts(drafts)) = desk.ask(Request::Drafts(protocol::Empty {})).await else {
        panic!("expected drafts");
    };
    assert_eq!(drafts.drafts.len(), 1);
    // What was sent cannot wait again.
    assert_eq!(desk.keep(changed).await, Err(ErrorCode::Conflict));
    assert_eq!(desk.cancel(first.id.unwrap()).await, Err(ErrorCode::Conflict));
    assert_eq!(bos.cancel(first.id.unwrap()).await, Err(ErrorCode::NotFound), "it is another's");
}

#[tokio::test]
async fn a_message_that_is_cancelled_is_not_sent() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut desk, mut phone) = (ada.connect(&server).await, ada.connect(&server).await);
    let mut bos = bo.connect(&server).await;
    let new = later(ROOM, "never mind", in_an_hour());
    let id = desk.keep(new.clone()).await.unwrap().id;
    assert_eq!(bos.cancel(id).await, Err(ErrorCode::NotFound));
    assert_eq!(bos.keep(new).await, Err(ErrorCode::Conflict), "it is another's");
    desk.cancel(id).await.unwrap();
    assert_eq!(phone.later_gone().await, LaterGone { id, sent: false, reminder: false });
    assert_eq!(desk.cancel(id).await, Err(ErrorCode::NotFound));
    server.time_comes(&mut desk).await;
    assert!(desk.later_gone().await.sent);
    assert_eq!(texts(&desk.page(ROOM).await), ["it is time"]);
}

#[tokio::test]
async fn rights_are_those_of_the_time_and_what_is_refused_is_kept() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bos = bo.connect(&server).await;
    for (slug, private) in [("secret", true), ("old", false)] {
        ada.create_room(&server, slug, private).await;
    }
    ada.add(&server, "secret", "bo").await;
    let thread = bos.chat(ROOM, "a thread").await.id;
    let mut expected = Vec::new();
    for (room, code) in [("secret", ErrorCode::NotFound), ("old", ErrorCode::Forbidden)] {
        let kept = bos.keep(later(room, "too late", in_an_hour())).await.unwrap();
        expected.push((kept.id, code));
    }
    let reply = Later { thread: Some(thread), ..later(ROOM, "in time", in_an_hour()) };
    bos.keep(reply).await.unwrap();
    ada.remove(&server, "secret", "bo").await;
    let archived = UpdateRoom { archived: Some(true), ..UpdateRoom::default() };
    ada.update_room(&server, "old", archived).await;
    server.time_comes(&mut bos).await;
    let (mut refused, mut sent) = (Vec::new(), 0);
    while refused.len() < 2 || sent < 2 {
        match bos.event().await {
            Event::LaterChanged(changed) => {
                refused.extend(changed.error.map(|error| (changed.id, error.code)));
            }
            Event::LaterGone(gone) => sent += usize::from(gone.sent),
            _ => {}
        }
    }
    refused.sort_unstable_by_key(|(id, _)| *id);
    assert_eq!(refused, expected);
    let waiting = bos.waiting().await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|message| message.error.is_some() && message.text == "too late"));
    assert_eq!(texts(&bos.thread_page(ROOM, thread).await), ["in time"]);
    // It is not tried again, unless it is changed.
    server.time_comes(&mut bos).await;
    assert!(bos.later_gone().await.sent);
    assert_eq!(bos.waiting().await, waiting);
    let elsewhere = Later { id: Some(expected[0].0), ..later(ROOM, "here then", from_now(0)) };
    assert_eq!(bos.keep(elsewhere).await.unwrap().error, None);
    assert_eq!(bos.later_gone().await.id, expected[0].0);
    assert_eq!(bos.page(ROOM).await.last().unwrap().text.as_deref(), Some("here then"));

    // Somebody who is banned sends nothing more.
    bos.keep(later(ROOM, "from the other side", in_an_hour())).await.unwrap();
    ada.ban(&server, "bo").await;
    let mut adas = ada.connect(&server).await;
    server.time_comes(&mut adas).await;
    assert!(adas.later_gone().await.sent);
    wait_for("the refusal", async {
        while server.app.store.later_list(bo.user.id, None).await.unwrap().messages[0]
            .error
            .is_none()
            || server.app.store.next_job().await.unwrap().is_some()
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!texts(&adas.page(ROOM).await).contains(&"from the other side"));
}

#[tokio::test]
async fn what_is_overdue_is_sent_in_the_order_of_the_times() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    // The later they are due, the earlier they were kept, and the smaller are their ids.
    for (text, hours) in [("third", 3), ("second", 2), ("first", 1)] {
        socket.keep(later(ROOM, text, from_now(hours * HOUR))).await.unwrap();
    }
    server.sql("UPDATE jobs SET due_at = due_at - 10 * 3600000");
    socket.keep(later(ROOM, "it is time", from_now(0))).await.unwrap();
    for _ in 0..4 {
        assert!(socket.later_gone().await.sent);
    }
    let page = socket.page(ROOM).await;
    assert_eq!(texts(&page), ["first", "second", "third", "it is time"]);
}

#[tokio::test]
async fn files_wait_together_with_their_message() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let [first, second, third] = [
        ada.send_file(&server, "1.txt", b"one").await,
        ada.send_file(&server, "2.txt", b"two").await,
        ada.send_file(&server, "3.txt", b"three").await,
    ];
    let new = later(ROOM, "", in_an_hour());
    let with = |files: &[&protocol::File]| Later {
        files: files.iter().map(|file| file.id).collect(),
        ..new.clone()
    };
    let kept = socket.keep(with(&[&second, &first])).await.unwrap();
    assert_eq!(kept.files, [second.clone(), first.clone()]);
    assert_eq!(socket.waiting().await, [kept]);
    let taken = socket.say(chat_with(ROOM, "", &[&first])).await;
    assert_eq!(taken, Err(ErrorCode::Conflict));
    let other = later(ROOM, "", in_an_hour());
    let other = Later { files: vec![first.id], ..other };
    assert_eq!(socket.keep(other).await, Err(ErrorCode::Conflict));
    // A day later it is all there, but for the file that nothing keeps.
    server.sql("UPDATE files SET created_at = 1");
    let kept = socket.keep(with(&[&third, &second])).await.unwrap();
    assert_eq!(kept.files.len(), 2);
    server.sql("UPDATE files SET created_at = 1");
    server.app.files.sweep().await.unwrap();
    assert_eq!(ada.status(&server, &first.url).await, StatusCode::NOT_FOUND);
    let at_once = Later { at: from_now(0), ..with(&[&third, &second]) };
    socket.keep(at_once).await.unwrap();
    assert!(socket.later_gone().await.sent);
    let page = socket.page(ROOM).await;
    assert_eq!(page[0].files, [third.clone(), second.clone()]);
    assert_eq!(ada.open(&server, &third.url, &[]).await.text().await.unwrap(), "three");

    // What is cancelled gives its files back.
    let free = ada.send_file(&server, "4.txt", b"four").await;
    let cancelled = later(ROOM, "", in_an_hour());
    let id = cancelled.id.unwrap();
    socket.keep(Later { files: vec![free.id], ..cancelled }).await.unwrap();
    server.sql("UPDATE files SET created_at = 1 WHERE message_id IS NULL");
    socket.cancel(id).await.unwrap();
    server.app.files.sweep().await.unwrap();
    socket.say(chat_with(ROOM, "", &[&free])).await.unwrap();
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let invalid = Err(ErrorCode::InvalidFormat);
    for millis in [-10 * 60_000, 367 * 24 * HOUR] {
        assert_eq!(socket.keep(later(ROOM, "x", from_now(millis))).await, invalid);
        let reminder = socket.remind(remind("x", from_now(millis))).await;
        assert_eq!(reminder, Err(ErrorCode::InvalidFormat));
    }
    for text in [" ", "\0", "x".repeat(protocol::limits::MAX_TEXT_CHARS + 1).as_str()] {
        assert_eq!(socket.keep(later(ROOM, text, in_an_hour())).await, invalid);
        assert!(socket.remind(remind(text, in_an_hour())).await.is_err());
    }
    let not_found = Err(ErrorCode::NotFound);
    assert_eq!(socket.keep(later("nowhere", "x", in_an_hour())).await, not_found);
    let nothing = Some(new_id());
    let reply = Later { thread: nothing, ..later(ROOM, "x", in_an_hour()) };
    assert_eq!(socket.keep(reply).await, not_found);
    let quote = Later { reply_to: nothing, ..later(ROOM, "x", in_an_hour()) };
    assert_eq!(socket.keep(quote).await, not_found);
    let of_nothing = Remind { message: nothing, ..remind("", in_an_hour()) };
    assert_eq!(socket.remind(of_nothing).await, not_found);
    let sent = socket.chat(ROOM, "sent").await.id;
    let again = Later { id: Some(sent), ..later(ROOM, "x", in_an_hour()) };
    assert_eq!(socket.keep(again).await, Err(ErrorCode::Conflict));

    let long = "x".repeat(9_000);
    for number in 0..MAX_LATER {
        let at = from_now(HOUR + i64::try_from(number).unwrap());
        socket.keep(later(ROOM, &long, at)).await.unwrap();
    }
    let one_more = later(ROOM, "x", in_an_hour());
    assert_eq!(socket.keep(one_more).await, Err(ErrorCode::Forbidden));
    assert_eq!(socket.remind(remind("x", in_an_hour())).await, Err(ErrorCode::Forbidden));
    // All of them are listed, in pages.
    let (mut all, mut pages) = (Vec::<LaterMessage>::new(), 0);
    loop {
        let page = socket.later_page(all.last().map(|last| last.id)).await;
        (all, pages) = ([all, page.messages].concat(), pages + 1);
        if !page.has_more {
            break;
        }
    }
    assert_eq!((all.len(), pages), (MAX_LATER, 2));
    assert!(all.is_sorted_by_key(|message| message.at));
}
