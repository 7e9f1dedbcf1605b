//! The script that makes a read-only user and token on a host and registers it.
//!
//! Everything that is put into the script stands between single quotes and has been checked
//! against the characters it may have, so that nothing of it can be run. Start with [`script`];
//! `frame.sh` is what both products share.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::registration::PREFIX;

/// Why there is no script.
#[derive(Debug, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct SetupError {
    /// Which wish cannot be granted.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

/// What the script is to do.
#[derive(Clone, Debug)]
pub struct Order {
    /// The product: `pve` or `pbs`.
    pub kind: String,
    /// The address that we look at.
    pub host: String,
    /// Our own address, as the host reaches it.
    pub url: String,
    /// The registration token that the script uses.
    pub registration: SecretString,
    /// Whether backups on storages are to be seen, which takes two more privileges.
    pub backups: bool,
}

/// One product.
struct Product {
    kind: &'static str,
    name: &'static str,
    port: u16,
    account: &'static str,
    commands: &'static str,
}

const PRODUCTS: [Product; 2] = [
    Product {
        kind: "pve",
        name: "a Proxmox VE cluster or host",
        port: 8006,
        account: "homepulse@pve",
        commands: include_str!("pve.sh"),
    },
    Product {
        kind: "pbs",
        name: "a Proxmox Backup Server",
        port: 8007,
        account: "homepulse@pbs",
        commands: include_str!("pbs.sh"),
    },
];

/// The script for `order`.
///
/// # Errors
/// When something in it cannot be right.
pub fn script(order: &Order) -> Result<String, SetupError> {
    let product = product(&order.kind)?;
    let host = host(&order.host, product.port)?;
    let url = own_url(&order.url)?;
    let registration = order.registration.expose_secret();
    if !is_registration(registration) {
        return Err(wrong("token", "must be a registration token".to_owned()));
    }
    Ok(include_str!("frame.sh")
        .replace("@COMMANDS@", product.commands)
        .replace("@PRODUCT@", product.name)
        .replace("@KIND@", product.kind)
        .replace("@ACCOUNT@", product.account)
        .replace("@BACKUPS@", if order.backups { "yes" } else { "no" })
        .replace("@HOST@", &host)
        .replace("@URL@", &url)
        .replace("@REGISTRATION@", registration))
}

/// Checks what a script would be made of, without a token.
///
/// # Errors
/// When something in it cannot be right.
pub fn check(kind: &str, given_host: &str, url: &str) -> Result<(), SetupError> {
    let product = product(kind)?;
    host(given_host, product.port)?;
    own_url(url).map(drop)
}

fn wrong(field: &'static str, problem: String) -> SetupError {
    SetupError { field, problem }
}

fn product(kind: &str) -> Result<&'static Product, SetupError> {
    let found = PRODUCTS.iter().find(|product| product.kind == kind);
    found.ok_or_else(|| {
        let problem = match kind {
            "" => "is missing; give pve or pbs".to_owned(),
            _ => "is unknown; give pve or pbs".to_owned(),
        };
        wrong("type", problem)
    })
}

