//! Tests of the jobs of notifications.

use protocol::{RoomId, SessionId};

use super::*;
use crate::store::{
    Device, LinkRules, Logged, NewMessage, NewPosition, NewPushDevice, NewUser, SessionUser,
    push::{Closed, close_deleted},
};

/// A store with a user who has a browser.
async fn store_with_browser() -> (tempfile::TempDir, Store, UserId, PushId) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let user = store.register(NewUser::test("ada")).await.unwrap().user;
    let begin = |db: &Db| crate::store::sessions::begin_session(db, user_id(db), &DEVICE);
    let id: SessionId = store.write(begin).await.unwrap();
    let session = SessionUser { id, user: user.clone() };
    let new = NewPushDevice {
        endpoint: "https://push.example/x".to_owned(),
        p256dh: vec![4; 65],
        auth: vec![1; 16],
    };
    let device = store.add_push_device(&session, new).await.unwrap();
    (folder, store, user.id, device)
}

const DEVICE: Device = Device { browser: None, address: None };

fn user_id(db: &Db) -> UserId {
    db.one("SELECT id FROM users", &[], |row| row.get("id")).unwrap()
}

fn soon() -> Timestamp {
    Timestamp::from_millis(now().as_millis() + 100_000)
}

async fn say(store: &Store, sender: UserId, number: u64) {
    let new = NewMessage {
        id: id(number),
        room: "general".into(),
        sender,
        session: None,
        text: "a message".to_owned(),
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        previews: false,
        links: LinkRules::default(),
        reminder: false,
    };
    let (sender, outcome) = tokio::sync::oneshot::channel();
    store.append(new, move |logged| drop(sender.send(logged))).await.unwrap();
    assert!(matches!(outcome.await.unwrap(), Ok(Logged::New { .. })));
}

fn id(number: u64) -> MessageId {
    MessageId(Uuid::from_u128(number.into()))
}

fn task_of(job: &PushJob) -> DeviceTask {
    let PushTask::Send(task) = job.task.clone() else { panic!("{job:?}") };
    task
}

async fn end(store: &Store, job: PushJob, outcome: PushOutcome) {
    let task = task_of(&job);
    store.pushes_ended(vec![PushEnd { job, task, outcome, refused: None }]).await.unwrap();
}

/// Leases all that waits, as if it were due.
async fn lease_all(store: &Store) -> Vec<PushJob> {
    let due =
        |db: &Db| db.execute("UPDATE jobs SET due_at = $1 WHERE leased_until = 0", values![now()]);
    store.write(due).await.unwrap();
    store.lease_pushes(Uuid::new_v4(), soon(), true).await.unwrap().jobs
}

/// The store, a user who writes, and another one in the same room, who has a browser.
async fn store_with_reader() -> (tempfile::TempDir, Store, UserId, UserId, PushId) {
    let (folder, store, reader, device) = store_with_browser().await;
    let writer = store.register(NewUser::test("bo")).await.unwrap().user.id;
    let general = |db: &Db| db.one("SELECT id FROM rooms", &[], |row| row.get::<RoomId>("id"));
    let general = store.read(general).await.unwrap();
    for user in [reader, writer] {
        store.join(vec![general], user).await.unwrap();
    }
    store.set_notify(reader, general.into(), protocol::NotifyLevel::All).await.unwrap();
    (folder, store, writer, reader, device)
}

/// Finds out whom all messages notify, in the order in which they are leased.
async fn notify_all(store: &Store, looking: bool) {
    let mut all = Vec::new();
    for job in lease_all(store).await {
        let PushTask::Notify(message, _) = job.task else { panic!("{job:?}") };
        let (_, users) = store.push_audience(message).await.unwrap().unwrap();
        let (users, looking) = if looking { (Vec::new(), users) } else { (users, Vec::new()) };
        all.push(Notified { job, message, users, looking });
    }
    store.notify_users(all, soon()).await.unwrap();
}

