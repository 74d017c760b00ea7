//! All devices of the user that receive notifications.

use leptos::prelude::*;
use protocol::http::{Push, PushDevice};

use super::devices::Devices;
use crate::{
    session::Session,
    state::push::device_test::result_words,
    ui::{
        button::icon_button,
        dynamic::dynamic,
        icon::{Glyph, Icon},
        loaded::{Loaded, Outcome},
    },
};

/// The section.
#[component]
pub fn DeviceList(
    /// The devices.
    devices: Devices,
) -> impl IntoView {
    view! {
        <section id="devices">
            <h3 class="settings__title">"Your devices"</h3>
            <p class="settings__lead">
                "Each rings 3 seconds later, and not at all when you have read it meanwhile. A \
                test goes to all of them."
            </p>
            {dynamic(move || match devices.push.get() {
                Loaded::Waiting => view! { <p class="page__count">"Loading"</p> }.into_any(),
                // What is wrong stands above.
                Loaded::Failed(_) => ().into_any(),
                Loaded::Ready(Push { devices: list, .. }) if list.is_empty() => {
                    view! { <p class="page__count">"None. Nothing rings."</p> }.into_any()
                }
                Loaded::Ready(Push { devices: list, .. }) => {
                    let rows: Vec<_> = list.into_iter().map(|one| row(devices, one)).collect();
                    view! { <ul class="rows" role="list">{rows}</ul> }.into_any()
                }
            })}
            <Outcome progress=devices.removing done="Removed"/>
        </section>
    }
}

fn row(devices: Devices, device: PushDevice) -> AnyView {
    let session = expect_context::<Session>();
    let PushDevice { id, browser, service, pushed_at, ended_at, current, .. } = device;
    let browser = browser.unwrap_or_else(|| "Unknown browser".to_owned());
    let is_phone = ["Android", "iPhone", "iPad", "iOS"].iter().any(|name| browser.contains(name));
    let glyph = if is_phone { Glyph::Smartphone } else { Glyph::Monitor };
    let has_ended = ended_at.is_some();
    let about = Signal::derive(move || {
        let clock = session.clock();
        let tested = devices.here.with(|here| {
            here.results
                .iter()
                .find(|result| result.id == id)
                .map(|one| result_words(&service, one))
        });
        match (tested, ended_at, pushed_at) {
            (Some(words), ..) => words,
            (None, Some(at), _) if current => {
                format!("The browser ended it {}. Turn it on again above.", clock.moment(at))
            }
            (None, Some(at), _) => {
                format!("The browser ended it {}. Open Banter there once.", clock.moment(at))
            }
            (None, None, Some(at)) => format!("{service}. Last one {}", clock.moment(at)),
            (None, None, None) => format!("{service}. Nothing has been sent yet"),
        }
    });
    let badge = match (has_ended, current) {
        (true, _) => view! { <span class="badge badge--danger">"ended"</span> }.into_any(),
        (false, true) => view! { <span class="badge badge--soft">"this one"</span> }.into_any(),
        (false, false) => ().into_any(),
    };
    let label = match (current, has_ended) {
        (true, false) => "Stop notifications on this device".to_owned(),
        (_, true) => format!("Remove {browser}"),
        (false, false) => format!("Stop notifications on {browser}"),
    };
    let remove = move |_| {
        if current {
            devices.turn_off();
        } else {
            devices.remove(id);
        }
    };
    view! {
        <li class="row">
            <span class="row__mark"><Icon glyph/></span>
            <span class="row__text">
                <span class="row__name">{browser} " " {badge}</span>
                <span class="row__about">{about}</span>
            </span>
            <span class="row__actions">
                {icon_button(label, view! { <Icon glyph=Glyph::X/> }, remove)}
            </span>
        </li>
    }
    .into_any()
}
