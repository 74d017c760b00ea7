//! The table of all HTTP calls.

mod emoji;
mod files;
mod profiles;
mod push;

use protocol::{
    HistoryPage, Message, Room, Search, SearchPage, User,
    http::{
        ChangePassword, Health, Invite, Invites, Login, Me, NewDirect, NewInvite, NewMember,
        NewPreview, NewRole, NewRoom, Preview, Readiness, Register, RoomAddress, Rooms, SignedIn,
        Ticket, UpdateRoom, UsersPage,
    },
};
use serde_json::{Map, Value};

use super::call::{Access, Call};
use crate::http::api::{
    messages::Cursor,
    rooms::{Named, RoomsCursor},
    users::UsersCursor,
};

/// The error of a call that cannot tell which user is meant.
const AMBIGUOUS_USER: &str =
    "This is the id of one user and the username of another. Write the id with hyphens.";

/// Returns all calls.
pub(super) fn calls() -> Vec<Call> {
    let mut calls = account_calls();
    calls.extend(profiles::calls());
    calls.extend(emoji::calls());
    calls.extend(push::calls());
    calls.extend(files::calls());
    calls.extend(room_calls());
    calls.extend(socket_calls());
    calls.extend(operation_calls());
    calls
}

fn account_calls() -> Vec<Call> {
    const NO_USER: &str = "There is no such user.";
    vec![
        Call::post(
            "/api/auth/register",
            "register",
            "Create an account and sign in. The first account belongs to the owner.",
        )
        .access(Access::Public)
        .request::<Register>()
        .response::<SignedIn>(201)
        .sets_cookie()
        .error(403, "The invitation is not valid, or registration is closed.")
        .error(409, "The username is taken.")
        .error(429, "Too many accounts were created from that address without an invitation."),
        Call::post(
            "/api/auth/login",
            "log_in",
            "Sign in: begin a session, with a token and a cookie.",
        )
        .access(Access::Public)
        .request::<Login>()
        .response::<SignedIn>(200)
        .sets_cookie()
        .error(401, "Username and password do not match.")
        .error(403, "This account was banned.")
        .error(429, "Too many attempts from this address with this username."),
        Call::post(
            "/api/auth/logout",
            "log_out",
            "Sign out: end the session, its token, cookie and sockets.",
        )
        .sets_cookie(),
        Call::post(
            "/api/auth/password",
            "change_password",
            "Set a new password. All other sessions end.",
        )
        .request::<ChangePassword>()
        .error(403, "The current password is wrong.")
        .error(429, "Too many attempts."),
        Call::get("/api/auth/me", "me", "Get the user who is signed in.").response::<Me>(200),
        Call::post("/api/invites", "invite", "Create an invitation. For the owner and admins.")
            .request::<NewInvite>()
            .response::<Invite>(201)
            .error(403, "You may not invite users, or registration is closed."),
        Call::get(
            "/api/invites",
            "invites",
            "List the valid invitations, without their codes. For the owner and admins.",
        )
        .response::<Invites>(200)
        .error(403, "You may not invite users."),
        Call::delete(
            "/api/invites/{id}",
            "revoke_invite",
            "End an invitation. For the owner and admins.",
        )
        .error(403, "You may not invite users.")
        .error(404, "There is no such invitation."),
        Call::get(
            "/api/users",
            "users",
            "Find users by the beginnings of words of their names, those who are banned last.",
        )
        .query::<UsersCursor>()
        .response::<UsersPage>(200)
        .error(400, "The query is not valid.")
        .error(404, "There is no user that the page could follow."),
        Call::get("/api/users/{user}", "user", "Get a user.")
            .response::<User>(200)
            .error(404, NO_USER)
            .error(409, AMBIGUOUS_USER),
        Call::post(
            "/api/users/{user}/ban",
            "ban",
            "Ban a user: all sessions and sockets end. For the owner and admins.",
        )
        .error(403, "You may not ban users, or not this user.")
        .error(404, NO_USER)
        .error(409, AMBIGUOUS_USER),
        Call::delete("/api/users/{user}/ban", "unban", "Lift a ban. For the owner and admins.")
            .error(403, "You may not lift bans.")
            .error(404, NO_USER)
            .error(409, AMBIGUOUS_USER),
        Call::post("/api/users/{user}/role", "set_role", "Change a user's role. For the owner.")
            .request::<NewRole>()
            .error(403, "You are not the owner, or the user is.")
            .error(404, NO_USER)
            .error(409, AMBIGUOUS_USER),
    ]
}

