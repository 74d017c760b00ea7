//! Rate limits on requests, tickets, new rooms, sign-ins and registrations.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::{
    RateClass, Request, UserId,
    limits::{
        EMOJI_RATE, FAILED_LOG_IN_RATE, FILE_PART_RATE, FILE_RATE, LOG_IN_RATE, MAX_USERNAME_CHARS,
        MESSAGE_RATE, NETWORK_FACTOR, NEW_ROOM_RATE, OPEN_REGISTRATION_RATE, PROFILE_RATE,
        PUSH_RATE, REQUEST_RATE, RESET_RATE, Rate, SESSION_LIFETIME, SIGNAL_RATE, TICKET_RATE,
    },
};

use super::{
    Limits,
    address::{network, wide_network},
};
use crate::{
    base::{generations::Generations, token_bucket::KeyedBuckets},
    cluster::SharedBuckets,
    error::Error,
};

/// The most pairs of address and username that are remembered for having signed in.
const MAX_KNOWN: usize = 20_000;

/// The token buckets of this node.
#[derive(Debug)]
pub(super) struct Buckets {
    per_connection: Option<Rate>,
    messages: UserBuckets,
    signals: UserBuckets,
    new_rooms: UserBuckets,
    tickets: UserBuckets,
    profiles: UserBuckets,
    resets: UserBuckets,
    files: UserBuckets,
    file_parts: UserBuckets,
    emoji: UserBuckets,
    pushes: UserBuckets,
    log_ins: SharedBuckets<(IpAddr, String)>,
    failed_log_ins: AddressBuckets,
    open_registrations: AddressBuckets,
    /// Addresses from which a user has signed in.
    known: Mutex<Generations<(IpAddr, String), ()>>,
}

/// The buckets of all users for one kind of request.
#[derive(Debug)]
struct UserBuckets {
    shared: SharedBuckets<UserId>,
    /// The error of a user whose bucket is empty.
    too_many: &'static str,
}

/// The buckets of all addresses for one kind of request, and those of their networks: whoever has
/// one address of a network can often have many.
#[derive(Debug)]
struct AddressBuckets {
    addresses: SharedBuckets<IpAddr>,
    networks: SharedBuckets<IpAddr>,
}

impl Buckets {
    pub(super) fn new(is_on: bool) -> Self {
        let limited = |rate: Rate| is_on.then_some(rate);
        let of_users = |kind, rate, too_many| {
            let local = KeyedBuckets::new(limited(rate));
            UserBuckets { shared: SharedBuckets { kind, local, name: user_name }, too_many }
        };
        let of_addresses = |kind, rate| {
            let local = KeyedBuckets::new(limited(rate));
            SharedBuckets { kind, local, name: IpAddr::to_string }
        };
        let of_log_ins = KeyedBuckets::new(limited(LOG_IN_RATE));
        Self {
            per_connection: limited(REQUEST_RATE),
            messages: of_users("messages", MESSAGE_RATE, "You are sending messages too quickly."),
            // Nodes of earlier versions know signals by this name.
            signals: of_users("notices", SIGNAL_RATE, "Too many requests."),
            new_rooms: of_users("new-rooms", NEW_ROOM_RATE, "You are creating rooms too quickly."),
            tickets: of_users("tickets", TICKET_RATE, "You are connecting too often."),
            profiles: of_users(
                "profiles",
                PROFILE_RATE,
                "You are changing your profile too often.",
            ),
            resets: of_users("resets", RESET_RATE, "You are making too many links."),
            files: of_users("files", FILE_RATE, "You are sending files too quickly."),
            file_parts: of_users(
                "file-parts",
                FILE_PART_RATE,
                "You are sending parts of files too quickly.",
            ),
            emoji: of_users("emoji", EMOJI_RATE, "You are changing emoji too often."),
            pushes: of_users(
                "pushes",
                PUSH_RATE,
                "You are changing or testing notifications too often.",
            ),
            log_ins: SharedBuckets { kind: "log-ins", local: of_log_ins, name: sign_in_name },
            failed_log_ins: AddressBuckets {
                addresses: of_addresses("failed-log-ins", FAILED_LOG_IN_RATE),
                networks: of_addresses("network-failed-log-ins", of_network(FAILED_LOG_IN_RATE)),
            },
            open_registrations: AddressBuckets {
                addresses: of_addresses("registrations", OPEN_REGISTRATION_RATE),
                networks: of_addresses("network-registrations", of_network(OPEN_REGISTRATION_RATE)),
            },
            known: Mutex::new(Generations::new(MAX_KNOWN, SESSION_LIFETIME)),
        }
    }

    fn is_known(&self, key: &(IpAddr, String)) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key, Instant::now()).is_some()
    }
}

/// An attempt to sign in that was counted as a failed one. It stays one if this is dropped.
#[derive(Debug)]
#[must_use]
pub struct LogInAttempt {
    limits: Limits,
    address: IpAddr,
    /// Whether it was counted. That of a user who has signed in from there before is not, until it
    /// has failed.
    is_taken: bool,
}

