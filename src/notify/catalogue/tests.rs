use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use serde_json::json;

use super::{Catalogue, FILES_OF_OURS, check};

#[test]
fn every_file_of_ours_is_a_kind() {
    for (name, text) in FILES_OF_OURS {
        let kind = check::parse(text, Some(name), true);
        let kind = kind.unwrap_or_else(|error| panic!("{name}.toml: {error}"));
        assert!(!kind.help.is_empty(), "{name}: help is missing");
        let presets = kind.presets.iter();
        for name in presets.flat_map(|preset| preset.set.keys()) {
            assert!(kind.fields.iter().any(|field| field.name == *name));
        }
    }
    assert_eq!(Catalogue::ours().kinds().count(), FILES_OF_OURS.len());
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/notify/catalogue/kinds");
    let files = std::fs::read_dir(folder).expect("the folder").count();
    assert_eq!(files, FILES_OF_OURS.len(), "every file is listed");
}

#[test]
fn no_two_kinds_read_the_same_addresses() {
    let ours = Catalogue::ours();
    let links = ours.kinds().flat_map(|kind| &kind.links);
    let schemes: Vec<&String> = links.flat_map(|link| &link.schemes).collect();
    let different: BTreeSet<&String> = schemes.iter().copied().collect();
    assert_eq!(different.len(), schemes.len());
}

#[test]
fn addresses_of_other_tools_become_fields() {
    let ours = Catalogue::ours();
    for (url, kind, config, secrets) in [
        (
            "discord://the-token@4711",
            "discord",
            json!({}),
            json!({"url": "https://discord.com/api/webhooks/4711/the-token"}),
        ),
        (
            "discord://4711/the-token/",
            "discord",
            json!({}),
            json!({"url": "https://discord.com/api/webhooks/4711/the-token"}),
        ),
        (
            "tgram://123456:ABC-def/-100987",
            "telegram",
            json!({"chat_id": "-100987"}),
            json!({"token": "123456:ABC-def"}),
        ),
        (
            "telegram://123456:ABC@telegram?chats=@lab,-5",
            "telegram",
            json!({"chat_id": "@lab"}),
            json!({"token": "123456:ABC"}),
        ),
        (
            "ntfy://alerts-of-mine",
            "ntfy",
            json!({"topic": "alerts-of-mine"}),
            json!({}),
        ),
        (
            "ntfy://ada:pw@ntfy.lan:8080/lab?scheme=http",
            "ntfy",
            json!({"server": "http://ntfy.lan:8080", "topic": "lab", "username": "ada"}),
            json!({"password": "pw"}),
        ),
        (
            "gotify://gotify.lan/sub/Atoken?DisableTLS=yes",
            "gotify",
            json!({"server": "http://gotify.lan/sub"}),
            json!({"token": "Atoken"}),
        ),
        (
            "pover://userkey@apptoken",
            "pushover",
            json!({}),
            json!({"token": "apptoken", "user": "userkey"}),
        ),
        (
            "pushover://shoutrrr:apptoken@userkey/",
            "pushover",
            json!({}),
            json!({"token": "apptoken", "user": "userkey"}),
        ),
        (
            "slack://TAAA/BBBB/cCcC",
            "slack",
            json!({}),
            json!({"url": "https://hooks.slack.com/services/TAAA/BBBB/cCcC"}),
        ),
        (
            "slack://hook:TAAA-BBBB-cCcC@webhook",
            "slack",
            json!({}),
            json!({"url": "https://hooks.slack.com/services/TAAA/BBBB/cCcC"}),
        ),
        (
            "smtp://ada:p%40ss@mail.example.org:587/?from=a@example.org&to=b@example.org,c@example.org",
            "email",
            json!({
                "host": "mail.example.org", "port": "587", "username": "ada",
                "from": "a@example.org", "to": "b@example.org,c@example.org",
            }),
            json!({"password": "p@ss"}),
        ),
        (
            "mailto://ada:pw@gmail.com",
            "email",
            json!({
                "provider": "gmail", "username": "ada@gmail.com",
                "from": "ada@gmail.com", "to": "ada@gmail.com",
            }),
            json!({"password": "pw"}),
        ),
        (
            "mailtos://ada:pw@example.org?to=bob@example.org&smtp=mail.example.org",
            "email",
            json!({
                "host": "mail.example.org", "security": "starttls", "username": "ada@example.org",
                "from": "ada@example.org", "to": "bob@example.org",
            }),
            json!({"password": "pw"}),
        ),
        (
            "matrix://:syt_token@matrix.lan/?rooms=!abc:lan",
            "matrix",
            json!({"server": "https://matrix.lan", "room": "!abc:lan"}),
            json!({"token": "syt_token"}),
        ),
        (
            "mmosts://chat.lan/hook-token",
            "mattermost",
            json!({}),
            json!({"url": "https://chat.lan/hooks/hook-token"}),
        ),
        (
            "rockets://user@chat.lan/tokenA/tokenB",
            "rocketchat",
            json!({}),
            json!({"url": "https://chat.lan/hooks/tokenA/tokenB"}),
        ),
        (
            "signal://bridge.lan:8080/+4917012/+4917034/+4917056",
            "signal",
            json!({
                "server": "http://bridge.lan:8080", "number": "+4917012",
                "recipients": "+4917034,+4917056",
            }),
            json!({}),
        ),
        (
            "pagerduty://integrationkey@apikey",
            "pagerduty",
            json!({}),
            json!({"routing_key": "integrationkey"}),
        ),
        (
            "opsgenie://api-key-1",
            "opsgenie",
            json!({}),
            json!({"key": "api-key-1"}),
        ),
        (
            "zulip://bot@lab.zulipchat.com/the-key/alerts",
            "zulip",
            json!({
                "server": "https://lab.zulipchat.com", "email": "bot@lab.zulipchat.com",
                "stream": "alerts",
            }),
            json!({"key": "the-key"}),
        ),
        (
            "mqtts://ada:pw@broker.lan:8883/home/pulse",
            "mqtt",
            json!({
                "host": "broker.lan", "port": "8883", "security": "tls", "username": "ada",
                "topic": "home/pulse",
            }),
            json!({"password": "pw"}),
        ),
        (
            "jsons://ada:pw@hooks.lan:8443/in/here",
            "webhook",
            json!({"url": "https://hooks.lan:8443/in/here", "auth": "basic", "username": "ada"}),
            json!({"password": "pw"}),
        ),
        (
            "generic://hooks.lan/x?disabletls=yes",
            "webhook",
            json!({"url": "http://hooks.lan/x"}),
            json!({}),
        ),
        (
            "hassio://ha.lan:8123/the.long.token",
            "homeassistant",
            json!({"server": "http://ha.lan:8123"}),
            json!({"token": "the.long.token"}),
        ),
        (
            "googlechat://chat.googleapis.com/v1/spaces/AAA/messages?key=k-1&token=t%3D",
            "googlechat",
            json!({}),
            json!({"url": "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k-1&token=t%3D"}),
        ),
        (
            "apprise://apprise.lan:8000/mykey",
            "apprise",
            json!({"server": "http://apprise.lan:8000"}),
            json!({"key": "mykey"}),
        ),
    ] {
        let parsed = ours.parse_link(url);
        let parsed = parsed.unwrap_or_else(|error| panic!("{url}: {error}"));
        let found = parsed.secrets.iter();
        let found = found.map(|(name, secret)| (name.clone(), secret.expose_secret().into()));
        let found = serde_json::Value::Object(found.collect());
        assert_eq!(
            (parsed.kind.as_str(), &parsed.config, &found),
            (kind, &config, &secrets),
            "{url}"
        );
    }
}

