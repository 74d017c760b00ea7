//! Every route of the server.

use axum::{
    Router,
    extract::{Request, State},
    http::Method,
    middleware::{from_fn, from_fn_with_state, map_request, map_response},
    response::{IntoResponse as _, Response},
    routing::{any, delete, get, patch, post, put},
};

use super::{
    api::{
        self, accounts, emoji, files, messages, operations, people, push, rooms, search, uploads,
        users,
    },
    asyncapi,
    compression::{compress, hide_sizes_from_other_sites},
    forms::{self, SHARE_PATH},
    metrics_access,
    middleware::{check_boundaries, limit_time, measure, run_to_completion},
    openapi, pages, pictures, refusals,
    request_head::check_head,
    security_headers::add_security_headers,
    state::App,
    upgrade,
};

/// Creates the router of all routes.
pub fn router(app: App) -> Router {
    let check_metrics = from_fn_with_state(app.clone(), metrics_access::check_public_address);
    let mut router = Router::new();
    if app.config.echo {
        router = router.route("/ws/echo", get(upgrade::upgrade_to_echo));
    }
    router
        .route("/", get(pages::home))
        .route("/first-start", get(pages::first_start).post(forms::first_start))
        .route("/sign-in", get(pages::sign_in).post(forms::sign_in))
        .route("/join", get(pages::join_openly).post(forms::join_openly))
        .route("/join/{invite}", get(pages::join).post(forms::join))
        .route("/sign-out", post(forms::sign_out))
        .route("/reset/{token}", get(pages::reset).post(forms::reset))
        .route("/pictures/{user}", get(pictures::serve))
        .route("/emoji/{id}", get(pictures::serve_emoji))
        .route("/files/{id}", get(super::files::lead_to_name))
        .route("/files/{id}/{name}", get(super::files::serve))
        .route("/previews/{id}", get(super::files::preview))
        .route("/link-pictures/{id}", get(super::files::link_picture))
        .route("/offline", get(pages::offline))
        .route("/rooms", get(pages::rooms))
        .route("/rooms/{slug}", get(pages::room))
        .route("/rooms/{slug}/messages", post(forms::send))
        .route("/rooms/{slug}/join", post(forms::join_room))
        .route("/m/{id}", get(pages::message))
        .route("/new-room", get(pages::new_room).post(forms::new_room))
        .route("/browse", get(pages::view))
        .route("/unread", get(pages::view))
        .route("/search", get(pages::view))
        .route("/threads", get(pages::view))
        .route("/drafts", get(pages::view))
        .route("/new-message", get(pages::view))
        .route("/settings", get(pages::view))
        .route("/people", get(pages::view))
        .route("/admin", get(pages::view))
        .route("/emoji", get(pages::view))
        .route(SHARE_PATH, get(pages::view).post(forms::share))
        .route("/invitations", get(pages::invitations))
        .route("/invitations/{id}/revoke", post(forms::revoke_invite))
        .route("/invites", post(forms::invite))
        .route("/ws", get(upgrade::upgrade))
        .route("/ws/ticket", post(upgrade::issue_ticket))
        .route("/ws/{room}", get(upgrade::upgrade_to_room))
        .route("/api/auth/register", post(accounts::register))
        .route("/api/auth/login", post(accounts::sign_in))
        .route("/api/auth/logout", post(accounts::sign_out))
        .route("/api/auth/me", get(accounts::me))
        .route("/api/auth/password", post(accounts::change_password))
        .route("/api/invites", get(accounts::invites).post(accounts::invite))
        .route("/api/invites/{id}", delete(accounts::revoke_invite))
        .route("/api/me", get(people::me).patch(people::update_me))
        .route("/api/me/picture", put(people::set_picture).delete(people::remove_picture))
        .route("/api/sessions", get(people::sessions).delete(people::end_other_sessions))
        .route("/api/sessions/{id}", delete(people::end_session))
        .route("/api/emoji", get(emoji::list))
        .route("/api/emoji/{name}", put(emoji::add).delete(emoji::remove))
        .route("/api/push", get(push::list).post(push::add))
        .route("/api/push/test", post(push::test))
        .route("/api/push/{id}", delete(push::remove))
        .route("/api/files", post(files::send))
        .route("/api/files/{id}", get(files::get).patch(files::describe))
        .route("/api/rooms", get(rooms::list).post(rooms::create))
        .route("/api/rooms/{room}", get(rooms::one).patch(rooms::update))
        .route("/api/direct", post(rooms::direct))
        .route("/api/room-address", get(rooms::address))
        .route("/api/rooms/{room}/messages", get(messages::list))
        .route("/api/messages/{id}", get(messages::get))
        .route("/api/search", get(search::search))
        .route("/api/preview", post(messages::preview))
        .route("/api/rooms/{room}/members", post(rooms::add_member))
        .route("/api/rooms/{room}/members/{user}", delete(rooms::remove_member))
        .route("/api/users", get(users::list))
        .route("/api/users/{user}", get(users::one))
        .route("/api/users/{user}/ban", post(accounts::ban).delete(accounts::unban))
        .route("/api/users/{user}/role", post(accounts::set_role))
        .route("/api/users/{user}/reset", post(people::make_reset))
        .route("/api/health", get(operations::health))
        .route("/api/openapi.json", get(openapi::serve))
        .route("/api/asyncapi.json", get(asyncapi::serve))
        .route("/api", any(api::not_found))
        .route("/api/", any(api::not_found))
        .route("/api/{*rest}", any(api::not_found))
        .merge(upload_routes())
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics).layer(check_metrics))
        .fallback(fallback)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), check_boundaries))
        .layer(from_fn_with_state(app.clone(), run_to_completion))
        .layer(from_fn(limit_time))
        .layer(from_fn(check_head))
        .layer(from_fn_with_state(app.clone(), refusals::explain))
        .layer(compress())
        .layer(map_request(hide_sizes_from_other_sites))
        .layer(from_fn_with_state(app.clone(), add_security_headers))
        .layer(from_fn_with_state(app.clone(), measure))
        .with_state(app)
}

/// Creates the routes of resumable uploads, whose responses name the version of tus.
fn upload_routes() -> Router<App> {
    Router::new()
        .route("/api/uploads", post(uploads::create).options(uploads::options))
        .route("/api/uploads/{id}", patch(uploads::append).options(uploads::options))
        .route("/api/uploads/{id}", delete(uploads::end).head(uploads::head))
        .route("/api/uploads/{id}", post(uploads::overridden))
        .layer(map_response(uploads::add_version))
}

/// Serves a file of the page, or the page for an unknown address.
async fn fallback(State(app): State<App>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return api::method_not_allowed().await.into_response();
    }
    match app.assets.file(request.uri().path(), request.headers()).await {
        Some(response) => response,
        None => pages::not_found(State(app), request).await,
    }
}
