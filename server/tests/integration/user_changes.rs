//! `user_changed`: everybody learns of a changed user at once.

use protocol::{
    Role,
    http::{NewRole, UpdateProfile},
};
use reqwest::{Method, StatusCode};

use crate::support::{Server, TestUser, png};

pub(crate) async fn rename(server: &Server, user: &TestUser, name: &str) {
    let update = UpdateProfile { display_name: Some(name.into()), ..UpdateProfile::default() };
    let request = server.request(Method::PATCH, "/api/me").bearer_auth(&user.token);
    assert_eq!(request.json(&update).send().await.unwrap().status(), StatusCode::OK);
}

async fn post(server: &Server, by: &TestUser, method: Method, path: &str) {
    let response = server.request(method, path).bearer_auth(&by.token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn everybody_learns_of_names_pictures_roles_and_bans() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    // A connection that follows no room, and one of the user.
    let (mut ada_socket, mut bo_socket) = (ada.connect(&server).await, bo.connect(&server).await);
    rename(&server, &bo, "Bo the Builder").await;
    for socket in [&mut ada_socket, &mut bo_socket] {
        let changed = socket.changed_user().await;
        assert_eq!((changed.id, changed.name.as_str()), (bo.user.id, "Bo the Builder"));
    }
    let picture = server.request(Method::PUT, "/api/me/picture").bearer_auth(&bo.token);
    picture.body(png(9, 9)).send().await.unwrap();
    assert!(ada_socket.changed_user().await.picture.is_some());
    let role = server.post("/api/users/bo/role").bearer_auth(&ada.token);
    role.json(&NewRole { role: Role::Admin }).send().await.unwrap();
    assert_eq!(ada_socket.changed_user().await.role, Role::Admin);
    post(&server, &ada, Method::POST, "/api/users/bo/ban").await;
    assert!(ada_socket.changed_user().await.banned);
    post(&server, &ada, Method::DELETE, "/api/users/bo/ban").await;
    assert!(!ada_socket.changed_user().await.banned);
}

#[tokio::test]
async fn users_whose_mark_changes_with_the_name_of_another_are_told_as_well() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.connect(&server).await;
    rename(&server, &bo, "Ada").await;
    let mut marked = Vec::new();
    while marked.len() < 2 {
        let user = socket.changed_user().await;
        assert!(user.alike, "{user:?}");
        marked.push(user.username);
    }
    marked.sort();
    assert_eq!(marked, ["ada", "bo"]);
    rename(&server, &bo, "Bo").await;
    for _ in 0..2 {
        assert!(!socket.changed_user().await.alike);
    }
}

#[tokio::test]
async fn later_events_carry_the_new_name_of_a_connected_user() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut ada_socket = ada.subscriber(&server, "general").await;
    let mut bo_socket = bo.connect(&server).await;
    rename(&server, &bo, "Bo the Builder").await;
    ada_socket.changed_user().await;
    bo_socket.subscribe("general", None).await;
    let protocol::Event::System(system) = ada_socket.event().await else {
        panic!("expected a presence change")
    };
    assert_eq!(system.user.name, "Bo the Builder");
}
