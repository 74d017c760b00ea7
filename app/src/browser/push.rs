//! Notifications of this browser: the permission, the service worker (`public/sw.js`) and the
//! subscription at the browser's push service.

use std::{cell::RefCell, future::poll_fn, pin::pin, task::Poll, time::Duration};

use js_sys::{Object, Promise};
use leptos::prelude::{set_timeout, window};
use protocol::{
    UserId,
    http::{NewPush, PushKeys},
};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    js::{call, get, set},
    storage::Area,
    worker::{container, register, wait},
};
use crate::state::push::{Browser, Permission, Support};

/// The time that a browser has to start it.
const START: Duration = Duration::from_secs(15);

thread_local! {
    /// The registration of the service worker, once this page knows it.
    static REGISTRATION: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// Returns what this browser can do.
pub(crate) fn support() -> Support {
    let window: JsValue = window().into();
    let navigator = get(&window, "navigator");
    let has = |object: &JsValue, name| !get(object, name).is_undefined();
    let is_installed = get(&navigator, "standalone").is_truthy();
    if !get(&window, "isSecureContext").is_truthy() {
        Support::Insecure
    } else if has(&navigator, "serviceWorker")
        && has(&window, "PushManager")
        && has(&window, "Notification")
    {
        Support::Full
    } else if browser() == Browser::Ios && !is_installed {
        Support::HomeScreen
    } else {
        Support::Missing
    }
}

/// Returns the browser, as far as the cures differ.
pub(crate) fn browser() -> Browser {
    let navigator = window().navigator();
    let touches = get(&navigator, "maxTouchPoints").as_f64().unwrap_or_default();
    Browser::of(&navigator.user_agent().unwrap_or_default(), touches as u32)
}

/// Returns whether the page may show notifications.
pub(crate) fn permission() -> Permission {
    read_permission(&get(&notification(), "permission"))
}

/// Asks the user whether the page may show notifications. Browsers do so only right after a click.
pub(crate) fn ask() -> impl Future<Output = Permission> {
    let asked = call(&notification(), "requestPermission", &[]);
    async move {
        match asked {
            Ok(asked) => {
                let answer = JsFuture::from(Promise::resolve(&asked)).await;
                answer.map(|answer| read_permission(&answer)).unwrap_or_default()
            }
            Err(_) => permission(),
        }
    }
}

fn read_permission(value: &JsValue) -> Permission {
    match value.as_string().as_deref() {
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Denied,
        _ => Permission::Default,
    }
}

fn notification() -> JsValue {
    get(&window(), "Notification")
}

/// Starts the newest service worker, and waits until it runs.
///
/// # Errors
/// Fails with the browser's own words.
pub(crate) async fn start() -> Result<(), String> {
    let started = async {
        let registration = register().await?;
        wait(call(&registration, "update", &[])?).await?;
        wait(get(&container(), "ready")).await
    };
    let registration = within(START, started).await.map_err(|error| words(&error))?;
    REGISTRATION.set(Some(registration));
    Ok(())
}

/// Finds the service worker that an earlier page has started.
pub(crate) async fn find() {
    if let Ok(found) = call(&container(), "getRegistration", &[])
        && let Ok(registration) = wait(found).await
        && registration.is_object()
    {
        REGISTRATION.set(Some(registration));
    }
}

/// Subscribes at the push service with the key of the server. The same subscription is returned as
/// long as it lasts.
///
/// # Errors
/// Fails with the name of the browser's error.
pub(crate) async fn subscribe(key: &str) -> Result<NewPush, String> {
    let name = |error: JsValue| get(&error, "name").as_string().unwrap_or_default();
    let options = Object::new();
    set(&options, "userVisibleOnly", &true.into());
    set(&options, "applicationServerKey", &key.into());
    let try_once = async || wait(call(&manager(), "subscribe", &[&options])?).await;
    let subscription = match try_once().await {
        Ok(subscription) => subscription,
        // The subscription that it has may be for another key.
        Err(error) if !unsubscribe().await => return Err(name(error)),
        Err(_) => try_once().await.map_err(name)?,
    };
    let subscription = call(&subscription, "toJSON", &[]).map_err(name)?;
    let keys = get(&subscription, "keys");
    let text = |object: &JsValue, name| get(object, name).as_string().unwrap_or_default();
    Ok(NewPush {
        endpoint: text(&subscription, "endpoint"),
        keys: PushKeys { p256dh: text(&keys, "p256dh"), auth: text(&keys, "auth") },
    })
}

/// Ends the subscription. Returns whether there was one.
pub(crate) async fn unsubscribe() -> bool {
    let end = async {
        let subscription = wait(call(&manager(), "getSubscription", &[])?).await?;
        wait(call(&subscription, "unsubscribe", &[])?).await
    };
    end.await.is_ok_and(|ended| ended.is_truthy())
}

fn manager() -> JsValue {
    let registration = REGISTRATION.with_borrow(Clone::clone);
    registration.map(|registration| get(&registration, "pushManager")).unwrap_or_default()
}

/// Takes away what is shown of a room or a thread that was read here.
pub(crate) fn close_read(tag: &str) {
    let Some(registration) = REGISTRATION.with_borrow(Clone::clone) else { return };
    let message = Object::new();
    set(&message, "type", &"close-read".into());
    set(&message, "tag", &tag.into());
    let _ = call(&get(&registration, "active"), "postMessage", &[&message]);
}

/// Calls `open` with each address that the user opens by a notification, as long as the page
/// exists.
pub(crate) fn on_open(open: impl Fn(String) + 'static) {
    let handle: Box<dyn Fn(JsValue)> = Box::new(move |event| {
        let message = get(&event, "data");
        if get(&message, "type").as_string().as_deref() == Some("open") {
            let port = get(&get(&event, "ports"), "0");
            let _ = call(&port, "postMessage", &[&true.into()]);
            open(get(&message, "url").as_string().unwrap_or_default());
        }
    });
    let handle = Closure::wrap(handle).into_js_value();
    let _ = call(&container(), "addEventListener", &[&"message".into(), &handle]);
    // Else the browser keeps the messages back until the document is complete.
    let _ = call(&container(), "startMessages", &[]);
}

/// The arrival of a test at this browser.
pub(crate) struct Arrival {
    arrived: Promise,
    listener: JsValue,
    _handle: Closure<dyn FnMut(JsValue)>,
}

impl Arrival {
    /// Waits for the next test from now on.
    pub(crate) fn expect() -> Self {
        let mut found = None;
        let arrived = Promise::new(&mut |resolve, _| found = Some(resolve));
        let handle: Box<dyn FnMut(JsValue)> = Box::new(move |event| {
            let message = get(&event, "data");
            if get(&message, "type").as_string().as_deref() == Some("test")
                && let Some(resolve) = &found
            {
                let _ = resolve.call1(&JsValue::NULL, &get(&message, "error"));
            }
        });
        let handle = Closure::wrap(handle);
        let listener = handle.as_ref().clone();
        let _ = call(&container(), "addEventListener", &[&"message".into(), &listener]);
        Self { arrived, listener, _handle: handle }
    }

    /// Returns whether the test arrives within a time. If it did, returns why the browser does not
    /// show it, if it says so.
    pub(crate) async fn within(self, time: Duration) -> Option<Option<String>> {
        let arrived = within(time, async { wait(self.arrived.clone().into()).await }).await;
        arrived.ok().map(|error| error.as_string())
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let values = [&"message".into(), &self.listener];
        let _ = call(&container(), "removeEventListener", &values);
    }
}

fn key(user: UserId) -> String {
    format!("banter/{user}/push")
}

/// Returns whether the user has turned notifications on in this browser.
pub(crate) fn is_wanted(user: UserId) -> bool {
    Area::Device.get(&key(user)).is_some()
}

/// Returns whether the server was told of a subscription by this browser.
pub(crate) fn is_told(user: UserId, subscription: &NewPush) -> bool {
    Area::Device.get(&key(user)).as_ref() == Some(&subscription.endpoint)
}

/// Notes that the server was told of a subscription; `None` if notifications are off.
pub(crate) fn note_told(user: UserId, subscription: Option<&NewPush>) {
    match subscription {
        Some(subscription) => _ = Area::Device.set(&key(user), &subscription.endpoint),
        None => Area::Device.remove(&key(user)),
    }
}

/// Waits at most some time.
async fn within(
    time: Duration,
    done: impl Future<Output = Result<JsValue, JsValue>>,
) -> Result<JsValue, JsValue> {
    let late = Promise::new(&mut |_, reject| {
        set_timeout(
            move || {
                let _ = reject.call1(&JsValue::NULL, &"it took too long".into());
            },
            time,
        );
    });
    let late = JsFuture::from(late);
    let (mut done, mut late) = (pin!(done), pin!(late));
    poll_fn(|context| match done.as_mut().poll(context) {
        Poll::Pending => late.as_mut().poll(context),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}

fn words(error: &JsValue) -> String {
    let text = get(error, "message").as_string().or_else(|| error.as_string());
    text.unwrap_or_else(|| "it does not say why".to_owned())
}
