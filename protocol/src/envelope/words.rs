//! Errors of values in words for people, made of those of the library that reads them.

/// Returns what a field must be, to follow its name.
pub(super) fn in_words(error: &str) -> String {
    if error.starts_with("missing field") {
        return "is required".to_owned();
    }
    if error.starts_with("duplicate field") {
        return "must not be repeated".to_owned();
    }
    if error.starts_with("UUID parsing failed") {
        return "must be a UUID".to_owned();
    }
    let Some((found, expected)) = error.rsplit_once("expected ") else {
        return "has a value that does not fit".to_owned();
    };
    let expected = expected.split(" at line ").next().unwrap_or_default();
    if found.starts_with("unknown variant") || found.starts_with("unknown field") {
        let names: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        return match names.as_slice() {
            [only] => format!("must be {only}"),
            names => format!("must be one of {}", names.join(", ")),
        };
    }
    let what = match expected {
        "a string" | "a borrowed string" | "string or map" => "a string",
        "a boolean" => "true or false",
        "a sequence" | "an array" => "a list",
        "unit" => "null",
        number if is_unsigned(number) => "a whole number of 0 or more",
        number if is_signed(number) => "a whole number",
        "f32" | "f64" => "a number",
        uuid if uuid.to_lowercase().contains("uuid") => "a UUID",
        name if name.starts_with("struct") || name.contains("map") => "an object",
        // Ours: the types of this crate say what they expect.
        own if own.starts_with("a ") || own.starts_with("an ") => own,
        _ => return "has a value that does not fit".to_owned(),
    };
    format!("must be {what}")
}

fn is_unsigned(name: &str) -> bool {
    matches!(name, "u8" | "u16" | "u32" | "u64" | "usize") || name.starts_with("a nonzero u")
}

fn is_signed(name: &str) -> bool {
    matches!(name, "i8" | "i16" | "i32" | "i64" | "isize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_a_value_must_be() {
        for (error, words) in [
            ("missing field `text`", "is required"),
            ("duplicate field `text`", "must not be repeated"),
            ("invalid type: integer `1`, expected a string", "must be a string"),
            ("invalid value: integer `-1`, expected u64", "must be a whole number of 0 or more"),
            ("invalid type: null, expected a boolean", "must be true or false"),
            ("invalid type: map, expected a sequence", "must be a list"),
            ("invalid type: string \"expected u64\", expected struct Auth", "must be an object"),
            (
                "unknown variant `king`, expected one of `owner`, `admin`, `member`",
                "must be one of owner, admin, member",
            ),
            ("UUID parsing failed: invalid length: found 1", "must be a UUID"),
            ("something else", "has a value that does not fit"),
        ] {
            assert_eq!(in_words(error), words, "{error}");
        }
    }
}
