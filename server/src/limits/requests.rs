//! Rate limits on requests, tickets, new rooms and sign-ins.

use std::net::IpAddr;

use protocol::{
    RateClass, Request, UserId,
    limits::{
        LOG_IN_RATE, MAX_USERNAME_CHARS, MESSAGE_RATE, NEW_ROOM_RATE, REQUEST_RATE, Rate,
        SIGNAL_RATE, TICKET_RATE,
    },
};

use super::{Limits, address::network};
use crate::{base::token_bucket::KeyedBuckets, error::Error};

/// The token buckets of this node. With Redis, they only count while Redis is disconnected.
#[derive(Debug)]
pub(super) struct Buckets {
    per_connection: Option<Rate>,
    messages: UserBuckets,
    signals: UserBuckets,
    new_rooms: UserBuckets,
    tickets: UserBuckets,
    log_ins: KeyedBuckets<(IpAddr, String)>,
}

/// The buckets of all users for one kind of request.
#[derive(Debug)]
struct UserBuckets {
    /// Names the kind in Redis.
    kind: &'static str,
    buckets: KeyedBuckets<UserId>,
    /// The error of a user whose bucket is empty.
    too_many: &'static str,
}

impl Buckets {
    pub(super) fn new(is_on: bool) -> Self {
        let limited = |rate: Rate| is_on.then_some(rate);
        let of_users = |kind, rate, too_many| {
            let buckets = KeyedBuckets::new(limited(rate));
            UserBuckets { kind, buckets, too_many }
        };
        Self {
            per_connection: limited(REQUEST_RATE),
            messages: of_users("messages", MESSAGE_RATE, "You are sending messages too quickly."),
            // Nodes of earlier versions know signals by this name.
            signals: of_users("notices", SIGNAL_RATE, "Too many requests."),
            new_rooms: of_users("new-rooms", NEW_ROOM_RATE, "You are creating rooms too quickly."),
            tickets: of_users("tickets", TICKET_RATE, "You are connecting too often."),
            log_ins: KeyedBuckets::new(limited(LOG_IN_RATE)),
        }
    }
}

impl Limits {
    /// Returns the rate of requests for one connection, or `None` without a limit.
    #[must_use]
    pub fn request_rate(&self) -> Option<Rate> {
        self.0.requests.per_connection
    }

    /// Counts a request against the limit that its policy names, over all connections of the user.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user sends too many.
    pub async fn request(&self, user: UserId, request: &Request) -> Result<(), Error> {
        match request.policy().rate {
            RateClass::Messages => self.take(&self.0.requests.messages, user).await,
            RateClass::Signals => self.take(&self.0.requests.signals, user).await,
            RateClass::Unlimited => Ok(()),
        }
    }

    /// Counts a room that the user creates.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user creates too many.
    pub async fn new_room(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.new_rooms, user).await
    }

    /// Counts a ticket of the user.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user requests too many.
    pub async fn ticket(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.tickets, user).await
    }

    /// Counts an attempt to sign in.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if there were too many from that address for that username.
    pub async fn log_in(&self, address: IpAddr, username: &str) -> Result<(), Error> {
        // No account has a longer name, so all longer ones may share a bucket.
        let username = if username.len() > MAX_USERNAME_CHARS { "" } else { username };
        let key = (network(address), username.to_owned());
        let buckets = &self.0.requests.log_ins;
        let taken = self.0.cluster.take_token("log-ins", buckets, key, sign_in_name).await;
        taken.map_err(|wait| Error::limited("Too many attempts to sign in.", wait))
    }

    async fn take(&self, of: &UserBuckets, user: UserId) -> Result<(), Error> {
        let taken = self.0.cluster.take_token(of.kind, &of.buckets, user, user_name).await;
        taken.map_err(|wait| Error::limited(of.too_many, wait))
    }
}

// The names of buckets, which the cluster hides. Nodes of two versions share a bucket during an
// update, so these spellings stay.

fn user_name(user: &UserId) -> String {
    format!("UserId({})", user.0)
}

fn sign_in_name((address, username): &(IpAddr, String)) -> String {
    format!("({address}, {username:?})")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn buckets_keep_their_names() {
        let user = UserId(Uuid::nil());
        assert_eq!(user_name(&user), "UserId(00000000-0000-0000-0000-000000000000)");
        let address = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(sign_in_name(&(address, "ada".into())), "(192.0.2.1, \"ada\")");
        let buckets = Buckets::new(true);
        let kinds = [&buckets.messages, &buckets.signals, &buckets.new_rooms, &buckets.tickets];
        assert_eq!(kinds.map(|of| of.kind), ["messages", "notices", "new-rooms", "tickets"]);
    }
}
