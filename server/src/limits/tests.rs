//! Tests of the limits of one node.

use std::net::IpAddr;

use protocol::{
    Chat, ListRooms, Read, Request, RoomName, Typing, UserId,
    limits::{
        FAILED_LOG_IN_RATE, MESSAGE_RATE, NETWORK_FACTOR, NEW_ROOM_RATE, OPEN_REGISTRATION_RATE,
        SIGNAL_RATE,
    },
};
use uuid::Uuid;

use super::{SocketCounts, address::client_address, testing::limits};
use crate::{config::TrustedProxies, error::Error};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn open_sockets_are_counted_until_they_are_closed() {
    let limits =
        limits(&["--max-sockets=3", "--max-sockets-per-address=2", "--max-sockets-per-user=1"]);
    let ada = UserId(Uuid::from_u128(1));
    let mut first = limits.open_socket(ip("192.0.2.1")).await.unwrap();
    let mut second = limits.open_socket(ip("192.0.2.1")).await.unwrap();
    assert!(matches!(limits.open_socket(ip("192.0.2.1")).await, Err(Error::Limited { .. })));
    first.assign_user(ada).await.unwrap();
    assert!(matches!(second.assign_user(ada).await, Err(Error::Limited { .. })));
    let third = limits.open_socket(ip("192.0.2.2")).await.unwrap();
    assert!(matches!(limits.open_socket(ip("192.0.2.3")).await, Err(Error::Unavailable(_))));
    drop((first, second, third));
    assert_eq!(limits.socket_counts(), SocketCounts::default());
    limits.check_socket(ip("192.0.2.1"), ada).await.unwrap();
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_count_as_one() {
    let limits = limits(&["--max-sockets-per-address=1"]);
    let _slot = limits.open_socket(ip("2001:db8::1")).await.unwrap();
    assert!(limits.open_socket(ip("2001:db8::2")).await.is_err());
    assert!(limits.open_socket(ip("2001:db8:0:1::1")).await.is_ok());
}

#[test]
fn only_trusted_proxies_name_the_client_address() {
    let proxied: TrustedProxies = "10.0.0.0/8".parse().unwrap();
    let address = |trusted: &TrustedProxies, peer: &str, values: &[&'static str]| {
        let forwarded_for = values.iter().map(|value| value.as_bytes());
        client_address(ip(peer), trusted, forwarded_for).to_string()
    };
    assert_eq!(
        address(&proxied, "10.0.0.1", &["192.0.2.9, 192.0.2.1"]),
        "192.0.2.1",
        "a client may send any value"
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
        "a value that is not ASCII"
    );
    assert_eq!(
        address(&proxied, "10.0.0.1", &["192.0.2.9", "ÿ"]),
        "10.0.0.1",
        "an unreadable value is ignored"
    );
    for written in
        ["192.0.2.1:4711", "\"192.0.2.1:4711\"", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]:80"]
    {
        assert_eq!(address(&proxied, "10.0.0.1", &[written]), "192.0.2.1");
    }
    assert_eq!(
        address(&proxied, "192.0.2.5", &["192.0.2.1"]),
        "192.0.2.5",
        "not from a trusted proxy"
    );
    assert_eq!(address(&TrustedProxies::default(), "127.0.0.1", &["192.0.2.1"]), "127.0.0.1");
}

#[tokio::test]
async fn no_rate_limit_applies_if_they_are_off() {
    let ada = UserId(Uuid::from_u128(1));
    let (limited, free) = (limits(&[]), limits(&["--rate-limit=off"]));
    let room = || RoomName("general".into());
    let message = Request::Chat(Chat {
        room: Some(room()),
        text: "hi".into(),
        id: None,
        ..Default::default()
    });
    let signals = [
        Request::Typing(Typing { room: Some(room()), ..Default::default() }),
        // This one shares the limit.
        Request::Read(Read { room: Some(room()), seq: 1, ..Default::default() }),
    ];
    for (limits, messages, of_signals) in
        [(&limited, MESSAGE_RATE.burst, SIGNAL_RATE.burst), (&free, u32::MAX, u32::MAX)]
    {
        for number in 0..300 {
            assert_eq!(
                limits.request(ada, &message).await.is_ok(),
                number < messages,
                "message {number}"
            );
            let signal = &signals[number as usize % 2];
            assert_eq!(
                limits.request(ada, signal).await.is_ok(),
                number < of_signals,
                "signal {number}"
            );
            assert!(limits.request(ada, &Request::Rooms(ListRooms::default())).await.is_ok());
        }
    }
    for number in 0..2000 {
        assert_eq!(
            limited.new_room(ada).await.is_ok(),
            number < NEW_ROOM_RATE.burst,
            "room {number}"
        );
    }
    let (long, other) = ("x".repeat(33), "y".repeat(33)); // no account has such names
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

#[tokio::test]
async fn failed_sign_ins_are_limited_per_address_for_all_usernames() {
    let limits = limits(&[]);
    let spray = async |address: &str, count: u32| {
        let mut admitted = 0;
        for number in 0..count {
            if let Ok(attempt) = limits.log_in(ip(address), &format!("user{number}")).await {
                attempt.end(true).await;
                admitted += 1;
            }
        }
        admitted
    };
    limits.log_in_succeeded(ip("192.0.2.1"), "ada");
    let most = FAILED_LOG_IN_RATE.burst;
    // A token is added each second.
    assert!((most..most + 10).contains(&spray("192.0.2.1", 200).await));
    assert!(limits.log_in(ip("192.0.2.1"), "bo").await.is_err());
    let ada = limits.log_in(ip("192.0.2.1"), "ada").await;
    ada.expect("ada has signed in from there before").end(false).await;
    let bo = limits.log_in(ip("192.0.2.2"), "bo").await;
    bo.expect("another address is not limited").end(false).await;
    // Whoever has one address of a network can often have many.
    for network in ["198.51.100.{}", "2001:db8:0:{}::1"] {
        let mut admitted = 0;
        for number in 1..=6 {
            admitted += spray(&network.replace("{}", &number.to_string()), 100).await;
        }
        let most = NETWORK_FACTOR * most;
        assert!((most..most + 40).contains(&admitted), "{admitted} from {network}");
    }
    let bo = limits.log_in(ip("203.0.113.1"), "bo").await;
    bo.expect("another network is not limited").end(false).await;
}

#[tokio::test]
async fn sign_ins_that_begin_at_once_are_no_more_than_those_one_after_the_other() {
    let limits = limits(&[]);
    let most = FAILED_LOG_IN_RATE.burst;
    let mut begun = Vec::new();
    for number in 0..200 {
        begun.extend(limits.log_in(ip("192.0.2.1"), &format!("user{number}")).await.ok());
    }
    // A token is added each second.
    assert!((most as usize..most as usize + 10).contains(&begun.len()), "{}", begun.len());
    // Those that succeed leave room for as many others.
    for attempt in begun {
        attempt.end(false).await;
    }
    for number in 0..most {
        let next = limits.log_in(ip("192.0.2.1"), &format!("other{number}")).await;
        next.expect("none has failed").end(true).await;
    }
}

#[tokio::test]
async fn open_registrations_are_limited_per_address() {
    let (limited, free) = (limits(&[]), limits(&["--rate-limit=off"]));
    let most = OPEN_REGISTRATION_RATE.burst;
    for (limits, most) in [(limited, most), (free, 300)] {
        let mut admitted = 0;
        for _ in 0..300 {
            admitted += u32::from(limits.open_registration(ip("192.0.2.1")).await.is_ok());
        }
        assert!((most..=most + 1).contains(&admitted), "{admitted}");
        limits.open_registration(ip("192.0.2.2")).await.unwrap();
    }
}
