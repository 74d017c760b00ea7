//! Names of files.

use protocol::limits::MAX_FILE_NAME_BYTES;

/// The name of a file whose own name is empty.
const NAMELESS: &str = "file";
/// The longest end of a name that is kept when it is cut, in bytes, as `.tar.gz`.
const MAX_EXTENSION_BYTES: usize = 20;

/// Returns the last part of a path as the name of a file: without control characters and without
/// marks that change the direction of writing, at most [`MAX_FILE_NAME_BYTES`] long.
pub(super) fn clean_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|letter| !is_dropped(*letter)).collect();
    let name = name.trim();
    if name.trim_matches('.').is_empty() {
        return NAMELESS.to_owned();
    }
    cut(name)
}

/// Control characters, line breaks of Unicode, and the marks of UAX #9.
fn is_dropped(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
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
        ] {
            assert_eq!(clean_name(path), name, "{path:?}");
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
    }
}
