//! Hostile strings, made of a seed.

/// Pieces of markup and of other languages that a page contains.
const MARKUP: &[&str] = &[
    "</title><meta http-equiv=refresh content=0;url=//x>",
    "a </title> b",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</textarea><h1>x</h1>",
    "--><b>x</b><!--",
    "<!--",
    "<!>",
    "]]>",
    "<![CDATA[x]]>",
    "<plaintext>",
    "<svg/onload=alert(1)>",
    "<base href=//x>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "</main></body></html>",
    "<style>*{display:none}</style>",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "&amp",
    "&notit;",
    "\\u003c/script>",
    "\\\"",
    "`${1}`",
    "{{x}}",
    "javascript:alert(1)",
    "//evil.example/",
    "%3Cb%3E%00%0d%0a",
    "' OR 1=1 --",
    "../../etc/passwd",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "/",
    "\\",
];

/// Characters that change the direction, are not seen, or control something.
const ODD: &[char] = &[
    '\u{61c}',
    '\u{200e}',
    '\u{200f}',
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{feff}',
    '\u{ad}',
    '\u{34f}',
    '\u{2800}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{e0041}',
    '\u{e007f}',
    '\u{1}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{2028}',
    '\u{2029}',
    '\u{fffc}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{10ffff}',
    '\u{301}',
    '\u{489}',
];

/// The first and the last character of blocks of many scripts.
const SCRIPTS: &[(u32, u32)] = &[
    (0x20, 0x7e),
    (0xa1, 0x24f),
    (0x370, 0x3ff),
    (0x400, 0x52f),
    (0x530, 0x58f),
    (0x590, 0x5ff),
    (0x600, 0x6ff),
    (0x900, 0x97f),
    (0xb80, 0xbff),
    (0xe00, 0xe7f),
    (0x1100, 0x11ff),
    (0x1780, 0x17ff),
    (0x3040, 0x30ff),
    (0x4e00, 0x9fff),
    (0xac00, 0xd7a3),
    (0xff00, 0xffef),
    (0x1f300, 0x1faff),
    (0x20000, 0x2a6df),
];

/// A source of hostile strings. The same seed gives the same strings.
pub(super) struct Hostile(u64);

impl Hostile {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next random number (`SplitMix64`).
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % bound as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn letter(&mut self) -> char {
        let (first, last) = self.one_of(SCRIPTS);
        let code = first + u32::try_from(self.below((last - first + 1) as usize)).unwrap();
        char::from_u32(code).unwrap_or('?')
    }

    fn piece(&mut self) -> String {
        match self.below(8) {
            0..=2 => self.one_of(MARKUP).to_owned(),
            3 => (0..=self.below(4)).map(|_| self.one_of(ODD)).collect(),
            4 => (0..=self.below(12)).map(|_| self.letter()).collect(),
            5 => {
                let any = (0..=self.below(6)).map(|_| self.number() as u32 % 0x11_0000);
                any.filter_map(char::from_u32).filter(|char| *char != '\0').collect()
            }
            6 => self.letter().to_string().repeat(1 + self.below(300)),
            _ => format!("a{}b", '\u{300}'.to_string().repeat(1 + self.below(40))),
        }
    }

    /// Returns the next string. It is never empty, and never blank.
    pub(super) fn next(&mut self) -> String {
        let pieces: String = (0..=self.below(3)).map(|_| self.piece()).collect();
        if self.below(4) == 0 { pieces + "x" } else { format!("x{pieces}") }
    }

    pub(super) fn many(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.next()).collect()
    }
}
