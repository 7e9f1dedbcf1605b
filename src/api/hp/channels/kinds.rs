//! What kinds of channels there are and what has to be filled in for them.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::words;
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, ChannelsRead};
use crate::api::shared::Shared;
use crate::notify::Format;
use crate::notify::catalogue::{Field, FieldKind, Kind, Role};

/// A kind of channel.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelKind {
    /// Its name in configurations.
    name: String,
    /// Its name for people.
    label: String,
    /// What it is and where to get what has to be filled in.
    help: String,
    /// Whether it is told only that all is well, and no alerts.
    is_heartbeat: bool,
    /// Whether it can change a message instead of sending another.
    can_edit: bool,
    /// How its texts are written, and so what own templates may hold.
    #[schema(schema_with = words::text_format)]
    format: Format,
    /// What has to be filled in, in order.
    fields: Vec<ChannelField>,
    /// Settings that many people need.
    presets: Vec<ChannelPreset>,
    /// What other notification tools' addresses of it begin with, without `://`.
    schemes: Vec<String>,
    /// The longest title and text that it takes, in characters or bytes.
    longest_title: usize,
    /// See `longest_title`.
    longest_text: usize,
    /// Messages a minute that it takes.
    per_minute: u32,
}

/// What has to be filled in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelField {
    /// Its name in configurations.
    name: String,
    /// Its name for people.
    label: String,
    /// What it is and where to get it.
    help: String,
    /// What may stand in it.
    #[schema(schema_with = words::field_kind)]
    kind: FieldKind,
    /// Whether it is a secret: it goes among the secrets and nobody may read it back.
    secret: bool,
    /// Whether it has to be filled in.
    required: bool,
    /// What holds while it is empty.
    #[schema(value_type = Option<Object>)]
    default: Option<Value>,
    /// The words of a choice.
    choices: Vec<String>,
    /// The smallest number.
    least: Option<i64>,
    /// The largest number.
    most: Option<i64>,
    /// Whether most people leave it as it is.
    advanced: bool,
}

/// Settings that many people need.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelPreset {
    /// Its name.
    name: String,
    /// Its name for people.
    label: String,
    /// What to know before using it.
    help: String,
    /// The fields it fills in.
    #[schema(value_type = Object)]
    set: BTreeMap<String, Value>,
}

/// A file of the user's own that cannot be used.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelKindProblem {
    /// The file's name in the folder `channels` of the data directory.
    file: String,
    /// What is wrong with it.
    problem: String,
}

/// Every kind of channel.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelKinds {
    /// The kinds, by name.
    kinds: Vec<ChannelKind>,
    /// Files of the user's own that cannot be used.
    problems: Vec<ChannelKindProblem>,
}

impl From<Field> for ChannelField {
    fn from(field: Field) -> Self {
        Self {
            secret: field.is_secret(),
            name: field.name,
            label: field.label,
            help: field.help,
            kind: field.kind,
            required: field.required,
            default: field.default,
            choices: field.choices,
            least: field.least,
            most: field.most,
            advanced: field.advanced,
        }
    }
}

impl From<&Kind> for ChannelKind {
    fn from(kind: &Kind) -> Self {
        let presets = kind.presets.iter().cloned();
        let schemes = kind.links.iter().flat_map(|link| link.schemes.clone());
        Self {
            name: kind.name.clone(),
            label: kind.label.clone(),
            help: kind.help.clone(),
            is_heartbeat: kind.role == Role::Heartbeat,
            can_edit: kind.edit.is_some(),
            format: kind.text.format,
            fields: kind.all_fields().into_iter().map(Into::into).collect(),
            presets: presets
                .map(|preset| ChannelPreset {
                    name: preset.name,
                    label: preset.label,
                    help: preset.help,
                    set: preset.set,
                })
                .collect(),
            schemes: schemes.collect(),
            longest_title: kind.limits.title,
            longest_text: kind.limits.text,
            per_minute: kind.limits.per_minute,
        }
    }
}

/// Every kind of channel, with what has to be filled in.
#[utoipa::path(tag = "hp", responses((status = 200, body = ChannelKinds)))]
#[get("/channel-kinds")]
pub(in crate::api::hp) async fn list_channel_kinds(
    _: Allow<Hp, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, ChannelKinds> {
    let catalogue = shared.parts.channels.catalogue();
    let problems = catalogue.problems().iter();
    Ok(Reply::ok(ChannelKinds {
        kinds: catalogue.kinds().map(|kind| (&**kind).into()).collect(),
        problems: problems
            .map(|one| ChannelKindProblem {
                file: one.file.clone(),
                problem: one.problem.clone(),
            })
            .collect(),
    }))
}
