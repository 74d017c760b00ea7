//! Who may open another socket, and how much one may do at a time (README, `BANTER_MAX_SOCKETS…` and
//! `BANTER_RATE_LIMIT`).

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::HeaderMap;
use protocol::{
    RateClass, Request, UserId,
    limits::{
        LOG_IN_RATE, MAX_USERNAME_CHARS, MESSAGE_RATE, NEW_ROOM_RATE, REQUEST_RATE, Rate,
        SIGNAL_RATE, TICKET_RATE,
    },
};

use crate::{
    base::token_bucket::KeyedBuckets,
    cluster::{LocalCounts, Nodes},
    config::{Config, Switch, TrustedProxies},
    error::Error,
};

/// Requests that change something, from one address at the same time: at most half of all that may wait for their
/// password to be hashed.
const MAX_CHANGES_PER_ADDRESS: usize = 128;
/// When to try again where there are so many.
const CHANGES_RETRY: Duration = Duration::from_secs(1);
/// When to try again where sockets are full: they free up when somebody leaves.
const SOCKETS_RETRY: Duration = Duration::from_secs(10);

/// Counts of sockets that all nodes keep together.
const OF_USER: &str = "sockets-of-user";
const OF_ADDRESS: &str = "sockets-of-address";

const TOO_MANY_OF_ADDRESS: &str = "Too many connections are open from your address.";
const TOO_MANY_OF_USER: &str = "You have too many connections open. Close some of them.";

/// Limits of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    nodes: Nodes,
    trusted_proxies: TrustedProxies,
    max_sockets: usize,
    max_sockets_per_address: usize,
    max_sockets_per_user: usize,
    sockets: Mutex<Sockets>,
    max_changes_per_address: usize,
    changes: Mutex<HashMap<IpAddr, usize>>,
    requests: Option<Rate>,
    messages: KeyedBuckets<UserId>,
    notices: KeyedBuckets<UserId>,
    new_rooms: KeyedBuckets<UserId>,
    tickets: KeyedBuckets<UserId>,
    log_ins: KeyedBuckets<(IpAddr, String)>,
}

#[derive(Debug, Default)]
struct Sockets {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<UserId, usize>,
}

impl Admission {
    /// As the settings say; what one may do is counted together with other nodes.
    #[must_use]
    pub fn new(config: &Config, nodes: Nodes) -> Self {
        fn limited<T>(config: &Config, limit: T) -> Option<T> {
            (config.rate_limit == Switch::On).then_some(limit)
        }
        Self(Arc::new(Shared {
            nodes,
            trusted_proxies: config.trusted_proxies.clone(),
            max_sockets: config.max_sockets,
            max_sockets_per_address: config.max_sockets_per_address,
            max_sockets_per_user: config.max_sockets_per_user,
            sockets: Mutex::default(),
            max_changes_per_address: limited(config, MAX_CHANGES_PER_ADDRESS).unwrap_or(usize::MAX),
            changes: Mutex::default(),
            requests: limited(config, REQUEST_RATE),
            messages: KeyedBuckets::new(limited(config, MESSAGE_RATE)),
            notices: KeyedBuckets::new(limited(config, SIGNAL_RATE)),
            new_rooms: KeyedBuckets::new(limited(config, NEW_ROOM_RATE)),
            tickets: KeyedBuckets::new(limited(config, TICKET_RATE)),
            log_ins: KeyedBuckets::new(limited(config, LOG_IN_RATE)),
        }))
    }

