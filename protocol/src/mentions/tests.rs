use super::*;

fn assert_mentions_bo(text: &str, expected: bool) {
    assert_eq!(is_mentioned(text, "bo"), expected, "{text:?}: {:?}", mentions(text).count());
}

#[test]
fn a_mention_needs_no_space_where_words_have_none_between_them() {
    for before in ["你好", "こんにちは", "カタカナー", "안녕", "สวัสดี", "ສະບາຍດີ", "សួស្តី", "မင်္ဂလာပါ"]
    {
        for sign in SIGNS {
            assert_mentions_bo(&format!("{before}{sign}bo"), true);
            assert_mentions_bo(&format!("{before}{sign}bo{before}"), true);
            assert_mentions_bo(&format!("{before}{sign}bo。"), true);
        }
    }
    for text in ["שלום@bo", "مرحبا@bo", "नमस्ते@bo", "გამარჯობა@bo", "①@bo", "二〇@bo", "🎉@bo"]
    {
        assert_mentions_bo(text, true);
    }
    for text in
        ["안녕@bo님", "问@bo吧", "@bo's", "(@bo)", "_@bo_", "**@bo**", "-@bo", "！@bo", "—@bo"]
    {
        assert_mentions_bo(text, true);
    }
}

#[test]
fn a_sign_within_a_word_or_an_address_mentions_nobody() {
    for text in [
        "x@bo",
        "é@bo",
        "e\u{301}@bo",
        "я@bo",
        "ω@bo",
        "ｘ＠bo",
        "7@bo",
        "７@bo",
        ".@bo",
        "x.@bo",
        "x_@bo",
        "x-@bo",
        "x+@bo",
        "@@bo",
        "＠@bo",
        "bo@example.org",
        "bo＠example.org",
        "https://x/@bo",
        "https://x.org/?to=@bo",
        "看https://x.org/你好@bo",
        "example.org/@bo",
        "(www.example.org:80/@bo)",
        "例え.jp/@bo",
        "@boé",
        "@boя",
        "@bo\u{301}",
        "@bo７",
    ] {
        assert_mentions_bo(text, false);
    }
}

#[test]
fn an_address_ends_before_the_next_word() {
    for text in [
        "https://x/ @bo",
        "<https://x/>@bo",
        "看https://x.org，@bo",
        "and/or/@bo",
        "see: @bo",
        "8/@bo",
    ] {
        assert_mentions_bo(text, true);
    }
}
