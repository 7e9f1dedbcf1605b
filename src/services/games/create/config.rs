//! A person's settings: completed by the catalogue's defaults, checked by the game's schema, and
//! parted into what may be shown and what may not. Pure.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::super::GamesError;
use crate::sources::games::catalog::Entry;

/// Settings that the game's schema allows.
pub(super) struct Settings {
    /// All of them.
    pub(super) all: Value,
    /// Those that may be shown.
    pub(super) shown: Value,
    /// The others, as a JSON object.
    pub(super) secrets: SecretString,
}

/// Completes and checks what was given.
pub(super) fn checked(entry: &Entry, given: &Value) -> Result<Settings, GamesError> {
    let mut all = entry
        .default_config
        .as_object()
        .cloned()
        .unwrap_or_default();
    match given {
        Value::Null => {}
        Value::Object(fields) => all.extend(fields.clone()),
        _ => return Err(GamesError::invalid("config", "must be an object")),
    }
    let whole = Value::Object(all);
    check(&entry.config_schema, &whole)?;
    let hidden = |name: &str| entry.config_schema["properties"][name]["writeOnly"] == true;
    let parted = |wanted: bool| -> Map<String, Value> {
        let fields = whole.as_object().into_iter().flatten();
        let wanted = fields.filter(|(name, _)| hidden(name) == wanted);
        wanted
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    Ok(Settings {
        shown: Value::Object(parted(false)),
        secrets: Value::Object(parted(true)).to_string().into(),
        all: whole,
    })
}

fn check(schema: &Value, config: &Value) -> Result<(), GamesError> {
    let unusable = |error: &dyn std::fmt::Display| {
        GamesError::invalid("game", format!("its schema cannot be used: {error}"))
    };
    let validator = jsonschema::draft202012::new(schema).map_err(|error| unusable(&error))?;
    let Err(error) = validator.validate(config) else {
        return Ok(());
    };
    let path = error.instance_path().to_string().replace('/', ".");
    // A wrong value may be a password: what is told is the rule, not the value.
    let problem = error.masked().to_string();
    Err(GamesError::invalid(format!("config{path}"), problem))
}

/// The container's environment.
pub(super) fn environment(
    entry: &Entry,
    config: &Value,
    accept_eula: bool,
) -> Result<BTreeMap<String, SecretString>, GamesError> {
    let settings = entry.environment_for(config).map_err(|error| {
        GamesError::invalid(format!("config.{}", error.property), error.to_string())
    })?;
    let mut all: BTreeMap<String, SecretString> = settings
        .into_iter()
        .map(|setting| (setting.key, setting.value.into()))
        .collect();
    if let Some(eula) = &entry.eula {
        if !accept_eula {
            return Err(GamesError::Eula {
                url: eula.url.clone(),
            });
        }
        all.insert(eula.env.clone(), eula.value.clone().into());
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::sources::games::catalog;

    fn minecraft() -> Entry {
        catalog::current()
            .get("minecraft-java")
            .expect("an entry")
            .clone()
    }

    #[test]
    fn defaults_complete_what_was_given_and_secrets_are_kept_apart() {
        let given = json!({"motd": "Hello", "rcon_password": "hush-hush"});
        let settings = checked(&minecraft(), &given).expect("fits");
        assert_eq!(settings.shown["motd"], "Hello");
        assert_eq!(settings.shown["difficulty"], "normal");
        assert!(!settings.shown.to_string().contains("hush"));
        assert!(settings.secrets.expose_secret().contains("hush-hush"));
        let environment = environment(&minecraft(), &settings.all, true).expect("fits");
        assert_eq!(environment["RCON_PASSWORD"].expose_secret(), "hush-hush");
        assert_eq!(environment["EULA"].expose_secret(), "TRUE");
    }

    #[test]
    fn what_the_schema_forbids_is_named_with_its_field_and_without_its_value() {
        for (given, field) in [
            (json!({"max_players": 0}), "config.max_players"),
            (json!({"difficulty": "insane"}), "config.difficulty"),
            (json!({"rcon_password": "short"}), "config.rcon_password"),
            (json!({"no_such_thing": 1}), "config"),
            (json!([]), "config"),
        ] {
            let Err(GamesError::Invalid {
                field: named,
                problem,
            }) = checked(&minecraft(), &given)
            else {
                panic!("{given} is accepted");
            };
            assert_eq!(named, field, "{problem}");
            assert!(!problem.contains("short\""), "{problem}");
        }
    }

    #[test]
    fn terms_are_asked_for() {
        let settings = checked(&minecraft(), &Value::Null).expect("fits");
        let refused = environment(&minecraft(), &settings.all, false);
        assert!(matches!(refused, Err(GamesError::Eula { url }) if url.contains("EULA")));
    }
}
