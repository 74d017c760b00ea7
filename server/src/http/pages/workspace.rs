//! Pages for signed-in users: the list of rooms, a room, the form for a new room.

use std::collections::BTreeSet;

use app::page::{
    Missing, OpenPlace, OpenRoom, OwnInvitation, Page, RoomForm, Unsent, Workspace,
    address::{Address, View},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse as _, Redirect, Response},
};
use protocol::{
    CustomEmoji, History, ListRooms, MessageId, Room, RoomId, RoomName, User, custom_emoji_names,
    text::custom_emoji_name,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    render::{render, render_error},
    viewer::Viewer,
};
use crate::{
    config::Registration,
    error::Error,
    http::{
        extract::{OptionalQuery, Path},
        forms::state::RoomFormState,
        links::escape,
        state::App,
    },
};

/// The rooms that a page lists before it is connected. It loads the others then.
const LISTED_ROOMS: u64 = 500;

/// `GET /rooms`
pub async fn rooms(State(app): State<App>, request: Request) -> Response {
    render_workspace(&app, None, |workspace| Page::Workspace(Box::new(workspace)), request).await
}

/// The message at which a room is opened.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct PlaceQuery {
    /// Its position in the room log.
    at: Option<u64>,
    /// The message that begins its thread, if it is a reply in one.
    thread: Option<Uuid>,
}

/// `GET /rooms/{slug}`
pub async fn room(
    State(app): State<App>,
    Path(slug): Path<String>,
    OptionalQuery(place): OptionalQuery<PlaceQuery>,
    request: Request,
) -> Response {
    let page = |workspace: Workspace| Page::Workspace(Box::new(workspace));
    render_workspace(&app, Some((slug, place)), page, request).await
}

/// Returns the present address of a room that was opened by a former slug.
fn present_address(workspace: &Workspace, name: &str, uri: &Uri) -> Option<String> {
    let room = &workspace.open.as_ref()?.room;
    if room.slug == name || RoomName::from(name).as_id().is_some() {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("/rooms/{}{query}", room.slug))
}

/// `GET /new-room`
pub async fn new_room(
    State(app): State<App>,
    OptionalQuery(state): OptionalQuery<RoomFormState>,
    request: Request,
) -> Response {
    let form = RoomForm::from(state);
    let page = |workspace| Page::NewRoom(Box::new(workspace), form);
    render_workspace(&app, None, page, request).await
}

/// `GET` of the other views beside the rooms.
pub async fn view(State(app): State<App>, request: Request) -> Response {
    let Some(Address::View(view)) = Address::parse(request.uri().path()) else {
        return render_error(&app, Error::NotFound("page"), request).await;
    };
    if view == View::Admin {
        match Viewer::of(&app, request.headers()).await {
            // To others it does not exist.
            Ok(Viewer::SignedIn(session)) if !session.user.role.may_invite() => {
                return render_error(&app, Error::NotFound("page"), request).await;
            }
            Ok(_) => {}
            Err(error) => return render_error(&app, error, request).await,
        }
    }
    let page = |workspace| Page::View(Box::new(workspace), view);
    render_workspace(&app, None, page, request).await
}

/// Renders a room again with a text that its composer's form could not send.
pub(in crate::http) async fn unsent(
    app: &App,
    (user, headers): (&User, &HeaderMap),
    slug: String,
    unsent: Unsent,
    status: StatusCode,
) -> Response {
    // The form was sent to another address, and its body is read.
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(format!("/rooms/{}", escape(&slug))).unwrap_or_default();
    match load(app, user, Some((slug, PlaceQuery::default())), headers).await {
        Ok(workspace) => {
            let workspace = Workspace { unsent: Some(unsent), ..workspace };
            render(app, Page::Workspace(Box::new(workspace)), status, request).await
        }
        Err(error) => render_error(app, error, request).await,
    }
}

/// `GET /invitations`
pub async fn invitations(State(app): State<App>, request: Request) -> Response {
    let user = match Viewer::of(&app, request.headers()).await {
        Ok(Viewer::SignedIn(session)) => session.user,
        Ok(viewer) => return viewer.redirect_to_entry(Some("/invitations")),
        Err(error) => return render_error(&app, error, request).await,
    };
    match app.accounts.invites(&user).await {
        Ok(invites) => {
            let page = |workspace| Page::Invitations(Box::new(workspace), invites);
            render_workspace(&app, None, page, request).await
        }
        Err(Error::Forbidden(_)) => {
            let page = Page::NotFound(Missing::Invitations);
            render(&app, page, StatusCode::NOT_FOUND, request).await
        }
        Err(error) => render_error(&app, error, request).await,
    }
}

