//! The devices that receive notifications, and what is done with them.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use protocol::{
    PushId, UserId,
    http::{Push, PushResult, PushResults},
};

use crate::{
    browser::{calls, clock, push},
    features::notifications::{PATH, subscribe, worker_fault},
    state::push::{
        DeviceState, Permission, Support, device_state,
        device_test::{Cure, DeviceTest, Finding, service_finding},
        this_device,
    },
    ui::loaded::{Loaded, Progress},
};

/// The time in which a test has to arrive.
const ARRIVAL: Duration = Duration::from_secs(20);

/// The user's devices, and a test of this one.
#[derive(Clone, Copy, Debug)]
pub struct Devices {
    user: UserId,
    /// The devices, as the server has them.
    pub(super) push: RwSignal<Loaded<Push>>,
    /// This one.
    pub(super) here: RwSignal<Here>,
    /// The progress of turning notifications on or off here.
    pub(super) switching: RwSignal<Progress>,
    /// The progress of removing another device.
    pub(super) removing: RwSignal<Progress>,
}

/// What is known of this device. One signal holds all of it, which makes the page smaller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// What this browser can do; `None` until it is asked.
    pub(super) support: Option<Support>,
    /// Whether this page may show notifications.
    pub(super) permission: Permission,
    /// The last test.
    pub(super) test: Option<DeviceTest>,
    /// What the push services of all devices answered to it.
    pub(super) results: Vec<PushResult>,
}

impl Devices {
    /// Has nothing yet: call [`look`](Self::look) in the browser.
    pub(super) fn new(user: UserId) -> Self {
        Self {
            user,
            push: RwSignal::new(Loaded::Waiting),
            here: RwSignal::new(Here::default()),
            switching: RwSignal::new(Progress::Idle),
            removing: RwSignal::new(Progress::Idle),
        }
    }

    /// Finds out what this browser can do, and what the server has.
    pub(super) fn look(self) {
        let support = push::support();
        self.change(&|here| here.support = Some(support));
        if support == Support::Full {
            self.look_again();
        }
        self.load();
    }

    /// Finds out whether the user has changed the permission.
    pub(super) fn look_again(self) {
        let permission = push::permission();
        if self.here.try_with_untracked(|here| here.permission) != Some(permission) {
            self.change(&|here| here.permission = permission);
        }
    }

    /// Changes what is known of this device, unless its view is gone.
    fn change(self, change: &dyn Fn(&mut Here)) {
        self.here.try_update(|here| change(here));
    }

    fn load(self) {
        spawn_local(self.reload());
    }

    /// What it has stays until the response arrives.
    async fn reload(self) {
        let found = match calls::get(PATH).await {
            Ok(push) => Loaded::Ready(push),
            Err(refusal) => Loaded::Failed(refusal.text),
        };
        self.push.try_set(found);
    }

    /// Returns whether notifications come to this browser.
    pub(super) fn state(self) -> DeviceState {
        let known = self.push.with(|push| push.ready().map_or(DeviceState::Off, device_state));
        let may = self.here.with(|here| here.permission) == Permission::Granted;
        if may { known } else { DeviceState::Off }
    }

    /// Turns notifications on here. Call it in the handler of a click.
    pub(super) fn turn_on(self) {
        let answer = push::ask();
        self.switching.set(Progress::Sending);
        spawn_local(async move {
            let permission = answer.await;
            self.change(&|here| (here.permission, here.test) = (permission, None));
            let outcome = match permission {
                Permission::Granted => subscribe(self.user).await,
                // What is to be done stands below.
                Permission::Denied => Ok(()),
                Permission::Default => {
                    Err("The browser asked, and got no answer. Turn it on again.".to_owned())
                }
            };
            let progress = match outcome {
                Ok(()) => Progress::Idle,
                Err(text) => Progress::Refused(text),
            };
            self.reload().await;
            self.switching.try_set(progress);
        });
    }

