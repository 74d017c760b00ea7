//! What messages mean.

use serde_json::{Value, json};

use crate::{is_plain, mentioned, parse, tree};

#[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
#[track_caller]
fn means(text: &str, blocks: Value) {
    assert_eq!(serde_json::to_value(parse(text)).unwrap(), blocks, "{text:?}");
}

/// The text is one paragraph.
#[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
#[track_caller]
fn reads(text: &str, spans: Value) {
    means(text, json!([{ "paragraph": spans }]));
}

#[test]
fn mentions_rooms_and_emoji_are_spans() {
    reads("hi @ada.", json!(["hi ", { "mention": { "username": "ada" } }, "."]));
    reads("＠Ada", json!([{ "mention": { "username": "ada", "text": "＠Ada" } }]));
    reads("@room: tea", json!([{ "room_mention": "@room" }, ": tea"]));
    reads("see #general, a#b", json!(["see ", { "room_link": "general" }, ", a#b"]));
    reads(":tada:!", json!([{ "emoji": { "name": "tada", "text": "🎉" } }, "!"]));
    reads(":party_popper:", json!([{ "emoji": { "name": "party_popper", "text": "🎉" } }]));
    reads("10:100:20 :q: a@b", json!(["10:100:20 :q: a@b"]));
    reads("a :my_blobcat-2:.", json!(["a ", { "custom_emoji": "my_blobcat-2" }, "."]));
    reads("*:q:bo:*", json!([{ "emphasis": [":q:bo:"] }]));
    reads(
        "_@ada_ **#b :+1:**",
        json!([
            { "emphasis": [{ "mention": { "username": "ada" } }] },
            " ",
            { "strong": [{ "room_link": "b" }, " ", { "emoji": { "name": "+1", "text": "👍" } }] },
        ]),
    );
}

#[test]
fn nothing_of_that_is_in_code_or_addresses() {
    reads(
        "`@ada #general :tada: :blobcat: https://a.b`",
        json!([
            { "code": "@ada #general :tada: :blobcat: https://a.b" }
        ]),
    );
    means(
        "```rust ignore\n@ada\n\n#general :blobcat:\n```",
        json!([
            { "code": { "language": "rust", "text": "@ada\n\n#general :blobcat:\n" } }
        ]),
    );
    let address = "https://a.b/@ada/#general/:tada:/:blobcat:/x";
    reads(address, json!([{ "link": { "href": address, "spans": [address] } }]));
    reads(&format!("[x]({address})"), json!([{ "link": { "href": address, "spans": ["x"] } }]));
}

#[test]
fn escaped_signs_mean_themselves() {
    reads(
        r"\@ada \#general \:tada: \:blobcat: a\@b.c",
        json!(["@ada #general :tada: :blobcat: a@b.c"]),
    );
    reads("&#64;ada &amp;tada;", json!(["@ada &tada;"]));
    reads(r"\\@ada", json!(["\\", { "mention": { "username": "ada" } }]));
    assert!(mentioned(r"\@ada", &tree(r"\@ada")).is_empty());
}

#[test]
fn addresses_are_read_before_emphasis() {
    let address = "https://a.b/__init__.py?*x*~y~z";
    let link = json!({ "link": { "href": address, "spans": [address] } });
    reads(address, json!([link]));
    reads(&format!("**{address}**"), json!([{ "strong": [link] }]));
    reads(&format!("`{address}`"), json!([{ "code": address }]));
    reads(&format!("_a {address}_"), json!([{ "emphasis": ["a ", link] }]));
    reads(
        &format!("[_a_]({address})"),
        json!([
            { "link": { "href": address, "spans": [{ "emphasis": ["a"] }] } }
        ]),
    );
    means(&format!("    {address}"), json!([{ "code": { "text": address } }]));
    // The characters that mask the delimiters.
    reads(
        "\u{fdd0}_a_ https://a.b/_c_",
        json!([
            "\u{fdd0}_a_ ",
            { "link": { "href": "https://a.b/", "spans": ["https://a.b/"] } },
            { "emphasis": ["c"] },
        ]),
    );
}

