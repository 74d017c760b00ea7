//! Names and descriptions of files.

use protocol::{
    FieldError,
    limits::{MAX_DESCRIPTION_CHARS, MAX_FILE_NAME_BYTES},
    text::{has_chars, is_blank, is_legible, only_legible},
};

use crate::{base::names::normal_name, error::Error};

/// The name of a file whose own name is empty.
const NAMELESS: &str = "file";
/// The longest end of a name that is kept when it is cut, in bytes, as `.tar.gz`.
const MAX_EXTENSION_BYTES: usize = 20;
/// The characters that are cleaned at once: the time for it grows with the square of their number.
const CLEANED_AT_ONCE: usize = 256;

/// What the sender calls a file, and says is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLabel {
    pub(super) name: String,
    pub(super) description: Option<String>,
}

impl FileLabel {
    /// Makes a name of the last part of a path, and checks the description. An empty one is none.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the description does not fit.
    pub fn new(path: &str, description: &str) -> Result<Self, Error> {
        Ok(Self { name: clean_name(path), description: check_description(description)? })
    }
}

/// Returns a description as one line in Unicode's normal form, or nothing if it is empty.
///
/// # Errors
/// Returns [`Error::Invalid`] if it is too long, or has characters that cannot be seen.
pub(super) fn check_description(text: &str) -> Result<Option<String>, Error> {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = normal_name(&words.join(" "));
    let fault = if !has_chars(&line, 0, MAX_DESCRIPTION_CHARS) {
        format!("must have at most {MAX_DESCRIPTION_CHARS} characters")
    } else if !is_legible(&line) || !line.is_empty() && is_blank(&line) {
        "must not have characters that are invisible".to_owned()
    } else {
        return Ok(Some(line).filter(|line| !line.is_empty()));
    };
    Err(Error::Invalid(vec![FieldError::new("description", fault)]))
}

/// Returns the last part of a path as the name of a file: only with characters that can be seen
/// where they stand, as in names of users, and at most [`MAX_FILE_NAME_BYTES`] long.
fn clean_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let letters: Vec<char> = normal_name(&shown).chars().collect();
    let pieces = letters.chunks(CLEANED_AT_ONCE).map(|piece| piece.iter().collect::<String>());
    let seen: String = pieces.map(|piece| only_legible(&piece)).collect();
    let name = normal_name(&only_legible(&cut(&seen)));
    if is_blank(&name) || name.trim_matches('.').is_empty() {
        return NAMELESS.to_owned();
    }
    cut(&name)
}

/// Cuts a name that is too long before its extension.
fn cut(name: &str) -> String {
    if name.len() <= MAX_FILE_NAME_BYTES {
        return name.to_owned();
    }
    let extension = name.rfind('.').map(|dot| &name[dot..]);
    let extension = extension.filter(|end| end.len() <= MAX_EXTENSION_BYTES).unwrap_or_default();
    let end = name.floor_char_boundary(MAX_FILE_NAME_BYTES - extension.len());
    format!("{}{extension}", name[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_part_of_a_path_without_what_misleads() {
        for (path, name) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\ada\report.pdf", "report.pdf"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}\u{61c}\u{200f}.txt", "ab.txt"),
            ("  spaced name .txt  ", "spaced name .txt"),
            ("家族 写真.jpg", "家族 写真.jpg"),
            ("👩‍👩‍👧.png", "👩‍👩‍👧.png"),
            (".bashrc", ".bashrc"),
            ("folder/", "file"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("\u{202e}\n", "file"),
            ("pho\u{200b}to\u{ad}\u{feff}.\u{2060}png", "photo.png"),
            ("\u{200b}\u{3164}", "file"),
            ("invoice\u{200d}.pdf", "invoice.pdf"),
            ("u\u{308}.txt", "ü.txt"),
        ] {
            assert_eq!(clean_name(path), name, "{path:?}");
        }
    }

    #[test]
    fn a_description_is_one_line_that_can_be_read() {
        let line = check_description("  A red boat\r\n on a\tcalm bay ").unwrap();
        assert_eq!(line.as_deref(), Some("A red boat on a calm bay"));
        assert_eq!(check_description(" \n ").unwrap(), None);
        assert!(check_description(&"ä".repeat(1_000)).is_ok());
        for wrong in ["a\0b", "a\u{202e}b", "\u{200b}", &"ä".repeat(1_001)] {
            assert!(matches!(check_description(wrong), Err(Error::Invalid(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let long = clean_name(&format!("{}.tar.gz", "ä".repeat(200)));
        assert_eq!(long.len(), 255);
        assert!(long.ends_with("ä.gz") || long.ends_with(".gz"), "{long}");
        let no_extension = clean_name(&"😀".repeat(100));
        assert_eq!(no_extension.len(), 252);
        let not_one = clean_name(&format!("a.{}", "b".repeat(300)));
        assert_eq!(not_one.len(), 255);
        assert_eq!(clean_name(&"x".repeat(255)).len(), 255);
        for invisible in [85, 5_000] {
            let hidden = format!("{}report.pdf", "\u{200b}".repeat(invisible));
            assert_eq!(clean_name(&hidden), "report.pdf");
        }
    }
}
