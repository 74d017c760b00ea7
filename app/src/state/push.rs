//! Notifications of this browser, in words: what is in their way, and what a test of them found.

pub mod device_test;

use protocol::{
    Timestamp,
    http::{Push, PushDevice},
};

/// What a browser can do about notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// All that is needed.
    Full,
    /// The page came by plain `http`, where browsers have none.
    Insecure,
    /// An iPhone or an iPad, where only pages on the home screen have them.
    HomeScreen,
    /// The browser has none.
    Missing,
}

/// Whether the user lets the page show notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Granted,
    /// No. The browser does not ask again.
    Denied,
    /// The browser asks.
    #[default]
    Default,
}

/// A browser, as far as the cures differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, Edge and what else is built on Chromium.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari on a Mac.
    Safari,
    /// Any browser on an iPhone or an iPad.
    Ios,
    /// Any browser on Android.
    Android,
}

impl Browser {
    /// Finds the browser by what it says of itself. `touches` is the number of fingers that its
    /// screen can tell apart: an iPad says that it is a Mac.
    #[must_use]
    pub fn of(agent: &str, touches: u32) -> Self {
        let has = |name| agent.contains(name);
        if has("iPhone") || has("iPad") || (has("Macintosh") && touches > 1) {
            Self::Ios
        } else if has("Android") {
            Self::Android
        } else if has("Firefox/") {
            Self::Firefox
        } else if has("Macintosh") && !has("Chrome/") {
            Self::Safari
        } else {
            Self::Chromium
        }
    }

    /// Returns its name, as the subject of a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firefox => "Firefox",
            Self::Safari => "Safari",
            Self::Chromium | Self::Ios | Self::Android => "This browser",
        }
    }

    /// Returns how the user lets the page show notifications again.
    #[must_use]
    pub fn unblock(self) -> &'static str {
        match self {
            Self::Chromium => {
                "They are blocked for this page. Press the button left of the address, allow \
                notifications there, and load this page again."
            }
            Self::Firefox => {
                "They are blocked for this page. Press the lock or the crossed out speech bubble \
                left of the address, take the block away, and try again."
            }
            Self::Safari => {
                "They are blocked for this page. Choose Safari, Settings, Websites, Notifications, \
                and allow them there."
            }
            Self::Ios => {
                "They are blocked. Open the Settings of the device, Notifications, Banter, and \
                allow them there."
            }
            Self::Android => {
                "They are blocked for this page. Press the button left of the address, \
                Permissions, and allow notifications. If they are allowed there, allow them to \
                the browser in the settings of the system."
            }
        }
    }

    /// Returns why a notification that has come may not show.
    #[must_use]
    pub fn held_back(self) -> &'static str {
        match self {
            Self::Ios => {
                "The system holds it back. Most often: a focus is on, or Banter is off in the \
                Settings under Notifications."
            }
            Self::Android => {
                "The system holds it back. Most often: do not disturb is on, or the browser is \
                off in the settings of the system under Notifications."
            }
            Self::Firefox => {
                "The system holds it back. Most often: do not disturb is on, or Firefox is off in \
                the system settings under Notifications."
            }
            Self::Safari | Self::Chromium => {
                "The system holds it back. Most often: do not disturb or a focus is on, or the \
                browser is off in the system settings under Notifications."
            }
        }
    }
}

impl Support {
    /// Returns what is in the way of notifications, and the cure.
    #[must_use]
    pub fn hurdle(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::Insecure => Some(
                "Browsers allow notifications only over https, and this page came by plain http. \
                Ask whoever runs this Banter for an address that begins with https.",
            ),
            Self::HomeScreen => Some(
                "Add Banter to the home screen first: press Share, then “Add to Home Screen”. \
                Open it there, and turn notifications on. This needs iOS 16.4 or newer.",
            ),
            Self::Missing => Some(
                "This browser has no notifications for pages, or they are turned off in a private \
                window. Use a newer browser, or a window that is not private.",
            ),
        }
    }
}

/// Returns why a browser does not subscribe. `name` is that of its error.
#[must_use]
pub fn subscribe_fault(name: &str, browser: Browser) -> &'static str {
    match name {
        "NotAllowedError" => browser.unblock(),
        "AbortError" => {
            "The push service of this browser does not answer. Check the connection of this \
            device. Some browsers have it turned off: look for “push” in their settings."
        }
        _ => "This browser does not take notifications now. Load this page again, and try again.",
    }
}

/// Whether notifications come to the browser of this session, as the server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It was never told of a subscription, or notifications were turned off.
    Off,
    /// They come.
    On,
    /// The push service has ended the subscription.
    Ended(Timestamp),
}

/// Returns the browser of this session, if it receives notifications or did.
#[must_use]
pub fn this_device(push: &Push) -> Option<&PushDevice> {
    push.devices.iter().find(|device| device.current)
}

/// Returns whether notifications come to the browser of this session.
#[must_use]
pub fn device_state(push: &Push) -> DeviceState {
    match this_device(push) {
        None => DeviceState::Off,
        Some(device) => device.ended_at.map_or(DeviceState::On, DeviceState::Ended),
    }
}

#[cfg(test)]
mod tests;
