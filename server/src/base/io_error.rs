//! Errors of files in words for operators, without those of the library and the number of the
//! system.

use std::io::{self, ErrorKind};

/// Returns what is wrong, to follow the name of the file or the address.
#[must_use]
pub fn explain(error: &io::Error) -> String {
    let known = match error.kind() {
        ErrorKind::NotFound => "it does not exist",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "it is a file, not a folder",
        ErrorKind::IsADirectory => "it is a folder, not a file",
        ErrorKind::DirectoryNotEmpty => "there is something in it already",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full",
        ErrorKind::FileTooLarge => "it would become larger than the system allows",
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read",
        ErrorKind::AddrInUse => "another program listens there; choose another port",
        ErrorKind::AddrNotAvailable => "this machine does not have that address",
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error ").next().unwrap_or_default();
            // "Too many open files" continues a line.
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            return first.into_iter().chain(letters).collect();
        }
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_has_the_number_of_the_system() {
        for number in 1..134 {
            let text = explain(&io::Error::from_raw_os_error(number));
            assert!(!text.contains("os error") && !text.is_empty(), "{number}: {text}");
        }
        assert_eq!(explain(&io::Error::from_raw_os_error(24)), "too many open files");
        assert_eq!(explain(&io::Error::other("it is too short")), "it is too short");
    }
}