    /// Turns notifications off here.
    pub(super) fn turn_off(self) {
        let id = self.push.with_untracked(|push| Some(this_device(push.ready()?)?.id));
        if let Some(id) = id {
            self.end(id, self.switching);
        }
    }

    /// Removes another device.
    pub(super) fn remove(self, id: PushId) {
        self.end(id, self.removing);
    }

    fn end(self, id: PushId, progress: RwSignal<Progress>) {
        let is_here = progress == self.switching;
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::send("DELETE", &format!("{PATH}/{id}"), None).await;
            let is_gone = outcome.as_ref().err().is_none_or(|refusal| refusal.status == 404);
            if is_here && is_gone {
                push::unsubscribe().await;
                push::note_told(self.user, None);
                self.change(&|here| here.test = None);
            }
            self.reload().await;
            progress.try_set(match Progress::of(&outcome) {
                _ if is_here && is_gone => Progress::Idle,
                progress => progress,
            });
        });
    }

    /// Returns whether this device was tested.
    pub(super) fn has_test(self) -> bool {
        self.here.with(|here| here.test.is_some())
    }

    /// Returns whether a test is under way.
    pub(super) fn is_testing(self) -> bool {
        self.here
            .with(|here| here.test.as_ref().is_some_and(|test| !test.is_over() && !test.asks()))
    }

    /// Tests this device, from the permission to the screen.
    pub(super) fn run_test(self) {
        let test = DeviceTest::new(clock::now(), push::browser());
        self.change(&|here| (here.test, here.results) = (Some(test.clone()), Vec::new()));
        spawn_local(async move {
            if let Err((text, cure)) = self.steps().await {
                self.add(&Finding::Fails(text, cure));
            }
            self.load();
        });
    }

    /// Takes the user's answer whether the test showed.
    pub(super) fn answer(self, showed: bool) {
        self.change(&|here| {
            if let Some(test) = &mut here.test {
                test.answer(showed);
            }
        });
    }

    fn add(self, finding: &Finding) {
        self.change(&|here| {
            if let Some(test) = &mut here.test {
                test.add(finding.clone());
            }
        });
    }

    async fn steps(self) -> Result<(), (String, Cure)> {
        let works = |text: &str| self.add(&Finding::Works(text.to_owned()));
        let in_words = |text: String| (text, Cure::Words);
        self.look_again();
        match push::permission() {
            Permission::Granted => works("Asked and allowed"),
            Permission::Denied => return Err(in_words(push::browser().unblock().to_owned())),
            Permission::Default => {
                let text = "The browser has not asked yet. Turn notifications on again.";
                return Err((text.to_owned(), Cure::TurnOn));
            }
        }
        push::start().await.map_err(|words| in_words(worker_fault(&words)))?;
        works("Its service worker is up to date");
        let (arrival, sent) = (push::Arrival::expect(), clock::elapsed_ms());
        let nothing = serde_json::Map::new();
        let answer = calls::call::<PushResults>("POST", &format!("{PATH}/test"), &nothing).await;
        let results = answer.map_err(|refusal| in_words(refusal.text))?.results;
        let device =
            self.push.try_with_untracked(|push| this_device(push.ready()?).cloned()).flatten();
        let finding = service_finding(device.as_ref(), &results);
        self.change(&|here| here.results.clone_from(&results));
        if let Finding::Fails(text, cure) = finding {
            return Err((text, cure));
        }
        self.add(&finding);
        let Some(error) = arrival.within(ARRIVAL).await else {
            return Err(in_words(format!(
                "It did not come within {} seconds. A VPN, a firewall, or a battery or data saver \
                may keep the browser from its push service. Change that, and test again.",
                ARRIVAL.as_secs()
            )));
        };
        works(&format!("{} ms after the test began", clock::elapsed_ms() - sent));
        match error {
            Some(error) => Err(in_words(format!(
                "The browser does not show it: {error}. Load this page again, and test again."
            ))),
            None => Ok(()),
        }
    }
}
