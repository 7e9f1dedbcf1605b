//! The text that Prometheus reads: OpenMetrics 1.0, and the format before it.
//!
//! Label values come from hosts and may hold anything; names and help texts are ours.

use std::collections::HashSet;
use std::fmt::Write as _;

/// Characters of a label's value that are kept.
const VALUE_LENGTH: usize = 256;

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' own, version 0.0.4.
    Text,
}

impl Format {
    /// The one that a scraper asks for. Prometheus names OpenMetrics where it can read it; people
    /// with a browser or curl read either.
    pub(super) fn wanted(accept: Option<&str>) -> Self {
        match accept {
            Some(accept)
                if accept.contains("text/plain")
                    && !accept.contains("application/openmetrics-text") =>
            {
                Self::Text
            }
            _ => Self::OpenMetrics,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What a family's figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// They go up and down.
    Gauge,
    /// They only grow while the process lives.
    Counter,
}

/// A text while it is being written.
pub(super) struct Exposition {
    format: Format,
    text: String,
}

impl Exposition {
    pub(super) const fn new(format: Format) -> Self {
        Self {
            format,
            text: String::new(),
        }
    }

    /// Begins a family. Counters are named without `_total`, which is added. A family without a
    /// figure leaves no trace.
    pub(super) fn family(
        &mut self,
        name: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Family<'_> {
        Family {
            out: self,
            name,
            kind,
            help,
            seen: HashSet::new(),
        }
    }

    /// A family of one figure, left out where it is not known.
    pub(super) fn single(
        &mut self,
        name: &'static str,
        kind: Kind,
        help: &'static str,
        value: Option<f64>,
    ) {
        self.family(name, kind, help).figure(&[], value);
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

/// A family while its figures are being written.
pub(super) struct Family<'a> {
    out: &'a mut Exposition,
    name: &'static str,
    kind: Kind,
    help: &'static str,
    seen: HashSet<String>,
}

impl Family<'_> {
    /// Adds a figure, unless it is not known or one with the same labels is there already, which
    /// a scraper would refuse the whole text for.
    pub(super) fn figure(&mut self, labels: &[(&str, &str)], value: Option<f64>) {
        let Some(value) = value else { return };
        let labels = text_of(labels);
        if self.seen.contains(&labels) {
            return;
        }
        if self.seen.is_empty() {
            self.begin();
        }
        let suffix = if self.kind == Kind::Counter {
            "_total"
        } else {
            ""
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            self.out.text,
            "{}{suffix}{labels} {}",
            self.name,
            number(value)
        );
        self.seen.insert(labels);
    }

    fn begin(&mut self) {
        let (name, help) = (self.name, self.help);
        let (kind, suffix) = match (self.kind, self.out.format) {
            (Kind::Gauge, _) => ("gauge", ""),
            (Kind::Counter, Format::OpenMetrics) => ("counter", ""),
            (Kind::Counter, Format::Text) => ("counter", "_total"),
        };
        let _ = writeln!(
            self.out.text,
            "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}"
        );
    }
}

fn text_of(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let mut text = String::from("{");
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for c in value.chars().take(VALUE_LENGTH) {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                // Some readers end a line at these.
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => text.push(' '),
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text.push('}');
    text
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(format: Format, labels: &[(&str, &str)]) -> String {
        let mut out = Exposition::new(format);
        let mut family = out.family("lab_sheep", Kind::Counter, "Sheep counted.");
        family.figure(labels, Some(3.5));
        family.figure(labels, Some(4.0));
        family.figure(&[("of", "nobody")], None);
        out.finish()
    }

    #[test]
    fn both_formats_name_a_counter_in_their_way() {
        assert_eq!(
            one(Format::OpenMetrics, &[]),
            "# HELP lab_sheep Sheep counted.\n# TYPE lab_sheep counter\nlab_sheep_total 3.5\n# EOF\n"
        );
        assert_eq!(
            one(Format::Text, &[]),
            "# HELP lab_sheep_total Sheep counted.\n# TYPE lab_sheep_total counter\nlab_sheep_total 3.5\n"
        );
    }

    #[test]
    fn a_hostile_name_stays_inside_its_quotes() {
        let text = one(
            Format::OpenMetrics,
            &[("name", "a\"} 1\nevil{x=\"\\\r\u{2028}b"), ("node", "ü")],
        );
        assert!(
            text.contains(
                "lab_sheep_total{name=\"a\\\"} 1\\nevil{x=\\\"\\\\  b\",node=\"ü\"} 3.5\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_family_without_figures_leaves_no_trace() {
        let mut out = Exposition::new(Format::Text);
        out.single("lab_wolves", Kind::Gauge, "Wolves.", None);
        assert_eq!(out.finish(), "");
    }

    #[test]
    fn the_older_format_is_for_those_who_ask_for_it() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.2";
        for (accept, expected) in [
            (None, Format::OpenMetrics),
            (Some("*/*"), Format::OpenMetrics),
            (Some(prometheus), Format::OpenMetrics),
            (Some("text/plain;version=0.0.4"), Format::Text),
        ] {
            assert_eq!(Format::wanted(accept), expected, "{accept:?}");
        }
    }
}
