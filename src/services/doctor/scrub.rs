//! Takes secrets out of texts: those that are known, and what looks like one.

use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
const MASK: &str = "[removed]";

/// The shortest known secret that is looked for; shorter ones are in every other word.
const SHORTEST: usize = 4;

/// Words after which a secret follows, up to the next blank or quote.
const LEADERS: [&str; 9] = [
    "bearer ",
    "password=",
    "passwd=",
    "token=",
    "secret=",
    "apikey=",
    "api_key=",
    "pveapitoken=",
    "pbsapitoken=",
];

/// Takes secrets out of texts.
pub struct Scrub {
    known: Vec<SecretString>,
}

impl Scrub {
    /// Knows these secrets.
    #[must_use]
    pub fn of(known: Vec<SecretString>) -> Self {
        let mut known: Vec<SecretString> = known
            .into_iter()
            .filter(|secret| secret.expose_secret().len() >= SHORTEST)
            .collect();
        // The longest first: one may be a part of another.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self { known }
    }

    /// The text without secrets. Of addresses the host stays and what follows it goes, as tokens
    /// of webhooks lie there; of mail addresses the part before the `@` goes.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            let secret = secret.expose_secret();
            text = text.replace(secret, MASK);
            // As it stands inside JSON.
            let quoted = serde_json::Value::from(secret).to_string();
            let inner = quoted.trim_matches('"');
            if inner != secret {
                text = text.replace(inner, MASK);
            }
        }
        let lines: Vec<String> = text.split('\n').map(clean_line).collect();
        lines.join("\n")
    }
}

fn clean_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut word = String::new();
    let mut masks_next = false;
    // A word ends where no secret and no address could go on.
    for c in line.chars().chain(std::iter::once('\n')) {
        let ends = c.is_whitespace() || "\"'`,;<>()[]{}\\".contains(c);
        if !ends {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            let is_leader = word.eq_ignore_ascii_case("bearer");
            out.push_str(&if masks_next {
                MASK.to_owned()
            } else {
                clean_word(&word)
            });
            masks_next = is_leader && c == ' ';
            word.clear();
        }
        if c != '\n' {
            out.push(c);
        }
    }
    out
}

fn clean_word(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if let Some((scheme, rest)) = word.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let path = if path.len() > 1 { "/[removed]" } else { path };
        return format!("{scheme}://{host}{path}");
    }
    for leader in LEADERS {
        if let Some(at) = lower.find(leader) {
            return format!("{}{MASK}", &word[..at + leader.len()]);
        }
    }
    if let Some((_, host)) = word.rsplit_once('@')
        && host.contains('.')
    {
        return format!("{MASK}@{host}");
    }
    if is_uuid(&lower) || is_random(word) {
        return MASK.to_owned();
    }
    word.to_owned()
}

/// Proxmox's token secrets are UUIDs; so is little else that anybody would miss.
fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

/// Long, of letters and digits, and of no language.
fn is_random(word: &str) -> bool {
    let is_text = |c: char| c.is_ascii_alphanumeric() || "+/_=-".contains(c);
    word.len() >= 24
        && word.chars().all(is_text)
        && word.chars().filter(char::is_ascii_digit).count() >= 4
        && word.chars().any(|c| c.is_ascii_alphabetic())
}
