//! The list of users, and finding them by the beginnings of their names.

use protocol::{
    User,
    http::{Register, UsersPage},
};
use reqwest::StatusCode;

use crate::support::{PASSWORD, Server, TestUser};

async fn register(server: &Server, by: &TestUser, username: &str, name: &str) {
    let new = Register {
        username: username.into(),
        password: PASSWORD.into(),
        display_name: Some(name.into()),
        invite: Some(by.invite(server).await),
    };
    let registered = server.post("/api/auth/register").json(&new).send().await.unwrap();
    assert_eq!(registered.status(), StatusCode::CREATED);
}

async fn page(server: &Server, by: &TestUser, query: &[(&str, &str)]) -> UsersPage {
    let request = server.get("/api/users").query(query).bearer_auth(&by.token);
    request.send().await.unwrap().json().await.unwrap()
}

fn usernames(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.username.as_str()).collect()
}

#[tokio::test]
async fn users_are_found_by_the_beginning_of_any_word() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (username, name) in [
        ("bo.l", "Bo Lovelace"),
        ("zoe", "Zoë Ångström"),
        ("jl", "Jean-Luc Picard"),
        ("privet", "Анна Каренина"),
        ("yamada", "山田 太郎"),
    ] {
        register(&server, &ada, username, name).await;
    }
    for (query, expected) in [
        ("", &["ada", "bo.l", "jl", "zoe", "privet", "yamada"][..]),
        ("a", &["ada", "zoe"]),
        ("lov", &["bo.l"]),
        ("LOVELACE bo", &["bo.l"]),
        ("bo.l", &["bo.l"]),
        ("@bo", &["bo.l"]),
        ("ovelace", &[]),
        ("bo pic", &[]),
        ("zoe", &["zoe"]),
        ("ZO\u{cb}", &["zoe"]),
        ("angstrom", &["zoe"]),
        ("luc", &["jl"]),
        ("jean-l", &["jl"]),
        ("карен", &["privet"]),
        ("太", &["yamada"]),
        ("%", &[]),
    ] {
        let found = page(&server, &ada, &[("query", query)]).await;
        assert_eq!(usernames(&found.users), expected, "{query}");
        assert!(!found.has_more);
    }
    ada.ban(&server, "bo.l").await;
    let all = page(&server, &ada, &[]).await.users;
    assert_eq!(usernames(&all), ["ada", "jl", "zoe", "privet", "yamada", "bo.l"], "banned last");
    assert!(all.iter().all(|user| user.banned == (user.username == "bo.l")));

    // The pages are the list.
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let UsersPage { users, has_more } = page(&server, &ada, &query).await;
        after = users.last().map(|user| user.id.to_string());
        seen.extend(users);
        if !has_more {
            break;
        }
    }
    assert_eq!(seen, all);
    let (status, one) = ada.get(&server, "/api/users/bo.l").await;
    assert_eq!((status, one["name"].as_str()), (StatusCode::OK, Some("Bo Lovelace")));
    assert_eq!(one["banned"], true);
    let (status, same) =
        ada.get(&server, &format!("/api/users/{}", one["id"].as_str().unwrap())).await;
    assert_eq!((status, &same), (StatusCode::OK, &one));
    assert_eq!(ada.get(&server, "/api/users/nobody").await.0, StatusCode::NOT_FOUND);
    let nil = "/api/users?after=00000000-0000-0000-0000-000000000000";
    assert_eq!(ada.get(&server, nil).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ada.get(&server, "/api/users?limit=many").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(server.get("/api/users").send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
