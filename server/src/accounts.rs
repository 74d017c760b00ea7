//! Accounts and sessions: registration, signing in and out, passwords, profiles, roles, bans and
//! invitations.
//!
//! Shared by the HTTP API and the forms of the page.

mod bans;
mod invites;
mod log_ins;
mod password;
mod pictures;
mod profile;
mod register;
mod resets;
mod roles;
pub mod session_renewal;
mod sessions;
mod sign_in;

pub use password::WEAK_PASSWORD;
pub use register::RESERVED;

use crate::{
    auth::password::Passwords, base::fair_queue::FairQueue, config::Registration,
    delivery::notifier::Notifier, limits::Limits, metrics::Metrics, store::Store,
};

/// The account service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccountService {
    store: Store,
    passwords: Passwords,
    limits: Limits,
    notifier: Notifier,
    metrics: Metrics,
    registration: Registration,
    /// Images that become pictures take turns.
    pictures: FairQueue,
}

impl AccountService {
    /// Creates the service. `registration` decides who may create an account.
    #[must_use]
    pub fn new(
        store: Store,
        limits: Limits,
        notifier: Notifier,
        metrics: Metrics,
        registration: Registration,
    ) -> Self {
        Self {
            store,
            passwords: Passwords::default(),
            limits,
            notifier,
            metrics,
            registration,
            pictures: pictures::queue(),
        }
    }
}
