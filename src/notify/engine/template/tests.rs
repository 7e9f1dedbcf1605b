use serde_json::json;

use super::{Format, check, render};

#[test]
fn a_value_is_escaped_for_the_place_it_is_put() {
    let values = json!({"x": "<b>&\"'\u{202e}*_@all\r\n/.."});
    for (format, expected) in [
        (Format::Plain, "<b>&\"'*_@all\n/.."),
        (Format::Html, "&lt;b&gt;&amp;&quot;&#39;*_@all\n/.."),
        (Format::Slack, "&lt;b&gt;&amp;\"'*_@all\n/.."),
        (Format::Mentions, "<\u{200b}b>&\"'*_@\u{200b}all\n/.."),
        (
            Format::Markdown,
            "\\<\u{200b}b\\>&\"'\\*\\_@\u{200b}all\n/..",
        ),
    ] {
        let rendered = render(format, "{{ x }}", &values);
        assert_eq!(rendered.as_deref(), Ok(expected));
    }
    let path = render(Format::Path, "/a/{{ x }}/b", &values).expect("a path");
    assert_eq!(path.matches('/').count(), 3, "{path}");
    let json = render(Format::Json, r#"{"x": {{ x }}, "y": {{ y }}}"#, &values);
    let back: serde_json::Value = serde_json::from_str(&json.expect("JSON")).expect("JSON");
    assert_eq!(back, json!({"x": values["x"], "y": null}));
    let dots = render(Format::Path, "/{{ '..' }}/x", &values);
    assert_eq!(dots.as_deref(), Ok("/-/x"));
}

#[test]
fn what_makes_much_out_of_little_is_refused() {
    for source in [
        "{{ 'a' * 1000000 }}",
        "{{ '}}' * 1000000 }}",
        "{% set x = 'a' %}",
        "{%- set x = 'a' %}",
        "{% for a in others %}{% for b in others %}x{% endfor %}{% endfor %}",
        "{% macro x() %}{% endmacro %}",
        "{% filter upper %}x{% endfilter %}",
        "{# {{ ' #} {{ 'a' * 9 }}",
        "{% raw %}{% endraw %}",
        "{% include 'x' %}",
        "{{ unclosed",
        "{{ x | unknown_filter }}",
    ] {
        let refused = check(source).is_err() || render(Format::Plain, source, &json!({})).is_err();
        assert!(refused, "{source}");
    }
    let long = format!("{{{{ x{} }}}}", " ~ x".repeat(100));
    assert!(check(&long).is_err());
    assert!(check(&"x".repeat(20_000)).is_err());
}

#[test]
fn a_template_runs_out_of_fuel_and_room() {
    let many: Vec<u32> = (0..100_000).collect();
    let source = "{% for x in many %}{{ x }}{% endfor %}";
    let error = render(Format::Plain, source, &json!({"many": many}));
    let error = error.expect_err("too long").to_string();
    assert_eq!(error, "takes too many steps");
    let long = "x".repeat(20_000);
    let source = "{{ long }}".repeat(20);
    let error = render(Format::Plain, &source, &json!({"long": long}));
    let error = error.expect_err("too much").to_string();
    assert!(error.contains("more than"), "{error}");
}

#[test]
fn an_honest_template_works() {
    let source = "{% if facts %}{% for fact in facts %}{{ fact.label | upper }}\
                  {% if not loop.last %}, {% endif %}{% endfor %}{% else %}none{% endif %}";
    check(source).expect("it is fine");
    let values = json!({"facts": [{"label": "a"}, {"label": "b"}]});
    let rendered = render(Format::Plain, source, &values);
    assert_eq!(rendered.as_deref(), Ok("A, B"));
}
