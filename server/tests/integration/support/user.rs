//! A user with an account and a session.

use protocol::http::{Invite, NewInvite, Ticket};

use super::{Server, log_secrets, socket::Socket};

/// A user with an account and a session.
pub(crate) struct TestUser {
    pub(crate) token: String,
    pub(crate) user: protocol::User,
}

impl TestUser {
    pub(crate) async fn invite(&self, server: &Server) -> String {
        let request =
            server.post("/api/invites").bearer_auth(&self.token).json(&NewInvite::default());
        let Invite { invite, .. } = request.send().await.unwrap().json().await.unwrap();
        log_secrets::register(&invite);
        invite
    }

    pub(crate) async fn ticket(&self, server: &Server) -> String {
        let response = server.post("/ws/ticket").bearer_auth(&self.token).send().await.unwrap();
        let Ticket { ticket, .. } = response.json().await.unwrap();
        log_secrets::register(&ticket);
        ticket
    }

    /// Connects with a ticket and reads the welcome.
    pub(crate) async fn connect(&self, server: &Server) -> Socket {
        let ticket = self.ticket(server).await;
        let mut socket = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
        socket.welcome().await;
        socket
    }

    /// Connects without a ticket, which needs Redis.
    pub(crate) async fn connect_by_header(&self, server: &Server) -> Socket {
        Socket::open(server.address, &self.token).await
    }

    /// Connects and subscribes to a room. The messages before the response are read.
    pub(crate) async fn subscriber(&self, server: &Server, room: &str) -> Socket {
        let mut socket = self.connect(server).await;
        socket.subscribe(room, None).await;
        socket
    }
}
