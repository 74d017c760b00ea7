//! Previews of links: fetched by the server, told live, and kept with their messages.

mod bounds;
mod site;

use std::process::Command;

use protocol::{
    Changed, Chat, ChatDelete, ChatEdit, ChatPreviewed, ChatPreviews, ErrorCode, Event, History,
    Later, LinkPreview, LoggedEvent, MessageId, OpId, Pins, Request, Response,
};
use reqwest::StatusCode;
use uuid::Uuid;

use self::site::{HTML, Site, news};
use crate::support::{Server, Socket, now, room_chat, wait_for};

const ROOM: &str = "general";
const FLAGS: [&str; 3] =
    ["--rate-limit=off", "--link-previews=on", "--link-preview-networks=127.0.0.0/8"];

async fn previewed(socket: &mut Socket) -> ChatPreviewed {
    loop {
        if let Event::ChatPreviewed(previewed) = socket.event().await {
            return previewed;
        }
    }
}

fn titles(previews: &[LinkPreview]) -> Vec<&str> {
    previews.iter().map(|preview| preview.title.as_str()).collect()
}

async fn remove(socket: &mut Socket, id: MessageId, op: Option<OpId>) -> Result<u64, ErrorCode> {
    let remove = ChatPreviews { room: Some(ROOM.into()), id, op, on: false };
    match socket.ask(Request::ChatPreviews(remove)).await? {
        Response::ChatPreviews(Changed { seq, .. }) => Ok(seq),
        other => panic!("expected a response to chat_previews, got {other:?}"),
    }
}

