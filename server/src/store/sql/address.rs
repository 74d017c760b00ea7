//! Addresses of PostgreSQL, in the form of libpq:
//! `postgres://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE&…`.

use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

const SHORT_FORM: &str = "must be postgres://USER:PASSWORD@HOST:PORT/DATABASE";
const FORM: &str = "must be postgres://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE, and each \
    NAME and VALUE one that is known";

/// Parses an address. Returns the configuration, and whether to use TLS.
///
/// # Errors
/// Fails if the address is malformed or asks for something unsupported. The message contains
/// nothing of the address, which holds a password.
pub(super) fn read(url: &str) -> Result<(Config, bool), &'static str> {
    let (url, with_tls) = split_tls(url)?;
    let form = if url.contains('?') { FORM } else { SHORT_FORM };
    let mut config: Config = url.parse().map_err(|_| form)?;
    // Otherwise the rest of a password would count as a host, and appear in messages.
    if config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains('@'))) {
        return Err("a name or password in it holds an @, which must be written as %40");
    }
    config.ssl_mode(if with_tls { SslMode::Require } else { SslMode::Disable });
    Ok((config, with_tls))
}

/// Removes the TLS parameters, which the library's parser does not fully support. Returns the
/// rest of the address, and whether to use TLS.
fn split_tls(url: &str) -> Result<(String, bool), &'static str> {
    // The user name and the password end at the first @, as in the library's parser.
    let names_end = url.find('@').map_or(0, |at| at + 1);
    let Some(begin) = url[names_end..].find('?').map(|at| names_end + at) else {
        return Ok((url.to_owned(), false));
    };
    let (mut mode, mut by_system, mut is_direct, mut others) = (None, false, false, Vec::new());
    for parameter in url[begin + 1..].split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        match &*percent_decode_str(name).decode_utf8_lossy() {
            "sslmode" => mode = Some(value),
            "sslrootcert" if value == "system" => by_system = true,
            "sslrootcert" => {
                return Err(
                    "sslrootcert is not read from the address; name its file in SSL_CERT_FILE",
                );
            }
            "sslcert" | "sslkey" => {
                return Err("certificates of a client (sslcert, sslkey) are not supported");
            }
            "sslnegotiation" => {
                is_direct = value == "direct";
                others.push(parameter);
            }
            _ => others.push(parameter),
        }
    }
    let with_tls = match mode.as_deref() {
        Some("require" | "verify-ca" | "verify-full") => true,
        None => by_system,
        // As in libpq: a setting about trust must not end in a connection without TLS.
        Some("disable" | "allow" | "prefer") if by_system => {
            return Err("sslrootcert=system needs sslmode=verify-full");
        }
        Some("disable" | "allow" | "prefer") => false,
        Some(_) => {
            return Err(
                "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full",
            );
        }
    };
    if is_direct && !with_tls {
        return Err("sslnegotiation=direct needs sslmode=require");
    }
    Ok((format!("{}?{}", &url[..begin], others.join("&")), with_tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_tls(parameters: &str) -> Result<bool, &'static str> {
        read(&format!("postgres://ada:p%3Fw@there:5433/chat{parameters}")).map(
            |(config, with_tls)| {
                assert_eq!(
                    (config.get_user(), config.get_dbname()),
                    (Some("ada"), Some("chat")),
                    "{parameters}"
                );
                assert_eq!(config.get_password(), Some(&b"p?w"[..]), "{parameters}");
                let expected = if with_tls { SslMode::Require } else { SslMode::Disable };
                assert_eq!(config.get_ssl_mode(), expected, "{parameters}");
                with_tls
            },
        )
    }

    #[test]
    fn tls_is_used_if_the_address_asks_for_it() {
        for yes in [
            "?sslmode=require",
            "?sslmode=verify-ca",
            "?sslmode=verify-full&sslrootcert=system",
            "?sslrootcert=system",
            "?target_session_attrs=read-write&sslmode=require&channel_binding=require",
            "?sslmode=disable&sslmode=require",
            "?ssl%6dode=requir%65",
        ] {
            assert_eq!(with_tls(yes), Ok(true), "{yes}");
        }
        for no in [
            "",
            "?",
            "?sslmode=disable",
            "?sslmode=prefer",
            "?sslmode=allow",
            "?application_name=sslmode",
        ] {
            assert_eq!(with_tls(no), Ok(false), "{no}");
        }
    }

    #[test]
    fn errors_name_the_problem_and_not_the_address() {
        for (wrong, why) in [
            ("?sslmode=", "sslmode must be one of"),
            ("?sslmode=yes", "sslmode must be one of"),
            ("?sslmode", "sslmode must be one of"),
            ("?sslrootcert=/etc/ca.pem&sslmode=require", "SSL_CERT_FILE"),
            ("?sslmode=prefer&sslrootcert=system", "sslmode=verify-full"),
            ("?sslmode=require&sslcert=a", "sslcert"),
            ("?sslnegotiation=direct", "sslnegotiation=direct needs"),
            ("?sslmode=require&unknown=hunter2", "must be postgres://USER"),
        ] {
            let error = with_tls(wrong).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{wrong}: {error}");
        }
        // A password that is not encoded ends at its first @.
        assert!(
            read("postgres://ada:what?sslmode=require@there/chat")
                .is_ok_and(|(_, with_tls)| !with_tls)
        );
        assert!(read("postgres://ada:hunter@2@there/chat").unwrap_err().contains("%40"));
        assert!(read("postgres://ada@there:port/chat").unwrap_err().ends_with("/DATABASE"));
    }

    #[test]
    fn other_parameters_are_kept() {
        let (config, _) =
            read("postgres://one,other/chat?sslmode=require&target_session_attrs=read-write")
                .unwrap();
        assert_eq!(
            config.get_target_session_attrs(),
            tokio_postgres::config::TargetSessionAttrs::ReadWrite
        );
        assert_eq!(config.get_hosts().len(), 2);
    }
}
