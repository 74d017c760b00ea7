//! The hosts by which a request may name this server.
//!
//! A site can point its own name at the address of this server (DNS rebinding). Its pages then are
//! of the same origin as the server, and only the name in `Host` tells them apart.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
};

use axum::http::uri::Authority;

/// Suffixes that no public name server answers for (RFC 6761, 6762, 8375; ICANN for `internal`).
const LOCAL_SUFFIXES: [&str; 4] = [".localhost", ".local", ".internal", ".home.arpa"];

/// The hosts that are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hosts {
    /// This host and port, and the names of this machine.
    Public { host: String, port: Option<u16>, default_port: u16 },
    /// Names that only lead to this machine or this network, with any port.
    Local,
}

impl Hosts {
    /// Accepts the host of this origin.
    pub(super) fn of_origin(origin: &str) -> Self {
        let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
        let (host, port) = split(authority).unwrap_or((authority, None));
        let default_port = if scheme == "https" { 443 } else { 80 };
        Self::Public { host: host.to_owned(), port, default_port }
    }

    /// Returns whether a request may name this server so, by host and maybe port.
    pub(super) fn accepts(&self, authority: &str) -> bool {
        let Some((host, port)) = split(authority) else { return false };
        match self {
            // No name server can make a foreign page one of `localhost`.
            _ if is_loopback(host) => true,
            Self::Public { host: public, port: public_port, default_port } => {
                host.eq_ignore_ascii_case(public)
                    && port.unwrap_or(*default_port) == public_port.unwrap_or(*default_port)
            }
            Self::Local => is_local(host),
        }
    }
}

/// Splits an authority into its host and port. Returns `None` if it is not valid.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let parsed: Authority = authority.parse().ok()?;
    let after_host = authority.strip_prefix(parsed.host())?;
    let port = match after_host.strip_prefix(':') {
        Some("") => None, // RFC 9110, section 4.2.3: the same as without
        Some(port) => Some(port.parse().ok()?),
        None if after_host.is_empty() => None,
        None => return None, // after a user name, for example
    };
    (!parsed.host().is_empty()).then_some((&authority[..parsed.host().len()], port))
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || address(host).is_some_and(|address| address.to_canonical().is_loopback())
}

/// Returns whether no public name server decides where the host leads: it is an address, a name
/// without a dot, or has a suffix for local names.
fn is_local(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    address(host).is_some()
        || !host.contains(['.', '[', ':'])
        || LOCAL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Returns the address of this machine in its network with the port, for users to open. Returns the
/// name of the machine if it has no address. Sends nothing.
#[must_use]
pub fn address_in_network(listening: SocketAddr) -> Option<String> {
    if !listening.ip().is_unspecified() {
        return Some(listening.to_string());
    }
    let port = listening.port();
    outgoing_address().map(|own| SocketAddr::new(own, port).to_string()).or_else(|| {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
        let name = format!("{}:{port}", name.trim());
        Hosts::Local.accepts(&name).then_some(name)
    })
}

fn outgoing_address() -> Option<IpAddr> {
    // Connecting a datagram socket only chooses the interface. The address is for documentation.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified() && !own.is_loopback()).then_some(own)
}

/// Returns whether this process runs in a container, whose own address users may not reach.
#[must_use]
pub fn is_in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_has_one_name() {
        let hosts = Hosts::of_origin("https://chat.example.org");
        for ours in [
            "chat.example.org",
            "Chat.Example.org:443",
            "chat.example.org:",
            "127.0.0.1:",
            "[::1]:",
            "localhost",
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
        ] {
            assert!(hosts.accepts(ours), "{ours}");
        }
        for foreign in [
            "",
            "evil.example",
            "chat.example.org:80",
            "chat.example.org.evil.example",
            "xchat.example.org",
            "chat.example.org.",
            "chat.example.org@evil.example",
            "evil.example@chat.example.org",
            "evil.example:",
            "chat.example.org::",
            "chat.example.org:443:443",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.168.1.5:3000",
            "banter",
        ] {
            assert!(!hosts.accepts(foreign), "{foreign}");
        }
        let hosts = Hosts::of_origin("http://192.168.1.5:3000");
        assert!(hosts.accepts("192.168.1.5:3000") && !hosts.accepts("192.168.1.5"));
        let hosts = Hosts::of_origin("http://[fd00::5]:3000");
        assert!(hosts.accepts("[fd00::5]:3000") && !hosts.accepts("[fd00::6]:3000"));
    }

    #[test]
    fn the_address_for_users_leads_to_this_machine() {
        let listening = ([192, 168, 1, 5], 3000).into();
        assert_eq!(address_in_network(listening), Some("192.168.1.5:3000".to_owned()));
        let any = address_in_network(([0, 0, 0, 0], 3000).into());
        assert!(any.is_none_or(|any| any.ends_with(":3000") && Hosts::Local.accepts(&any)));
    }

    #[test]
    fn without_a_public_address_only_local_names_lead_here() {
        for ours in [
            "localhost:3000",
            "127.0.0.1:3000",
            "127.0.0.1:",
            "[::1]:3000",
            "192.168.1.5:3000",
            "[fd00::5]",
            "x",
            "banter:3000",
            "Box.local:3000",
            "chat.localhost",
        ] {
            assert!(Hosts::Local.accepts(ours), "{ours}");
        }
        for foreign in ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "local.", ""]
        {
            assert!(!Hosts::Local.accepts(foreign), "{foreign}");
        }
    }
}