fn is_registration(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|digits| {
        (1..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// The address to look at, with scheme and port.
fn host(text: &str, port: u16) -> Result<String, SetupError> {
    let example = format!("give https://host:{port}");
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong("host", format!("is missing; {example}")));
    }
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = plain_url("host", &with_scheme, &example)?;
    if url.scheme() != "https" {
        return Err(wrong(
            "host",
            format!("must begin with https://; {example}"),
        ));
    }
    if !matches!(url.path(), "" | "/") {
        return Err(wrong("host", format!("must end after the port; {example}")));
    }
    let name = url.host_str().unwrap_or_default();
    let is_443 = with_scheme.trim_end_matches('/').ends_with(":443");
    let port = url.port().unwrap_or(if is_443 { 443 } else { port });
    Ok(format!("https://{name}:{port}"))
}

/// Our own address, without a slash at its end.
fn own_url(text: &str) -> Result<String, SetupError> {
    let url = plain_url("pulse_url", text, "give http://host:7655")?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn plain_url(field: &'static str, text: &str, example: &str) -> Result<Url, SetupError> {
    // The parser takes line ends and tabs out as browsers do, instead of refusing them.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(field, format!("must not hold blanks; {example}")));
    }
    let url = Url::parse(text)
        .map_err(|error| wrong(field, format!("is no address ({error}); {example}")))?;
    let is_http = matches!(url.scheme(), "http" | "https");
    if !is_http || url.host_str().is_none_or(str::is_empty) {
        let problem = format!("must be an http or https address; {example}");
        return Err(wrong(field, problem));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        let problem = format!("must be an address and nothing more; {example}");
        return Err(wrong(field, problem));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
    if url.as_str().len() > 300 || !url.as_str().chars().all(is_plain) {
        let problem = format!("has characters that no address needs; {example}");
        return Err(wrong(field, problem));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn order() -> Order {
        Order {
            kind: "pve".into(),
            host: "pve1.lan".into(),
            url: "http://192.0.2.5:7655/pulse/".into(),
            registration: SecretString::from("PULSE-REG-0123456789ABCDEF"),
            backups: true,
        }
    }

    #[test]
    fn addresses_are_made_whole_and_nothing_is_left_open() {
        for kind in ["pve", "pbs"] {
            let text = script(&Order {
                kind: kind.into(),
                ..order()
            })
            .unwrap();
            assert!(!text.contains('@') || !text.contains("@URL@"), "{text}");
            for place in [
                "COMMANDS",
                "PRODUCT",
                "KIND",
                "ACCOUNT",
                "HOST",
                "REGISTRATION",
            ] {
                assert!(!text.contains(&format!("@{place}@")), "{place}");
            }
            assert!(text.contains("URL='http://192.0.2.5:7655/pulse'"));
        }
        assert!(
            script(&order())
                .unwrap()
                .contains("HOST='https://pve1.lan:8006'")
        );
    }

    #[test]
    fn what_could_end_a_quotation_is_refused() {
        for text in [
            "https://h';reboot;'",
            "https://h/$(reboot)",
            "https://h:8006/`reboot`",
            "https://h\nreboot",
            "https://u:p@h",
            "https://h?x=1",
            "ssh://h",
            "",
        ] {
            let evil = Order {
                host: text.into(),
                ..order()
            };
            let made = script(&evil).map(|text| text.contains("reboot"));
            assert!(!matches!(made, Ok(true)), "host {text}");
            let evil = Order {
                url: text.into(),
                ..order()
            };
            let made = script(&evil).map(|text| text.contains("reboot"));
            assert!(!matches!(made, Ok(true)), "url {text}");
        }
        for text in ["", "x", "PULSE-REG-';reboot;'", "PULSE-REG-"] {
            let registration = SecretString::from(text);
            assert!(
                script(&Order {
                    registration,
                    ..order()
                })
                .is_err(),
                "{text}"
            );
        }
        assert!(
            script(&Order {
                kind: "esxi".into(),
                ..order()
            })
            .is_err()
        );
    }

    #[test]
    fn shells_and_their_checker_find_nothing_wrong() {
        use std::io::Write as _;
        for kind in ["pve", "pbs"] {
            let text = script(&Order {
                kind: kind.into(),
                ..order()
            })
            .unwrap();
            for (program, arguments) in [
                ("sh", &["-n"][..]),
                ("shellcheck", &["--shell=sh", "--severity=style", "-"][..]),
            ] {
                let child = Command::new(program)
                    .args(arguments)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn();
                // A machine without the checker still has the shell.
                let Ok(mut child) = child else {
                    assert_ne!(program, "sh");
                    continue;
                };
                let mut input = child.stdin.take().unwrap();
                input.write_all(text.as_bytes()).unwrap();
                drop(input);
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(output.status.success(), "{program} about {kind}: {said}");
            }
        }
    }
}
