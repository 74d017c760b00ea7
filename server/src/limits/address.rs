//! The address that a request counts against.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{base::fair_queue::Origin, config::TrustedProxies};

/// Returns the address of the client: the peer, or the address that a trusted proxy reports as its
/// own peer. `forwarded_for` are the values of `X-Forwarded-For` in the order received.
#[must_use]
pub fn client_address<'a>(
    peer: IpAddr,
    trusted: &TrustedProxies,
    forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> IpAddr {
    // The nearest proxy appends the last address. A client can send any value, so everything before
    // an unreadable part is ignored.
    let reported = forwarded_for.rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
    let mut reported = reported.map(|part| parse(&String::from_utf8_lossy(part)));
    let mut address = peer.to_canonical();
    while trusted.contains(address)
        && let Some(Some(next)) = reported.next()
    {
        address = next.to_canonical();
    }
    address
}

/// Parses an address as proxies write it: alone, with a port, in brackets, or in quotes.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Returns the network that an address shares with others of one organization: 256 addresses of
/// IPv4, or what providers give a customer of IPv6.
pub(super) fn wide_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() >> 8 << 8).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
    }
}

/// Returns the origin of a request for a queue that serves networks in turn.
#[must_use]
pub fn origin(address: IpAddr) -> Origin {
    Origin { network: wide_network(address), address: network(address) }
}

/// Returns what counts as one address. A single IPv6 client usually has a network of 2⁶⁴ addresses.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}
