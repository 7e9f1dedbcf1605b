//! The services that Pulse's webhooks tell, and how their addresses become the fields of our kinds
//! of channel and back.

use serde_json::json;
use url::Url;

use crate::api::problem::Problem;
use crate::notify::SECRET_HEADERS;

use super::fields::{Fields, MASK, Place};
use crate::api::pulse::channel::invalid;

/// The kind of channel that takes any JSON.
pub(super) const GENERIC: &str = "webhook";

/// A service, in Pulse's words.
pub(in crate::api::pulse) struct Service {
    pub(in crate::api::pulse) name: &'static str,
    /// The kind of channel that tells it.
    pub(in crate::api::pulse) kind: &'static str,
    /// What its addresses look like.
    pub(in crate::api::pulse) pattern: &'static str,
}

const fn service(name: &'static str, kind: &'static str, pattern: &'static str) -> Service {
    Service {
        name,
        kind,
        pattern,
    }
}

const WORKFLOW: &str = "https://{region}.logic.azure.com/workflows/{workflow}?sig={signature}";

/// Every service; the first of a kind is what its channels are called.
pub(in crate::api::pulse) const SERVICES: &[Service] = &[
    service("generic", GENERIC, "https://example.org/hook"),
    service(
        "discord",
        "discord",
        "https://discord.com/api/webhooks/{webhook_id}/{webhook_token}",
    ),
    service(
        "telegram",
        TELEGRAM,
        "https://api.telegram.org/bot{bot_token}/sendMessage?chat_id={chat_id}",
    ),
    service(
        "slack",
        "slack",
        "https://hooks.slack.com/services/{webhook_path}",
    ),
    service("teams", "teams", WORKFLOW),
    service("teams-adaptive", "teams", WORKFLOW),
    service(
        "pagerduty",
        PAGERDUTY,
        "https://events.pagerduty.com/v2/enqueue",
    ),
    service(
        "pushover",
        PUSHOVER,
        "https://api.pushover.net/1/messages.json",
    ),
    service(
        "gotify",
        GOTIFY,
        "https://gotify.example.org/message?token={app_token}",
    ),
    service("ntfy", NTFY, "https://ntfy.sh/{topic}"),
    service(
        "mattermost",
        "mattermost",
        "https://mattermost.example.org/hooks/{webhook_id}",
    ),
];

const GOTIFY: &str = "gotify";
const NTFY: &str = "ntfy";
const PAGERDUTY: &str = "pagerduty";
const PUSHOVER: &str = "pushover";
const TELEGRAM: &str = "telegram";

/// The service of that name; none given is the generic one.
pub(super) fn named(name: &str) -> Option<&'static Service> {
    let name = match name.trim() {
        "" => "generic",
        name => name,
    };
    SERVICES.iter().find(|service| service.name == name)
}

/// The service that channels of a kind tell.
pub(in crate::api::pulse) fn of_kind(kind: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.kind == kind)
}

/// The server that a kind uses unless told another one.
fn usual_server(kind: &str) -> &'static str {
    match kind {
        NTFY => "https://ntfy.sh",
        PAGERDUTY => "https://events.pagerduty.com",
        PUSHOVER => "https://api.pushover.net",
        TELEGRAM => "https://api.telegram.org",
        _ => "",
    }
}

/// What is sent to a server and must not follow to another one.
const SENT: [&str; 4] = ["routing_key", SECRET_HEADERS, "token", "user"];

/// Forgets what would be sent to another server than it was given for.
pub(super) fn forget_what_stays(fields: &mut Fields, kind: &str, url: &str) {
    let server = |url: &str| Url::parse(url).ok().map(|url| origin(&url));
    if server(url) == server(&place(fields, kind, false).url) {
        return;
    }
    let sent = SENT.iter();
    for name in sent.filter(|name| kind != GENERIC || **name == SECRET_HEADERS) {
        fields.secrets.remove(*name);
    }
}

/// Makes `fields` lead to a place; what is used of the place is taken out of it.
///
/// # Errors
/// When a part of it is missing, or masked and not kept.
pub(super) fn lead(fields: &mut Fields, kind: &str, place: &mut Place) -> Result<(), Problem> {
    match kind {
        GENERIC => {
            if place.url.contains(MASK) {
                return Err(invalid("url", "give the whole address"));
            }
            fields.put("url", &place.url);
        }
        NTFY => {
            let (server, topic) = topic(&place.url).ok_or_else(|| {
                let problem = "it has to end in the topic, such as https://ntfy.sh/home";
                invalid("url", problem)
            })?;
            fields.put("server", server);
            fields.put("topic", topic);
        }
        GOTIFY => {
            let url = parsed(&place.url)?;
            let token = parameter(&url, "token");
            let token = token.or_else(|| place.take(&["token", "X-Gotify-Key"]));
            let path = url.path().trim_end_matches('/');
            let path = path.strip_suffix("/message").unwrap_or(path);
            fields.put("server", &format!("{}{path}", origin(&url)));
            let hint = "it has to end in /message?token= and the application's token";
            fields.put_secret("token", token.as_deref(), "url", hint)?;
        }
        TELEGRAM => telegram(fields, place)?,
        PUSHOVER => {
            put_server(fields, kind, &origin(&parsed(&place.url)?));
            for (field, names, hint) in [
                (
                    "token",
                    ["app_token", "token"],
                    "app_token, the application's token, is missing",
                ),
                (
                    "user",
                    ["user_token", "user"],
                    "user_token, the user's or group's key, is missing",
                ),
            ] {
                let given = place.take(&names);
                fields.put_secret(field, given.as_deref(), "customFields", hint)?;
            }
            for field in ["device", "sound"] {
                if let Some(text) = place.take(&[field]) {
                    fields.put(field, &text);
                }
            }
        }
        PAGERDUTY => {
            put_server(fields, kind, &origin(&parsed(&place.url)?));
            let given = place.take(&["routing_key"]);
            let hint = "routing_key, the integration's key, is missing";
            fields.put_secret("routing_key", given.as_deref(), "customFields", hint)?;
        }
        // Kinds whose whole address is a secret.
        _ => {
            let shown = self::place(fields, kind, false).url;
            let given = Some(place.url.as_str()).filter(|url| *url != shown);
            fields.put_secret("url", given, "url", "give the whole address")?;
        }
    }
    Ok(())
}

