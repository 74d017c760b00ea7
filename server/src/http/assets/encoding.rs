//! Chooses the encoding of a file by `Accept-Encoding` (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, HeaderValue, header};

use super::list;

/// An encoding in which a file may be sent, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// Returns the value of `Content-Encoding`.
    pub(super) fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Identity => None,
        }
    }

    fn is_named(self, coding: &str) -> bool {
        let names = match self {
            Self::Brotli => ["br", "br"],
            Self::Gzip => ["gzip", "x-gzip"],
            Self::Identity => ["identity", "identity"],
        };
        names.iter().any(|name| coding.eq_ignore_ascii_case(name))
    }

    /// Returns the weight that a request gives it, in thousandths. 0 means "not acceptable".
    fn weight(self, headers: &HeaderMap) -> u16 {
        let (mut own, mut any) = (None, None);
        for element in list(headers, header::ACCEPT_ENCODING) {
            let (coding, parameter) = element.split_once(';').unwrap_or((element, ""));
            let coding = coding.trim();
            if self.is_named(coding) {
                own = Some(weight(parameter));
            } else if coding == "*" {
                any = Some(weight(parameter));
            }
        }
        // A file is always available as it is, unless a client says otherwise.
        let unnamed = if self == Self::Identity { 1 } else { 0 };
        own.or(any).unwrap_or(unnamed)
    }
}

/// Returns the encoding that a request prefers of those available; the better one, if it has no
/// preference. A request that accepts none gets the file as it is.
pub(super) fn choose(headers: &HeaderMap, available: &[Encoding]) -> Encoding {
    let mut chosen = (Encoding::Identity, 0);
    for encoding in [Encoding::Brotli, Encoding::Gzip, Encoding::Identity] {
        let weight = encoding.weight(headers);
        if available.contains(&encoding) && weight > chosen.1 {
            chosen = (encoding, weight);
        }
    }
    chosen.0
}

/// Reads a weight such as `q=0.5`. An element without one, or with a broken one, weighs 1.
fn weight(parameter: &str) -> u16 {
    let value = parameter.trim().strip_prefix(['q', 'Q']).map(str::trim_start);
    let value = value.and_then(|value| value.strip_prefix('=')?.trim().parse::<f32>().ok());
    (value.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &'static str, available: &[Encoding]) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accept));
        choose(&headers, available)
    }

    #[test]
    fn the_encoding_with_the_highest_weight_is_chosen() {
        use Encoding::{Brotli, Gzip, Identity};
        const ALL: &[Encoding] = &[Brotli, Gzip, Identity];
        for (accept, encoding) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, deflate", Gzip),
            ("x-gzip", Gzip),
            ("br;q=0.5, gzip;q=0.8", Gzip),
            ("br; q=0.8, gzip; Q = 0.5", Brotli),
            ("br;q=0, gzip;q=0", Identity),
            ("br;q=0.000, gzip", Gzip),
            ("BR", Brotli),
            ("*", Brotli),
            ("*;q=0", Identity),
            ("gzip;q=0, *", Brotli),
            ("br;q=0, *;q=0.1", Gzip),
            ("identity", Identity),
            ("identity;q=1, gzip;q=0.5", Identity),
            ("identity;q=0.1, gzip;q=0.5", Gzip),
            ("gzip;q=0.001", Gzip),
            ("br;q=much", Brotli),
            ("", Identity),
            ("zstd", Identity),
            ("brotli, gzippy", Identity),
        ] {
            assert_eq!(chosen(accept, ALL), encoding, "{accept}");
        }
        assert_eq!(choose(&HeaderMap::new(), ALL), Identity);
        assert_eq!(chosen("br, gzip", &[Gzip, Identity]), Gzip);
        assert_eq!(chosen("br, gzip", &[Identity]), Identity);
    }
}
