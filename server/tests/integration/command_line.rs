//! The command line, and the signals of the terminal that it runs in.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use crate::{
    ports::free_port,
    process::Process,
    support::{PASSWORD, log_secrets},
};

fn banter(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_banter")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the flags and variables that `--help` names.
fn flags_and_variables() -> (Vec<String>, Vec<String>) {
    let help = banter(&["serve", "--help"]);
    let words = help.split([' ', '\n', '=', '[', ']', ',', '<']);
    let (mut flags, mut variables) = (Vec::new(), Vec::new());
    for line in help.lines().map(str::trim_start).filter(|line| line.starts_with("--")) {
        flags.push(line.split([' ', '[', '=']).next().unwrap().to_owned());
    }
    for (word, before) in words.clone().skip(1).zip(words) {
        if before == "env:" || before.ends_with("env:") {
            variables.push(word.to_owned());
        }
    }
    (flags, variables)
}

#[test]
fn completions_know_every_flag() {
    let (flags, _) = flags_and_variables();
    assert!(flags.len() > 15, "{flags:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = banter(&["completions", shell]);
        for flag in &flags {
            // Fish writes the flag without its hyphens.
            let name = flag.trim_start_matches('-');
            assert!(script.contains(name), "{shell} does not complete {flag}");
        }
    }
    let unknown =
        Command::new(env!("CARGO_BIN_EXE_banter")).args(["completions", "cmd"]).output().unwrap();
    assert!(!unknown.status.success());
}

#[test]
fn bash_accepts_its_completions() {
    let script = banter(&["completions", "bash"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let ask = "COMP_WORDS=(banter serve --regis) COMP_CWORD=2; _banter banter --regis serve; \
               echo \"${COMPREPLY[@]}\"";
    std::fs::write(file.path(), format!("{script}\n{ask}\n")).unwrap();
    let bash = Command::new("bash").arg(file.path()).stderr(Stdio::piped()).output().unwrap();
    let completed = String::from_utf8(bash.stdout).unwrap();
    assert_eq!(completed.trim(), "--registration", "{:?}", String::from_utf8(bash.stderr));
}

#[test]
fn the_manual_page_explains_every_flag_and_variable() {
    let page = banter(&["man"]);
    let (flags, variables) = flags_and_variables();
    assert!(variables.len() > 15, "{variables:?}");
    let plain = page.replace('\\', "");
    let more = ["RUST_LOG".to_owned(), "SSL_CERT_FILE".to_owned()];
    let help = banter(&["serve", "--help"]);
    assert!(more.iter().all(|variable| help.contains(variable)), "{help}");
    for word in flags.iter().chain(&variables).chain(&more) {
        assert!(plain.contains(word.as_str()), "{word} is not in\n{page}");
    }
    for command in ["serve", "config", "backup", "reset", "migrate", "copy", "completions", "man"] {
        assert!(page.contains(&format!(".SH \"COMMAND {command}\"")), "{command}");
    }
    assert!(page.contains(".TH"), "{page}");
}

/// Within a container, the address of the loopback device is that of the container alone.
#[test]
fn the_image_listens_on_all_addresses_of_its_container() {
    let image = include_str!("../../../deploy/Dockerfile");
    let address = image.lines().find_map(|line| line.strip_prefix("ENV LEPTOS_SITE_ADDR="));
    let address: SocketAddr = address.unwrap().parse().unwrap();
    assert!(address.ip().is_unspecified(), "{address}");
    let port = format!("EXPOSE {}", address.port());
    assert!(image.lines().any(|line| line == port), "{port}");
    let (_, variables) = flags_and_variables();
    assert!(variables.contains(&"LEPTOS_SITE_ADDR".to_owned()), "{variables:?}");
}

#[tokio::test]
async fn a_closed_terminal_stops_the_server_as_sigterm_does() {
    log_secrets::register(PASSWORD);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), free_port()).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    process.hang_up();
    assert_eq!(socket.closed().await.0, 1012);
    assert_eq!(process.ended().await, Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn under_nohup_a_closed_terminal_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut nohup = Command::new("nohup");
    nohup.arg(env!("CARGO_BIN_EXE_banter")).stdout(Stdio::null());
    let process = Process::launch(nohup, folder.path(), free_port(), &[]).await;
    process.hang_up();
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    process.terminate();
    assert_eq!(socket.closed().await.0, 1012, "the first signal that counts is SIGTERM");
    assert_eq!(process.ended().await, Some(0));
}
