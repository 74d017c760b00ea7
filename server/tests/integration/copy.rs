//! `banter copy` and `banter migrate` move an installation without loss.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
    time::Duration,
};

use protocol::{
    ChatDelete, ChatEdit, ChatReact, Event, Favourite, History, Message, Notify, NotifyLevel, OpId,
    Read, Request, Response, ServerMessage, Subscribed, http::UpdateRoom,
};
use uuid::Uuid;

use crate::{
    ports::free_port,
    process::Process,
    support::{Database, Server, Socket, TestUser, png, psql, rooms::room, wait_for},
};

const ROOM: &str = "general";

fn banter(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

fn copy(from: &str, to: &str) -> Result<String, String> {
    let output = banter(&["copy", "--from", from, "--to", to]);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Returns the lines about tables, without the target.
fn tables(report: &str) -> Vec<&str> {
    report.lines().filter(|line| line.contains("sha256")).collect()
}

/// Returns everything that a user can read in a room.
async fn all(server: &Server, user: &TestUser) -> (Subscribed, Vec<Message>, Vec<protocol::Room>) {
    let mut socket = user.connect(server).await;
    let log = socket.subscribe(ROOM, Some(0)).await;
    let history = Request::History(History { room: Some(ROOM.into()), ..History::default() });
    let ServerMessage::Response(Response::History(page)) = socket.request(&history).await else {
        panic!("expected a page")
    };
    let ServerMessage::Response(Response::Rooms(rooms)) =
        socket.request(&Request::Rooms(protocol::ListRooms::default())).await
    else {
        panic!("expected rooms")
    };
    (log, page.messages, rooms.rooms)
}

/// Sends messages, and one update of each kind.
async fn write(ada_socket: &mut Socket, bo_socket: &mut Socket) {
    let op = || Some(OpId(Uuid::new_v4()));
    let room = || Some(ROOM.into());
    let first = ada_socket.chat(ROOM, "for @bo, with \u{1f980} and 'quotes'").await;
    let second = bo_socket.chat(ROOM, "a second text").await;
    let third = bo_socket.chat(ROOM, "a third one").await;
    for request in [
        Request::ChatEdit(ChatEdit {
            room: room(),
            id: first.id,
            op: op(),
            text: "for @bo, and edited".into(),
            files: None,
        }),
        Request::ChatReact(ChatReact {
            room: room(),
            id: second.id,
            op: op(),
            emoji: "🎉".into(),
            on: true,
        }),
        Request::ChatReact(ChatReact {
            room: room(),
            id: second.id,
            op: op(),
            emoji: "🎉".into(),
            on: true,
        }),
        Request::Read(Read { room: room(), seq: 2, ..Default::default() }),
    ] {
        ada_socket.request(&request).await;
    }
    bo_socket
        .request(&Request::ChatDelete(ChatDelete { room: room(), id: third.id, op: op() }))
        .await;
}

/// Changes rooms in every way that is stored.
async fn change_rooms(server: &Server, ada: &TestUser, bo: &TestUser, socket: &mut Socket) {
    ada.create_room(server, "old", true).await;
    let update = UpdateRoom {
        name: Some("New".into()),
        slug: Some("new".into()),
        topic: Some("of old".into()),
        archived: Some(true),
    };
    room(ada.update_room(server, "old", update).await);
    let (_, direct) = room(bo.direct(server, &["ada"]).await);
    ada.remove(server, &direct.slug, "ada").await;
    let level = NotifyLevel::Nothing;
    for request in [
        Request::Notify(Notify { room: direct.slug.as_str().into(), level }),
        Request::Favourite(Favourite { room: "new".into(), on: true }),
    ] {
        socket.request(&request).await;
    }
}

#[tokio::test]
async fn an_installation_is_copied_completely_and_continues_elsewhere() {
    let server = Server::start_in(tempfile::tempdir().unwrap(), None, &["--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) =
        (ada.subscriber(&server, ROOM).await, bo.subscriber(&server, ROOM).await);
    write(&mut ada_socket, &mut bo_socket).await;
    change_rooms(&server, &ada, &bo, &mut ada_socket).await;
    let picture = server.request(reqwest::Method::PUT, "/api/me/picture").bearer_auth(&ada.token);
    picture.body(png(300, 200)).send().await.unwrap();
    let picture = server.app.store.picture("ada".into()).await.unwrap();
    let emoji = server.request(reqwest::Method::PUT, "/api/emoji/blobcat").bearer_auth(&ada.token);
    emoji.body(png(30, 20)).send().await.unwrap();
    let emoji = server.app.store.custom_emoji().await.unwrap();
    let bytes = async |server: &Server| {
        let id = emoji[0].url.strip_prefix("/emoji/").unwrap();
        server.app.emoji.picture(id).await.unwrap().bytes
    };
    let emoji_picture = bytes(&server).await;
    let before = (all(&server, &ada).await, all(&server, &bo).await);
    // The second installation is on PostgreSQL if available.
    let (second, third) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::make();
    let folder = |folder: &std::path::Path| format!("sqlite:{}", folder.display());
    let first = folder(server.data());
    let second_place = database.as_ref().map_or_else(|| folder(second.path()), Database::url);

    let in_use = copy(&first, &second_place).unwrap_err();
    assert!(in_use.contains("another Banter uses this data folder"), "{in_use}");
    drop((ada_socket, bo_socket));
    let kept = server.stop().await;
    let report = copy(&first, &second_place).unwrap();
    assert!(
        tables(&report).iter().any(|line| line.starts_with("messages") && line.contains(" 3 rows")),
        "{report}"
    );
    let again = copy(&first, &second_place).unwrap_err();
    assert!(again.contains("there are accounts in it already"), "{again}");
    let report_again = copy(&second_place, &folder(third.path())).unwrap();
    assert_eq!(tables(&report), tables(&report_again), "both copies are equal");

    // Both copies continue as the original would: with its epoch, sessions and room logs.
    for server in [
        Server::start_in(second, database, &["--rate-limit=off"]).await,
        Server::start_in(third, None, &["--rate-limit=off"]).await,
    ] {
        assert_eq!((all(&server, &ada).await, all(&server, &bo).await), before);
        assert!(ada.get(&server, "/api/rooms/old").await.0.is_success(), "a former address");
        let (_, found) = ada.get(&server, "/api/users?query=b").await;
        assert_eq!(found["users"][0]["username"], "bo");
        assert_eq!(server.app.store.picture("ada".into()).await.unwrap().bytes, picture.bytes);
        assert_eq!(server.app.store.custom_emoji().await.unwrap(), emoji);
        assert_eq!(bytes(&server).await, emoji_picture);
        let mut reader = bo.subscriber(&server, ROOM).await;
        let sent = ada.connect(&server).await.chat(ROOM, "goes on").await;
        assert_eq!(sent.seq, before.0.0.seq + 1);
        assert!(matches!(reader.event().await, Event::Chat(message) if message.seq == sent.seq));
    }
    drop(kept);
}

#[tokio::test]
async fn a_node_waits_for_a_running_copy_of_its_database() {
    let Some(database) = Database::make() else { return };
    let url = database.url();
    assert!(banter(&["migrate", "--database-url", &url]).status.success());
    let mut reader = Command::new("psql")
        .args(["-q", "-d", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut asks = reader.stdin.take().unwrap();
    writeln!(asks, "BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE;").unwrap();
    let waiting = async |lock: &str| {
        let here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let waiting = format!("SELECT count(*) FROM pg_locks WHERE {here} AND {lock}");
        wait_for(lock, async {
            while database.query(&waiting) == "0" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    };
    waiting("relation = 'messages'::regclass AND granted").await;
    let folder = tempfile::tempdir().unwrap();
    let to = format!("sqlite:{}", folder.path().join("to").display());
    let from = url.clone();
    let copied = tokio::task::spawn_blocking(move || copy(&from, &to));
    waiting("relation = 'messages'::regclass AND NOT granted").await;
    let settings = [("DATABASE_URL", url.as_str())];
    let mut node = std::pin::pin!(Process::start_with(folder.path(), free_port(), &settings));
    tokio::select! {
        _ = &mut node => panic!("the node did not wait"),
        () = waiting("locktype = 'advisory' AND NOT granted") => {}
    }
    drop(asks); // releases the lock on the table
    assert!(
        tables(&copied.await.unwrap().unwrap()).iter().any(|line| line.starts_with("messages"))
    );
    assert!(node.await.log().contains("waiting for another node"));
    reader.wait().unwrap();
}

#[test]
fn a_failed_copy_is_explained_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    assert!(copy(&place("none"), &place("to")).unwrap_err().contains("does not exist"));
    assert!(!folder.path().join("none").exists());
    assert!(
        copy(&place("same"), &place("same")).unwrap_err().contains("must differ from the source")
    );
    let mistyped = copy("postgre://ada:hunter2hunter2@there/x", &place("to")).unwrap_err();
    assert!(!mistyped.contains("hunter2hunter2"), "{mistyped}");
    assert!(
        copy("mysql://there", &place("to"))
            .unwrap_err()
            .contains("must be postgres://… or sqlite:FOLDER")
    );
}

#[test]
fn a_database_that_differs_from_the_list_of_tables_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let (place, to) = (format!("sqlite:{}", data.display()), folder.path().join("to"));
    assert!(banter(&["migrate", "--data-dir", data.to_str().unwrap()]).status.success());
    let file = rusqlite::Connection::open(data.join("banter.sqlite3")).unwrap();
    file.execute_batch("ALTER TABLE users ADD COLUMN nick TEXT").unwrap();
    let refused = copy(&place, &format!("sqlite:{}", to.display())).unwrap_err();
    assert!(refused.contains("a column `nick` that Banter does not know"), "{refused}");
}

#[test]
fn a_postgres_database_that_differs_from_the_list_is_neither_copied_nor_backed_up() {
    let Some(database) = Database::make() else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
    assert!(banter(&["migrate", "--database-url", &url]).status.success());
    let to = format!("sqlite:{}", folder.path().join("to").display());
    let backup = folder.path().join("backup");
    let attempts = || {
        let backed_up = banter(&["backup", "--database-url", &url, backup.to_str().unwrap()]);
        let reason = String::from_utf8(backed_up.stderr).unwrap();
        [copy(&url, &to), if backed_up.status.success() { Ok(reason) } else { Err(reason) }]
    };
    for (change, undo, reason) in [
        (
            "ALTER TABLE users ADD COLUMN nick TEXT",
            "ALTER TABLE users DROP COLUMN nick",
            "a column `nick` that Banter does not know",
        ),
        ("CREATE TABLE polls ()", "DROP TABLE polls", "a table `polls` that Banter does not know"),
        (
            "ALTER TABLE mentions RENAME TO names",
            "ALTER TABLE names RENAME TO mentions",
            "a table `names` that Banter does not know",
        ),
        (
            "ALTER TABLE messages RENAME COLUMN edited_at TO changed_at",
            "ALTER TABLE messages RENAME COLUMN changed_at TO edited_at",
            "a column `changed_at` that Banter does not know",
        ),
        (
            "INSERT INTO meta VALUES ('vapid', 'x')",
            "DELETE FROM meta WHERE key = 'vapid'",
            "a key `vapid` that Banter does not know",
        ),
    ] {
        psql(&url, change);
        for attempt in attempts() {
            let refusal = attempt.unwrap_err();
            assert!(refusal.contains(reason), "{change}: {refusal}");
        }
        assert!(!backup.exists(), "{change}");
        psql(&url, undo);
    }
    let [copied, backed_up] = attempts();
    copied.unwrap();
    backed_up.unwrap();
    // The other direction: the target has a column that the list lacks.
    psql(&url, "ALTER TABLE users ADD COLUMN nick TEXT");
    let refused = copy(&to, &url).unwrap_err();
    assert!(refused.contains("target: ") && refused.contains("`nick`"), "{refused}");
}

#[test]
fn migrate_reports_applied_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let output = banter(&["migrate", "--data-dir", folder.path().to_str().unwrap()]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(migrate().starts_with("Applied 1-chat\n"));
    assert_eq!(migrate(), "The database is up to date.\n");
}
