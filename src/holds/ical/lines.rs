//! Lines of a feed: unfolded, with their parameters.

/// Characters of one unfolded line that are kept.
const LENGTH: usize = 16_384;

/// One property, such as `DTSTART;TZID=Europe/Berlin:20261122T020000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its name in capitals.
    pub(super) name: String,
    /// Its parameters, names in capitals.
    pub(super) parameters: Vec<(String, String)>,
    /// Everything behind the colon.
    pub(super) value: String,
}

impl Line {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The lines of a feed, put together where they were folded; lines without a colon are skipped.
pub(super) fn unfold(bytes: &[u8]) -> impl Iterator<Item = Line> + '_ {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut raw = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .peekable();
    std::iter::from_fn(move || {
        loop {
            let mut whole = raw.next()?.to_vec();
            while let Some(more) = raw.next_if(|next| matches!(next.first(), Some(b' ' | b'\t'))) {
                if whole.len() < LENGTH {
                    whole.extend_from_slice(&more[1..]);
                }
            }
            whole.truncate(LENGTH);
            if let Some(line) = parse(&String::from_utf8_lossy(&whole)) {
                return Some(line);
            }
        }
    })
}

fn parse(text: &str) -> Option<Line> {
    let mut quoted = false;
    let colon = text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (&text[..colon], &text[colon + 1..]);
    let mut parts = split_outside_quotes(head);
    let name = parts.next()?.trim().to_ascii_uppercase();
    let parameters = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((
            name.to_ascii_uppercase(),
            value.trim_matches('"').to_owned(),
        ))
    });
    Some(Line {
        parameters: parameters.take(20).collect(),
        name,
        value: value.to_owned(),
    })
}

fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    })
}
