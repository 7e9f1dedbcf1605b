//! What a newcomer reads first: where to look, and what is about to happen.

/// What there is to tell of.
pub(super) struct Shape {
    pub(super) nodes: usize,
    pub(super) guests: usize,
    pub(super) mail: String,
    pub(super) webhooks: String,
    pub(super) has_token: bool,
    /// Seconds after the start, and what happens then.
    pub(super) plan: &'static [(u64, &'static str)],
    pub(super) speed: f64,
}

/// The address first, on a line of its own, for scripts; then the rest.
pub(super) fn greeting(urls: &[String], shape: &Shape) -> String {
    let mut text = urls.join("\n");
    let url = urls.first().map_or("", String::as_str);
    let token = if shape.has_token {
        "-H \"X-API-Token: $API_TOKEN\" "
    } else {
        ""
    };
    text.push_str(&format!(
        "\n\nA simulated home lab: {} nodes and {} guests, a backup server, game servers and a container\n\
         engine. Everything in it is made up; what watches it is the product.\n\n\
         \x20 browser    {url}\n\
         \x20 terminal   homepulse top --url {url}\n\
         \x20 script     curl {token}{url}\n",
        shape.nodes, shape.guests,
    ));
    if !shape.plan.is_empty() {
        text.push_str("\nWhat is going to happen:\n");
        for (after, what) in shape.plan {
            text.push_str(&format!("  {:<10} {what}\n", span(*after, shape.speed)));
        }
    }
    text.push_str(&format!(
        "\nMail goes to a sink on {}, webhooks to {}.\nCtrl-C ends it and leaves nothing behind.",
        shape.mail, shape.webhooks
    ));
    text
}

#[expect(clippy::cast_precision_loss, reason = "seconds of an hour")]
fn span(seconds: u64, speed: f64) -> String {
    let seconds = seconds as f64 / speed;
    match seconds {
        ..1.0 => "at once".to_owned(),
        1.0..60.0 => format!("in {seconds:.0} s"),
        _ => format!("in {:.0} min", seconds / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, greeting};

    #[test]
    fn the_address_comes_first_and_what_happens_is_told() {
        let shape = Shape {
            nodes: 3,
            guests: 30,
            mail: "127.0.0.1:25".into(),
            webhooks: "http://127.0.0.1:80/".into(),
            has_token: false,
            plan: &[(0, "a"), (60, "b"), (300, "c")],
            speed: 10.0,
        };
        let text = greeting(&["http://127.0.0.1:7655/".to_owned()], &shape);
        assert_eq!(text.lines().next(), Some("http://127.0.0.1:7655/"));
        for line in ["  at once    a", "  in 6 s     b", "  in 30 s    c"] {
            assert!(text.contains(line), "{text}");
        }
    }
}