fn room_calls() -> Vec<Call> {
    const NO_ROOM: &str = "There is no such room, or you may not see it.";
    const NO_ROOM_OR_USER: &str =
        "There is no such room, or you may not see it, or there is no such user.";
    vec![
        Call::get("/api/rooms", "rooms", "List the rooms that you may see, sorted by name.")
            .query::<RoomsCursor>()
            .response::<Rooms>(200)
            .error(400, "The query is not valid.")
            .error(404, "You may not see the room that the page follows."),
        Call::post("/api/rooms", "create_room", "Create a room. Its creator is its first member.")
            .request::<NewRoom>()
            .response::<Room>(201)
            .error(409, "The given slug is taken.")
            .error(429, "You are creating rooms too quickly."),
        Call::get("/api/rooms/{room}", "room", "Get a room as you see it.")
            .response::<Room>(200)
            .error(404, NO_ROOM),
        Call::patch(
            "/api/rooms/{room}",
            "update_room",
            "Change a room: its name, slug and topic, and whether it is archived. All or nothing.",
        )
        .request::<UpdateRoom>()
        .response::<Room>(200)
        .error(403, "You may not manage the room, or it is a direct one or stays archived.")
        .error(404, NO_ROOM)
        .error(409, "The slug is taken, or the first room cannot be changed so.")
        .error(429, "You are changing addresses of rooms too quickly."),
        Call::post(
            "/api/direct",
            "direct",
            "Get the direct room of yourself and these users. It is made if you have none.",
        )
        .request::<NewDirect>()
        .response::<Room>(201)
        .or_status(200)
        .error(403, "Somebody of them is banned.")
        .error(404, "There is nobody of a name.")
        .error(409, AMBIGUOUS_USER)
        .error(429, "You are creating rooms too quickly."),
        Call::get(
            "/api/room-address",
            "room_address",
            "Get the address that a public room of this name would get now.",
        )
        .query::<Named>()
        .response::<RoomAddress>(200)
        .error(400, "The query is not valid."),
        Call::get("/api/messages/{id}", "message", "Get a message; a deleted one as `deleted`.")
            .response::<Message>(200)
            .error(404, "There is no such message."),
        Call::get("/api/search", "search", "Find messages in your rooms.")
            .query::<Search>()
            .response::<SearchPage>(200)
            .error(400, "The query is not valid.")
            .error(404, "You may not see the room.")
            .error(422, "The query asks for nothing, or a value in it is wrong."),
        Call::post("/api/preview", "preview", "Get the tree that a message would have.")
            .request::<NewPreview>()
            .response::<Preview>(200),
        Call::get(
            "/api/rooms/{room}/messages",
            "messages",
            "Get a page of a room's messages, oldest first.",
        )
        .query::<Cursor>()
        .response::<HistoryPage>(200)
        .error(400, "The query is not valid.")
        .error(404, NO_ROOM),
        Call::post("/api/rooms/{room}/members", "add_member", "Add a user to a room.")
            .request::<NewMember>()
            .error(403, "Nobody is added to a direct or archived room, nor a banned user to any.")
            .error(404, NO_ROOM_OR_USER)
            .error(409, AMBIGUOUS_USER),
        Call::delete(
            "/api/rooms/{room}/members/{user}",
            "remove_member",
            "Leave a room, or remove a user from a room that you manage. Leaving a direct room \
             hides it until its next message.",
        )
        .error(403, "You may not manage the room, or it is a direct or archived one.")
        .error(404, NO_ROOM_OR_USER)
        .error(409, AMBIGUOUS_USER),
    ]
}

fn socket_calls() -> Vec<Call> {
    vec![
        Call::post(
            "/ws/ticket",
            "ticket",
            "Get a ticket for the WebSocket, valid once and briefly.",
        )
        .response::<Ticket>(200)
        .error(429, "Too many tickets, or too many sockets of this user or address."),
        Call::upgrade(
            "/ws",
            "connect",
            "Upgrade to WebSocket. Its messages are described in `/api/asyncapi.json`.",
        ),
        Call::upgrade(
            "/ws/{room}",
            "connect_to_room",
            "Upgrade to WebSocket, subscribed to this room from the start.",
        ),
    ]
}

fn operation_calls() -> Vec<Call> {
    let calls = [
        Call::get("/healthz", "healthz", "Check that the process is alive.")
            .text_response("text/plain"),
        Call::get("/readyz", "readyz", "Check that the server can serve requests.")
            .response::<Readiness>(200),
        Call::get("/metrics", "metrics", "Get the metrics of this server, for Prometheus.")
            .text_response("text/plain")
            .error(401, "`BANTER_METRICS_TOKEN` is set, and the bearer token is not that one.")
            .error(403, "There is no such token, and the request is not from this machine.")
            .error(404, "Metrics have an address of their own, `BANTER_METRICS_ADDR`."),
        Call::get("/api/openapi.json", "openapi", "Get this document.")
            .response::<Map<String, Value>>(200),
        Call::get(
            "/api/asyncapi.json",
            "asyncapi",
            "Get the description of the WebSocket, as AsyncAPI 3.0.",
        )
        .response::<Map<String, Value>>(200),
    ];
    let mut calls = Vec::from(calls.map(|call| call.access(Access::Public)));
    let health = Call::get(
        "/api/health",
        "health",
        "Get the sizes and counts of the installation. For the owner and admins.",
    );
    calls.push(health.response::<Health>(200).error(403, "You are a member."));
    calls
}
