//! Names that want to be more than text.

use serde_json::Value;
use simulator::WebhookRequest;

use super::{decoded, fired, notifier, sink, told_kinds};

const HOSTILE: [&str; 6] = [
    "</b><script>alert(1)</script>&lt;",
    "x\r\nX-Evil: 1\r\n\r\nbody",
    "@everyone @here <!channel> <@123> <users/all> @room @all",
    "**bold** [link](https://evil.example) `code` ~~s~~ ||spoiler|| {{ 7*7 }} {% x %}",
    "\u{202e}gnp.exe \u{2066}\u{200f}שלום 🚨👩‍🚒",
    "../../../x?y=z#a%2f\"}],\"content\":\"owned\\",
];

/// Everything that is text in a JSON value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// What there is in a JSON value, without what it says.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => "text".into(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn hostile_names_are_nothing_but_text_in_every_kind() {
    for kind in told_kinds() {
        let sink = sink().await;
        let notifier = notifier(&kind, &sink);
        let mut plain = fired();
        plain.affected.clear();
        notifier.deliver(&plain).await.expect("it is taken");
        for hostile in HOSTILE {
            let mut message = plain.clone();
            message.alert.resource_name = hostile.into();
            message.alert.message = hostile.into();
            message.alert.node = Some(hostile.into());
            notifier.deliver(&message).await.expect("it is taken");
        }
        let requests = sink.requests();
        let honest = &requests[0];
        for (request, hostile) in requests[1..].iter().zip(HOSTILE) {
            let place = format!("{}: {hostile}", kind.name);
            assert_eq!(request.path, honest.path, "{place}");
            let names = |request: &WebhookRequest| -> Vec<String> {
                request
                    .headers
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect()
            };
            assert_eq!(names(request), names(honest), "{place}");
            let body = decoded(request);
            assert_eq!(shape(&body), shape(&decoded(honest)), "{place}");
            let mut all = Vec::new();
            // The event of our own form says things as they are; that is what JSON is for.
            if kind.name != "webhook" {
                texts(&body, &mut all);
            }
            for text in all {
                assert!(!text.contains('\u{202e}'), "{place}: {text}");
                assert!(!text.contains('\r'), "{place}: {text}");
                let is_html = match kind.name.as_str() {
                    "telegram" => true,
                    "matrix" => body["formatted_body"] == text,
                    "googlechat" => text.contains("<br>"),
                    _ => false,
                };
                assert!(!is_html || !text.contains("<script"), "{place}: {text}");
                // A topic is a name, in which nothing is looked for.
                let is_markdown = ["discord", "mattermost", "rocketchat", "zulip"]
                    .contains(&kind.name.as_str())
                    && body["topic"] != text;
                if is_markdown {
                    assert!(
                        !text.contains("@everyone") && !text.contains("@all"),
                        "{place}: {text}"
                    );
                    assert!(
                        !text.contains("**bold") && !text.contains("](https://evil"),
                        "{place}: {text}"
                    );
                }
                if kind.name == "slack" {
                    let is_plain = text.contains('<') && !text.contains("&lt;");
                    let in_plain_block =
                        body["attachments"][0]["blocks"][0]["text"]["text"] == text;
                    assert!(!is_plain || in_plain_block, "{place}: {text}");
                }
            }
        }
    }
}
