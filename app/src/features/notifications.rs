//! What an open page does for notifications: keeps the subscription of this browser, opens what was
//! chosen in a notification, and takes away those of what is read here.

use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Message, MessageId, UserId,
    http::{NewPush, Push},
};
use uuid::Uuid;

use crate::{
    browser::{
        address, calls, push,
        window::{self, effect},
    },
    page::address::Address,
    session::{Session, place_of},
    state::{
        model::Model,
        push::{DeviceState, Permission, Support, device_state, subscribe_fault},
    },
};

/// The calls about this browser and the user's others.
pub(crate) const PATH: &str = "/api/push";

/// Serves the notifications as long as the page exists. Shows nothing.
#[component]
pub fn Notifications() -> impl IntoView {
    let session = expect_context::<Session>();
    let user = session.model().with_untracked(|model| model.me.id);
    let is_found = RwSignal::new(false);
    Effect::new(move |_| {
        push::on_open(move |path| open(session, path));
        spawn_local(async move {
            if push::support() == Support::Full {
                push::find().await;
                is_found.try_set(true);
                keep(user).await;
            }
        });
    });
    let unread = session.select(unread_tags);
    let before = StoredValue::new(session.model().with_untracked(|model| {
        let room = model.room_in_view.map(|room| room.0);
        let thread = model.thread_in_view.map(|(_, thread)| thread.0);
        unread_tags(model).into_iter().chain(room).chain(thread).collect::<Vec<_>>()
    }));
    effect(move || {
        if !is_found.get() {
            return;
        }
        let now = unread.get();
        let read = before.with_value(|before| {
            before.iter().filter(|tag| !now.contains(tag)).copied().collect::<Vec<_>>()
        });
        before.set_value(now);
        for tag in read {
            push::close_read(&tag.to_string());
        }
    });
}

/// Returns the ids of the rooms and threads with something unread.
fn unread_tags(model: &Model) -> Vec<Uuid> {
    let rooms = model.rooms.iter().filter(|room| room.unread > 0).map(|room| room.id.0);
    let threads = model.threads.iter().filter(|thread| thread.unread > 0);
    rooms.chain(threads.map(|thread| thread.message.id.0)).collect()
}

/// Opens what a notification leads to: a message, a room or another page.
fn open(session: Session, path: String) {
    let knows = move |room: &dyn Fn(&Model) -> bool| session.model().with_untracked(room);
    let message = path.strip_prefix("/m/").and_then(|id| Uuid::try_parse(id).ok()).map(MessageId);
    if let Some(id) = message {
        spawn_local(async move {
            match calls::get::<Message>(&format!("/api/messages/{}", id.0)).await {
                Ok(message) if knows(&|model| model.rooms.find(message.room).is_some()) => {
                    session.show_message(place_of(&message), id, message.seq);
                }
                _ => window::open(&path), // the page says what is wrong
            }
        });
        return;
    }
    match Address::parse(path.split(['?', '#']).next().unwrap_or_default()) {
        Some(Address::Room(name)) if knows(&|model| model.rooms.by_name(&name).is_some()) => {
            address::go_to(session.address, Address::Room(name), &path);
        }
        Some(next @ Address::View(_)) => address::go_to(session.address, next, &path),
        _ => window::open(&path),
    }
}

/// Keeps notifications coming to a browser where they were turned on: the browser or its push
/// service may have ended the subscription.
async fn keep(user: UserId) {
    if push::is_wanted(user) && push::permission() == Permission::Granted {
        // The settings say what is wrong.
        let _ = subscribe(user).await;
    }
}

/// Subscribes this browser, unless it is subscribed, and tells the server.
///
/// # Errors
/// Fails with what is wrong, for the user.
pub(crate) async fn subscribe(user: UserId) -> Result<(), String> {
    push::start().await.map_err(|words| worker_fault(&words))?;
    let push = calls::get::<Push>(PATH).await.map_err(|refusal| refusal.text)?;
    let state = device_state(&push);
    if matches!(state, DeviceState::Ended(_)) {
        push::unsubscribe().await;
    }
    let subscription = push::subscribe(&push.key)
        .await
        .map_err(|name| subscribe_fault(&name, push::browser()).to_owned())?;
    if state != DeviceState::On || !push::is_told(user, &subscription) {
        tell(&subscription).await?;
    }
    push::note_told(user, Some(&subscription));
    Ok(())
}

async fn tell(subscription: &NewPush) -> Result<(), String> {
    let body = serde_json::to_string(subscription).ok();
    calls::send("POST", PATH, body).await.map_err(|refusal| refusal.text)
}

/// Returns why the service worker does not run, in the browser's words, and what to do.
pub(crate) fn worker_fault(words: &str) -> String {
    format!(
        "The browser did not start it: {words}. Load this page again. If that does not help, \
        delete the data of this page in the settings of the browser, and sign in again."
    )
}
