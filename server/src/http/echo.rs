//! `GET /ws/echo`: gives back what it gets, for tools that test how WebSocket is spoken, such as Autobahn. The upgrade and
//! the socket are those of all others, but for the length of a message. Only there with `BANTER_ECHO=1`.

use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{
    state::App,
    upgrade::{admit, upgrade_with},
};
use crate::{auth::ClientAddress, error::Error, gateway::echo, websocket::socket::Closed};

/// `GET /ws/echo`
pub async fn upgrade(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    mut request: Request,
) -> Result<Response, Error> {
    let answer = admit(&app, &request)?;
    let slot = app.limits.open_socket(from).await?;
    let shutdown = app.shutdown.clone();
    upgrade_with(
        &app,
        &mut request,
        echo::MAX_MESSAGE_BYTES,
        slot,
        move |mut socket, slot| async move {
            let Closed = echo::serve(&mut socket, &shutdown).await;
            drop(slot);
        },
    )?;
    Ok(answer)
}
