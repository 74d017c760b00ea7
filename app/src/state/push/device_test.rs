//! A test of the notifications of this browser, from the permission to the screen.

use protocol::{
    Timestamp,
    http::{PushDevice, PushResult},
};

use super::Browser;

/// What helps where a step has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Only the user can do it.
    Words,
    /// The browser has to subscribe again.
    TurnOn,
    /// The user looks again.
    SeesIt,
}

/// What a step found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It works.
    Works(String),
    /// It does not work, and what helps.
    Fails(String, Cure),
}

/// A step of a test: its name if it works, and if it does not.
const STEPS: [(&str, &str); 5] = [
    (" may show notifications", " may not show notifications"),
    ("Banter runs in the background", "Banter does not run in the background"),
    ("The push service took it", "The push service did not take it"),
    ("It came to this device", "It did not come to this device"),
    ("It showed on the screen", "Nothing showed on the screen"),
];

/// What a line of a test shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// The step works.
    Works,
    /// The step does not work.
    Fails(Cure),
    /// The step is under way.
    Runs,
    /// The user has to say whether it worked.
    Asks,
    /// An earlier step is not over, or has failed.
    Waits,
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the step is.
    pub name: String,
    /// What it found, and the cure. Empty if nothing is to be said.
    pub about: String,
    /// How far it is.
    pub state: LineState,
}

/// A test of the notifications of this browser, from the permission to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTest {
    /// When it began.
    pub at: Timestamp,
    browser: Browser,
    /// The steps that are over. Only the last one may have failed.
    findings: Vec<Finding>,
}

impl DeviceTest {
    /// Begins a test.
    #[must_use]
    pub fn new(at: Timestamp, browser: Browser) -> Self {
        Self { at, browser, findings: Vec::new() }
    }

    /// Adds what the next step found.
    pub fn add(&mut self, finding: Finding) {
        if !self.is_over() {
            self.findings.push(finding);
        }
    }

    /// Adds the user's answer whether the notification showed. It may be changed.
    pub fn answer(&mut self, showed: bool) {
        self.findings.truncate(STEPS.len() - 1);
        self.add(if showed {
            Finding::Works("You have seen it".to_owned())
        } else {
            Finding::Fails(format!("You said no. {}", self.browser.held_back()), Cure::SeesIt)
        });
    }

    /// Returns whether all steps are over, or one has failed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.findings.len() == STEPS.len() || self.failed().is_some()
    }

    /// Returns whether the user has to say whether the notification showed.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.findings.len() == STEPS.len() - 1 && self.failed().is_none()
    }

    fn failed(&self) -> Option<usize> {
        self.findings.iter().position(|finding| matches!(finding, Finding::Fails(..)))
    }

    /// Returns the lines to show.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let is_over = self.is_over();
        let line = |(place, (works, fails)): (usize, (&str, &str))| {
            let (words, about, state) = match self.findings.get(place) {
                Some(Finding::Works(about)) => (works, about.as_str(), LineState::Works),
                Some(Finding::Fails(about, cure)) => {
                    (fails, about.as_str(), LineState::Fails(*cure))
                }
                None if place == self.findings.len() && self.asks() => {
                    ("Did it show on the screen?", "", LineState::Asks)
                }
                None if place == self.findings.len() && !is_over => {
                    (works, "Under way", LineState::Runs)
                }
                None => (works, "", LineState::Waits),
            };
            let name = match place {
                0 => format!("{}{words}", self.browser.name()),
                _ => words.to_owned(),
            };
            Line { name, about: about.to_owned(), state }
        };
        STEPS.into_iter().enumerate().map(line).collect()
    }

    /// Returns in a sentence what came of the test. `time` is when it began, as it is shown.
    #[must_use]
    pub fn verdict(&self, time: &str) -> String {
        match self.failed() {
            Some(4) => {
                let what = "came to this device and did not show: the system holds it back";
                format!("The test of {time} {what}.")
            }
            Some(3) => format!("The push service took the test of {time}, and it did not come."),
            Some(2) => format!("The push service did not take the test of {time}."),
            Some(_) => "Notifications cannot come to this device.".to_owned(),
            None if self.is_over() => format!("The test of {time} came and showed: it works."),
            None if self.asks() => format!("The test of {time} has come. Did it show?"),
            None => "The test is under way.".to_owned(),
        }
    }
}

/// Returns what the push service answered for this browser.
#[must_use]
pub fn service_finding(device: Option<&PushDevice>, results: &[PushResult]) -> Finding {
    let found = device.and_then(|device| {
        let result = results.iter().find(|result| result.id == device.id)?;
        Some((device.service.as_str(), result))
    });
    let Some((service, result)) = found else {
        let text = "The server does not know this device any more. Turn notifications on again.";
        return Finding::Fails(text.to_owned(), Cure::TurnOn);
    };
    match result.status {
        200..=299 => Finding::Works(taken(service, result)),
        404 | 410 => {
            let text = "The browser has ended its subscription. Turn notifications on again.";
            Finding::Fails(text.to_owned(), Cure::TurnOn)
        }
        _ => Finding::Fails(refused(service, result), Cure::Words),
    }
}

/// Returns the answer to the test of any device, in a sentence.
#[must_use]
pub fn result_words(service: &str, result: &PushResult) -> String {
    match result.status {
        200..=299 => format!("Took the test: {}", taken(service, result)),
        404 | 410 => "The browser has ended it. Open Banter there once.".to_owned(),
        _ => refused(service, result),
    }
}

fn taken(service: &str, result: &PushResult) -> String {
    format!("{service}, in {} ms", result.took_ms)
}

fn refused(service: &str, result: &PushResult) -> String {
    match (&result.detail, result.status) {
        (Some(detail), _) => detail.clone(),
        (None, 0) => format!(
            "{service} did not answer the server. Ask whoever runs this Banter to let the server \
            reach it by https."
        ),
        (None, status) => {
            format!("{service} answered with status {status}. Try again in some minutes.")
        }
    }
}
