//! The time that texts take to parse, usual ones and the worst of 10,000 characters:
//! `cargo bench -p markup`. A table of the time for one text and the bytes of its tree.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for measuring")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long each text is parsed again and again.
const TIME: Duration = Duration::from_millis(300);

fn filled(part: &str) -> String {
    let text: String = part.chars().cycle().take(10_000).collect();
    assert_eq!(text.chars().count(), 10_000);
    text
}

fn filled_code(language: &str, part: &str) -> String {
    let fence = format!("```{language}\n");
    fence.clone() + &filled(part)[..9_990 - fence.len()]
}

fn texts() -> Vec<(&'static str, String)> {
    let rich = concat!(
        "**Release** `v1.2` is out, @ada & @bo :tada:\n\n- see https://a.b/c_d_e\n",
        "- [notes](https://a.b/notes)\n- [x] #general\n\n> well done\n\n",
        "```rust\nfn main() {}\n```\n",
    );
    let table = "|a".repeat(1_000) + "\n" + &"|-".repeat(1_000) + "\n" + &"x\n".repeat(2_999);
    let reference = format!("[a]: https://a.b/{}\n\n{}", "c".repeat(1_900), "[a]".repeat(2_600));
    let emphasis = "*a ".repeat(1_666) + &"b* ".repeat(1_666);
    vec![
        ("short and plain", "Lunch at one? The usual place, I'd say.".to_owned()),
        ("short", "Lunch at **one**, @ada? :pizza:".to_owned()),
        ("rich", rich.to_owned()),
        ("10,000: words", filled("Snow is falling on the hills. ")),
        ("10,000: lines", filled("a\n")),
        ("10,000: >", filled(">")),
        ("10,000: > with spaces", filled("> ")),
        ("10,000: lists in lists", filled("- ")),
        ("10,000: items", filled("- a\n")),
        ("10,000: *", filled("*")),
        ("10,000: *_", filled("*_")),
        ("10,000: *a", filled("*a")),
        ("10,000: *a **b", filled("*a **b ")),
        ("10,000: open and closed emphasis", emphasis),
        ("10,000: ~", filled("~a~ ")),
        ("10,000: `", filled("`")),
        ("10,000: runs of `", (1..140).map(|length| "`".repeat(length) + "a").collect()),
        ("10,000: [", filled("[")),
        ("10,000: [a](", filled("[a](")),
        ("10,000: ![", filled("![")),
        ("10,000: [](https://a.b)", filled("[](https://a.b)")),
        ("10,000: [ and ](", "[".repeat(5_000) + &"](b".repeat(1_666)),
        ("10,000: references", reference),
        ("10,000: definitions", (0..770).map(|number| format!("[{number}]: /abc\n")).collect()),
        ("10,000: <", filled("<")),
        ("10,000: <!--", filled("<!--")),
        ("10,000: <a b=", filled("<a b='")),
        ("10,000: &", filled("&#0;&amp;")),
        ("10,000: \\", filled("\\")),
        ("10,000: table", table),
        ("10,000: code in Rust", filled_code("rust", "let a: Vec<u8> = f(\"b\", 42); // c\n")),
        ("10,000: code of quotes", filled_code("rust", "'\"'\\")),
        ("10,000: code of #", filled_code("php", "a#/'")),
        ("10,000: code of <", filled_code("html", "<a b='&")),
        ("10,000: code of &", filled_code("html", "&")),
        ("10,000: |", filled("|")),
        ("10,000: https://", filled("https://")),
        ("10,000: https://a@", filled("https://a@")),
        ("10,000: https://a.b", filled("https://a.b ")),
        ("10,000: (https://a.b", format!("https://a.b/{}", filled("()"))),
        ("10,000: )", format!("https://a.b/{}", filled(")"))),
        ("10,000: www.", filled("www. ")),
        ("10,000: a@a.a", filled("a@a.a ")),
        ("10,000: a@", filled("a@")),
        ("10,000: @ada", filled("@ada ")),
        ("10,000: @", filled("@")),
        ("10,000: #a", filled("#a ")),
        ("10,000: :tada:", filled(":tada:")),
        ("10,000: :", filled(":")),
        ("10,000: :a", filled(":aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
    ]
}

fn main() {
    println!("{:<36}{:>12}{:>10}", "text", "µs", "bytes");
    for (name, text) in texts() {
        let bytes = serde_json::to_vec(&markup::tree(&text)).unwrap().len();
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < TIME {
            black_box(markup::tree(black_box(&text)));
            count += 1;
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(count);
        println!("{name:<36}{micros:>12.1}{bytes:>10}");
    }
}
