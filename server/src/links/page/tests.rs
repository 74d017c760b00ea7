use super::*;

fn page(html: &str) -> Page {
    read_page(html.as_bytes(), None, &url("https://news.example.org/a/b?q"))
}

fn url(url: &str) -> Url {
    Url::parse(url).unwrap()
}

fn title(bytes: &[u8], charset: Option<&str>) -> Option<String> {
    read_page(bytes, charset, &url("http://a.example/")).title
}

#[test]
fn the_head_says_what_a_page_is() {
    let full = page(
        "<!DOCTYPE html><HTML><head><title>By HTML</title><meta name=Description content='plain'>\
         <meta content='Calm &amp; &quot;kind&quot;' property='og:title'/>\
         <meta name=twitter:title content='For Twitter'>\
         <meta property=\"og:description\" content=\" \n \">\
         <meta name=\"twitter:description\" content=\"Nothing\n   moves.\">\
         <meta property=og:site_name content='The News'><base href='/static/'>\
         <meta property=og:image content='one.png#x'><meta property=og:image content='two.png'>\
         </head><body><meta property=og:title content=Late></body>",
    );
    assert_eq!(full.title.as_deref(), Some("Calm & \"kind\""));
    assert_eq!(full.text.as_deref(), Some("Nothing moves."));
    assert_eq!(full.site, "The News");
    assert_eq!(full.picture, Some(url("https://news.example.org/static/one.png")));

    let bare = page("<title>a &lt;b&gt; <b>c</b> &#x1F600;</title><p>text");
    assert_eq!(bare.title.as_deref(), Some("a <b> <b>c</b> 😀"));
    assert_eq!((bare.site.as_str(), bare.text, bare.picture), ("news.example.org", None, None));
    let other = read_page(b"<title>x", None, &url("https://bücher.example/"));
    assert_eq!((other.site.as_str(), other.title), ("xn--bcher-kva.example", None));
    let long = format!("https://{}.bank.example.{}.evil.example/", "a".repeat(60), "b".repeat(40));
    let site = read_page(b"", None, &url(&long)).site;
    assert!(site.starts_with('…') && site.ends_with("b.evil.example"), "{site}");
    assert_eq!(site.chars().count(), MAX_PREVIEW_SITE_CHARS);
}

#[test]
fn pictures_of_safe_pages_are_fetched_safely() {
    let picture = |address: &str| {
        let html = format!("<meta property=og:image content='{address}'>");
        page(&html).picture.map(String::from)
    };
    let safe = Some("https://b.example/x.png".to_owned());
    assert_eq!(picture("http://b.example/x.png"), safe);
    assert_eq!(picture("//b.example/x.png"), safe);
    for other in
        ["http://b.example:8080/x.png", "data:image/png,x", "javascript:alert(1)", "http://", ""]
    {
        assert_eq!(picture(other), None, "{other}");
    }
    let plain = read_page(
        b"<meta property=og:image content=http://b.example:8080/x.png>",
        None,
        &url("http://a.example/"),
    );
    assert!(plain.picture.is_some());
}

#[test]
fn texts_are_cleaned_and_cut() {
    let found = page(
        "<title>\u{202e}gpj.exe\u{2069}\u{200b} \u{a0}\t ok\u{7}\u{2028}!</title>\
         <meta name=description content='\u{200d}\u{2066}\u{feff}'>\
         <meta property=og:site_name content='\u{200b}'>",
    );
    assert_eq!(found.title.as_deref(), Some("gpj.exe ok !"));
    assert_eq!((found.text, found.site.as_str()), (None, "news.example.org"));
    let indented = format!("<title>{}late</title>", "\n ".repeat(1000));
    assert_eq!(page(&indented).title.as_deref(), Some("late"));
    let long = format!("<title>{}</title>", "äb ".repeat(100_000));
    let title = page(&long).title.unwrap();
    assert_eq!(title.chars().count(), MAX_PREVIEW_TITLE_CHARS);
    assert!(title.ends_with('…'));
    let marks = format!("<title>a{}</title>", "\u{301}".repeat(100_000));
    assert!(page(&marks).title.unwrap().chars().count() < 20);
}

#[test]
fn hostile_pages_end_and_say_nothing() {
    let mega = 5 << 20;
    let repeated = |part: &str| part.repeat(mega / part.len());
    for html in [
        repeated("<meta "),
        repeated("<meta property=og:title "),
        repeated("<meta content='"),
        repeated("<!--"),
        repeated("<script>"),
        repeated("&amp"),
        repeated("<a b=c d=e "),
        repeated("</title>"),
        "<".repeat(mega),
        format!("<meta {}>", (0..200_000).map(|n| format!("a{n} ")).collect::<String>()),
        "\0".repeat(mega),
    ] {
        let cut = &html.as_bytes()[..html.len().min(512 << 10)];
        assert_eq!(read_page(cut, None, &url("http://a.example/")).title, None);
    }
    // What stands in a script or a comment is no head.
    let hidden = "<script><title>x</title></script><!-- <title>y</title> --><style></body></style>";
    assert_eq!(page(hidden).title, None);
    assert_eq!(page(&format!("{hidden}<title>z</title>")).title.as_deref(), Some("z"));
}

#[test]
fn a_page_is_decoded_as_it_says() {
    let latin = |head: &str| [head.as_bytes(), b"<title>Caf\xe9</title>"].concat();
    let cafe = Some("Café".to_owned());
    assert_eq!(title(&latin(""), None), cafe, "no UTF-8, so what most pages are");
    assert_eq!(title(&latin("<meta charset=ISO-8859-1>"), None), cafe);
    assert_eq!(title(&latin(""), Some("latin1")), cafe);
    let declared = "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>";
    assert_eq!(title(&latin(declared), None).as_deref(), Some("Cafй"));
    assert_eq!(title(&latin(declared), Some("iso-8859-1")), cafe, "the headers are first");
    assert_eq!(title("<title>Café</title>".as_bytes(), None), cafe);
    assert_eq!(title("\u{feff}<title>Café</title>".as_bytes(), Some("latin1")), cafe);
    assert_eq!(title("<meta charset=utf-16><title>Café</title>".as_bytes(), None), cafe);
    let utf16: Vec<u8> =
        "\u{feff}<title>Café</title>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(title(&utf16, None), cafe);
    let sjis = [&b"<meta charset=shift_jis><title>"[..], b"\x93\xfa\x96\x7b</title>"].concat();
    assert_eq!(title(&sjis, None).as_deref(), Some("日本"));
    assert_eq!(title(b"<title>ok</title>", Some("nonsense")).as_deref(), Some("ok"));
}
