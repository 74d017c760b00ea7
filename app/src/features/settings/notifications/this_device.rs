//! Notifications on this device: the switch, and a test that names what is wrong.

use leptos::{ev, html, prelude::*};

use super::devices::{Devices, Here};
use crate::{
    browser::{focus::focus_element, form::is_checked, push},
    features::settings::appearance::Setting,
    session::Session,
    state::push::{
        DeviceState, Permission, Support,
        device_test::{Cure, Line, LineState},
        this_device,
    },
    ui::{
        button::small_button,
        dynamic::{ShowErased, change, click, dynamic},
        icon::{Glyph, Icon},
        loaded::{Fault, Loaded, Progress},
    },
};

/// The section.
#[component]
pub fn ThisDevice(
    /// The devices.
    devices: Devices,
) -> impl IntoView {
    let session = expect_context::<Session>();
    Effect::new(move |_| devices.look());
    let listener = StoredValue::new(None);
    Effect::new(move |_| {
        let handle = window_event_listener(ev::focus, move |_| devices.look_again());
        listener.set_value(Some(handle));
    });
    on_cleanup(move || {
        if let Some(Some(handle)) = listener.try_update_value(Option::take) {
            handle.remove();
        }
    });
    let button = NodeRef::<html::Button>::new();
    let is_on = Memo::new(move |_| devices.state() == DeviceState::On);
    let may_test = Memo::new(move |_| is_on.get() || devices.has_test());
    let lead = Signal::derive(move || {
        devices.here.with(|here| match &here.test {
            Some(test) => test.verdict(&session.clock().time(test.at)),
            None => "Messages ring here even while no page of Banter is open.".to_owned(),
        })
    });
    view! {
        <section id="notifications">
            <div class="section__head">
                <h3 class="settings__title">"Notifications on this device"</h3>
                <ShowErased when=may_test><TestButton devices button/></ShowErased>
            </div>
            <p class="settings__lead settings__lead--near" role="status">{lead}</p>
            <Switch devices is_on/>
            {dynamic(move || {
                let lines = lines(devices);
                (!lines.is_empty()).then(|| {
                    let lines = lines.into_iter().map(|line| check(devices, button, line));
                    view! { <ol class="checks" role="list">{lines.collect_view()}</ol> }
                })
            })}
        </section>
    }
}

#[component]
fn TestButton(devices: Devices, button: NodeRef<html::Button>) -> impl IntoView {
    let label = Signal::derive(move || match devices.has_test() {
        _ if devices.is_testing() => "Testing",
        true => "Test again",
        false => "Test",
    });
    view! {
        <button
            class="button button--small"
            type="button"
            node_ref=button
            disabled=Signal::derive(move || devices.is_testing())
            on:click=click(move |_| devices.run_test())
        >
            <Icon glyph=Glyph::Retry/>
            {label}
        </button>
    }
}

/// Turns notifications on and off.
#[component]
fn Switch(devices: Devices, is_on: Memo<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let since = Memo::new(move |_| {
        devices.push.with(|push| this_device(push.ready()?).map(|device| device.created_at))
    });
    let about = Signal::derive(move || match (devices.state(), since.get()) {
        _ if devices.switching.get() == Progress::Sending => "One moment".to_owned(),
        (DeviceState::Ended(at), _) => {
            let at = session.clock().moment(at);
            format!("The browser ended it {at}. Turn it on again.")
        }
        (DeviceState::On, Some(since)) => format!("Since {}", session.clock().moment(since)),
        _ => "Off. The browser asks once whether it may.".to_owned(),
    });
    let is_disabled = Signal::derive(move || {
        devices.here.with(|here| here.support) != Some(Support::Full)
            || devices.switching.get() == Progress::Sending
            || devices.push.with(|push| push.ready().is_none())
    });
    let toggle = move |event: ev::Event| {
        if is_checked(&event) {
            devices.turn_on();
        } else {
            devices.turn_off();
        }
    };
    view! {
        <Setting name="Notifications" about>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label="Notifications on this device"
                disabled=is_disabled
                prop:checked=Signal::derive(move || {
                    // Until the answer, it stands where the user has set it.
                    is_on.get() != (devices.switching.get() == Progress::Sending)
                })
                on:change=change(toggle)
            />
        </Setting>
        {dynamic(move || match (devices.switching.get(), devices.push.get()) {
            (Progress::Refused(text), _) | (_, Loaded::Failed(text)) => {
                Some(view! { <Fault text/> })
            }
            _ => None,
        })}
    }
}

/// Returns what is in the way, else the lines of the last test.
fn lines(devices: Devices) -> Vec<Line> {
    let fault = |name: String, about: &str| {
        let state = LineState::Fails(Cure::Words);
        vec![Line { name, about: about.to_owned(), state }]
    };
    let Here { support, permission, test, .. } = devices.here.get();
    if let Some(about) = support.and_then(Support::hurdle) {
        return fault("Notifications cannot come here yet".to_owned(), about);
    }
    if let Some(test) = test {
        return test.lines();
    }
    if permission == Permission::Denied {
        let browser = push::browser();
        return fault(format!("{} may not show notifications", browser.name()), browser.unblock());
    }
    Vec::new()
}

fn check(devices: Devices, button: NodeRef<html::Button>, line: Line) -> AnyView {
    let Line { name, about, state } = line;
    let (shown, words, glyph) = match state {
        LineState::Works => ("ok", ": works", Glyph::Check),
        LineState::Fails(_) => ("failed", ": does not work", Glyph::CircleAlert),
        LineState::Runs => ("waiting", "", Glyph::Clock),
        LineState::Asks => ("asks", "", Glyph::Clock),
        LineState::Waits => ("waiting", ": not tried yet", Glyph::Clock),
    };
    let answer = move |showed| {
        devices.answer(showed);
        // The button that had the focus is gone.
        if let Some(button) = button.get_untracked() {
            focus_element(&button);
        }
    };
    let actions = match state {
        LineState::Asks => view! {
            <span class="check__actions">
                {small_button("Yes", "", move |_| answer(true))}
                {small_button("No", "", move |_| answer(false))}
            </span>
        }
        .into_any(),
        LineState::Fails(Cure::SeesIt) => small_button("I see it now", "", move |_| answer(true)),
        LineState::Fails(Cure::TurnOn) => {
            small_button("Turn on again", "", move |_| devices.turn_on())
        }
        _ => ().into_any(),
    };
    let about = (!about.is_empty()).then(|| view! { <span class="check__about">{about}</span> });
    view! {
        <li class="check" data-state=shown>
            <span class="check__mark"><Icon glyph/></span>
            <span>
                <span class="check__name">{name}</span>
                <span class="visually-hidden">{words}</span>
                {about}
            </span>
            {actions}
        </li>
    }
    .into_any()
}
