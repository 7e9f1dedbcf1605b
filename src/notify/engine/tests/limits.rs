//! Messages that are longer than a kind takes.

use super::{decoded, fired, notifier, sink, told_kinds};
use crate::notify::message::{Message, News, Occasion};

pub(super) fn digest(length: usize) -> Message {
    let mut long = fired();
    long.alert.message = "grün 🚨 ".repeat(length);
    long.alert.resource_name = "ü".repeat(length);
    long.others = (0..80)
        .map(|_| News {
            occasion: Occasion::Fired,
            alert: long.alert.clone(),
        })
        .collect();
    long
}

#[tokio::test]
async fn over_long_messages_are_cut_to_each_kind_s_limits_and_keep_their_link() {
    for kind in told_kinds() {
        let sink = sink().await;
        let notifier = notifier(&kind, &sink);
        let preview = notifier.preview(&digest(2000)).expect("it is written");
        let measure = |text: &str| match kind.limits.bytes {
            true => text.len(),
            false => text.encode_utf16().count(),
        };
        assert!(
            measure(&preview.title) <= kind.limits.title,
            "{}",
            kind.name
        );
        assert!(measure(&preview.text) <= kind.limits.text, "{}", kind.name);
        notifier.deliver(&digest(2000)).await.expect("it is taken");
        let request = &sink.requests()[0];
        assert!(request.body.len() <= kind.limits.body, "{}", kind.name);
        let text = decoded(request).to_string();
        assert!(text.contains("/alerts/alt"), "{}: {text}", kind.name);
    }
}