fn telegram(fields: &mut Fields, place: &mut Place) -> Result<(), Problem> {
    let hint = "it has to be https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>";
    let url = parsed(&place.url)?;
    let (before, rest) = url
        .path()
        .rsplit_once("/bot")
        .ok_or_else(|| invalid("url", hint))?;
    put_server(fields, TELEGRAM, &format!("{}{before}", origin(&url)));
    let token = rest.split('/').next().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| invalid("url", hint))?;
    fields.put_secret("token", Some(token), "url", hint)?;
    let chat = parameter(&url, "chat_id").or_else(|| place.take(&["chat_id"]));
    match chat {
        Some(chat) => fields.put("chat_id", &chat),
        None if fields.text("chat_id").is_empty() => return Err(invalid("url", hint)),
        None => {}
    }
    if let Some(thread) = parameter(&url, "message_thread_id") {
        let number: u64 = thread
            .parse()
            .map_err(|_| invalid("url", "message_thread_id has to be a number"))?;
        fields.config.insert("thread_id".to_owned(), json!(number));
    } else {
        fields.config.remove("thread_id");
    }
    Ok(())
}

/// Where `fields` lead to; secrets in the clear only where `is_clear`.
pub(super) fn place(fields: &Fields, kind: &str, is_clear: bool) -> Place {
    let server = match fields.text("server") {
        "" => usual_server(kind),
        server => server.trim_end_matches('/'),
    };
    let shown = |name: &str| fields.shown(name, is_clear).to_owned();
    let mut place = Place::default();
    match kind {
        GENERIC => fields.text("url").clone_into(&mut place.url),
        NTFY => place.url = format!("{server}/{}", fields.text("topic")),
        GOTIFY => {
            let token = fields.shown("token", is_clear).as_bytes();
            let token: String = url::form_urlencoded::byte_serialize(token).collect();
            place.url = format!("{server}/message?token={token}");
        }
        TELEGRAM => {
            let chat = match fields.config.get("chat_id") {
                Some(number) if number.is_number() => number.to_string(),
                _ => fields.text("chat_id").to_owned(),
            };
            let token = shown("token");
            place.url = format!("{server}/bot{token}/sendMessage?chat_id={chat}");
            if let Some(thread) = fields.config.get("thread_id") {
                place.url.push_str(&format!("&message_thread_id={thread}"));
            }
        }
        PUSHOVER => {
            place.url = format!("{server}/1/messages.json");
            place.custom = [
                ("app_token", shown("token")),
                ("user_token", shown("user")),
                ("device", fields.text("device").to_owned()),
                ("sound", fields.text("sound").to_owned()),
            ]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        }
        PAGERDUTY => {
            place.url = format!("{server}/v2/enqueue");
            let key = ("routing_key".to_owned(), shown("routing_key"));
            place.custom = [key].into();
        }
        _ if is_clear => fields.secret("url").clone_into(&mut place.url),
        _ => {
            let url = Url::parse(fields.secret("url")).ok();
            place.url =
                url.map_or_else(|| MASK.to_owned(), |url| format!("{}/{MASK}", origin(&url)));
        }
    }
    place
}

fn parsed(url: &str) -> Result<Url, Problem> {
    let url = Url::parse(url).ok().filter(Url::has_host);
    url.ok_or_else(|| invalid("url", "has to be a whole address: https://example.org/path"))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, value)| key == name && !value.is_empty());
    found.map(|(_, value)| value.into_owned())
}

/// Names the server where it is not the usual one.
fn put_server(fields: &mut Fields, kind: &str, server: &str) {
    let server = if server == usual_server(kind) {
        ""
    } else {
        server
    };
    fields.put("server", server);
}

/// The server and the topic of ntfy's address.
fn topic(url: &str) -> Option<(&str, &str)> {
    let (server, topic) = url.trim().trim_end_matches('/').rsplit_once('/')?;
    let is_whole = server.contains("://") && !server.ends_with('/') && !topic.is_empty();
    is_whole.then_some((server, topic))
}
