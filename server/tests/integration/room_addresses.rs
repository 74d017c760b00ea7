//! The addresses of rooms: made of their names in any script, or chosen.

use protocol::{
    Room,
    http::{NewRoom, Problem, RoomAddress},
    text::is_slug,
};
use reqwest::{Response, StatusCode, header};

use crate::support::{Server, TestUser};

async fn create(server: &Server, by: &TestUser, name: &str, slug: Option<&str>) -> Response {
    let new = NewRoom { name: name.into(), slug: slug.map(str::to_owned), private: false };
    server.post("/api/rooms").bearer_auth(&by.token).json(&new).send().await.unwrap()
}

async fn slug_of(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json::<Room>().await.unwrap().slug
}

async fn preview(server: &Server, by: &TestUser, name: &str) -> Option<String> {
    let request = server.get("/api/room-address").query(&[("name", name)]).bearer_auth(&by.token);
    request.send().await.unwrap().json::<RoomAddress>().await.unwrap().slug
}

#[tokio::test]
async fn rooms_of_every_script_get_an_address_as_the_preview_says() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (name, slug) in [
        ("Front desk", "front-desk"),
        ("front DESK", "front-desk-2"),
        ("C++", "c"),
        ("C#", "c-2"),
        ("C", "c-3"),
        ("日本語", "ri-ben-yu"),
        ("Привет", "privet"),
        ("Ticket", "ticket-2"),
        ("general", "general-2"),
    ] {
        assert_eq!(preview(&server, &ada, name).await.as_deref(), Some(slug), "{name}");
        assert_eq!(slug_of(create(&server, &ada, name, None).await).await, slug, "{name}");
    }
    assert_eq!(preview(&server, &ada, "!?").await, None);
    let random = slug_of(create(&server, &ada, "!?", None).await).await;
    assert!(is_slug(&random) && random.len() == 10, "{random}");
    let page = format!("/api/rooms/{random}/messages");
    let found = server.get(&page).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(found.status(), StatusCode::OK);
}

#[tokio::test]
async fn rooms_of_one_name_made_at_once_get_different_addresses() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let rooms =
        (0..16).map(|_| async { slug_of(create(&server, &ada, "Lärm", None).await).await });
    let mut slugs = futures_util::future::join_all(rooms).await;
    slugs.sort();
    let mut expected: Vec<_> = (2..=16).map(|number| format!("larm-{number}")).collect();
    expected.push("larm".into());
    expected.sort();
    assert_eq!(slugs, expected);
}

#[tokio::test]
async fn a_chosen_address_is_taken_as_it_is_or_refused_for_its_own_reason() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    assert_eq!(slug_of(create(&server, &ada, "日本語", Some("nihongo")).await).await, "nihongo");
    for (slug, status, reason) in [
        ("nihongo", StatusCode::CONFLICT, "This address of the room is taken."),
        ("echo", StatusCode::UNPROCESSABLE_ENTITY, "slug is reserved"),
        ("日本", StatusCode::UNPROCESSABLE_ENTITY, "slug must begin with a letter or digit"),
    ] {
        let refused = create(&server, &ada, "Another", Some(slug)).await;
        assert_eq!(refused.status(), status, "{slug}");
        let detail = refused.json::<Problem>().await.unwrap().detail;
        assert!(detail.starts_with(reason), "{slug}: {detail}");
    }
}

#[tokio::test]
async fn a_private_room_gets_a_random_address_that_tells_nothing() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let new = NewRoom { name: "Layoffs".into(), slug: None, private: true };
    let request = server.post("/api/rooms").bearer_auth(&ada.token).json(&new);
    let slug = slug_of(request.send().await.unwrap()).await;
    assert!(is_slug(&slug) && !slug.contains("layoffs"), "{slug}");
    assert_eq!(preview(&server, &ada, "Layoffs").await.as_deref(), Some("layoffs"));
}

#[tokio::test]
async fn the_form_shows_the_address_again_with_its_own_fault() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let cookie = format!("banter_session={}", ada.token);
    let submit = async |name: &str, slug: &str| {
        let request = server.post("/new-room").header(header::COOKIE, &cookie);
        let request = request.header(header::ORIGIN, server.origin());
        let response = request.form(&[("name", name), ("slug", slug)]).send().await.unwrap();
        response.headers()[header::LOCATION].to_str().unwrap().to_owned()
    };
    assert_eq!(submit("日本語", "").await, "/rooms/ri-ben-yu");
    assert_eq!(submit("Привет", " Hello ").await, "/rooms/hello");
    for (slug, fault, text) in [
        ("hello", "taken", "Another room has that address"),
        ("ticket", "reserved", "Banter uses that address itself"),
        ("<i>", "slug", "Use 1 to 64 characters: a to z"),
    ] {
        let to = submit("Ещё", slug).await;
        assert!(to.starts_with(&format!("/new-room?fault={fault}&name=")), "{to}");
        let page = server.get(&to).header(header::COOKIE, &cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        assert!(page.contains(text) && page.contains("Ещё"), "{to}: {page}");
        assert!(!page.contains("<i>"), "{to}: {page}");
    }
}
