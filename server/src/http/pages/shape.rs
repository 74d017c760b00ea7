//! The fingerprint of a page's structure.
//!
//! The program in the browser can take over only elements that are exactly as the server wrote
//! them. Translators, add-ons and proxies change them, and the program would fail in the middle, or
//! work on the wrong elements. `public/boot.js` compares the page with this fingerprint first.

/// The elements of our pages that have no end tag.
const VOID: [&str; 5] = ["br", "hr", "img", "input", "wbr"];

/// Returns the fingerprint of the first element in `<body>`: of its elements, texts and comments,
/// without their content. `None` if the page is not well-formed.
pub(super) fn shape(html: &str) -> Option<String> {
    let mut rest = html.split_once("<body>")?.1;
    let mut hash = Fnv(0x811c_9dc5);
    let mut depth = 0_usize;
    loop {
        let text = rest.find('<')?;
        if text > 0 {
            hash.add("#");
            rest = rest.get(text..)?;
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            hash.add("!");
            rest = comment.split_once("-->")?.1;
        } else if let Some(comment) = rest.strip_prefix("<!") {
            hash.add("!");
            rest = comment.split_once('>')?.1;
        } else if let Some(end) = rest.strip_prefix("</") {
            hash.add(">");
            depth = depth.checked_sub(1)?;
            rest = end.split_once('>')?.1;
        } else {
            let name = rest.split([' ', '>', '/']).next()?;
            hash.add(name);
            rest = after_tag(rest.get(name.len()..)?)?;
            if VOID.contains(&&name[1..]) {
                hash.add(">");
            } else {
                depth += 1;
            }
        }
        if depth == 0 {
            return Some(format!("{:08x}", hash.0));
        }
    }
}

/// Returns what follows a start tag. `rest` begins after the tag's name.
fn after_tag(rest: &str) -> Option<&str> {
    let mut is_quoted = false;
    let end = rest.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    })?;
    rest.get(end + 1..)
}

/// FNV-1a with 32 bits. It detects changes by chance, not by intent: whoever changes the page may
/// change the fingerprint as well.
struct Fnv(u32);

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<String> {
        shape(&format!("<html><head><title>x</title></head><body>{body}</body></html>"))
    }

    #[test]
    fn content_and_attributes_do_not_matter() {
        let one =
            of(r#"<main class="a"><p>Hello</p><input value="1>0"><!></main><script></script>"#);
        let other = of("<main><p>&lt;b&gt; bye</p><input><!--x--></main>");
        assert!(one.is_some());
        assert_eq!(one, other);
    }

    #[test]
    fn every_change_of_the_structure_matters() {
        let page = of("<main><p>Hello</p><!><ul><li>1</li></ul></main>");
        for changed in [
            "<main><p>Hello</p><ul><li>1</li></ul></main>",
            "<main><p><font>Hello</font></p><!><ul><li>1</li></ul></main>",
            "<div></div><main><p>Hello</p><!><ul><li>1</li></ul></main>",
            " <main><p>Hello</p><!><ul><li>1</li></ul></main>",
            "<main><p></p><!><ul><li>1</li></ul></main>",
            "<main><p>Hello</p><!><ul><li>1</li><li>2</li></ul></main>",
            "<main><p>Hello</p><!><ul></ul><li>1</li></main>",
        ] {
            assert_ne!(of(changed), page, "{changed}");
        }
    }

    #[test]
    fn a_page_that_is_cut_off_has_none() {
        for cut in ["<main><p>Hello", "<main", "<main><!-- x", "", "</main>"] {
            assert_eq!(shape(&format!("<body>{cut}")), None, "{cut}");
        }
    }

    #[test]
    fn the_browser_computes_the_same() {
        // end2end/tests/boot.spec.ts checks the two against each other on whole pages.
        assert_eq!(of("<p>x</p>").as_deref(), Some("c7f5d2d8"));
    }
}
