//! Networks that settings name.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// The largest networks that a setting names: those for private use, `10.0.0.0/8` and `fc00::/7`.
const MIN_PREFIX_V4: u8 = 8;
const MIN_PREFIX_V6: u8 = 7;

/// The proxies whose `X-Forwarded-For` is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Returns whether `address` is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let networks = networks(text)?;
        if networks.iter().any(is_whole_internet) {
            return Err(
                "must name proxies only; with a network as large as this, everybody could \
                        claim any address",
            );
        }
        Ok(Self(networks))
    }
}

/// Networks whose pages may be fetched although they are not part of the Internet. Addresses of the
/// own link never belong to them: there, clouds tell the credentials of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateNetworks(Vec<IpNet>);

impl PrivateNetworks {
    /// Returns whether `address` is in one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        !is_of_own_link(address) && self.0.iter().any(|network| network.contains(&address))
    }
}

fn is_of_own_link(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

impl FromStr for PrivateNetworks {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let networks = networks(text)?;
        if networks.iter().any(is_whole_internet) {
            return Err("must name the networks of your own pages, none larger than 10.0.0.0/8");
        }
        if networks.iter().any(|network| is_of_own_link(network.addr())) {
            return Err("must not name 169.254.0.0/16 or fe80::/10, where clouds keep secrets");
        }
        Ok(Self(networks))
    }
}

/// Parses a list of addresses and networks.
fn networks(text: &str) -> Result<Vec<IpNet>, &'static str> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let networks =
        parts.map(|part| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)));
    let networks: Result<_, _> = networks.collect();
    networks.map_err(|_| "must be addresses or networks such as 10.0.0.0/8, separated by commas")
}

fn is_whole_internet(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < MIN_PREFIX_V4,
        IpNet::V6(network) => network.prefix_len() < MIN_PREFIX_V6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_own_link_are_in_no_private_network() {
        for text in ["169.254.0.0/16", "10.0.0.0/8,169.254.169.254", "fe80::/10", "fe80::1"] {
            assert!(text.parse::<PrivateNetworks>().is_err(), "{text}");
        }
        let networks: PrivateNetworks = "169.0.0.0/8".parse().unwrap();
        assert!(networks.contains([169, 1, 1, 1].into()));
        assert!(!networks.contains([169, 254, 169, 254].into()));
    }
}
