//! Files of messages as people see them: kinds, sizes in words, and the space of pictures.

use protocol::File;

use super::bidi::isolate;

/// Widest picture in a list of messages, in CSS pixels.
const MAX_WIDTH: u64 = 384;
/// Highest picture in a list of messages, in CSS pixels.
const MAX_HEIGHT: u64 = 320;
/// Least width and height of a picture, in CSS pixels. Of longer ones, a part is shown.
const MIN_SIDE: u64 = 48;
/// Longest ending of a name that tells its kind.
const MAX_ENDING: usize = 5;

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A picture that browsers show.
    Picture,
    /// Sound, which is played in place.
    Sound,
    /// A film, which is played in place.
    Film,
    /// Something to read.
    Paper,
    /// Several files in one.
    Archive,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Returns the kind of a media type.
    #[must_use]
    pub fn of(media_type: &str) -> Self {
        const PICTURES: [&str; 6] = ["png", "jpeg", "gif", "webp", "avif", "apng"];
        const ARCHIVES: [&str; 8] =
            ["zip", "gzip", "x-tar", "x-7z-compressed", "x-xz", "zstd", "x-bzip2", "vnd.rar"];
        match media_type.split_once('/') {
            Some(("image", name)) if PICTURES.contains(&name) => Self::Picture,
            Some(("audio", _)) => Self::Sound,
            Some(("video", _)) => Self::Film,
            Some(("text", _) | ("application", "pdf")) => Self::Paper,
            Some(("application", name)) if ARCHIVES.contains(&name) => Self::Archive,
            _ => Self::Other,
        }
    }

    /// Returns the kind in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Picture => "Picture",
            Self::Sound => "Sound",
            Self::Film => "Film",
            Self::Paper => "Text",
            Self::Archive => "Archive",
            Self::Other => "File",
        }
    }
}

/// Returns the files whose names or descriptions contain a folded text; all of them if none does,
/// since the server found one.
pub fn found<'a>(
    files: &'a [File],
    query: &str,
    fold: fn(char) -> String,
) -> impl Iterator<Item = &'a File> {
    let query: String = query.chars().map(fold).collect();
    let is_found = move |file: &File| {
        let mut texts = [Some(&file.name), file.description.as_ref()].into_iter().flatten();
        query.is_empty()
            || texts.any(|text| text.chars().map(fold).collect::<String>().contains(&query))
    };
    let is_any = files.iter().any(&is_found);
    files.iter().filter(move |file| !is_any || is_found(file))
}

/// Returns the kind and the size of a file in words: `PDF, 84 KB`.
#[must_use]
pub fn kind_and_size(name: &str, media_type: &str, size: u64) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| {
        (1..=MAX_ENDING).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let kind = match ending {
        Some(ending) => ending.to_ascii_uppercase(),
        None => FileKind::of(media_type).word().to_owned(),
    };
    format!("{kind}, {}", format_size(size))
}

/// Formats a number of bytes: `84 KB`, `1.1 MB`.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)];
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    // The first unit of which there are less than 1,000 after rounding.
    let fits = |(_, unit): &&(&str, u64)| bytes.saturating_add(unit / 2) / unit < 1_000;
    let (name, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[3]);
    let tenths = bytes.saturating_add(unit / 20) / (unit / 10);
    match (tenths / 10, tenths % 10) {
        (whole, tenth) if whole < 10 && tenth > 0 => format!("{whole}.{tenth} {name}"),
        _ => format!("{} {name}", bytes.saturating_add(unit / 2) / unit),
    }
}

/// Returns the width and the height at which a list shows a picture, in CSS pixels, so that there
/// is space for it before it arrives. `None` if its size is not known.
#[must_use]
pub fn fit(width: Option<u32>, height: Option<u32>) -> Option<(u64, u64)> {
    let (width, height) = (u64::from(width?).max(1), u64::from(height?).max(1));
    let (width, height) = if width * MAX_HEIGHT > height * MAX_WIDTH {
        let shown = width.min(MAX_WIDTH);
        (shown, height * shown / width)
    } else {
        let shown = height.min(MAX_HEIGHT);
        (width * shown / height, shown)
    };
    Some((width.max(MIN_SIDE), height.max(MIN_SIDE)))
}

