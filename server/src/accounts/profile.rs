//! What users say about themselves: reading and changing it.

use protocol::{
    FieldError, UserStatus,
    http::{NewStatus, Profile, QuietHours, QuietTime, UpdateProfile},
    limits::{
        MAX_ABOUT_CHARS, MAX_DISPLAY_NAME_CHARS, MAX_KEYWORD_CHARS, MAX_KEYWORDS, MAX_STATUS_CHARS,
    },
    text::{canonical_emoji, has_chars, is_blank, is_legible, is_name},
};

use super::AccountService;
use crate::{
    base::{
        names::{name_rule, normal_name},
        quiet::{minutes, time_zone},
    },
    error::Error,
    store::{ProfileChange, SessionUser},
};

impl AccountService {
    /// Returns the user's profile, as the user sees it.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn profile(&self, session: &SessionUser) -> Result<Profile, Error> {
        Ok(self.store.profile(session.user.id).await?)
    }

    /// Changes the user's profile, all of it or nothing, and tells everybody.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if a value does not fit, and [`Error::Limited`] after too many
    /// changes.
    pub async fn change_profile(
        &self,
        session: SessionUser,
        update: UpdateProfile,
    ) -> Result<Profile, Error> {
        let change = check(update).map_err(Error::Invalid)?;
        let is_empty = change.display_name.is_none()
            && change.about.is_none()
            && change.status.is_none()
            && change.quiet.is_none()
            && change.keywords.is_none();
        if is_empty {
            return self.profile(&session).await;
        }
        self.limits.profile(session.user.id).await?;
        let profile = self.store.change_profile(session, change).await?;
        self.notifier.users_changed();
        Ok(profile)
    }
}

/// Brings the values into their normal form, and checks all of them.
fn check(update: UpdateProfile) -> Result<ProfileChange, Vec<FieldError>> {
    let mut faults = Vec::new();
    let display_name = update.display_name.map(|name| normal_name(&name));
    if display_name.as_ref().is_some_and(|name| !is_name(name, MAX_DISPLAY_NAME_CHARS)) {
        faults.push(FieldError::new("display_name", name_rule(MAX_DISPLAY_NAME_CHARS)));
    }
    let about = update.about.map(|about| normal_about(&about));
    let about = about.map(|about| check_about(about, &mut faults));
    let status = update.status.map(|status| check_status(status?, &mut faults));
    let quiet = update.quiet.map(|quiet| check_quiet(quiet?, &mut faults));
    let keywords = update.keywords.map(|keywords| check_keywords(keywords, &mut faults));
    let change = ProfileChange { display_name, about, status, quiet, keywords };
    if faults.is_empty() { Ok(change) } else { Err(faults) }
}

/// Returns a text of several lines with one kind of line break, in Unicode's normal form.
fn normal_about(about: &str) -> String {
    normal_name(&about.replace("\r\n", "\n").replace('\r', "\n"))
}

fn check_about(about: String, faults: &mut Vec<FieldError>) -> Option<String> {
    if !has_chars(&about, 0, MAX_ABOUT_CHARS) {
        let rule = format!("must have at most {MAX_ABOUT_CHARS} characters");
        faults.push(FieldError::new("about", rule));
    } else if !is_blank(&about) && !about.split(['\n', '\t']).all(is_legible) {
        faults.push(FieldError::new("about", "must not have characters that are invisible"));
    }
    (!is_blank(&about)).then_some(about)
}

fn check_status(status: NewStatus, faults: &mut Vec<FieldError>) -> Option<UserStatus> {
    let given =
        |text: Option<String>| text.map(|text| normal_name(&text)).filter(|t| !t.is_empty());
    let (emoji, text) = (given(status.emoji), given(status.text));
    if emoji.is_none() && text.is_none() {
        faults.push(FieldError::new("status", "must have an emoji or a text, or be null"));
    }
    let canonical = emoji.as_deref().and_then(canonical_emoji);
    if emoji.is_some() && canonical.is_none() {
        faults.push(FieldError::new("status.emoji", "must be one emoji"));
    }
    if text.as_ref().is_some_and(|text| !is_name(text, MAX_STATUS_CHARS)) {
        faults.push(FieldError::new("status.text", name_rule(MAX_STATUS_CHARS)));
    }
    Some(UserStatus { emoji: canonical, text, until: status.until })
}

fn check_quiet(quiet: QuietTime, faults: &mut Vec<FieldError>) -> Option<QuietTime> {
    let QuietTime::Hours(QuietHours { from, to, time_zone: zone, mut days }) = quiet else {
        return Some(quiet);
    };
    for (field, time) in [("quiet.from", &from), ("quiet.to", &to)] {
        if minutes(time).is_none() {
            faults.push(FieldError::new(field, "must be a time from 00:00 to 23:59"));
        }
    }
    let known = time_zone(&zone);
    if known.is_none() {
        let rule = "must be a time zone of the tz database, such as Europe/Berlin";
        faults.push(FieldError::new("quiet.time_zone", rule));
    }
    days.sort_unstable();
    days.dedup();
    if days.is_empty() || !days.iter().all(|day| (1..=7).contains(day)) {
        let rule = "must name days, from 1 for Monday to 7 for Sunday";
        faults.push(FieldError::new("quiet.days", rule));
    }
    Some(QuietTime::Hours(QuietHours { from, to, time_zone: known?, days }))
}

/// Returns keywords without repeats and surrounding white space.
fn check_keywords(keywords: Vec<String>, faults: &mut Vec<FieldError>) -> Vec<String> {
    let mut checked: Vec<String> = Vec::new();
    for keyword in keywords {
        let keyword = normal_name(&keyword);
        if !has_chars(&keyword, 2, MAX_KEYWORD_CHARS) || !is_legible(&keyword) {
            let rule = format!("must each have 2 to {MAX_KEYWORD_CHARS} visible characters");
            faults.push(FieldError::new("keywords", rule));
            break;
        }
        if !checked.contains(&keyword) {
            checked.push(keyword);
        }
    }
    if checked.len() > MAX_KEYWORDS {
        let rule = format!("must have at most {MAX_KEYWORDS} words");
        faults.push(FieldError::new("keywords", rule));
    }
    checked
}

#[cfg(test)]
mod tests;
