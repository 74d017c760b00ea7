use super::*;

/// Reads simple HTML: elements with quoted attributes, and text.
fn html(source: &str) -> Vec<Rich> {
    let mut rest = source;
    children(&mut rest)
}

fn children(rest: &mut &str) -> Vec<Rich> {
    let mut nodes = Vec::new();
    while !rest.is_empty() && !rest.starts_with("</") {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            nodes.push(Rich::Text(rest[..end].replace("&lt;", "<")));
            *rest = &rest[end..];
            continue;
        };
        let (tag, after) = tag.split_once('>').unwrap();
        *rest = after;
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let value = |key: &str| {
            let start = attributes.find(&format!("{key}=\""))? + key.len() + 2;
            attributes[start..].split('"').next().map(str::to_owned)
        };
        let mut element = Element {
            name: name.to_owned(),
            style: value("style").unwrap_or_default(),
            href: value("href").unwrap_or_default(),
            alt: value("alt").unwrap_or_default(),
            children: Vec::new(),
        };
        if !["br", "hr", "img"].contains(&name) {
            element.children = children(rest);
            *rest = rest.strip_prefix(&format!("</{name}>")).expect(name);
        }
        nodes.push(Rich::Element(element));
    }
    nodes
}

fn markdown(source: &str) -> Option<String> {
    to_markdown(&html(source))
}

#[test]
fn formats_become_marks() {
    for (source, expected) in [
        ("a <b>bold</b> word", "a **bold** word"),
        ("a <strong> bold </strong>word", "a **bold** word"),
        ("<em>a</em> <i>b</i>", "_a_ _b_"),
        ("<b><i>both</i></b>", "**_both_**"),
        ("<b>a <b>b</b></b>", "**a b**"),
        ("<b>a</b><b>b</b>", "**ab**"),
        ("<s>gone</s> <del>too</del>", "~~gone~~ ~~too~~"),
        ("<code>a*b</code>", "`a*b`"),
        ("<code>a`b</code>", "``a`b``"),
        ("<span style=\"font-weight: 700; color: red\">x</span>", "**x**"),
        ("<span style=\"FONT-STYLE:italic\">x</span>", "_x_"),
        ("<a href=\"https://a.example/b\">docs</a>", "[docs](https://a.example/b)"),
        ("<a href=\"https://a.example\"><b>docs</b></a>", "[**docs**](https://a.example)"),
        ("<a href=\"javascript:alert(1)\">x</a> <b>y</b>", "x **y**"),
        ("<b>👍🏽</b> שלום", "**👍🏽** שלום"),
        ("<script>alert(1)</script><b>x</b>", "**x**"),
        ("<b>x</b><img alt=\":wave:\">", "**x**:wave:"),
        // Google's documents are in one element that claims to be bold.
        ("<b style=\"font-weight:normal\"><p>a</p><p><i>b</i></p></b>", "a\n\n_b_"),
    ] {
        assert_eq!(markdown(source).as_deref(), Some(expected), "{source}");
    }
}

#[test]
fn blocks_become_lines() {
    for (source, expected) in [
        ("<h1>Title</h1><p>text</p>", "# Title\n\ntext"),
        ("<h3><b>Title</b></h3>", "### Title"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<ol>\n<li>a</li>\n<li>b<br>c</li></ol>", "1. a\n2. b\n   c"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<pre>fn a() {\n  b\n}\n</pre>", "```\nfn a() {\n  b\n}\n```"),
        ("<pre><code>```</code></pre>", "````\n```\n````"),
        ("<div>a</div><div><b>b</b></div>", "a\n**b**"),
        ("<p>a<br><b>b</b></p><hr>", "a\n**b**\n\n---"),
    ] {
        assert_eq!(markdown(source).as_deref(), Some(expected), "{source}");
    }
}

#[test]
fn tables_become_tables() {
    let sheet = "<table><tbody><tr><td>Name</td><td>Size</td></tr>\
                 <tr><td>a|b</td><td><b>1</b></td></tr><tr><td>c</td></tr></tbody></table>";
    let expected = "| Name | Size |\n| --- | --- |\n| a\\|b | **1** |\n| c |  |";
    assert_eq!(markdown(sheet).as_deref(), Some(expected));
    // One column is the frame of a layout, or a cell.
    assert_eq!(markdown("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"), None);
    let wide = format!("<table><tr>{}</tr></table>", "<td>a</td>".repeat(51));
    assert_eq!(markdown(&wide), None);
}

#[test]
fn text_without_a_format_is_left_to_the_browser() {
    for source in [
        "words",
        "<div>a</div><div>b</div>",
        "<p>a</p><p>b * c</p>",
        "<div><span style=\"color:#abc;font-weight:normal\">fn a()</span></div>",
        "<a href=\"https://a.example\">https://a.example</a>",
        "<b> </b>",
        "",
    ] {
        assert_eq!(markdown(source), None, "{source}");
    }
}

#[test]
fn signs_of_the_text_stay_signs() {
    for (source, expected) in [
        (
            "<b>x</b> 2*3 a_b _c_ `d` [e] &lt;f> ~~g",
            "**x** 2\\*3 a_b \\_c\\_ \\`d\\` \\[e\\] \\<f> \\~~g",
        ),
        ("<b>x</b> a &lt; b & c", "**x** a < b & c"),
        ("<b>x</b> https://a.example/_b_*", "**x** https://a.example/_b_*"),
        (
            "<p># a</p><p>- b</p><p>1. c</p><p>> <b>d</b></p>",
            "\\# a\n\n\\- b\n\n1\\. c\n\n\\> **d**",
        ),
    ] {
        assert_eq!(markdown(source).as_deref(), Some(expected), "{source}");
    }
}
