//! Blocks of code.

use protocol::blocks::{CodeKind, CodeToken};

/// Returns the pieces of a code, in order, with what they are. None is empty. The lengths may come
/// from anybody: what they leave over is plain.
pub(crate) fn pieces<'a>(
    code: &'a str,
    tokens: &'a [CodeToken],
) -> impl Iterator<Item = (CodeKind, &'a str)> {
    let mut rest = code;
    let all = tokens.iter().copied().chain([CodeToken(CodeKind::Plain, u32::MAX)]);
    all.filter_map(move |CodeToken(kind, chars)| {
        let end = rest.char_indices().nth(usize::try_from(chars).unwrap_or(usize::MAX));
        let (piece, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = after;
        (!piece.is_empty()).then_some((kind, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(code: &str, tokens: &[(CodeKind, u32)]) -> Vec<(CodeKind, String)> {
        let tokens: Vec<_> = tokens.iter().map(|(kind, len)| CodeToken(*kind, *len)).collect();
        pieces(code, &tokens).map(|(kind, piece)| (kind, piece.to_owned())).collect()
    }

    fn is(kind: CodeKind, piece: &str) -> (CodeKind, String) {
        (kind, piece.to_owned())
    }

    #[test]
    fn pieces_are_the_code() {
        use CodeKind::{Keyword, Name, Plain};
        let pieces = split("let é", &[(Keyword, 3), (Plain, 1), (Name, 1)]);
        assert_eq!(pieces, [is(Keyword, "let"), is(Plain, " "), is(Name, "é")]);
        assert_eq!(split("abc", &[(Keyword, 1)]), [is(Keyword, "a"), is(Plain, "bc")]);
        assert_eq!(split("abc", &[(Keyword, 0), (Name, 9), (Name, 1)]), [is(Name, "abc")]);
        assert_eq!(split("abc", &[]), [is(Plain, "abc")]);
        assert_eq!(split("", &[(Keyword, 1)]), []);
    }
}