    /// From where a request comes: the peer, or whom a trusted proxy names as its own peer.
    #[must_use]
    pub fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        // The last is named by the nearest proxy. Where one cannot be read, what stands before it is anybody's word.
        let values = headers.get_all("x-forwarded-for").iter().rev();
        let named = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        let mut named = named.map(|part| forwarded_address(&String::from_utf8_lossy(part)));
        let mut address = peer.ip().to_canonical();
        while self.0.trusted_proxies.contains(address)
            && let Some(Some(next)) = named.next()
        {
            address = next.to_canonical();
        }
        address
    }

    /// Takes a place for a socket that is not authenticated yet.
    ///
    /// # Errors
    /// The server, or that address, has too many.
    pub async fn open_socket(&self, address: IpAddr) -> Result<Place, Error> {
        let place = self.open_socket_here(network(address))?;
        if self
            .is_within(OF_ADDRESS, &place.address.to_string(), self.0.max_sockets_per_address, true)
            .await
        {
            Ok(place)
        } else {
            Err(too_many(TOO_MANY_OF_ADDRESS))
        }
    }

    fn open_socket_here(&self, address: IpAddr) -> Result<Place, Error> {
        let mut sockets = self.sockets();
        self.check_address(&sockets, address)?;
        sockets.all += 1;
        *sockets.by_address.entry(address).or_default() += 1;
        Ok(Place { admission: self.clone(), address, user: None })
    }

    /// Whether a socket of that person from that address would be taken, as a ticket is only of use then.
    ///
    /// # Errors
    /// The server, that address or that person has too many.
    pub async fn check_socket(&self, address: IpAddr, user: UserId) -> Result<(), Error> {
        let address = network(address);
        self.check_address(&self.sockets(), address)?;
        self.check_user(&self.sockets(), user)?;
        if !self
            .is_within(OF_ADDRESS, &address.to_string(), self.0.max_sockets_per_address, false)
            .await
        {
            return Err(too_many(TOO_MANY_OF_ADDRESS));
        }
        let is_within =
            self.is_within(OF_USER, &user.0.to_string(), self.0.max_sockets_per_user, false).await;
        if is_within { Ok(()) } else { Err(too_many(TOO_MANY_OF_USER)) }
    }

    /// Whether all nodes together have no more of that than `most`; one more, unless it is there already.
    async fn is_within(&self, kind: &str, of: &str, most: usize, is_there: bool) -> bool {
        let here = self.count(kind, of) + usize::from(!is_there);
        self.0.nodes.count(kind, of, (here, is_there), most).await
    }

    fn check_address(&self, sockets: &Sockets, address: IpAddr) -> Result<(), Error> {
        if sockets.all >= self.0.max_sockets {
            return Err(Error::Unavailable("The server has all the connections that it can take."));
        }
        if sockets
            .by_address
            .get(&address)
            .is_some_and(|count| *count >= self.0.max_sockets_per_address)
        {
            return Err(too_many(TOO_MANY_OF_ADDRESS));
        }
        Ok(())
    }

    fn check_user(&self, sockets: &Sockets, user: UserId) -> Result<(), Error> {
        if sockets.by_user.get(&user).is_some_and(|count| *count >= self.0.max_sockets_per_user) {
            return Err(too_many(TOO_MANY_OF_USER));
        }
        Ok(())
    }

    /// Counts a request that changes something, until what is returned is dropped.
    ///
    /// # Errors
    /// That address has too many under way.
    pub fn begin_change(&self, address: IpAddr) -> Result<Change, Error> {
        let address = network(address);
        let mut changes = self.changes();
        let under_way = changes.entry(address).or_default();
        if *under_way >= self.0.max_changes_per_address {
            return Err(Error::limited(
                "Too many requests are under way from your address.",
                CHANGES_RETRY,
            ));
        }
        *under_way += 1;
        Ok(Change { admission: self.clone(), address })
    }

    fn changes(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often one connection may ask; `None`: as often as it likes.
    #[must_use]
    pub fn request_rate(&self) -> Option<Rate> {
        self.0.requests
    }

    /// Counts a request of that person that reaches others or is written down, on whatever connection.
    ///
    /// # Errors
    /// Too many of late.
    pub async fn request(&self, user: UserId, request: &Request) -> Result<(), Error> {
        match request.policy().rate {
            RateClass::Messages => {
                self.take("messages", &self.0.messages, user, "You write too fast.").await
            }
            RateClass::Signals => {
                self.take("notices", &self.0.notices, user, "You tell too much.").await
            }
            RateClass::Unlimited => Ok(()),
        }
    }

    /// Counts a room that this person makes.
    ///
    /// # Errors
    /// Too many of late.
    pub async fn new_room(&self, user: UserId) -> Result<(), Error> {
        self.take("new-rooms", &self.0.new_rooms, user, "You make too many rooms.").await
    }

    async fn take(
        &self,
        kind: &'static str,
        buckets: &KeyedBuckets<UserId>,
        user: UserId,
        what: &'static str,
    ) -> Result<(), Error> {
        let taken = self.0.nodes.take_token(kind, buckets, user).await;
        taken.map_err(|wait| Error::limited(what, wait))
    }

    /// Counts a ticket of that person.
    ///
    /// # Errors
    /// Too many of late.
    pub async fn ticket(&self, user: UserId) -> Result<(), Error> {
        self.take("tickets", &self.0.tickets, user, "You connect too often.").await
    }

    /// Counts a try to log in.
    ///
    /// # Errors
    /// Too many of late from that address under that name.
    pub async fn log_in(&self, address: IpAddr, username: &str) -> Result<(), Error> {
        // No account has a longer name, so that all longer ones may share a bucket.
        let username = if username.len() > MAX_USERNAME_CHARS { "" } else { username };
        let key = (network(address), username.to_owned());
        let tried = self.0.nodes.take_token("log-ins", &self.0.log_ins, key).await;
        tried.map_err(|wait| Error::limited("Too many tries to sign in.", wait))
    }

    /// How many sockets are open, and from how many addresses and people.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let sockets = self.sockets();
        (sockets.all, sockets.by_address.len(), sockets.by_user.len())
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalCounts for Admission {
    fn keys(&self) -> Vec<(&'static str, String)> {
        let sockets = self.sockets();
        let of_users = sockets.by_user.keys().map(|user| (OF_USER, user.0.to_string()));
        let of_addresses =
            sockets.by_address.keys().map(|address| (OF_ADDRESS, address.to_string()));
        of_users.chain(of_addresses).collect()
    }

    fn count(&self, kind: &str, key: &str) -> usize {
        let sockets = self.sockets();
        let count = match kind {
            OF_USER => key.parse().ok().and_then(|user| sockets.by_user.get(&UserId(user))),
            _ => key.parse().ok().and_then(|address: IpAddr| sockets.by_address.get(&address)),
        };
        count.copied().unwrap_or_default()
    }
}

/// A request that changes something, under way.
#[derive(Debug)]
pub struct Change {
    admission: Admission,
    address: IpAddr,
}

impl Drop for Change {
    fn drop(&mut self) {
        let mut changes = self.admission.changes();
        if let Entry::Occupied(mut under_way) = changes.entry(self.address) {
            *under_way.get_mut() -= 1;
            if *under_way.get() == 0 {
                under_way.remove();
            }
        }
    }
}

/// An address as proxies write it: alone, with a port, in brackets, in quotes.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn too_many(detail: &'static str) -> Error {
    Error::limited(detail, SOCKETS_RETRY)
}

