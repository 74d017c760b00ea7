//! TLS connections to PostgreSQL and Redis, and the errors if they fail. Requires services with
//! TLS, which `bin/with-services` starts and `BANTER_TEST_CA` announces.

use std::{
    path::Path,
    process::{Command, Output},
};

use protocol::Event;
use tempfile::{NamedTempFile, TempDir};

use crate::{
    cluster::Redis,
    ports::free_port,
    postgres::{Postgres, postgres_programs},
    process::Process,
    support::{Database, seq_and_text, wait_for},
};

const PASSWORD: &str = "hunter2hunter2";

/// The services that support TLS.
struct Services {
    database: Database,
    redis_url: String,
    /// The certificate authority of the services.
    ca: String,
    /// Another certificate authority.
    untrusted: NamedTempFile,
}

impl Services {
    fn find() -> Option<Self> {
        let ca = std::env::var("BANTER_TEST_CA").ok().filter(|path| !path.is_empty())?;
        let redis_url = std::env::var("BANTER_TEST_REDIS_TLS_URL").unwrap();
        let untrusted = NamedTempFile::new().unwrap();
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args(["-subj", "/CN=Another authority", "-keyout", "/dev/null", "-out"])
            .arg(untrusted.path())
            .output();
        assert!(made.unwrap().status.success());
        Some(Self { database: Database::make()?, redis_url, ca, untrusted })
    }

    fn untrusted(&self) -> &str {
        self.untrusted.path().to_str().unwrap()
    }

    /// Returns the address of the database, with a password that no error may contain.
    fn url(&self, parameters: &str) -> String {
        with_password(&self.database.url(), parameters)
    }
}

fn with_password(url: &str, parameters: &str) -> String {
    format!("{}?{parameters}", url.replace("banter@", &format!("banter:{PASSWORD}@")))
}

/// Returns the program, which trusts only the certificates in this file.
fn banter(trusted: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
    command.env_remove("SSL_CERT_DIR").env("SSL_CERT_FILE", trusted).env_remove("REDIS_URL");
    command
}

/// Returns the error of a failed start.
fn refused(trusted: &str, settings: &[(&str, &str)]) -> String {
    let data = TempDir::new().unwrap();
    let mut command = banter(trusted);
    command.args(["serve", "--leptos-site-addr=127.0.0.1:0", "--data-dir"]).arg(data.path());
    error_line(&command.env("RUST_LOG", "error").envs(settings.iter().copied()).output().unwrap())
}

/// Returns the one line that a failed program printed. It must not contain a password.
fn error_line(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(!error.contains(PASSWORD), "{error}");
    error
}

async fn serve(data: &Path, trusted: &str, settings: &[(&str, &str)]) -> Process {
    Process::launch(banter(trusted), data, free_port(), settings).await
}

