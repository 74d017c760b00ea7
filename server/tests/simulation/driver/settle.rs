//! Ends all faults, and waits until every client is up to date.

use std::rc::Rc;

use app::state::room::Phase;

use super::Driver;
use crate::{check, scripted_client::ScriptedClient, tab::Tab};

impl Driver {
    /// Describes the clients that are not up to date yet.
    pub(super) fn unsettled(
        &self,
        clients: &[Rc<ScriptedClient>],
        tabs: &[Rc<Tab>],
    ) -> Option<String> {
        let tabs = tabs.iter().filter_map(|tab| Some((&tab.name, tab.unsettled()?)));
        let clients = clients.iter().filter_map(|client| Some((&client.name, client.unsettled()?)));
        let unsettled: Vec<_> =
            tabs.chain(clients).map(|(name, why)| format!("{name} {why}")).collect();
        (!unsettled.is_empty()).then(|| unsettled.join("\n"))
    }

    pub(super) fn all_unsettled(&self) -> Option<String> {
        self.unsettled(&self.clients, &self.tabs)
            .or_else(|| self.unsettled(&self.devices, &[]))
            .or_else(|| self.unsettled(&self.observers, &[]))
    }

    pub(super) async fn wait_until_settled(&self) -> Result<(), String> {
        let is_so = || self.all_unsettled().is_none();
        self.scenario
            .wait_until(is_so, || format!("clients are not up to date: {:?}", self.all_unsettled()))
            .await
    }

    /// Ends all faults, waits until all clients are up to date, and runs all checks.
    /// Ends all faults, and waits until all that was sent is acknowledged.
    pub(crate) async fn heal(&mut self) -> Result<(), String> {
        self.cluster.heal();
        self.cluster.start().await?;
        for tab in &self.tabs {
            tab.control.suspended.set(false);
        }
        for control in self.controls() {
            control.heal();
            control.proxy.close_black_holes();
        }
        self.cluster.wait_connected(&self.http).await?;
        self.wait_until_settled().await
    }

    /// Waits until every client is up to date, and checks everything.
    pub(crate) async fn end(&self) -> Result<(), String> {
        for _ in 0..5 {
            self.wait_until_settled().await?;
            if !self.retry_refused()? {
                break;
            }
        }
        // A user who was added again sees the room after reloading the page.
        for tab in &self.tabs {
            let refused = tab.with_model(|model| {
                let opened = model.opened_rooms.iter();
                let refused = opened.filter(|(_, chat)| matches!(chat.phase, Phase::Refused(_)));
                refused.map(|(room, _)| *room).collect::<Vec<_>>()
            });
            for room in refused.unwrap_or_default() {
                if !self.scenario.was_ever_away(tab.user, room) {
                    return Err(format!("{}: a room was refused", tab.name));
                }
                if self.scenario.may_see(tab.user, room) {
                    tab.reload();
                }
            }
        }
        let loaded = || {
            self.tabs.iter().all(|tab| !tab.control.reloads.get()) && self.all_unsettled().is_none()
        };
        self.scenario
            .wait_until(loaded, || {
                format!("clients are not up to date after reloading: {:?}", self.all_unsettled())
            })
            .await?;
        check::check(self).await
    }

    /// Retries refused messages if their room is accessible again; discards them otherwise. Returns
    /// whether there were any.
    pub(super) fn retry_refused(&self) -> Result<bool, String> {
        let mut any = false;
        for tab in &self.tabs {
            for (id, room, why) in tab.refused() {
                any = true;
                if !self.scenario.was_ever_away(tab.user, room) {
                    return Err(format!("{}: {id} was refused: {why}", tab.name));
                }
                self.scenario.record.borrow_mut().refused.insert(id, why);
                tab.update(|model| {
                    if self.scenario.may_see(tab.user, room) {
                        model.outbox.retry(id)
                    } else {
                        model.outbox.remove(id)
                    }
                });
            }
        }
        Ok(any)
    }
}
