//! Escapes text for the places where the framework writes it as it is.
//!
//! Text nodes and attributes are escaped by the framework. All other text goes through this module:
//! the title, the content of a textarea, and the data of the page.

/// Escapes text for an element that contains only text, such as `<title>` and `<textarea>`.
#[must_use]
pub fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Escapes JSON for a `<script>` element, which ends at the first `</script`. JSON contains `<`
/// only in strings, where it may be written as an escape.
#[must_use]
pub fn escape_json(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_inside_its_element() {
        assert_eq!(escape_text("</title><meta> & co"), "&lt;/title>&lt;meta> &amp; co");
        assert_eq!(escape_text("&lt;"), "&amp;lt;", "text that resembles an escape is kept");
    }

    #[test]
    fn escaped_json_means_the_same() {
        let text = "</script><!-- & \u{2028} \\u003c \"";
        let escaped = escape_json(&serde_json::to_string(text).unwrap());
        assert!(!escaped.contains('<'));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