#[test]
fn links_lead_to_pages_and_mail_only() {
    for address in
        ["/a", "//a.b", "a.html", "#a", "javascript:alert(1)", "data:text/html,a", "ftp://a"]
    {
        reads(&format!("a [b **c**]({address}) d"), json!(["a b ", { "strong": ["c"] }, " d"]));
        reads(&format!("![b]({address})"), json!(["b"]));
        reads(&format!("![]({address})"), json!([address]));
    }
    reads("<javascript:alert(1)>", json!(["javascript:alert(1)"]));
    reads("[a](&#106;avascript:alert(1))", json!(["a"]));
    reads("<a@b.c>", json!([{ "link": { "href": "mailto:a@b.c", "spans": ["a@b.c"] } }]));
    reads(
        "![](https://a.b)",
        json!([{ "link": { "href": "https://a.b", "spans": ["https://a.b"] } }]),
    );
    reads(
        "[![c](https://d)](https://a.b)",
        json!([
            { "link": { "href": "https://a.b", "spans": ["c"] } }
        ]),
    );
    reads(
        "[@ada https://c.d](https://a.b)",
        json!([
            { "link": { "href": "https://a.b", "spans": [
                { "mention": { "username": "ada" } },
                " https://c.d",
            ] } }
        ]),
    );
}

#[test]
fn raw_html_is_text() {
    reads("<b>a</b> **c**", json!(["<b>a</b> ", { "strong": ["c"] }]));
    reads(
        "<script>\n*a* @ada\n",
        json!([
            "<script>", "\n", "*a* ", { "mention": { "username": "ada" } }
        ]),
    );
    reads("a <i\nb>", json!(["a <i", "\n", "b>"]));
}

#[test]
fn lists_have_tasks() {
    means(
        "- [x] a\n  - [ ] b\n- c",
        json!([{ "list": { "items": [
        { "checked": true, "blocks": [
            { "paragraph": ["a"] },
            { "list": { "items": [{ "checked": false, "blocks": [{ "paragraph": ["b"] }] }] } },
        ] },
        { "blocks": [{ "paragraph": ["c"] }] },
    ] } }]),
    );
    means(
        "7. a\n\n8. b",
        json!([{ "list": { "start": 7, "loose": true, "items": [
        { "blocks": [{ "paragraph": ["a"] }] },
        { "blocks": [{ "paragraph": ["b"] }] },
    ] } }]),
    );
}

#[test]
fn definitions_are_text_if_nothing_uses_them() {
    reads("[note]: later\nand more", json!(["[note]: later", "\n", "and more"]));
    reads("[a]\n\n[a]: https://b", json!([{ "link": { "href": "https://b", "spans": ["a"] } }]));
    means("> [a]: b\n> c", json!([{ "quote": [{ "paragraph": ["[a]: b", "\n", "c"] }] }]));
}

#[test]
fn plain_texts_have_no_tree() {
    for text in
        ["a", "a\nb", "Snow, 2 > 1 & done! (really) \"x\" - it's 50%", "a \n", "你好。", "c:\\d"]
    {
        assert!(tree(text).is_empty(), "{text:?}: {:?}", parse(text));
    }
    for text in ["*a*", "a\n\nb", r"\*", "@ada", "&amp;", "1. a", "  a", "a  \nb", "", " ", "[](/)"]
    {
        assert!(!is_plain(text, &parse(text)) || text.trim().is_empty(), "{text:?}");
    }
}

#[test]
fn mentions_in_code_notify_nobody() {
    let names = |text: &str| mentioned(text, &tree(text));
    assert_eq!(names("@ada. `@bo` **@cy** > @di"), ["ada.", "ada", "cy", "di"]);
    assert_eq!(names("```\n@ada\n```\n- @bo"), ["bo"]);
    assert!(names("    @ada").is_empty());
    assert!(names("a@ada.org https://a.b/@ada").is_empty());
}
