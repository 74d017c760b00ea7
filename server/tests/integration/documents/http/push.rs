//! The calls about notifications.

use super::*;

/// The public key and the secret of RFC 8291, section 5.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

pub(super) async fn add(caller: &mut Caller<'_>, ada: &TestUser) {
    let push = "/api/push";
    let keys = json!({ "p256dh": P256DH, "auth": AUTH });
    let at = |endpoint: &str| Some(json!({ "endpoint": endpoint, "keys": keys.clone() }));
    assert_eq!(caller.by(ada, Method::GET, push, &[], None).await.0, 200);
    let private = at("https://10.0.0.1/x");
    assert_eq!(caller.by(ada, Method::POST, push, &[], private).await.0, 422);
    // Nobody listens there.
    let endpoint = at("https://127.0.0.1:1024/x");
    let (status, added) = caller.by(ada, Method::POST, push, &[], endpoint).await;
    assert_eq!(status, 201);
    let (status, tested) = caller.by(ada, Method::POST, "/api/push/test", &[], None).await;
    assert_eq!(status, 200);
    assert_eq!(tested["results"][0]["status"], 0);
    let (_, listed) = caller.by(ada, Method::GET, push, &[], None).await;
    assert_eq!(listed["devices"][0]["service"], "127.0.0.1");
    let id = added["id"].as_str().unwrap();
    let one = "/api/push/{id}";
    assert_eq!(caller.by(ada, Method::DELETE, one, &[("id", id)], None).await.0, 204);
    assert_eq!(caller.by(ada, Method::DELETE, one, &[("id", id)], None).await.0, 404);
}