impl LogInAttempt {
    /// Keeps the attempt counted if it failed. It did not if it succeeded or never took place.
    pub async fn end(self, has_failed: bool) {
        let Self { limits, address, is_taken } = self;
        let AddressBuckets { addresses, networks } = &limits.0.requests.failed_log_ins;
        let (cluster, address, network) =
            (&limits.0.cluster, network(address), wide_network(address));
        match (is_taken, has_failed) {
            (true, false) => {
                cluster.give_token_back(addresses, address).await;
                cluster.give_token_back(networks, network).await;
            }
            (false, true) => {
                cluster.charge_token(addresses, address).await;
                cluster.charge_token(networks, network).await;
            }
            (true, true) | (false, false) => {}
        }
    }
}

/// Returns the rate of a network for the rate of an address.
fn of_network(rate: Rate) -> Rate {
    Rate { count: rate.count * NETWORK_FACTOR, burst: rate.burst * NETWORK_FACTOR, ..rate }
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

    /// Counts a change of the user's profile.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user makes too many.
    pub async fn profile(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.profiles, user).await
    }

    /// Counts a browser that the user adds for notifications, or a test of them.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user makes too many.
    pub async fn push(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.pushes, user).await
    }

    /// Counts a link for a new password that the user makes.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user makes too many.
    pub async fn reset(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.resets, user).await
    }

    /// Counts a file that the user sends.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user sends too many.
    pub async fn new_file(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.files, user).await
    }

    /// Counts a request that appends to a file of the user.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user sends too many.
    pub async fn file_part(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.file_parts, user).await
    }

    /// Counts an emoji that the user adds or removes.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user changes too many.
    pub async fn emoji(&self, user: UserId) -> Result<(), Error> {
        self.take(&self.0.requests.emoji, user).await
    }

    /// Counts an attempt to sign in, as one that fails until [`LogInAttempt::end`] says that it did
    /// not: many attempts at once cannot all begin before the first one has failed.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if there were too many from that address for that username, or
    /// too many failed ones from that address or network for any. The latter do not keep a user out
    /// who has signed in from there before.
    pub async fn log_in(&self, address: IpAddr, username: &str) -> Result<LogInAttempt, Error> {
        let key = log_in_key(address, username);
        let failed = &self.0.requests.failed_log_ins;
        let is_taken = !self.0.requests.is_known(&key);
        if is_taken {
            self.take_address(failed, address).await.map_err(|wait| {
                Error::limited("Too many attempts to sign in failed from your address.", wait)
            })?;
        }
        let attempt = LogInAttempt { limits: self.clone(), address, is_taken };
        match self.0.cluster.take_token(&self.0.requests.log_ins, key).await {
            Ok(()) => Ok(attempt),
            Err(wait) => {
                attempt.end(false).await;
                Err(Error::limited("Too many attempts to sign in.", wait))
            }
        }
    }

    /// Remembers that a user has signed in from an address.
    pub fn log_in_succeeded(&self, address: IpAddr, username: &str) {
        let mut known = self.0.requests.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(log_in_key(address, username), Instant::now(), || ());
    }

    /// Counts a registration without an invitation.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if there were too many from that address or network.
    pub async fn open_registration(&self, address: IpAddr) -> Result<(), Error> {
        let of = &self.0.requests.open_registrations;
        self.take_address(of, address).await.map_err(|wait| {
            Error::limited("Too many accounts were created from your address.", wait)
        })
    }

    /// Takes a token of an address and one of its network, or none.
    async fn take_address(&self, of: &AddressBuckets, address: IpAddr) -> Result<(), Duration> {
        self.0.cluster.take_token(&of.addresses, network(address)).await?;
        let taken = self.0.cluster.take_token(&of.networks, wide_network(address)).await;
        if taken.is_err() {
            self.0.cluster.give_token_back(&of.addresses, network(address)).await;
        }
        taken
    }

    async fn take(&self, of: &UserBuckets, user: UserId) -> Result<(), Error> {
        let taken = self.0.cluster.take_token(&of.shared, user).await;
        taken.map_err(|wait| Error::limited(of.too_many, wait))
    }
}

/// No account has a longer name, so all longer ones may share a bucket.
fn log_in_key(address: IpAddr, username: &str) -> (IpAddr, String) {
    let username = if username.len() > MAX_USERNAME_CHARS { "" } else { username };
    (network(address), username.to_owned())
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
        assert_eq!(kinds.map(|of| of.shared.kind), ["messages", "notices", "new-rooms", "tickets"]);
        let kinds = [&buckets.profiles, &buckets.resets, &buckets.files, &buckets.file_parts];
        let kinds = kinds.map(|of| of.shared.kind);
        assert_eq!(kinds, ["profiles", "resets", "files", "file-parts"]);
        assert_eq!(buckets.emoji.shared.kind, "emoji");
        assert_eq!(buckets.pushes.shared.kind, "pushes");
        assert_eq!(buckets.log_ins.kind, "log-ins");
        let of_addresses = [&buckets.failed_log_ins, &buckets.open_registrations];
        assert_eq!(
            of_addresses.map(|of| (of.addresses.kind, of.networks.kind)),
            [
                ("failed-log-ins", "network-failed-log-ins"),
                ("registrations", "network-registrations")
            ]
        );
    }
}
