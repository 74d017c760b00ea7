//! Changes the members of the private room, and joins public ones.

use protocol::{
    Request, Subscribe,
    http::{NewMember, UpdateRoom},
};
use reqwest::{Method, StatusCode};
use serde::Serialize;

use super::Driver;
use crate::control::DirectClient;

/// The body of a call without one.
pub(crate) const NO_BODY: Option<()> = None;

impl Driver {
    /// Calls a server as a user.
    pub(crate) async fn call(
        &self,
        user: usize,
        method: Method,
        path: &str,
        body: Option<impl Serialize>,
    ) -> Result<StatusCode, String> {
        let address = self.scenario.servers.next().ok_or("no server")?;
        let request = self.http.request(method, format!("http://{address}{path}"));
        let request = request.bearer_auth(&self.scenario.users[user].token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.map(|response| response.status()).map_err(|error| error.to_string())
    }

    /// Opens a room in a tab. A public room where the user is no member is only shown: mostly, the
    /// user joins it then, as another device hears of it.
    pub(super) fn open(&mut self, tab: usize, room: usize) {
        let (room, joins) = (self.room(room), self.random.chance(80));
        let tab = self.tab(tab);
        tab.open(room);
        if joins && tab.with_model(|model| model.is_preview(room)) == Some(true) {
            let subscribe = Subscribe { room: room.into(), since: None, epoch: None, join: None };
            self.client(tab.user).request(Request::Subscribe(subscribe));
        }
    }

    /// Gives the private room another topic, which the users outside must not hear of.
    pub(super) async fn set_topic(&mut self) {
        let topic = self.text(None);
        {
            let mut record = self.scenario.record.borrow_mut();
            let outside = record.absent.keys().copied().collect();
            record.topics.insert(topic.clone(), outside);
        }
        let body = UpdateRoom { topic: Some(topic), ..UpdateRoom::default() };
        // The server may be down, or end before it has answered.
        let _ = self.call(0, Method::PATCH, "/api/rooms/secret", Some(body)).await;
    }

    /// Returns the current end of the private room's log.
    pub(super) async fn private_end(&self) -> Result<u64, String> {
        let mut direct =
            DirectClient::connect(&self.scenario, "the plan", 0).await.ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no response to rooms")?;
        Ok(rooms
            .iter()
            .find(|room| room.id == self.scenario.private)
            .ok_or("the private room is missing")?
            .seq)
    }

    /// Removes a user from the private room.
    pub(super) async fn remove(&mut self, user: usize) -> Result<(), String> {
        if user == 0 || self.scenario.is_absent(user) {
            return Ok(());
        }
        self.cluster.start().await?;
        let id = self.scenario.users[user].profile.id;
        let status = self
            .call(0, Method::DELETE, &format!("/api/rooms/secret/members/{id}"), NO_BODY)
            .await?;
        if status != StatusCode::NO_CONTENT {
            return Err(format!("removing a user: {status}"));
        }
        // From now on, no new event may reach this user; events up to this point may.
        let end = self.private_end().await?;
        self.scenario.record.borrow_mut().absent.insert(id, end);
        let mut direct = DirectClient::connect(&self.scenario, "a removed user", user)
            .await
            .ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no response to rooms")?;
        if rooms.iter().any(|room| room.id == self.scenario.private) {
            return Err("a removed user sees the private room".into());
        }
        Ok(())
    }

    pub(super) async fn add(&mut self, user: usize) -> Result<(), String> {
        if !self.scenario.is_absent(user) {
            return Ok(());
        }
        self.cluster.start().await?;
        let id = self.scenario.users[user].profile.id;
        let end = self.private_end().await?;
        {
            let mut record = self.scenario.record.borrow_mut();
            record.topics.values_mut().for_each(|outside| {
                outside.remove(&id);
            });
            if let Some(from) = record.absent.remove(&id) {
                let era = record.era;
                record.absences.push((id, era, from, end));
            }
        }
        let body = NewMember { user: id.to_string() };
        let status = self.call(0, Method::POST, "/api/rooms/secret/members", Some(body)).await?;
        if status == StatusCode::NO_CONTENT {
            Ok(())
        } else {
            Err(format!("adding a user: {status}"))
        }
    }
}