#[tokio::test]
async fn two_nodes_use_tls_with_postgres_and_redis() {
    let Some(services) = Services::find() else { return };
    // A single Redis server, or a cluster if the tests use one.
    let cluster =
        if Redis::uses_redis_cluster() { Some(Redis::cluster_with_tls().await) } else { None };
    let redis_url = cluster.as_ref().map_or_else(|| services.redis_url.clone(), Redis::url);
    let url = services.url("sslmode=verify-full");
    let settings = [("DATABASE_URL", url.as_str()), ("REDIS_URL", &redis_url)];
    let data = TempDir::new().unwrap();
    let one = serve(data.path(), &services.ca, &settings).await;
    let other = serve(data.path(), &services.ca, &settings).await;
    for node in [&one, &other] {
        let sees_both = async {
            let metrics = || async {
                reqwest::get(node.url("/metrics")).await.unwrap().text().await.unwrap()
            };
            while !metrics().await.contains("\nbanter_nodes 2\n") {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        wait_for("the other node", sees_both).await;
    }

    let token = one.register().await;
    let (mut ada_socket, mut bo_socket) = (one.connect(&token).await, other.connect(&token).await);
    bo_socket.subscribe("general", None).await;
    let sent = ada_socket.chat("general", "over four encrypted connections").await;
    let received = loop {
        let event = bo_socket.event().await;
        if matches!(event, Event::Chat(_)) {
            break seq_and_text(event);
        }
    };
    assert_eq!(received, (sent.seq, "over four encrypted connections".to_owned()));
    let connections = services.database.query(
        "SELECT count(*) >= 4, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE datname = current_database() AND application_name = 'banter'",
    );
    assert_eq!(connections, "t|t", "some connections, all of them with TLS");
}

#[test]
fn without_sslmode_tls_is_not_used() {
    let Some(services) = Services::find() else { return };
    // The certificate is not trusted, as in a default installation on Debian.
    let migrated = |url: &str| {
        banter(services.untrusted()).arg("migrate").env("DATABASE_URL", url).output().unwrap()
    };
    for url in [services.database.url(), services.url("sslmode=prefer")] {
        let output = migrated(&url);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_database_with_an_untrusted_certificate_is_refused() {
    let Some(services) = Services::find() else { return };
    let url = services.url("sslmode=require");
    let start = refused(services.untrusted(), &[("DATABASE_URL", &url)]);
    assert!(start.starts_with("banter: DATABASE_URL: PostgreSQL at 127.0.0.1:"), "{start}");
    let mut migrate = banter(services.untrusted());
    let mut copy = banter(services.untrusted());
    migrate.arg("migrate").env("DATABASE_URL", &url);
    copy.args(["copy", "--from", &url, "--to", "sqlite:/nowhere"]);
    for error in
        [start, error_line(&migrate.output().unwrap()), error_line(&copy.output().unwrap())]
    {
        assert!(
            error.contains("name a file with the issuer's certificate (PEM) in SSL_CERT_FILE"),
            "{error}"
        );
    }
    // The certificate is for other host names, although this one leads to the same server.
    let error = refused(&services.ca, &[("DATABASE_URL", &url.replace("127.0.0.1", "0.0.0.0"))]);
    assert!(error.contains("the address must name the host as the certificate does"), "{error}");
}

#[test]
fn impossible_tls_settings_prevent_the_start() {
    let Some(services) = Services::find() else { return };
    let url = services.url("sslmode=require");
    let redis_url = services.redis_url.replace("rediss://", &format!("rediss://:{PASSWORD}@"));
    let both = format!("{redis_url},redis://127.0.0.1");
    let insecure = format!("{redis_url}/#insecure");
    let with_file = services.url("sslmode=require&sslrootcert=/etc/ca.pem");
    for (trusted, setting, value, why) in [
        (
            "/nowhere",
            "DATABASE_URL",
            &url,
            "No such file or directory (os error 2) at '/nowhere'; SSL_CERT_FILE can",
        ),
        (
            "/nowhere",
            "REDIS_URL",
            &redis_url,
            "No such file or directory (os error 2) at '/nowhere'; SSL_CERT_FILE can",
        ),
        (
            "/dev/null",
            "REDIS_URL",
            &redis_url,
            "the file that SSL_CERT_FILE names contains no certificate",
        ),
        (&services.ca, "REDIS_URL", &both, "all of its addresses must be rediss://, or none"),
        (&services.ca, "REDIS_URL", &insecure, "#insecure would accept any certificate"),
        (&services.ca, "DATABASE_URL", &with_file, "name its file in SSL_CERT_FILE"),
    ] {
        let error = refused(trusted, &[(setting, value)]);
        assert!(
            error.starts_with(&format!("banter: {setting}: ")) && error.contains(why),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_redis_with_an_untrusted_certificate_is_unavailable_and_logged() {
    let Some(services) = Services::find() else { return };
    let plain_to_tls = services.redis_url.replace("rediss://", "redis://");
    for (redis_url, why) in [
        (&services.redis_url, "name a file with the issuer's certificate (PEM) in SSL_CERT_FILE"),
        (&plain_to_tls, "its address must begin with rediss://"),
    ] {
        let data = TempDir::new().unwrap();
        let node = serve(data.path(), services.untrusted(), &[("REDIS_URL", redis_url)]).await;
        let logged = async {
            while !node
                .log()
                .lines()
                .any(|line| line.contains("Redis is unavailable") && line.contains(why))
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        wait_for(why, logged).await;
    }
}

#[test]
fn a_tls_mismatch_is_explained() {
    let Some((services, programs)) = Services::find().zip(postgres_programs()) else { return };
    let postgres = Postgres::make(programs);
    let url = format!("postgres://banter@127.0.0.1:{}/postgres", postgres.port);
    let error = refused(&services.ca, &[("DATABASE_URL", &with_password(&url, "sslmode=require"))]);
    assert!(
        error.contains(
            "server does not support TLS; switch it on there (ssl = on), or leave sslmode out"
        ),
        "{error}"
    );

    postgres.require_tls();
    let error = refused(&services.ca, &[("DATABASE_URL", &with_password(&url, "sslmode=disable"))]);
    assert!(
        error.contains(
            "no encryption (28000); if it accepts only encrypted connections, add ?sslmode="
        ),
        "{error}"
    );
}
