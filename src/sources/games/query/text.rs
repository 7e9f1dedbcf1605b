//! Names and titles from strangers, made fit to be shown.

/// Longest text that is kept, in characters.
const LONGEST: usize = 128;

/// UTF-8, or Latin-1 where it is not, as the older engines write it; tidied.
pub(super) fn of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => tidy(text),
        Err(_) => tidy(
            &bytes
                .iter()
                .take(4 * LONGEST)
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        ),
    }
}

/// A text that is worth keeping, or none.
pub(super) fn some(bytes: &[u8]) -> Option<String> {
    Some(of(bytes)).filter(|text| !text.is_empty())
}

/// Without control characters and marks that turn the writing direction, without blanks around,
/// and of a bearable length.
pub(super) fn tidy(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !turns_direction(*c))
        .skip_while(|c| *c == ' ')
        .take(LONGEST)
        .collect();
    kept.trim_end().to_owned()
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Without the pairs of `mark` and one character that colour a text (`^1`, `§a`).
pub(super) fn without_colours(text: &str, mark: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != mark {
            out.push(c);
        } else if chars.clone().next().is_some_and(char::is_alphanumeric) {
            chars.next();
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_become_plain() {
        for (given, expected) in [
            (&b"plain"[..], "plain"),
            (b"  two\r\nlines \0", "two  lines"),
            ("\u{202e}evil\u{2066}".as_bytes(), "evil"),
            (b"Gr\xfc\xdfe", "Grüße"),
            (b"", ""),
        ] {
            assert_eq!(of(given), expected);
        }
        assert_eq!(of(&[b'x'; 100_000]).len(), LONGEST);
    }

    #[test]
    fn colours_go_and_lone_marks_stay() {
        assert_eq!(without_colours("^1Red^7 ^^2x^", '^'), "Red ^x^");
        assert_eq!(without_colours("§aHi §", '§'), "Hi §");
    }
}
