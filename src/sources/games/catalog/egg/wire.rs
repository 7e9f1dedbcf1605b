//! An egg as panels export it; the forms differ in small things.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct Egg {
    meta: Option<Meta>,
    pub(super) name: String,
    pub(super) author: Option<String>,
    description: Option<String>,
    /// Since `PTDL_v2`: label to image.
    docker_images: Option<serde_json::Map<String, Value>>,
    /// `PTDL_v1`.
    images: Option<Vec<String>>,
    image: Option<String>,
    startup: Option<String>,
    /// `PLCN_v3`: label to command.
    startup_commands: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    config: Config,
    scripts: Option<Value>,
    #[serde(default)]
    pub(super) variables: Vec<EggVariable>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) features: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    version: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Config {
    files: Option<Value>,
    startup: Option<Value>,
    stop: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EggVariable {
    #[serde(default)]
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) env_variable: String,
    pub(super) default_value: Option<Value>,
    rules: Option<Value>,
}

fn or_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Egg {
    pub(super) fn version(&self) -> Option<&str> {
        self.meta.as_ref()?.version.as_deref()
    }

    pub(super) fn describe(&self) -> String {
        let given = self.description.as_deref().unwrap_or_default().trim();
        if given.is_empty() {
            format!("{}, taken over from an egg.", self.name)
        } else {
            given.chars().take(500).collect()
        }
    }

    pub(super) fn images(&self) -> Vec<String> {
        let labelled = self.docker_images.iter().flat_map(serde_json::Map::values);
        let mut images: Vec<String> = labelled
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        images.extend(self.images.iter().flatten().cloned());
        images.extend(self.image.clone());
        images.retain(|image| !image.trim().is_empty());
        images
    }

    pub(super) fn startup(&self) -> Option<&str> {
        let labelled = self
            .startup_commands
            .iter()
            .flat_map(serde_json::Map::values);
        self.startup
            .as_deref()
            .or_else(|| labelled.filter_map(Value::as_str).next())
    }

    pub(super) fn stop(&self) -> Option<&str> {
        self.config.stop.as_deref()
    }

    /// The texts in the log that mean that it has started.
    pub(super) fn done(&self) -> Vec<String> {
        match unfold(self.config.startup.as_ref()).and_then(|startup| startup.get("done").cloned())
        {
            Some(Value::String(text)) if !text.is_empty() => vec![text],
            Some(Value::Array(texts)) => texts
                .iter()
                .filter_map(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn has_config_files(&self) -> bool {
        unfold(self.config.files.as_ref()).is_some_and(|files| match files {
            Value::Object(files) => !files.is_empty(),
            Value::Array(files) => !files.is_empty(),
            _ => false,
        })
    }

    pub(super) fn has_installation(&self) -> bool {
        let script = self
            .scripts
            .as_ref()
            .and_then(|scripts| scripts.pointer("/installation/script"));
        script
            .and_then(Value::as_str)
            .is_some_and(|script| !script.trim().is_empty())
    }
}

/// Panels write JSON into strings of JSON; some exports leave it as it is.
fn unfold(value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

impl EggVariable {
    /// The rules one by one: joined by bars, or a list since `PLCN_v1`.
    pub(super) fn rules(&self) -> Vec<String> {
        match &self.rules {
            Some(Value::String(rules)) => rules.split('|').map(str::to_owned).collect(),
            Some(Value::Array(rules)) => rules
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}
