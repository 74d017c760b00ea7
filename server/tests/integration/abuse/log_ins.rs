//! Failed log-ins are seen by operators and their tools.

use protocol::http::Login;

use crate::{
    ports::free_port,
    process::Process,
    support::{PASSWORD, Server, log_secrets},
};

#[tokio::test]
async fn failed_log_ins_leave_one_line_with_the_address() {
    let data = tempfile::tempdir().unwrap();
    let settings =
        [("BANTER_TRUSTED_PROXIES", "127.0.0.1"), ("RUST_LOG", "info"), ("NO_COLOR", "1")];
    let process = Process::start_with(data.path(), free_port(), &settings).await;
    process.register().await;
    let forged = "x\n2026-11-28T00:00:00Z  WARN log-in failed address=203.0.113.9 reason=banned";
    let passwords = ["a password in the wrong field", "an entirely wrong one"];
    passwords.into_iter().for_each(log_secrets::register);
    for (username, password) in [
        ("ada", passwords[1]),
        ("nobody", passwords[1]),
        (passwords[0], passwords[1]),
        (forged, passwords[1]),
        ("ada", PASSWORD),
    ] {
        let login = Login { username: username.into(), password: password.into() };
        let request = reqwest::Client::new().post(process.url("/api/auth/login")).json(&login);
        request.header("x-forwarded-for", "192.0.2.7").send().await.unwrap();
    }
    let log = process.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("log-in failed")).collect();
    let ends = [
        "address=192.0.2.7 reason=\"wrong_password\" username=\"ada\"",
        "address=192.0.2.7 reason=\"unknown_username\" username=\"nobody\"",
        "address=192.0.2.7 reason=\"unknown_username\" username=\"(not a username)\"",
        "address=192.0.2.7 reason=\"unknown_username\" username=\"(not a username)\"",
    ];
    assert_eq!(lines.len(), ends.len(), "{log}");
    for (line, end) in lines.iter().zip(ends) {
        // The expression in docs/operating.md.
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.ends_with('Z'), "{line}");
        assert_eq!(rest.trim_start(), format!("WARN log-in failed {end}"));
    }
}

#[tokio::test]
async fn log_ins_are_counted_by_result() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    server.join("bo", &ada).await;
    server.sql("UPDATE users SET banned_at = 1 WHERE username = 'bo'");
    for (username, password, times) in
        [("ada", PASSWORD, 1), ("ada", "wrong", 2), ("nobody", "wrong", 3), ("bo", PASSWORD, 4)]
    {
        for _ in 0..times {
            let login = Login { username: username.into(), password: password.into() };
            server.post("/api/auth/login").json(&login).send().await.unwrap();
        }
    }
    for (result, count) in
        [("succeeded", 1), ("wrong_password", 2), ("unknown_username", 3), ("banned", 4)]
    {
        let name = format!("banter_logins_total{{result=\"{result}\"}}");
        assert_eq!(server.metric(&name).await, Some(count), "{result}");
    }
}