/// Waits until nothing is to be done any more.
async fn settled(server: &Server) {
    wait_for("the jobs", async {
        while server.app.store.has_preview_jobs().await.unwrap() {
            server.app.store.previews_due().notify_one();
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_preview_comes_live_and_is_part_of_its_message() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let mut reader = bo.subscriber(&server, ROOM).await;
    let text = format!("read {} and {}", site.at("/calm#two"), site.at("/bare"));
    let sent = author.chat(ROOM, &text).await;
    let Event::Chat(message) = reader.event().await else { panic!("the message is first") };
    assert_eq!(message.link_previews, []);
    let live = previewed(&mut reader).await;
    assert_eq!((live.id, live.message_seq, live.seq), (sent.id, sent.seq, sent.seq + 1));
    assert_eq!(titles(&live.link_previews), ["Calm", "Bare <script>alert(1)</script>"]);
    let [calm, bare] = &live.link_previews[..] else { panic!("two") };
    assert_eq!((calm.site.as_str(), calm.url.as_str()), ("News", site.at("/calm#two").as_str()));
    assert_eq!((calm.text.as_deref(), &bare.text), (Some("Nothing moves."), &None));
    assert_eq!((bare.site.as_str(), &bare.picture), ("localhost", &None));
    assert_eq!(previewed(&mut author).await, live);

    // By history, by resume, and on its own.
    let page = author.page(ROOM).await;
    assert_eq!(page.last().unwrap().link_previews, live.link_previews);
    let resumed = bo.connect(&server).await.subscribe(ROOM, Some(sent.seq)).await;
    assert_eq!(resumed.events, [LoggedEvent(Event::ChatPreviewed(live.clone()))]);
    let one = bo.get(&server, &format!("/api/messages/{}", sent.id)).await.1;
    assert_eq!(one["link_previews"][0]["title"], "Calm", "{one}");
    // The message is unread, and its previews are not.
    assert_eq!(reader.room(ROOM).await.unread, 1);

    // Its picture is small, and for those who are signed in.
    let picture = calm.picture.as_deref().unwrap();
    assert_eq!((picture.width, picture.height), (480, 252));
    let shown = bo.open(&server, &picture.url, &[]).await;
    assert_eq!(shown.status(), StatusCode::OK);
    let headers = shown.headers().clone();
    assert_eq!(headers["content-type"], "image/jpeg");
    assert_eq!(headers["cache-control"], "private, no-cache");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;"));
    let image = image::load_from_memory(&shown.bytes().await.unwrap()).unwrap();
    assert_eq!((image.width(), image.height()), (480, 252));
    let tag = headers["etag"].to_str().unwrap();
    let same = bo.open(&server, &picture.url, &[("If-None-Match", tag)]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let stranger = server.get(&picture.url).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    for unknown in [format!("/link-pictures/{}", Uuid::new_v4()), "/link-pictures/x".into()] {
        assert_eq!(bo.status(&server, &unknown).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_link_is_fetched_once_a_day_for_everybody() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    for fragment in ["", "#a", "#b"] {
        author.chat(ROOM, &format!("{}{fragment}", site.at("/calm"))).await;
    }
    author.chat(ROOM, &format!("{} {}", site.at("/gone"), site.at("/gone"))).await;
    author.chat(ROOM, &site.at("/gone")).await;
    let mut shown: Vec<_> = Vec::new();
    for _ in 0..3 {
        let previewed = previewed(&mut author).await;
        assert_eq!(titles(&previewed.link_previews), ["Calm"]);
        shown.push(previewed.link_previews[0].picture.clone());
    }
    assert!(shown.windows(2).all(|two| two[0] == two[1]), "they share the picture");
    settled(&server).await;
    assert_eq!(site.asked(), ["/a.png", "/calm", "/gone"]);
    // What was not found is asked for again after an hour, and what was found after a day.
    let hours = |hours: i64| now().as_millis() - hours * 3_600_000 - 1000;
    for (age, asked) in [(1, 4), (24, 7)] {
        server.sql(&format!("UPDATE links SET asked_at = {}", hours(age)));
        author.chat(ROOM, &format!("{} {}", site.at("/calm"), site.at("/gone"))).await;
        previewed(&mut author).await;
        assert_eq!(site.asked().len(), asked, "{:?}", site.asked());
    }
}

#[tokio::test]
async fn a_redirect_into_the_own_network_is_not_followed() {
    let inside = news().await;
    let leading = format!("302 Found\r\nLocation: {}", inside.at("/calm"));
    let site = Site::start(&[("/", &leading, b""), ("/bare", HTML, b"<title>Bare</title>")]).await;
    // This site is the only address that may be asked.
    let flags = ["--rate-limit=off", "--link-previews=on", "--link-preview-networks=127.9.9.9"];
    let server = Server::start_with(&flags).await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    for host in ["127.0.0.2", "localhost", "2130706433", "[::ffff:7f00:1]", "0x7f.1"] {
        let url = site.at("/bare").replace("localhost", host);
        author.chat(ROOM, &format!("<{url}>")).await;
    }
    settled(&server).await;
    assert_eq!((site.asked(), inside.asked()), (vec![], vec![]));
    assert!(author.page(ROOM).await.iter().all(|message| message.link_previews.is_empty()));
}

#[tokio::test]
async fn previews_can_be_off_for_all_and_for_a_message() {
    let site = news().await;
    let url = site.at("/calm");
    let off = Server::start_with(&["--rate-limit=off", "--link-previews=off"]).await;
    let ada = off.register_owner("ada").await;
    let mut author = ada.subscriber(&off, ROOM).await;
    author.chat(ROOM, &url).await;
    settled(&off).await;

    let server = Server::start_with(&FLAGS).await;
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let plain = |text: &str| Chat { previews: Some(false), ..room_chat(ROOM, text) };
    let quiet = author.say(plain(&url)).await.unwrap();
    author.chat(ROOM, &format!("`{url}` and {}/m/x", server.origin())).await;
    let later = Later {
        room: ROOM.into(),
        text: url.clone(),
        at: now(),
        id: None,
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        previews: Some(false),
    };
    author.ask(Request::Later(later.clone())).await.unwrap();
    wait_for("the message", async { while author.page(ROOM).await.len() < 3 {} }).await;
    // An edit brings nothing either, and there is nothing to remove.
    edit(&mut author, quiet.id, &format!("still {url}")).await;
    settled(&server).await;
    assert_eq!(site.asked(), Vec::<String>::new());
    assert_eq!(remove(&mut author, quiet.id, None).await, Ok(quiet.seq));

    author.ask(Request::Later(Later { previews: None, ..later })).await.unwrap();
    assert_eq!(titles(&previewed(&mut author).await.link_previews), ["Calm"]);
}

async fn edit(socket: &mut Socket, id: MessageId, text: &str) {
    let edit = ChatEdit { room: Some(ROOM.into()), id, text: text.into(), ..Default::default() };
    socket.ask(Request::ChatEdit(edit)).await.unwrap();
}

#[tokio::test]
async fn an_edit_keeps_the_previews_of_links_that_stay() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let sent = author.chat(ROOM, &site.at("/calm")).await;
    let first = previewed(&mut author).await.link_previews;
    let edited = async |author: &mut Socket, text: &str| {
        edit(author, sent.id, text).await;
        let resumed = ada.connect(&server).await.subscribe(ROOM, Some(sent.seq)).await;
        let last = |event: &LoggedEvent| match &event.0 {
            Event::ChatEdited(edited) => Some(edited.link_previews.clone()),
            _ => None,
        };
        resumed.events.iter().rev().find_map(last).unwrap()
    };
    let both = format!("{} {}", site.at("/bare"), site.at("/calm"));
    edited(&mut author, &both).await;
    let now = previewed(&mut author).await.link_previews;
    assert_eq!(titles(&now), ["Bare <script>alert(1)</script>", "Calm"]);
    assert_eq!(now[1], first[0]);
    assert_eq!(site.asked(), ["/a.png", "/bare", "/calm"]);
    assert_eq!(edited(&mut author, &format!("only {}", site.at("/calm"))).await, first);
    assert_eq!(edited(&mut author, "none").await, []);
    settled(&server).await;
    assert_eq!(author.page(ROOM).await[0].link_previews, []);
    assert_eq!(site.asked().len(), 3);
}

#[tokio::test]
async fn the_author_removes_previews_for_good() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut owner = ada.subscriber(&server, ROOM).await;
    let mut author = bo.subscriber(&server, ROOM).await;
    let sent = author.chat(ROOM, &site.at("/calm")).await;
    let shown = previewed(&mut owner).await;
    assert_eq!(remove(&mut owner, sent.id, None).await, Err(ErrorCode::Forbidden));
    let unknown = MessageId(Uuid::new_v4());
    assert_eq!(remove(&mut author, unknown, None).await, Err(ErrorCode::NotFound));
    let on = ChatPreviews { room: Some(ROOM.into()), id: sent.id, op: None, on: true };
    assert_eq!(author.ask(Request::ChatPreviews(on)).await, Err(ErrorCode::InvalidFormat));

    let op = Some(OpId(Uuid::new_v4()));
    let seq = remove(&mut author, sent.id, op).await.unwrap();
    assert_eq!(seq, shown.seq + 1);
    let gone = previewed(&mut owner).await;
    assert_eq!((gone.seq, gone.message_seq, gone.link_previews), (seq, sent.seq, vec![]));
    for again in [op, None] {
        assert_eq!(remove(&mut author, sent.id, again).await, Ok(seq));
    }
    edit(&mut author, sent.id, &format!("{} and {}", site.at("/bare"), site.at("/calm"))).await;
    settled(&server).await;
    assert_eq!(owner.page(ROOM).await[0].link_previews, []);
    // What a page missed shows nothing that is gone.
    let resumed = ada.connect(&server).await.subscribe(ROOM, Some(sent.seq)).await;
    let previews = resumed.events.iter().map(|event| match &event.0 {
        Event::ChatPreviewed(previewed) => previewed.link_previews.len(),
        Event::ChatEdited(edited) => edited.link_previews.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(previews.collect::<Vec<_>>(), [0, 0, 0]);
}

#[tokio::test]
async fn a_deleted_message_takes_its_previews_along() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    let (first, second) = (
        author.chat(ROOM, &site.at("/calm")).await,
        author.chat(ROOM, &format!("again {}", site.at("/calm"))).await,
    );
    let mut picture = String::new();
    for _ in 0..2 {
        picture = previewed(&mut author).await.link_previews[0].picture.clone().unwrap().url;
    }
    let delete = async |author: &mut Socket, id| {
        let delete = ChatDelete { room: Some(ROOM.into()), id, op: None };
        author.ask(Request::ChatDelete(delete)).await.unwrap();
    };
    let old = now().as_millis() - 25 * 3_600_000;
    let sweep = async || {
        server.app.files.sweep().await.unwrap();
        server.app.files.sweep().await.unwrap();
    };
    delete(&mut author, first.id).await;
    server.sql(&format!("UPDATE links SET asked_at = {old}"));
    sweep().await;
    assert_eq!(ada.status(&server, &picture).await, StatusCode::OK, "the other one has it");
    assert_eq!(titles(&author.page(ROOM).await[1].link_previews), ["Calm"]);
    delete(&mut author, second.id).await;
    server.sql(&format!("UPDATE links SET asked_at = {}", now().as_millis()));
    sweep().await;
    assert_eq!(ada.status(&server, &picture).await, StatusCode::OK, "for the rest of the day");
    server.sql(&format!("UPDATE links SET asked_at = {old}"));
    sweep().await;
    assert_eq!(ada.status(&server, &picture).await, StatusCode::NOT_FOUND);
    assert_eq!(server.stored_files(), 0);
    assert!(author.page(ROOM).await.iter().all(|message| message.link_previews.is_empty()));
    let resumed = ada.connect(&server).await.subscribe(ROOM, Some(second.seq)).await;
    let is_empty = |event: &LoggedEvent| match &event.0 {
        Event::ChatPreviewed(previewed) => previewed.link_previews.is_empty(),
        _ => true,
    };
    assert!(resumed.events.iter().all(is_empty), "{:?}", resumed.events);
}

#[tokio::test]
async fn previews_are_told_where_few_can_read() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let (_, direct) = crate::support::rooms::room(ada.direct(&server, &["bo"]).await);
    let slug = direct.id.to_string();
    let mut author = ada.subscriber(&server, &slug).await;
    let mut reader = bo.subscriber(&server, &slug).await;
    let mut other = cy.subscriber(&server, ROOM).await;
    let sent = author.chat(&slug, &site.at("/calm")).await;
    assert_eq!(previewed(&mut reader).await.id, sent.id);
    // In a thread, and among the pinned messages.
    let reply = crate::support::reply_in(&slug, sent.id, &site.at("/bare"));
    let reply = author.say(reply).await.unwrap();
    assert_eq!(previewed(&mut reader).await.id, reply.id);
    let thread =
        History { room: Some(slug.as_str().into()), thread: Some(sent.id), ..History::default() };
    let thread = reader.history(thread).await.unwrap().messages;
    assert_eq!(titles(&thread[0].link_previews), ["Bare <script>alert(1)</script>"]);
    let pin =
        protocol::ChatPin { room: Some(slug.as_str().into()), id: sent.id, op: None, on: true };
    author.ask(Request::ChatPin(pin)).await.unwrap();
    let pins = Pins { room: Some(slug.as_str().into()), after: None };
    let Response::Pins(pins) = reader.ask(Request::Pins(pins)).await.unwrap() else {
        panic!("expected pins")
    };
    assert_eq!(titles(&pins.messages[0].link_previews), ["Calm"]);
    other.heard_nothing().await;
}

fn banter(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
    let output = command.args(arguments).env_remove("BANTER_FILES").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_and_copies_have_the_pictures() {
    let (server, site) = (Server::start_with(&FLAGS).await, news().await);
    let ada = server.register_owner("ada").await;
    let mut author = ada.subscriber(&server, ROOM).await;
    author.chat(ROOM, &site.at("/calm")).await;
    let shown = previewed(&mut author).await.link_previews;
    let picture = shown[0].picture.clone().unwrap().url;
    let data = server.data().display().to_string();
    let (backup, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut arguments = vec!["backup", "--data-dir", &data];
    let url = if server.uses_postgres() { server.database_url() } else { String::new() };
    if server.uses_postgres() {
        arguments.extend(["--database-url", &url]);
    }
    let to = backup.path().display().to_string();
    arguments.push(&to);
    banter(&arguments);
    let server = Server::start_in(backup, None, &FLAGS).await;
    let mut reader = ada.connect(&server).await;
    assert_eq!(reader.page(ROOM).await[0].link_previews, shown);
    assert_eq!(ada.status(&server, &picture).await, StatusCode::OK);

    let folder = server.stop().await;
    let from = format!("sqlite:{}", folder.path().display());
    let to = format!("sqlite:{}", copy.path().display());
    banter(&["copy", "--from", &from, "--to", &to]);
    let server = Server::start_in(copy, None, &FLAGS).await;
    let mut reader = ada.connect(&server).await;
    assert_eq!(reader.page(ROOM).await[0].link_previews, shown);
    assert_eq!(ada.status(&server, &picture).await, StatusCode::OK);
    assert_eq!(site.asked(), ["/a.png", "/calm"]);
}
