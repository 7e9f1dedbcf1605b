use super::{Config, Flags};
use crate::config::{Environment, RawConfig};

fn raw(toml: &str) -> RawConfig {
    toml::from_str(toml).expect(toml)
}

#[test]
fn nothing_at_all_is_a_working_configuration() {
    let config = Config::resolve(raw(""), &Flags::default(), &Environment::default())
        .expect("zero configuration works");
    assert_eq!(
        config.listen,
        ["127.0.0.1:7655".parse().expect("an address")]
    );
    assert_eq!(config.base_path, "/");
}

#[test]
fn flags_win_over_environment_and_environment_over_file() {
    let file = raw("listen = '127.0.0.1:1'\ndata_dir = '/file'\nbase_path = 'x/y'");
    let environment = Environment::of([
        ("HOMEPULSE_LISTEN", "127.0.0.1:2"),
        ("HOMEPULSE_DATA_DIR", "/env"),
    ]);
    let flags = Flags {
        listen: vec!["127.0.0.1:3".into()],
        ..Flags::default()
    };
    let config = Config::resolve(file, &flags, &environment).expect("it resolves");
    assert_eq!(config.listen[0].to_string(), "127.0.0.1:3");
    assert_eq!(config.data_dir.to_str(), Some("/env"));
    assert_eq!(config.base_path, "/x/y/");
}

#[test]
fn all_problems_are_told_at_once_and_each_names_its_key() {
    let file = raw(
        "listen = ['nonsense', '0.0.0.0:7655']\npoll_interval_seconds = 0\nbase_path = '/../x'\n\
         [[targets]]\nname = 'a'\naddress = 'https://192.0.2.1'\ntoken_id = 'a@b!c'",
    );
    let error = Config::resolve(file, &Flags::default(), &Environment::default())
        .expect_err("it is refused")
        .to_string();
    for key in [
        "listen: 'nonsense'",
        "poll_interval_seconds",
        "base_path",
        "targets.a",
    ] {
        assert!(error.contains(key), "{key} is not in:\n{error}");
    }
}

#[test]
fn a_target_without_an_address_has_the_settings_of_its_kind_and_no_others() {
    let file = raw("[[targets]]\nname = 'playroom'\nkind = 'game'\n\
         [[targets.config.servers]]\nname = 'Voice'\nhost = 'voice.lan'\nprotocol = 'mumble'");
    let config = Config::resolve(file, &Flags::default(), &Environment::default());
    let target = &config.expect("it resolves").targets[0];
    let expected = serde_json::json!({"servers": [
        {"name": "Voice", "host": "voice.lan", "protocol": "mumble"},
    ]});
    assert_eq!(target.config, expected);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let error = toml::from_str::<RawConfig>("listne = 'x'").expect_err("it is refused");
    assert!(error.to_string().contains("listne"), "{error}");
}

#[test]
fn a_secret_never_shows_in_debug_output() {
    let environment = Environment::of([("API_TOKEN", "planted-secret")]);
    let config = Config::resolve(raw(""), &Flags::default(), &environment).expect("it resolves");
    assert!(!format!("{config:?}").contains("planted-secret"));
}

#[test]
fn whoever_may_come_from_elsewhere_is_seen_in_the_configuration() {
    for (text, expected) in [
        ("", true),
        ("listen = ['127.0.0.1:1', '[::1]:1']", true),
        ("listen = ['127.0.0.1:1', '0.0.0.0:1']", false),
        ("listen = ['unix:/run/homepulse/web.sock']", false),
        ("trusted_proxies = ['127.0.0.1']", false),
        ("[trusted_header]\nnetworks = ['127.0.0.1']", false),
    ] {
        let config = Config::resolve(raw(text), &Flags::default(), &Environment::default());
        let config = config.expect("it resolves");
        assert_eq!(config.is_for_this_machine_only(), expected, "{text}");
    }
}
