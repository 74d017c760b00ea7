//! TLS to PostgreSQL and Redis: the trusted certificates, and advice for connections that fail.

use std::{error::Error, io, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, InvalidMessage, RootCertStore, crypto::ring,
};

/// Returns a TLS client that accepts certificates for the requested host, issued by an authority
/// that the system trusts or that is in the file named by `SSL_CERT_FILE`. Makes ring the TLS
/// provider of the process.
///
/// # Errors
/// Fails if there is no trusted certificate, or if one of them cannot be read. The Redis library
/// reads the same certificates by itself and is as strict.
pub(crate) fn client() -> Result<ClientConfig, String> {
    let found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.first() {
        return Err(format!(
            "TLS: {error}; SSL_CERT_FILE can name a file of certificates (PEM) to trust"
        ));
    }
    if found.certs.is_empty() {
        return Err(match std::env::var_os("SSL_CERT_FILE") {
            Some(_) => {
                "TLS: the file that SSL_CERT_FILE names contains no certificate \
                 (PEM, -----BEGIN CERTIFICATE-----)"
            }
            None => {
                "TLS: no certificates to trust; install the system's (ca-certificates), \
                 or name a file of them (PEM) in SSL_CERT_FILE"
            }
        }
        .into());
    }
    let mut trusted = RootCertStore::empty();
    for certificate in found.certs {
        trusted.add(certificate).map_err(
            |_| "TLS: a trusted certificate (of the system, or in SSL_CERT_FILE) is damaged",
        )?;
    }
    // This fails if it was done before.
    let _ = ring::default_provider().install_default();
    let mut client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    // PostgreSQL requires its protocol name if TLS starts at once (sslnegotiation=direct).
    client.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(client)
}

/// Returns advice for a connection that failed because of TLS, if there is any.
pub(crate) fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match cause(error)? {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "its issuer is not trusted; name a file with the issuer's certificate (PEM) in \
             SSL_CERT_FILE",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some("the address must name the host as the certificate does"),
        // Only the text of these errors tells them apart.
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.to_string().as_str() {
                "CaUsedAsEndEntity" => Some(
                    "it is the certificate of an issuer; the server needs one that was issued to \
                     it",
                ),
                "UnsupportedCertVersion" => {
                    Some("it is of an old version; the server needs an X.509 version 3 certificate")
                }
                _ => None,
            }
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Some(
            "it requires a client certificate, which Banter does not have; turn that off there \
             (Redis: tls-auth-clients no)",
        ),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("the server does not seem to use TLS at that port")
        }
        _ => None,
    }
}

/// Returns the TLS error that caused another error.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // Neither of these types returns its inner error as its source.
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
    fn advice_is_found_inside_the_errors_of_libraries() {
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
