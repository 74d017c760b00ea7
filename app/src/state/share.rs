//! What another app has shared with Banter: its words and files.

use protocol::limits::MAX_TEXT_CHARS;

/// What was shared, as the service worker keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// Tells it from what is shared next.
    pub id: String,
    /// When it was shared, in milliseconds since 1970.
    pub at: f64,
    /// The title of a page, or what the other app calls it.
    pub title: String,
    /// A text, which may have the address in it.
    pub text: String,
    /// An address.
    pub url: String,
    /// The files that are kept.
    pub files: Vec<SharedFile>,
    /// The number of files that are not kept: there were too many, or they are too large.
    pub left_out: usize,
}

/// A file that was shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedFile {
    /// Its name, as the other app gives it.
    pub name: String,
    /// Its media type, as the browser knows it.
    pub media_type: String,
    /// The number of bytes.
    pub size: u64,
}

impl Shared {
    /// Returns the words for a message, in at most as many letters as one may have: the title, the
    /// text and the address, each on lines of its own. What another of them says as well is left
    /// out.
    #[must_use]
    pub fn words(&self) -> String {
        let [title, mut text, url] = self.parts();
        let others = [&title, &url].map(|part| match part.chars().count() {
            0 => 0,
            letters => letters + 1,
        });
        let left = MAX_TEXT_CHARS.saturating_sub(others.iter().sum());
        text = shorten(&text, left);
        let all = [title, text, url].into_iter().filter(|part| !part.is_empty());
        shorten(&all.collect::<Vec<_>>().join("\n"), MAX_TEXT_CHARS)
    }

    /// Returns whether the end of the text is left out, because a message cannot have it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let letters = self.parts().map(|part| part.chars().count());
        let breaks = letters.iter().filter(|letters| **letters > 0).count().saturating_sub(1);
        letters.iter().sum::<usize>() + breaks > MAX_TEXT_CHARS
    }

    /// Returns whether there are neither words nor files.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.left_out == 0 && self.parts().iter().all(String::is_empty)
    }

    /// Returns the title, the text and the address. One that another has in it is empty.
    fn parts(&self) -> [String; 3] {
        let [mut title, text, mut url] = [&self.title, &self.text, &self.url]
            .map(|part| part.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned());
        if text.contains(&url) {
            url.clear();
        }
        if text.contains(&title) || title == url {
            title.clear();
        }
        [title, text, url]
    }
}

/// Returns the beginning of a text, without blanks at its end if it was cut.
fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].trim_end().to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(title: &str, text: &str, url: &str) -> Shared {
        let [title, text, url] = [title, text, url].map(str::to_owned);
        Shared { title, text, url, ..Shared::default() }
    }

    const URL: &str = "https://example.org/a?b=c";

    #[test]
    fn title_text_and_address_are_lines_in_this_order() {
        let words = |title, text, url| shared(title, text, url).words();
        assert_eq!(words("A page", "Read this", URL), format!("A page\nRead this\n{URL}"));
        assert_eq!(words("", "Read this", ""), "Read this");
        assert_eq!(words("", "", URL), URL);
        assert_eq!(words(" \n", "\r\n one\r\ntwo\rthree \r\n", ""), "one\ntwo\nthree");
        assert_eq!(words("", "", ""), "");
    }

    #[test]
    fn what_is_said_twice_is_written_once() {
        let words = |title, text, url| shared(title, text, url).words();
        let with_address = format!("A page {URL}");
        assert_eq!(words("A page", &with_address, URL), with_address, "as Android shares");
        assert_eq!(words("A page", "A page", URL), format!("A page\n{URL}"));
        assert_eq!(words(URL, "", URL), URL);
        assert_eq!(words(URL, URL, URL), URL);
    }

    #[test]
    fn a_message_can_have_all_words_and_the_address_stays_whole() {
        let long = "ä ".repeat(MAX_TEXT_CHARS);
        let cut = shared("A page", &long, URL);
        assert!(cut.is_cut());
        let words = cut.words();
        assert!(words.chars().count() <= MAX_TEXT_CHARS);
        assert!(words.starts_with("A page\nä ä") && words.ends_with(&format!("ä\n{URL}")));
        let endless = format!("https://example.org/{}", "a".repeat(2 * MAX_TEXT_CHARS));
        let words = shared("A page", "text", &endless).words();
        assert_eq!(words.chars().count(), MAX_TEXT_CHARS);
        let exact = shared("", &"a".repeat(MAX_TEXT_CHARS - URL.len() - 1), URL);
        assert!(!exact.is_cut());
        assert_eq!(exact.words().chars().count(), MAX_TEXT_CHARS);
    }

    #[test]
    fn what_is_hostile_is_only_text() {
        let words = shared("<b>", "", "javascript:alert(1)").words();
        assert_eq!(words, "<b>\njavascript:alert(1)");
        let files = vec![SharedFile::default()];
        assert!(!Shared { files, ..Shared::default() }.is_empty() && Shared::default().is_empty());
        assert!(!Shared { left_out: 1, ..Shared::default() }.is_empty());
    }
}
