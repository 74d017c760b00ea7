//! The calls about notifications.

use protocol::http::{NewPush, NewPushId, Push, PushResults};

use super::super::call::Call;

/// The error of a user who changes or tests too often.
const TOO_OFTEN: &str = "You are changing or testing notifications too often.";
/// The error of a server that cannot send any.
const UNAVAILABLE: &str = "This server has no certificates to trust, and sends no notifications.";

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::get(
            "/api/push",
            "push",
            "The key of this server for push services, and your browsers that receive \
             notifications.",
        )
        .response::<Push>(200)
        .error(503, UNAVAILABLE),
        Call::post(
            "/api/push",
            "add_push_device",
            "Let a browser receive notifications (Web Push). It belongs to the session of the \
             request, and ends with it.",
        )
        .request::<NewPush>()
        .response::<NewPushId>(201)
        .error(422, "The endpoint is no https address of a public host, or a key does not fit.")
        .error(429, TOO_OFTEN)
        .error(503, UNAVAILABLE),
        Call::post(
            "/api/push/test",
            "test_push",
            "Send a notification to all of your browsers, and tell how each push service answers.",
        )
        .response::<PushResults>(200)
        .error(429, TOO_OFTEN)
        .error(503, UNAVAILABLE),
        Call::delete("/api/push/{id}", "remove_push_device", "Send no more to a browser.")
            .error(404, "You have no such browser.")
            .error(503, UNAVAILABLE),
    ]
}
