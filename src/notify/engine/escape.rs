//! Writing a text so that it stays text, wherever it is put.

/// Keeps an `@` from calling anybody: nothing that is seen stands behind it.
const GUARD: char = '\u{200b}';

/// Characters that turn the direction of what follows, so that it reads as something else.
pub(in crate::notify) const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Plain text: line breaks stay, other control characters go.
pub(super) fn plain(text: &str) -> String {
    let seen = |c: &char| *c == '\n' || !c.is_control() && !turns_direction(*c);
    text.chars().filter(seen).collect()
}

/// Plain text in which `@` calls nobody and `<…>` is no mention.
pub(super) fn mentions(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        safe.push(c);
        if matches!(c, '@' | '<') {
            safe.push(GUARD);
        }
    }
    safe
}

/// HTML.
pub(super) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Markdown, in all of its dialects.
pub(super) fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        if r"\`*_~|[]()<>#".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
        if matches!(c, '@' | '<') {
            safe.push(GUARD);
        }
    }
    safe
}

/// What Slack wants escaped.
pub(super) fn slack(text: &str) -> String {
    let text = plain(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// One part of a path or of a query.
pub(super) fn path_part(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                safe.push(char::from(byte));
            }
            byte => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    match safe.as_str() {
        // Parts of a path that lead elsewhere, however they are written.
        "." | ".." => "-".into(),
        _ => safe,
    }
}
