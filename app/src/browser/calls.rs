//! Calls of the HTTP API.

/// Returns the address that a public room of this name would get; `None` if it is not known.
#[cfg(feature = "hydrate")]
pub(crate) async fn room_address(name: &str) -> Option<String> {
    let request = gloo_net::http::Request::get("/api/room-address").query([("name", name)]);
    let response = request.send().await.ok().filter(gloo_net::http::Response::ok)?;
    response.json::<protocol::http::RoomAddress>().await.ok()?.slug
}

/// Returns `None`: the server does not call itself.
#[cfg(not(feature = "hydrate"))]
pub(crate) async fn room_address(_name: &str) -> Option<String> {
    None
}
