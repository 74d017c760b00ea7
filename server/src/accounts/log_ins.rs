//! What remains of a log-in: a log line that tools such as fail2ban read, and a counter.

use std::net::IpAddr;

use protocol::text::is_username;

use super::AccountService;
use crate::metrics::LogInResult;

impl AccountService {
    /// Records the result of a log-in, or of the check of a current password.
    ///
    /// The log line of a failure begins with the address, which a client cannot forge, and has the
    /// username at its end. What does not look like a username is left out: it may be a password.
    pub(super) fn record_log_in(&self, from: IpAddr, username: &str, result: LogInResult) {
        self.metrics.log_in(result);
        match result {
            LogInResult::Succeeded => return self.limits.log_in_succeeded(from, username),
            LogInResult::Unavailable => return, // no fault of the client
            LogInResult::UnknownUsername
            | LogInResult::WrongPassword
            | LogInResult::Banned
            | LogInResult::TooMany => {}
        }
        let username = if is_username(username) { username } else { "(not a username)" };
        tracing::warn!(address = %from, reason = result.as_str(), username, "log-in failed");
    }
}