/// Notes that what waits is sent, and that the push service takes it.
async fn send_all(store: &Store) -> Vec<Sent> {
    let mut sent = Vec::new();
    for job in lease_all(store).await {
        let task = task_of(&job);
        sent.push(task.what);
        store.push_content(&task).await.unwrap().unwrap();
        store.note_pushed(&task).await.unwrap();
        end(store, job, PushOutcome::Taken).await;
    }
    sent
}

async fn seq_of(store: &Store, number: u64) -> u64 {
    let select = "SELECT seq FROM messages WHERE id = $1";
    let seq = move |db: &Db| db.one(select, values![id(number)], |row| row.get("seq"));
    store.read(seq).await.unwrap()
}

/// Notes that a user has read as far as a message.
async fn read(store: &Store, user: UserId, number: u64) {
    let seq = seq_of(store, number).await;
    let position = NewPosition { room: "general".into(), thread: None, seq, back: false };
    let (sender, set) = tokio::sync::oneshot::channel();
    store.set_read_position(user, position, move |set| drop(sender.send(set))).await.unwrap();
    set.await.unwrap().unwrap();
}

fn closed_seq(job: &PushJob) -> Option<u64> {
    let Sent::Close(Closed { until, .. }) = task_of(job).what else { panic!("{job:?}") };
    until.map(|(seq, _)| seq)
}

