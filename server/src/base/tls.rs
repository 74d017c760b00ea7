//! TLS to PostgreSQL and Redis: which certificates count, and what to do where one does not.

use std::{error::Error, io, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, InvalidMessage, RootCertStore, crypto::ring,
};

/// Speaks TLS with servers whose certificate is for the host that was asked for, and issued by whom the system trusts or
/// the file that `SSL_CERT_FILE` names. Until the process ends, all that speaks TLS here does so by ring.
///
/// # Errors
/// Nobody is trusted, or who is cannot be read. All of it counts: Redis' library is as strict, and reads it by itself.
pub(crate) fn client() -> Result<ClientConfig, String> {
    let found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.first() {
        return Err(format!(
            "TLS: {error}; SSL_CERT_FILE can name a file of certificates (PEM) to trust"
        ));
    }
    if found.certs.is_empty() {
        return Err(match std::env::var_os("SSL_CERT_FILE") {
            Some(_) => "TLS: the file that SSL_CERT_FILE names holds no certificate (PEM, -----BEGIN CERTIFICATE-----)",
            None => {
                "TLS: no certificates to trust; install the system's (ca-certificates), \
                 or name a file of them (PEM) in SSL_CERT_FILE"
            }
        }
        .into());
    }
    let mut trusted = RootCertStore::empty();
    for certificate in found.certs {
        trusted
            .add(certificate)
            .map_err(|_| "TLS: one of the certificates to trust (the system's, or in SSL_CERT_FILE) is damaged")?;
    }
    // It fails where it was done before.
    let _ = ring::default_provider().install_default();
    let mut client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    // PostgreSQL's name; it insists on it where TLS begins at once (sslnegotiation=direct).
    client.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(client)
}

/// What to do about a connection that failed by TLS, as far as one can tell.
pub(crate) fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match cause(error)? {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "nobody trusted here issued it; name a file with the issuer's certificate (PEM) in SSL_CERT_FILE",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some("the address must name the host as the certificate does"),
        // What is meant says its name alone.
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.to_string().as_str() {
                "CaUsedAsEndEntity" => {
                    Some("it is an issuer's own; the server needs one that was issued to it")
                }
                "UnsupportedCertVersion" => {
                    Some("it is of an old kind; the server needs one of X.509's version 3")
                }
                _ => None,
            }
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Some(
            "it asks for a certificate of its client, of which Banter has none; switch that off there (Redis: \
             tls-auth-clients no)",
        ),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("the server does not seem to speak TLS at that port")
        }
        _ => None,
    }
}

/// The error of TLS that is behind another.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // Neither of these gives as its source what it holds.
    let held: Option<&'a (dyn Error + 'static)> =
        if let Some(error) = error.downcast_ref::<io::Error>() {
            error.get_ref().map(|held| held as _)
        } else {
            error.downcast_ref::<Arc<dyn Error + Send + Sync>>().map(|held| &**held as _)
        };
    error.downcast_ref().or_else(|| cause(held.or_else(|| error.source())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown_issuer() -> io::Error {
        io::Error::other(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    #[test]
    fn advice_is_found_behind_what_libraries_wrap_around_it() {
        let by_redis = redis::RedisError::from(unknown_issuer());
        let by_io = io::Error::other(unknown_issuer());
        for error in [&by_redis as &(dyn Error + 'static), &by_io] {
            assert!(
                advice(error).is_some_and(|advice| advice.contains("SSL_CERT_FILE")),
                "{error}"
            );
        }
        assert_eq!(advice(&io::Error::other("something else")), None);
        assert_eq!(advice(&io::Error::from(io::ErrorKind::ConnectionRefused)), None);
    }
}