/// Returns what stands for a picture that is not seen: its description, else its name.
#[must_use]
pub fn alternative(name: &str, description: Option<&str>) -> String {
    isolate(description.filter(|it| !it.is_empty()).unwrap_or(name))
}

/// Returns what stands for a message where there is space for words alone: its text, else the names
/// of its files.
#[must_use]
pub fn text_or_names(text: &str, files: &[File]) -> String {
    if !text.is_empty() || files.is_empty() {
        return text.to_owned();
    }
    let names: Vec<_> = files.iter().map(|file| isolate(&file.name)).collect();
    names.join(", ")
}

/// Returns the files of a message in words, for screen readers: `, with a.png and 2 more files`.
#[must_use]
pub fn spoken(files: &[File]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let name = isolate(&first.name);
    match files.len() - 1 {
        0 => format!(", with {name}"),
        1 => format!(", with {name} and 1 more file"),
        more => format!(", with {name} and {more} more files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_a_part_of_their_names_or_descriptions() {
        let file = |name: &str| File { name: name.to_owned(), ..File::default() };
        let hills = File { description: Some("Green hills".to_owned()), ..file("1.png") };
        let files = [file("Plan.txt"), hills, file("plan 2.txt")];
        let names = |query| {
            let lower = |letter: char| letter.to_lowercase().collect();
            found(&files, query, lower).map(|file| file.name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names("PLAN"), ["Plan.txt", "plan 2.txt"]);
        assert_eq!(names("green"), ["1.png"]);
        assert_eq!(names("").len(), 3);
        assert_eq!(names("unlike here, the server found one").len(), 3);
    }

    #[test]
    fn sizes_are_rounded_and_never_a_thousand() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (1_149, "1.1 KB"),
            (1_150, "1.2 KB"),
            (9_949, "9.9 KB"),
            (9_950, "10 KB"),
            (84_400, "84 KB"),
            (999_499, "999 KB"),
            (999_500, "1 MB"),
            (1_100_000, "1.1 MB"),
            (50_000_000, "50 MB"),
            (2_400_000_000, "2.4 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(format_size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn a_picture_keeps_its_shape_within_the_list() {
        for ((width, height), expected) in [
            ((832, 468), (384, 216)),
            ((100, 60), (100, 60)),
            ((1_000, 4_000), (80, 320)),
            ((384, 320), (384, 320)),
            ((1, 1), (48, 48)),
            ((10, 100_000), (48, 320)),
            ((100_000, 10), (384, 48)),
            ((u32::MAX, u32::MAX), (320, 320)),
            ((0, 0), (48, 48)),
        ] {
            assert_eq!(fit(Some(width), Some(height)), Some(expected), "{width} x {height}");
        }
        assert_eq!(fit(None, Some(3)), None);
    }

    #[test]
    fn files_are_described_by_ending_kind_and_size() {
        assert_eq!(kind_and_size("a.tar.gz", "application/gzip", 3_000_000), "GZ, 3 MB");
        assert_eq!(kind_and_size("plan", "application/pdf", 84_000), "Text, 84 KB");
        assert_eq!(kind_and_size("a.\u{202e}gpj", "image/png", 5), "Picture, 5 bytes");
        assert_eq!(kind_and_size("notes.somewhat", "font/woff", 5), "File, 5 bytes");
        assert_eq!(FileKind::of("image/svg+xml"), FileKind::Other, "is a download");
        assert_eq!(FileKind::of("audio/mpeg"), FileKind::Sound);
    }

    #[test]
    fn names_stand_for_a_message_without_a_text() {
        let file = |name: &str| File { name: name.to_owned(), ..File::default() };
        let files = [file("a.png"), file("b\u{202e}c.png"), file("d.txt")];
        assert_eq!(text_or_names("look", &files), "look");
        let names = "a.png, \u{2068}b\u{202e}c.png\u{2069}, d.txt";
        assert_eq!(text_or_names("", &files), names);
        assert_eq!(text_or_names("", &[]), "");
        assert_eq!(spoken(&[]), "");
        assert_eq!(spoken(&files[..1]), ", with a.png");
        assert_eq!(spoken(&files[..2]), ", with a.png and 1 more file");
        assert_eq!(spoken(&files), ", with a.png and 2 more files");
    }
}