#[tokio::test]
async fn what_is_older_than_an_hour_is_sent_no_more() {
    let (_folder, store, user, device) = store_with_browser().await;
    let old = Timestamp::from_millis(now().as_millis() - MAX_AGE_MS - 1_000);
    let close = Sent::Close(Closed { tag: Uuid::nil(), until: None });
    for (since, due) in [(old, now()), (now(), old), (now(), now())] {
        for (kind, what) in [(Kind::Push, Sent::Message(id(1))), (Kind::Close, close)] {
            let mut payload = DevicePayload::new(device, what);
            payload.since = Some(since);
            store
                .write(move |db| {
                    add_job(db, kind, user, &payload.to_json()?)?;
                    let update = "UPDATE jobs SET due_at = $1 WHERE holder IS NULL AND due_at > $1";
                    db.execute(update, values![due])
                })
                .await
                .unwrap();
        }
        let leased = store.lease_pushes(Uuid::nil(), soon(), true).await.unwrap().jobs;
        assert_eq!(leased.len(), if since == old || due == old { 0 } else { 2 });
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_in_the_order_of_the_messages() {
    let (_folder, store, writer, _, _) = store_with_reader().await;
    for number in 1..=20 {
        say(&store, writer, number).await;
    }
    notify_all(&store, false).await;
    // Those that waited are due later than those that come meanwhile.
    for job in lease_all(&store).await.into_iter().take(10) {
        end(&store, job, PushOutcome::Later(now(), false)).await;
    }
    let sent = store.write(|db| db.execute("UPDATE jobs SET leased_until = 0", &[])).await;
    assert_eq!(sent.unwrap(), 20);
    let leased = store.lease_pushes(Uuid::new_v4(), soon(), true).await.unwrap().jobs;
    let sent: Vec<_> = leased.iter().map(|job| task_of(job).what).collect();
    assert_eq!(sent, (1..=20).map(|number| Sent::Message(id(number))).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_late_close_leaves_what_is_newer() {
    let (_folder, store, writer, reader, device) = store_with_reader().await;
    say(&store, writer, 1).await;
    notify_all(&store, false).await;
    assert_eq!(send_all(&store).await, [Sent::Message(id(1))]);
    say(&store, writer, 2).await;
    read(&store, reader, 1).await;
    let [notify, close] = &lease_all(&store).await[..] else { panic!() };
    let (notify, close) = match notify.task {
        PushTask::Notify(..) => (notify, close),
        PushTask::Send(_) => (close, notify),
    };
    assert_eq!(closed_seq(close), Some(seq_of(&store, 1).await));
    let content = store.push_content(&task_of(close)).await.unwrap().unwrap();
    assert_eq!(content.unread, 1);
    assert!(content.closed_until.is_some());
    // It has to wait, and the next message is faster.
    let users = vec![reader];
    let (job, message) = (notify.clone(), id(2));
    let notified = Notified { job, message, users, looking: Vec::new() };
    store.notify_users(vec![notified], soon()).await.unwrap();
    assert_eq!(send_all(&store).await, [Sent::Message(id(2))]);
    assert!(store.push_content(&task_of(close)).await.unwrap().is_none());
    end(&store, close.clone(), PushOutcome::Dropped).await;
    // That one is closed in its turn.
    read(&store, reader, 2).await;
    let [close] = &lease_all(&store).await[..] else { panic!() };
    assert_eq!(task_of(close).device, device);
    assert_eq!(closed_seq(close), Some(seq_of(&store, 2).await));
    assert_eq!(store.push_content(&task_of(close)).await.unwrap().unwrap().unread, 0);
}

#[tokio::test]
async fn what_may_be_shown_is_noted_until_the_service_refuses_it() {
    let (_folder, store, writer, reader, _) = store_with_reader().await;
    say(&store, writer, 1).await;
    notify_all(&store, false).await;
    let [job] = &lease_all(&store).await[..] else { panic!() };
    let task = task_of(job);
    let refused = store.note_pushed(&task).await.unwrap();
    let outcome = PushOutcome::Later(now(), true);
    let end = PushEnd { job: job.clone(), task, outcome, refused };
    store.pushes_ended(vec![end]).await.unwrap();
    read(&store, reader, 1).await;
    let [job] = &lease_all(&store).await[..] else { panic!("nothing to close") };
    assert!(store.push_content(&task_of(job)).await.unwrap().is_none(), "it was read");
    assert!(store.note_pushed(&task_of(job)).await.unwrap().is_none(), "it was read");

    // Without an answer, it may be shown.
    say(&store, writer, 2).await;
    store.write(|db| db.execute("DELETE FROM jobs WHERE kind = 'push'", &[])).await.unwrap();
    notify_all(&store, false).await;
    let [job] = &lease_all(&store).await[..] else { panic!() };
    assert!(store.note_pushed(&task_of(job)).await.unwrap().is_some());
    read(&store, reader, 2).await;
    let [close] = &lease_all(&store).await[..] else { panic!("it is closed") };
    assert_eq!(closed_seq(close), Some(seq_of(&store, 2).await));
}

#[tokio::test]
async fn what_is_deleted_or_out_of_reach_is_closed() {
    let (_folder, store, writer, reader, _) = store_with_reader().await;
    for number in [1, 2] {
        say(&store, writer, number).await;
    }
    notify_all(&store, false).await;
    assert_eq!(send_all(&store).await.len(), 2);
    let delete = async |number| {
        let seq = seq_of(&store, number).await;
        let deleted = store.write(move |db| {
            db.execute("UPDATE messages SET text = NULL WHERE id = $1", values![id(number)])?;
            let select = "SELECT room_id FROM messages WHERE id = $1";
            let room = db.one(select, values![id(number)], |row| row.get::<RoomId>("room_id"))?;
            close_deleted(db, (room, None), seq)?;
            Ok(room)
        });
        deleted.await.unwrap()
    };
    delete(1).await;
    assert!(lease_all(&store).await.is_empty(), "another one is shown");
    let room = delete(2).await;
    let [close] = &lease_all(&store).await[..] else { panic!() };
    assert_eq!(closed_seq(close), Some(seq_of(&store, 2).await));
    end(&store, close.clone(), PushOutcome::Taken).await;

    say(&store, writer, 3).await;
    notify_all(&store, false).await;
    assert_eq!(send_all(&store).await.len(), 1);
    store.remove_member(reader, room, reader).await.unwrap();
    let [close] = &lease_all(&store).await[..] else { panic!() };
    assert_eq!(closed_seq(close), Some(seq_of(&store, 3).await));
    assert!(store.push_content(&task_of(close)).await.unwrap().is_some());
}

#[tokio::test]
async fn who_looks_is_asked_about_again() {
    let (_folder, store, writer, reader, _) = store_with_reader().await;
    say(&store, writer, 1).await;
    notify_all(&store, true).await;
    let [again] = &lease_all(&store).await[..] else { panic!() };
    let PushTask::Notify(message, Some(only)) = again.task.clone() else { panic!("{again:?}") };
    assert_eq!((message, only), (id(1), vec![reader]));
    let job = again.clone();
    let notified = Notified { job, message, users: Vec::new(), looking: vec![reader] };
    store.notify_users(vec![notified], soon()).await.unwrap();
    assert!(lease_all(&store).await.is_empty(), "the page is alive");

    // The page is lost: what is newer has been pushed when it is known.
    say(&store, writer, 2).await;
    notify_all(&store, true).await;
    let [again] = &lease_all(&store).await[..] else { panic!() };
    say(&store, writer, 3).await;
    notify_all(&store, false).await;
    assert_eq!(send_all(&store).await, [Sent::Message(id(3))]);
    let job = again.clone();
    let notified = Notified { job, message: id(2), users: vec![reader], looking: Vec::new() };
    store.notify_users(vec![notified], soon()).await.unwrap();
    assert!(lease_all(&store).await.is_empty(), "it would show nothing");
}

#[tokio::test]
async fn a_message_leaves_a_job_once_there_is_a_browser() {
    let (_folder, store, user, _) = store_with_browser().await;
    say(&store, user, 1).await;
    say(&store, user, 2).await;
    let due = store.next_push().await.unwrap().unwrap().as_millis() - now().as_millis();
    assert!((1..=NOTIFY_DELAY_MS).contains(&due), "{due}");
    let count = "SELECT count(*) AS jobs FROM jobs WHERE kind = 'notify'";
    let jobs = |db: &Db| db.one(count, &[], |row| row.get::<u64>("jobs"));
    assert_eq!(store.read(jobs).await.unwrap(), 2);

    // What is old is news to nobody.
    let long_ago = now().as_millis() - MAX_AGE_MS - 1_000;
    let age = move |db: &Db| db.execute("UPDATE jobs SET due_at = $1", values![long_ago]);
    store.write(age).await.unwrap();
    assert!(store.lease_pushes(Uuid::nil(), soon(), true).await.unwrap().jobs.is_empty());
    assert_eq!(store.read(jobs).await.unwrap(), 0);
}

#[tokio::test]
async fn the_newest_notifications_of_a_user_wait_and_a_job_is_ended_by_who_holds_it() {
    let (_folder, store, user, device) = store_with_browser().await;
    store
        .write(move |db| {
            for number in 0..MAX_WAITING + 5 {
                let payload = DevicePayload::new(device, Sent::Message(id(number)));
                add_job(db, Kind::Push, user, &payload.to_json()?)?;
            }
            drop_oldest(db, user)
        })
        .await
        .unwrap();
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert!(store.lease_pushes(one, soon(), false).await.unwrap().jobs.is_empty());
    let leased = store.lease_pushes(one, soon(), true).await.unwrap();
    assert!(leased.is_full);
    let leased = leased.jobs;
    assert_eq!(leased.len() as u64, LEASED_AT_ONCE);
    let task = task_of(&leased[0]);
    assert_eq!(task.what, Sent::Message(id(5)), "the first five were dropped");

    let stolen = PushJob { holder: other, ..leased[0].clone() };
    end(&store, stolen, PushOutcome::Dropped).await;
    let count = "SELECT count(*) AS jobs FROM jobs";
    let jobs = |db: &Db| db.one(count, &[], |row| row.get::<u64>("jobs"));
    assert_eq!(store.read(jobs).await.unwrap(), MAX_WAITING);
    end(&store, leased[0].clone(), PushOutcome::Gone).await;
    assert_eq!(store.read(jobs).await.unwrap(), MAX_WAITING - 1);
    assert!(store.push_content(&task).await.unwrap().is_none(), "the browser has ended");
    assert!(store.push_targets(user).await.unwrap().is_empty());
}
