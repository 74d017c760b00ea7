//! Invitations: listing and revoking them, and when they end by themselves.

use protocol::{
    InviteId, Role, Timestamp,
    http::{Invites, NewInvite, NewRole, OpenInvite, Problem, Register},
};
use reqwest::{Method, Response, StatusCode, header};
use server::store::NewUser;
use uuid::Uuid;

use crate::support::{PASSWORD, Server, TestUser};

async fn call(server: &Server, by: &TestUser, method: Method, path: &str) -> Response {
    server.request(method, path).bearer_auth(&by.token).send().await.unwrap()
}

async fn set_role(server: &Server, by: &TestUser, username: &str, role: Role) {
    let request = server.post(&format!("/api/users/{username}/role")).bearer_auth(&by.token);
    let response = request.json(&NewRole { role }).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

async fn list(server: &Server, by: &TestUser) -> Vec<OpenInvite> {
    let response = call(server, by, Method::GET, "/api/invites").await;
    response.json::<Invites>().await.unwrap().invites
}

async fn revoke(server: &Server, by: &TestUser, id: InviteId) -> StatusCode {
    call(server, by, Method::DELETE, &format!("/api/invites/{id}")).await.status()
}

/// Tries to register with an invitation. Returns the status and the reason.
async fn join(server: &Server, username: &str, invite: Option<&str>) -> (StatusCode, String) {
    let body = Register {
        username: username.into(),
        password: PASSWORD.into(),
        display_name: None,
        invite: invite.map(str::to_owned),
    };
    let response = server.post("/api/auth/register").json(&body).send().await.unwrap();
    let status = response.status();
    (status, response.json::<Problem>().await.map(|problem| problem.detail).unwrap_or_default())
}

async fn html(server: &Server, path: &str, by: Option<&TestUser>) -> (StatusCode, String) {
    let mut request = server.get(path);
    if let Some(user) = by {
        request = request.header(header::COOKIE, format!("banter_session={}", user.token));
    }
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn invitations_are_listed_and_revoked_without_their_codes() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    set_role(&server, &ada, "bo", Role::Admin).await;
    let (adas, bos) = (ada.invite(&server).await, bo.invite(&server).await);
    let listed = call(&server, &bo, Method::GET, "/api/invites").await.text().await.unwrap();
    assert!(!listed.contains(&adas) && !listed.contains(&bos), "{listed}");
    let invites = list(&server, &ada).await;
    assert_eq!(invites, list(&server, &bo).await);
    assert_eq!(
        invites.iter().map(|invite| invite.by.id).collect::<Vec<_>>(),
        [bo.user.id, ada.user.id]
    );
    assert!(invites.iter().all(|invite| invite.uses_left == 1), "{invites:?}");

    assert_eq!(revoke(&server, &bo, invites[1].id).await, StatusCode::NO_CONTENT);
    assert_eq!(revoke(&server, &bo, invites[1].id).await, StatusCode::NOT_FOUND);
    assert_eq!(revoke(&server, &bo, InviteId(Uuid::nil())).await, StatusCode::NOT_FOUND);
    let odd = call(&server, &ada, Method::DELETE, "/api/invites/none").await;
    assert_eq!(odd.status(), StatusCode::NOT_FOUND);
    assert_eq!(list(&server, &ada).await, invites[..1]);
    assert_eq!(join(&server, "cy", Some(&adas)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(join(&server, "cy", Some(&bos)).await.0, StatusCode::CREATED);
    assert_eq!(list(&server, &ada).await, [], "a used invitation is not listed");

    let dan = server.join("dan", &ada).await;
    assert_eq!(
        call(&server, &dan, Method::GET, "/api/invites").await.status(),
        StatusCode::FORBIDDEN
    );
    ada.invite(&server).await;
    let id = list(&server, &ada).await[0].id;
    assert_eq!(revoke(&server, &dan, id).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn invitations_end_with_the_right_to_invite() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    set_role(&server, &ada, "bo", Role::Admin).await;
    let of_demoted = bo.invite(&server).await;
    set_role(&server, &ada, "bo", Role::Member).await;
    assert_eq!(join(&server, "cy", Some(&of_demoted)).await.0, StatusCode::FORBIDDEN);
    assert!(
        html(&server, &format!("/join/{of_demoted}"), None).await.1.contains("no longer valid")
    );
    set_role(&server, &ada, "bo", Role::Admin).await;
    assert_eq!(
        join(&server, "cy", Some(&of_demoted)).await.0,
        StatusCode::FORBIDDEN,
        "they do not return with the role"
    );

    let of_banned = bo.invite(&server).await;
    assert_eq!(list(&server, &ada).await.len(), 1);
    call(&server, &ada, Method::POST, "/api/users/bo/ban").await;
    assert_eq!(list(&server, &ada).await, []);
    assert_eq!(join(&server, "cy", Some(&of_banned)).await.0, StatusCode::FORBIDDEN);
    call(&server, &ada, Method::DELETE, "/api/users/bo/ban").await;
    assert_eq!(join(&server, "cy", Some(&of_banned)).await.0, StatusCode::FORBIDDEN);
}

/// A node of an earlier version takes the role away and leaves the invitations.
#[tokio::test]
async fn an_invitation_that_outlived_the_right_to_invite_is_of_no_use() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    set_role(&server, &ada, "bo", Role::Admin).await;
    let invite = bo.invite(&server).await;
    server.sql("UPDATE users SET role = 'member' WHERE username = 'bo'");
    assert_eq!(list(&server, &ada).await, []);
    assert_eq!(join(&server, "cy", Some(&invite)).await.0, StatusCode::FORBIDDEN);
    let open = server.app.store.open_invite(invite.clone()).await.unwrap();
    assert!(open.is_none(), "the page of the invitation");
    // The registration has checked the invitation before the role changed.
    let new = NewUser {
        username: "cy".into(),
        display_name: None,
        password: String::new(),
        invite: Some(invite),
        open: false,
        must_be_first: false,
        device: Default::default(),
    };
    let late = server.app.store.register(new).await;
    assert!(late.unwrap_err().to_string().contains("no longer valid"));
    // The session of the request was read before the role changed.
    let code = "a code that is never used".to_owned();
    let late = server.app.store.invite(code, bo.user.id, crate::support::now(), 1).await;
    assert!(late.unwrap_err().to_string().contains("Only the owner and admins"));
}

#[tokio::test]
async fn the_page_lists_and_revokes_invitations_without_scripts() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let invite = ada.invite(&server).await;
    let (status, page) = html(&server, "/invitations", Some(&bo)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("The owner and admins of this server see its invitations"), "{page}");
    assert_eq!(html(&server, "/invitations", None).await.0, StatusCode::SEE_OTHER);
    let (status, page) = html(&server, "/invitations", Some(&ada)).await;
    assert_eq!(status, StatusCode::OK);
    let id = list(&server, &ada).await[0].id;
    let action = format!("/invitations/{id}/revoke");
    assert!(page.contains(&action) && page.contains("1 person can still join"), "{page}");
    let submit = |user: &TestUser, origin: String| {
        let cookie = format!("banter_session={}", user.token);
        let request = server.post(&action).header(header::COOKIE, cookie);
        request.header(header::ORIGIN, origin).send()
    };
    let foreign = submit(&ada, "https://evil.example".into()).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(submit(&bo, server.origin()).await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(list(&server, &ada).await.len(), 1);
    let done = submit(&ada, server.origin()).await.unwrap();
    assert_eq!(done.headers()[header::LOCATION], "/invitations");
    assert_eq!(join(&server, "cy", Some(&invite)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(submit(&ada, server.origin()).await.unwrap().status(), StatusCode::SEE_OTHER);
    assert!(html(&server, "/invitations", Some(&ada)).await.1.contains("no open invitations"));
}

#[tokio::test]
async fn closed_registration_hands_out_no_invitations() {
    let server = Server::start_with(&["--registration=closed", "--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let request = server.post("/api/invites").bearer_auth(&ada.token).json(&NewInvite::default());
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.json::<Problem>().await.unwrap().detail.contains("Registration is closed"));
    for path in ["/rooms/general", "/invitations"] {
        let (_, page) = html(&server, path, Some(&ada)).await;
        assert!(!page.contains(r#"action="/invites""#), "{path}: {page}");
        assert!(page.contains("Registration is closed"), "{path}: {page}");
    }
    // A page of before the change still has the form.
    let form = server.post("/invites").form(&[("back", "/rooms/general")]);
    let form = form.header(header::COOKIE, format!("banter_session={}", ada.token));
    let answer = form.header(header::ORIGIN, server.origin()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("Registration is closed"));
    assert_eq!(list(&server, &ada).await, []);
    // A link of before the change leads to no form.
    let code = "a code of before the change".to_owned();
    let expires_at = Timestamp::from_millis(crate::support::now().as_millis() + 60_000);
    server.app.store.invite(code, ada.user.id, expires_at, 1).await.unwrap();
    let (_, page) = html(&server, "/join/a%20code%20of%20before%20the%20change", None).await;
    assert!(page.contains("Registration is closed") && !page.contains("password"), "{page}");
}

#[tokio::test]
async fn a_refused_registration_says_what_is_missing() {
    for (setting, without, with) in [
        ("invite", "You need an invitation", "This invitation is no longer valid"),
        ("closed", "Registration is closed", "Registration is closed"),
    ] {
        let server = Server::start_with(&[&format!("--registration={setting}")]).await;
        server.register_owner("ada").await;
        for (invite, page, expected) in
            [(None, "/join", without), (Some(""), "/join", without), (Some("x"), "/join/x", with)]
        {
            let (status, reason) = join(&server, "bo", invite).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert!(reason.starts_with(expected), "{setting} {invite:?}: {reason}");
            let (_, shown) = html(&server, page, None).await;
            assert!(shown.contains(expected), "{setting} {page}: {shown}");
            let form = server.post(page).header(header::ORIGIN, server.origin());
            let form = form.form(&[("username", "bo"), ("password", PASSWORD)]);
            let to = form.send().await.unwrap().headers()[header::LOCATION].clone();
            let (_, shown) = html(&server, to.to_str().unwrap(), None).await;
            assert!(shown.contains(expected), "{setting} {to:?}: {shown}");
        }
    }
}