/// What counts as one address: whoever has an address of IPv6 has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// The place of one open socket. Dropping it, on whatever way out, frees the place.
#[derive(Debug)]
pub struct Place {
    admission: Admission,
    address: IpAddr,
    user: Option<UserId>,
}

impl Place {
    /// Counts the socket as that person's from now on.
    ///
    /// # Errors
    /// That person has too many.
    pub async fn belongs_to(&mut self, user: UserId) -> Result<(), Error> {
        self.belongs_here_to(user)?;
        let most = self.admission.0.max_sockets_per_user;
        let is_within = self.admission.is_within(OF_USER, &user.0.to_string(), most, true).await;
        if is_within { Ok(()) } else { Err(too_many(TOO_MANY_OF_USER)) }
    }

    fn belongs_here_to(&mut self, user: UserId) -> Result<(), Error> {
        let mut sockets = self.admission.sockets();
        self.admission.check_user(&sockets, user)?;
        *sockets.by_user.entry(user).or_default() += 1;
        self.user = Some(user);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sockets = self.admission.sockets();
        sockets.all -= 1;
        decrement(&mut sockets.by_address, self.address);
        let nodes = &self.admission.0.nodes;
        nodes.recount(OF_ADDRESS, &self.address.to_string());
        if let Some(user) = self.user {
            decrement(&mut sockets.by_user, user);
            nodes.recount(OF_USER, &user.0.to_string());
        }
    }
}

