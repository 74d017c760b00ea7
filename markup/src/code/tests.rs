use protocol::{blocks::CodeKind, limits::MAX_CODE_TOKENS};

use super::*;

/// Returns the parts that are not plain, each with its kind.
fn parts(language: &str, code: &str) -> Vec<(CodeKind, String)> {
    let tokens = tokens(language, code, MAX_CODE_TOKENS);
    let chars: Vec<_> = code.chars().collect();
    let mut at = 0;
    let mut found = Vec::new();
    for CodeToken(kind, len) in tokens {
        let end = at + len as usize;
        if kind != CodeKind::Plain {
            found.push((kind, chars[at..end].iter().collect()));
        }
        at = end;
    }
    assert!(found.is_empty() || at == chars.len(), "{language}: {code}");
    found
}

#[track_caller]
fn has(language: &str, code: &str, expected: &[(CodeKind, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
    assert_eq!(parts(language, code), expected, "{language}: {code}");
}

use CodeKind::{Comment, Deleted, Inserted, Keyword, Name, Number, String as Text, Type};

#[test]
fn languages_like_c() {
    has(
        "rust",
        "let x: Vec<'a> = r#\"\"\"#; // é\nprintln!(\"a\\\"b\", '\\'', 0xff_u8);",
        &[
            (Keyword, "let"),
            (Type, "Vec"),
            (Text, "r#\"\"\"#"),
            (Comment, "// é"),
            (Name, "println"),
            (Text, "\"a\\\"b\""),
            (Text, "'\\''"),
            (Number, "0xff_u8"),
        ],
    );
    has(
        "C",
        "#include <a>\nint é = 'x'; /* a\n",
        &[(Keyword, "#include"), (Text, "'x'"), (Comment, "/* a\n")],
    );
    has(
        "js",
        "const a = `b\n${c}` // d",
        &[(Keyword, "const"), (Text, "`b\n${c}`"), (Comment, "// d")],
    );
    has("go", "for i := range 1.5 {", &[(Keyword, "for"), (Keyword, "range"), (Number, "1.5")]);
    has(
        "ts",
        "let open = \"not closed\nfoo()",
        &[(Keyword, "let"), (Text, "\"not closed"), (Name, "foo")],
    );
}

#[test]
fn other_languages() {
    has(
        "python",
        "@cached\ndef f(x):  # why\n    return '''a\n'''",
        &[
            (Name, "@cached"),
            (Keyword, "def"),
            (Name, "f"),
            (Comment, "# why"),
            (Keyword, "return"),
            (Text, "'''a\n'''"),
        ],
    );
    has(
        "sh",
        "for f in $A; do echo a#b \"$#\"; done # end",
        &[
            (Keyword, "for"),
            (Keyword, "in"),
            (Name, "$A"),
            (Keyword, "do"),
            (Text, "\"$#\""),
            (Keyword, "done"),
            (Comment, "# end"),
        ],
    );
    has(
        "json",
        r#"{"a": "b", "c": [1, true]}"#,
        &[(Name, "\"a\""), (Text, "\"b\""), (Name, "\"c\""), (Number, "1"), (Number, "true")],
    );
    has(
        "yaml",
        "a-b: yes # c\n- d: 'e'",
        &[(Name, "a-b"), (Number, "yes"), (Comment, "# c"), (Name, "d"), (Text, "'e'")],
    );
    has("toml", "[a]\nb = \"c\"", &[(Name, "b"), (Text, "\"c\"")]);
    has(
        "SQL",
        "select 'it''s' FROM a -- b",
        &[(Keyword, "select"), (Text, "'it''s'"), (Keyword, "FROM"), (Comment, "-- b")],
    );
    has("css", "a:hover { color: rgb(1) }", &[(Name, "color"), (Name, "rgb"), (Number, "1")]);
    has(
        "html",
        "<!-- a --><a href=\"b\">é &amp; c</a>",
        &[
            (Comment, "<!-- a -->"),
            (Keyword, "<a"),
            (Name, "href"),
            (Text, "\"b\""),
            (Keyword, ">"),
            (Number, "&amp;"),
            (Keyword, "</a>"),
        ],
    );
    has(
        "diff",
        "--- a\n+++ b\n@@ 1 @@\n-c\n+d\n e\n",
        &[
            (Comment, "--- a\n+++ b\n"),
            (Keyword, "@@ 1 @@\n"),
            (Deleted, "-c\n"),
            (Inserted, "+d\n"),
        ],
    );
}

#[test]
fn nobody_guesses() {
    for language in ["", "nope", "text", "plaintext"] {
        assert!(tokens(language, "let a = 1;", 100).is_empty(), "{language}");
    }
    assert!(!tokens("rust,ignore", "let a = 1;", 100).is_empty());
    assert!(tokens("rust", "a b c", 100).is_empty(), "nothing but plain text");
}

#[test]
fn large_code_has_no_parts() {
    assert!(tokens("rust", &"let ".repeat(5_000), MAX_CODE_TOKENS).is_empty());
    assert!(tokens("rust", "let a; let b;", 3).is_empty());
    assert_eq!(tokens("rust", "let a", 2).len(), 2);
}

#[test]
fn every_language_reads_every_text() {
    let hostile = "é'\"`<&\\\n#//*/--[[]]{-\t'\\'\u{10ffff}=: @$%😀 a1.2.. \"\"\"'''r#\" <a é=\"";
    for names in languages::names().chain(["html", "diff"]) {
        for name in names.split(' ') {
            for start in (0..hostile.len()).filter(|at| hostile.is_char_boundary(*at)) {
                parts(name, &hostile[start..]);
            }
        }
    }
}
