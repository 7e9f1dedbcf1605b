//! Somebody's own words, test messages and previews.

use secrecy::SecretString;
use serde_json::json;

use super::{custom, decoded, fill, fired, sink, told_kinds};
use crate::notify::catalogue::{FieldKind, Secrets};
use crate::notify::tests::{NOW, tools};
use crate::notify::{open, sample};

#[tokio::test]
async fn own_templates_take_the_place_of_the_usual_words_and_are_tried_when_they_are_saved() {
    let sink = sink().await;
    let own = json!({"title_template": "{{ word | upper }} {{ name }}", "text_template": "<b>{{ name }}</b>"});
    let notifier = custom("telegram", &sink, own).expect("a notifier");
    let mut hostile = fired();
    hostile.alert.resource_name = "<i>".into();
    notifier.deliver(&hostile).await.expect("it is taken");
    let text = sink.requests()[0].json()["text"].clone();
    let expected = "<b>WARNING &lt;i&gt;</b>\n<b>&lt;i&gt;</b>\
                    \nOpen: https://pulse.example.org/alerts/alt_one\
                    \nTake it on: https://pulse.example.org/a/token";
    assert_eq!(text, expected);
    for (field, template) in [
        ("title_template", "{{ word"),
        ("text_template", "{{ 'a' * 99999 }}"),
        ("text_template", "{{ name | no_such_filter }}"),
    ] {
        let error = custom("telegram", &sink, json!({field: template})).err();
        let error = error.unwrap_or_else(|| panic!("{template} should be refused"));
        assert!(error.starts_with(field), "{error}");
    }
    for (template, is_fine) in [
        (r#"{"x": {{ sentence }}, "t": {{ alert.tags }}}"#, true),
        (r#"{"x": "{{ sentence }}"}"#, false),
    ] {
        let opened = custom("webhook", &sink, json!({"body_template": template}));
        let error = opened.err().unwrap_or_default();
        assert_eq!(error.is_empty(), is_fine, "{template}: {error}");
        assert!(is_fine || error.starts_with("body_template"), "{error}");
    }
}

#[tokio::test]
async fn a_test_says_its_code_whatever_somebody_s_own_words_are() {
    let sink = sink().await;
    let test = sample::test("phone", "4711", NOW);
    for kind in told_kinds() {
        let more = json!({"title_template": "hello", "text_template": "world"});
        let notifier = custom(&kind.name, &sink, more).expect("a notifier");
        sink.clear();
        notifier.deliver(&test).await.expect("it is taken");
        let text = decoded(&sink.requests()[0]).to_string();
        assert!(text.contains("4711"), "{}: {text}", kind.name);
    }
}

#[tokio::test]
async fn a_preview_shows_no_secret_and_sends_nothing() {
    for kind in told_kinds() {
        let sink = sink().await;
        let (config, _) = fill(&kind, &sink);
        let secrets: Secrets = kind
            .fields
            .iter()
            .filter(|field| field.is_secret())
            .map(|field| {
                let secret = match field.kind {
                    FieldKind::Url => sink.url("/planted?planted=planted"),
                    _ => "planted".into(),
                };
                (field.name.clone(), SecretString::from(secret))
            })
            .collect();
        let mut config = config;
        if kind.name == "webhook" {
            config["auth"] = json!("basic");
            config["username"] = json!("ada");
        }
        let notifier = open(&kind, &config, &secrets, &tools()).expect("a notifier");
        let preview = notifier.preview(&fired()).expect("it is written");
        let text = format!("{preview:?}");
        assert!(!text.contains("planted"), "{}: {text}", kind.name);
        assert!(sink.requests().is_empty());
    }
}
