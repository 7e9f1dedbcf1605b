//! Eggs of every form, written for this test in the shape that panels export.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Imported, Runtime, StopMethod, import_egg, problems};

fn egg(version: &str) -> Value {
    json!({
        "meta": {"version": version, "update_url": null},
        "name": "A Game: Dedicated!",
        "author": "someone@example.org",
        "description": "Runs a game.",
        "features": ["eula"],
        "docker_images": {"Java 21": "ghcr.io/example/yolks:java_21", "Java 17": "ghcr.io/example/yolks:java_17"},
        "startup": "./game -port {{SERVER_PORT}} -name {{SERVER_NAME}}",
        "config": {
            "files": "{\"server.properties\":{\"parser\":\"properties\"}}",
            "startup": "{\"done\": \"Server is ready\"}",
            "logs": "{}",
            "stop": "quit"
        },
        "scripts": {"installation": {"script": "#!/bin/bash\necho", "container": "debian", "entrypoint": "bash"}},
        "variables": [
            {"name": "Name", "description": "Shown to players", "env_variable": "SERVER_NAME", "default_value": "A server",
                "user_viewable": true, "user_editable": true, "rules": "required|string|max:60", "field_type": "text"},
            {"name": "Players", "env_variable": "MAX_PLAYERS", "default_value": "16", "rules": "required|integer|between:1,64"},
            {"name": "Mode", "env_variable": "MODE", "default_value": "easy", "rules": "required|in:easy,hard"},
            {"name": "Beta", "env_variable": "BETA", "default_value": "0", "rules": "boolean"},
            {"name": "Console", "env_variable": "RCON_PASSWORD", "default_value": "", "rules": "required|string|min:8"},
            {"name": "Odd", "env_variable": "ODD", "default_value": "x", "rules": "required|regex:/^x$/"}
        ]
    })
}

fn import(egg: &Value) -> Imported {
    import_egg(egg.to_string().as_bytes()).expect("an egg")
}

#[test]
fn an_egg_becomes_an_entry_that_can_be_used() {
    let imported = import(&egg("PTDL_v2"));
    let entry = &imported.entry;
    assert_eq!(problems(entry), Vec::<String>::new());
    assert_eq!(entry.id, "a-game-dedicated");
    assert_eq!(entry.stop.method, StopMethod::Console);
    assert_eq!(entry.stop.command.as_deref(), Some("quit"));
    assert_eq!(entry.start.ready_log.as_deref(), Some("Server is ready"));
    assert!(
        matches!(&entry.runtimes[..], [Runtime::Docker { image, tag, .. }] if image == "ghcr.io/example/yolks" && tag.starts_with("java_"))
    );
    let properties = &entry.config_schema["properties"];
    assert_eq!(properties["server_name"]["maxLength"], 60);
    assert_eq!(
        (
            &properties["max_players"]["minimum"],
            &properties["max_players"]["maximum"]
        ),
        (&json!(1), &json!(64))
    );
    assert_eq!(properties["mode"]["enum"], json!(["easy", "hard"]));
    assert_eq!(properties["rcon_password"]["writeOnly"], true);
    assert_eq!(entry.default_config["max_players"], 16);
    assert_eq!(entry.default_config["beta"], false);
}

#[test]
fn what_was_not_taken_over_is_told() {
    let imported = import(&egg("PTDL_v2"));
    for expected in [
        "installation script",
        "configuration files",
        "regex:/^x$/",
        "features",
        "other images",
        "ports",
        "players",
        "RCON_PASSWORD is required",
    ] {
        assert!(
            imported.left_out.iter().any(|text| text.contains(expected)),
            "{expected}: {:#?}",
            imported.left_out
        );
    }
}

#[test]
fn older_and_newer_forms_are_read_too() {
    let mut old = egg("PTDL_v1");
    let fields = old.as_object_mut().expect("an object");
    fields.remove("docker_images");
    fields.insert("image".into(), json!("quay.io:443/example/game"));
    fields.insert("features".into(), Value::Null);
    let imported = import(&old);
    assert!(
        matches!(&imported.entry.runtimes[..], [Runtime::Docker { image, tag, .. }] if image == "quay.io:443/example/game" && tag == "latest")
    );
    let mut new = egg("PLCN_v3");
    let fields = new.as_object_mut().expect("an object");
    fields.remove("startup");
    fields.insert("startup_commands".into(), json!({"Default": "./game"}));
    fields["config"]["startup"] = json!({"done": ["one", "two"]});
    fields["config"]["stop"] = json!("^C");
    fields["variables"][0]["rules"] = json!(["required", "string", "max:60"]);
    let imported = import(&new);
    assert_eq!(imported.entry.stop.signal.as_deref(), Some("SIGINT"));
    assert_eq!(imported.entry.start.ready_log.as_deref(), Some("one"));
    assert!(
        imported
            .entry
            .environment
            .iter()
            .any(|variable| variable.value.as_deref() == Some("./game"))
    );
    assert_eq!(problems(&imported.entry), Vec::<String>::new());
}

#[test]
fn what_is_no_egg_is_refused() {
    for text in [
        &b"{}"[..],
        b"[]",
        b"{\"name\":\"x\",\"meta\":{\"version\":\"HTML\"}}",
        b"{\"name\":\"x\",\"meta\":{\"version\":\"PTDL_v2\"}}",
    ] {
        assert!(import_egg(text).is_err(), "{}", text.escape_ascii());
    }
    assert!(import_egg(&vec![b' '; 1 << 20]).is_err());
}

proptest! {
    #[test]
    fn whatever_rules_and_defaults_say_the_entry_can_be_used(
        rules in "[a-z_:|,0-9^$/-]{0,40}",
        default in any::<String>(),
        name in "[A-Z_]{1,12}",
    ) {
        let mut egg = egg("PTDL_v2");
        egg["variables"] = json!([{"name": "x", "env_variable": name, "default_value": default, "rules": rules}]);
        let imported = import(&egg);
        let found = problems(&imported.entry);
        // A line break in a default is refused when it is used, not when it is read.
        prop_assert!(found.iter().all(|problem| problem.contains("cannot be written")), "{found:?}");
    }
}