fn decrement<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    /// With these flags of `banter serve`.
    pub(crate) fn admission(flags: &[&str]) -> Admission {
        Admission::new(&Flags::parse_from(["banter"].iter().chain(flags)).config, Nodes::default())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use protocol::{Chat, Empty, Read, RoomName, Typing};
    use uuid::Uuid;

    use super::{testing::admission, *};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn places_are_counted_and_given_back() {
        let admission = admission(&[
            "--max-sockets=3",
            "--max-sockets-per-address=2",
            "--max-sockets-per-user=1",
        ]);
        let ada = UserId(Uuid::from_u128(1));
        let mut first = admission.open_socket(ip("192.0.2.1")).await.unwrap();
        let mut second = admission.open_socket(ip("192.0.2.1")).await.unwrap();
        assert!(matches!(admission.open_socket(ip("192.0.2.1")).await, Err(Error::Limited { .. })));
        first.belongs_to(ada).await.unwrap();
        assert!(matches!(second.belongs_to(ada).await, Err(Error::Limited { .. })));
        let third = admission.open_socket(ip("192.0.2.2")).await.unwrap();
        assert!(matches!(admission.open_socket(ip("192.0.2.3")).await, Err(Error::Unavailable(_))));
        drop((first, second, third));
        assert_eq!(admission.counts(), (0, 0, 0));
        admission.check_socket(ip("192.0.2.1"), ada).await.unwrap();
    }

    #[tokio::test]
    async fn neighbours_of_one_network_are_one_address() {
        let admission = admission(&["--max-sockets-per-address=1"]);
        let _place = admission.open_socket(ip("2001:db8::1")).await.unwrap();
        assert!(admission.open_socket(ip("2001:db8::2")).await.is_err());
        assert!(admission.open_socket(ip("2001:db8:0:1::1")).await.is_ok());
    }

    #[test]
    fn only_trusted_proxies_say_whom_they_speak_for() {
        let named = |values: &[&'static str]| {
            let values = values.iter().map(|value| {
                (
                    "x-forwarded-for".parse().unwrap(),
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                )
            });
            HeaderMap::from_iter(values)
        };
        let proxied = admission(&["--trusted-proxies=10.0.0.0/8"]);
        let address = |admission: &Admission, peer: &str, values: &[&'static str]| {
            admission.address(SocketAddr::new(ip(peer), 1), &named(values)).to_string()
        };
        assert_eq!(
            address(&proxied, "10.0.0.1", &["192.0.2.9, 192.0.2.1"]),
            "192.0.2.1",
            "the client may say anything"
        );
        assert_eq!(
            address(&proxied, "10.0.0.1", &["192.0.2.1, 10.0.0.2"]),
            "192.0.2.1",
            "through two proxies"
        );
        assert_eq!(
            address(&proxied, "10.0.0.1", &["192.0.2.9", "192.0.2.1"]),
            "192.0.2.1",
            "in two headers"
        );
        assert_eq!(address(&proxied, "10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(
            address(&proxied, "10.0.0.1", &["192.0.2.9", "ÿ, 192.0.2.1"]),
            "192.0.2.1",
            "what is not ASCII"
        );
        assert_eq!(address(&proxied, "10.0.0.1", &["192.0.2.9", "ÿ"]), "10.0.0.1", "hides nothing");
        for written in
            ["192.0.2.1:4711", "\"192.0.2.1:4711\"", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]:80"]
        {
            assert_eq!(address(&proxied, "10.0.0.1", &[written]), "192.0.2.1");
        }
        assert_eq!(
            address(&proxied, "192.0.2.5", &["192.0.2.1"]),
            "192.0.2.5",
            "not through the proxy"
        );
        assert_eq!(address(&admission(&[]), "127.0.0.1", &["192.0.2.1"]), "127.0.0.1");
    }

    #[tokio::test]
    async fn nothing_is_limited_where_that_is_switched_off() {
        let ada = UserId(Uuid::from_u128(1));
        let (limited, free) = (admission(&[]), admission(&["--rate-limit=off"]));
        let room = || RoomName("general".into());
        let message = Request::Chat(Chat { room: Some(room()), text: "hi".into(), id: None });
        let notices = [
            Request::Typing(Typing { room: Some(room()) }),
            Request::Read(Read { room: Some(room()), seq: 1 }), // counts along
        ];
        for (admission, messages, of_notices) in
            [(&limited, MESSAGE_RATE.burst, SIGNAL_RATE.burst), (&free, u32::MAX, u32::MAX)]
        {
            for number in 0..300 {
                assert_eq!(
                    admission.request(ada, &message).await.is_ok(),
                    number < messages,
                    "message {number}"
                );
                let notice = &notices[number as usize % 2];
                assert_eq!(
                    admission.request(ada, notice).await.is_ok(),
                    number < of_notices,
                    "notice {number}"
                );
                assert!(admission.request(ada, &Request::Rooms(Empty {})).await.is_ok());
            }
        }
        for number in 0..2000 {
            assert_eq!(
                limited.new_room(ada).await.is_ok(),
                number < NEW_ROOM_RATE.burst,
                "room {number}"
            );
        }
        let (long, other) = ("x".repeat(33), "y".repeat(33)); // names that nobody can have
        for (name, allowed) in
            [("ada", 10), ("ada", 0), ("bo", 10), (long.as_str(), 10), (other.as_str(), 0)]
        {
            for number in 0..20 {
                assert_eq!(
                    limited.log_in(ip("192.0.2.1"), name).await.is_ok(),
                    number < allowed,
                    "{name} {number}"
                );
            }
        }
    }
}