async fn render_workspace(
    app: &App,
    room: Option<(String, PlaceQuery)>,
    page: impl FnOnce(Workspace) -> Page,
    request: Request,
) -> Response {
    let session = match Viewer::of(app, request.headers()).await {
        Ok(Viewer::SignedIn(session)) => session,
        Ok(viewer) => {
            let next = request.uri().path_and_query().map(PathAndQuery::as_str);
            return viewer.redirect_to_entry(next);
        }
        Err(error) => return render_error(app, error, request).await,
    };
    let name = room.as_ref().map(|(slug, _)| slug.clone());
    match load(app, &session.user, room, request.headers()).await {
        Ok(workspace) => {
            if let Some(name) = name
                && let Some(address) = present_address(&workspace, &name, request.uri())
            {
                return Redirect::to(&address).into_response();
            }
            // The lifetime of a session counts from its last use, and so must that of its cookie.
            let cookies = [app.cookie.set(&session), app.cookie.clear_shared(request.headers())];
            let mut response = render(app, page(workspace), StatusCode::OK, request).await;
            for cookie in cookies.into_iter().flatten() {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => render_error(app, error, request).await,
    }
}

async fn load(
    app: &App,
    user: &User,
    room: Option<(String, PlaceQuery)>,
    request: &HeaderMap,
) -> Result<Workspace, Error> {
    // Read before everything else: if a new epoch begins while the page loads, the page detects it.
    let epoch = app.store.epoch();
    let list = ListRooms { limit: Some(LISTED_ROOMS), ..ListRooms::default() };
    let mut rooms = app.store.rooms(user.id, list).await?.rooms;
    let open = match room {
        None => None,
        Some((slug, place)) => Some(load_room(app, user, &rooms, slug, place).await?),
    };
    if let Some(OpenRoom { room, .. }) = &open
        && rooms.iter().all(|listed| listed.id != room.id)
    {
        rooms.push(room.clone()); // beyond the rooms that the page lists before it is connected
    }
    let registration_closed = app.config.registration == Registration::Closed;
    let shows_invite = user.role.may_invite() && !registration_closed;
    let invite = if shows_invite { app.store.own_invite(user.id).await? } else { None };
    let custom_emoji = load_emoji(app, open.as_ref()).await?;
    Ok(Workspace {
        user: user.clone(),
        rooms,
        open,
        custom_emoji,
        invite: invite.map(|invite| OwnInvitation {
            url: app.origins.invite_url(request, &invite.code),
            uses_left: invite.uses_left,
            expires_at: invite.expires_at,
        }),
        registration_closed,
        epoch,
        unsent: None,
    })
}

async fn load_room(
    app: &App,
    user: &User,
    rooms: &[Room],
    slug: String,
    place: PlaceQuery,
) -> Result<OpenRoom, Error> {
    let access = app.store.room_access(user.id, RoomName(slug)).await?;
    let permit = app.store.recovery_permit(user.id).await?;
    let snapshot = app.store.snapshot(permit, user.id, access.room, None).await?;
    let room = match rooms.iter().find(|room| room.id == access.room) {
        Some(room) => Some(room.clone()),
        None => app.store.room_seen_by(user.id, access.room).await?,
    };
    let room = room.ok_or(Error::NotFound("room"))?;
    Ok(OpenRoom {
        room: Room { seq: snapshot.seq, ..room },
        messages: snapshot.page.messages,
        has_more: snapshot.page.has_more,
        members: app.chat.members_page(access.room, None, None).await?,
        place: load_place(app, access.room, place).await?,
    })
}

/// Loads the custom emoji in the messages of a page. It loads the others when it needs them.
async fn load_emoji(app: &App, open: Option<&OpenRoom>) -> Result<Vec<CustomEmoji>, Error> {
    let Some(OpenRoom { messages, place, .. }) = open else { return Ok(Vec::new()) };
    let around = place.iter().flat_map(|place| place.messages.iter().chain(&place.thread));
    let names: BTreeSet<&str> = messages.iter().chain(around).flat_map(names_in).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.into_iter().map(str::to_owned).collect();
    Ok(app.store.custom_emoji_named(names).await?)
}

/// Returns the names of custom emoji in the text of a message and in its reactions.
fn names_in(message: &protocol::Message) -> impl Iterator<Item = &str> {
    let reactions = message.reactions.iter();
    let reactions = reactions.filter_map(|reaction| custom_emoji_name(&reaction.emoji));
    custom_emoji_names(&message.blocks).into_iter().chain(reactions)
}

/// Loads the messages around the one at which a room is opened, and the thread to open, if they are
/// there. Without a message, the room is opened at the first one of the thread.
async fn load_place(
    app: &App,
    room: RoomId,
    PlaceQuery { at, thread }: PlaceQuery,
) -> Result<Option<OpenPlace>, Error> {
    let thread = match thread {
        Some(thread) => load_thread(app, room, MessageId(thread), at).await?,
        None => Vec::new(),
    };
    let Some(at) = at.or_else(|| thread.first().map(|first| first.seq)) else { return Ok(None) };
    let around = History { around: Some(at), ..History::default() };
    let mut messages = app.store.history(room, around).await?.messages;
    let is_marked = |message: &&protocol::Message| message.seq == at;
    let in_room = messages.iter().find(is_marked);
    let marked = in_room.or_else(|| thread.iter().find(is_marked)).map(|message| message.id);
    let Some(marked) = marked else { return Ok(None) };
    if in_room.is_none() {
        messages.clear();
    }
    Ok(Some(OpenPlace { marked, messages, thread }))
}

/// Loads the first message of a thread and its replies, around one or the newest. None if there is
/// no such thread.
async fn load_thread(
    app: &App,
    room: RoomId,
    thread: MessageId,
    around: Option<u64>,
) -> Result<Vec<protocol::Message>, Error> {
    let replies = History { thread: Some(thread), around, ..History::default() };
    let mut messages = match app.store.history(room, replies).await {
        Ok(page) => page.messages,
        Err(error) if error.is_outage() => return Err(error.into()),
        Err(_) => return Ok(Vec::new()),
    };
    messages.insert(0, app.store.message_in(room, thread).await?);
    Ok(messages)
}