#[test]
fn an_address_that_says_too_little_or_nothing_is_refused() {
    for url in [
        "",
        "nothing",
        "://x",
        "pigeon://coop",
        "discord://",
        "ntfy://ntfy.sh/no spaces",
        "ntfy://a\nb",
        "tgram://token",
        "matrix://:token@matrix.lan/?rooms=#alias:lan",
        &format!("ntfy://{}", "x".repeat(5000)),
    ] {
        let error = Catalogue::ours().parse_link(url).err();
        assert_eq!(
            error.map(|error| error.field).as_deref(),
            Some("url"),
            "{url}"
        );
    }
}

const OWN: &str = r#"
name = "pigeon"
label = "Pigeon"
[[field]]
name = "server"
label = "Coop"
kind = "url"
required = true
[request]
base = "server"
json = '{"text": {{ text }}}'
"#;

#[test]
fn a_folder_of_ones_own_adds_and_replaces_kinds_and_names_what_is_wrong() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text);
    write("pigeon.toml", OWN).expect("written");
    write("ntfy.toml", &OWN.replace("pigeon", "ntfy")).expect("written");
    write("readme.txt", "nothing").expect("written");
    for (name, text) in [
        ("a.toml", "name = ".to_owned()),
        ("b.toml", OWN.to_owned()),
        (
            "c.toml",
            OWN.replace("pigeon", "c").replace("{{ text }}", "{{ text"),
        ),
        (
            "d.toml",
            OWN.replace("pigeon", "d")
                .replace("base = \"server\"", "base = \"no\""),
        ),
        (
            "e.toml",
            OWN.replace("pigeon", "e").replace("required", "tpyo"),
        ),
        (
            "f.toml",
            OWN.replace("pigeon", "f")
                .replace("label = \"Pigeon\"", "label = \"F\"\ntransport = \"smtp\""),
        ),
        (
            "g.toml",
            format!(
                "{}[on.sometimes]\npath = \"/x\"\n",
                OWN.replace("pigeon", "g")
            ),
        ),
        (
            "h.toml",
            format!(
                "{}[request.headers]\nHost = \"x\"\n",
                OWN.replace("pigeon", "h")
            ),
        ),
    ] {
        write(name, &text).expect("written");
    }
    let catalogue = Catalogue::with_folder(dir.path());
    assert_eq!(catalogue.kind("pigeon").expect("added").label, "Pigeon");
    assert_eq!(catalogue.kind("ntfy").expect("replaced").label, "Pigeon");
    assert!(catalogue.kind("discord").is_some());
    let problems: Vec<String> = catalogue
        .problems()
        .iter()
        .map(|one| {
            format!(
                "{}: {}",
                one.file,
                one.problem.lines().last().unwrap_or_default()
            )
        })
        .collect();
    insta::assert_json_snapshot!(problems);
    let none = Catalogue::with_folder(&dir.path().join("not there"));
    assert!(none.problems().is_empty());
}
