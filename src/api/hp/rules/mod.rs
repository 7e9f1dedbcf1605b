//! What counts as wrong: settings, and what there is to set.

mod body;
pub(super) mod explain;
pub(super) mod levels;
pub(super) mod trial;

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow, RulesWrite};
use crate::api::shared::Shared;
use crate::model::id::ResourceKind;
use crate::rules::{self, Field, Form, Place, Profile, RULES, RuleKind, RuleSet};
use crate::services::rules::Change;

use super::errors::Problem;
use super::words;
use body::{MetricLimits, RuleSettings};

/// What is set, and all there is to set.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rules {
    /// What is set.
    #[schema(value_type = RuleSettings)]
    pub settings: rules::RuleSettings,
    /// Whether the configuration file sets it, so that it cannot be changed here.
    pub owned_by_file: bool,
    /// The profiles that everything starts from.
    pub profiles: Vec<ProfileInfo>,
    /// The rules, with what can be set about each.
    pub rules: Vec<RuleInfo>,
    /// What holds for resources of each kind that no nearer level speaks of.
    pub kinds: Vec<KindDefaults>,
}

/// A profile.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProfileInfo {
    /// Its name in settings.
    pub name: &'static str,
    /// Whom it suits.
    pub about: &'static str,
}

/// A rule, and what can be set about it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleInfo {
    /// Its name in settings and alerts.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it watches and when it speaks.
    pub about: &'static str,
    /// The kinds of resource whose settings it reads.
    #[schema(schema_with = words::resource_kinds)]
    pub of: &'static [ResourceKind],
    /// What can be set.
    pub fields: Vec<FieldInfo>,
    /// The same as JSON Schema.
    #[schema(value_type = Object)]
    pub schema: Value,
    /// What each profile sets, by the profile's name; `null` where the rule is off in it.
    #[schema(value_type = BTreeMap<String, Object>)]
    pub presets: BTreeMap<&'static str, Option<rules::Values>>,
}

/// One thing that can be set about a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldInfo {
    /// Its name in settings.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// `severity`, `number`, `switch` or `texts`.
    pub form: &'static str,
    /// What a number counts.
    pub unit: Option<&'static str>,
    /// The least that a number may be.
    pub least: Option<f64>,
    /// The most that a number may be.
    pub most: Option<f64>,
    /// Whether `null` leaves it out.
    pub optional: bool,
}

/// What holds for resources of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KindDefaults {
    /// Which kind.
    #[schema(schema_with = words::resource_kind)]
    pub kind: ResourceKind,
    /// Limits by metric.
    #[schema(value_type = BTreeMap<String, MetricLimits>)]
    pub metrics: BTreeMap<String, rules::Limits>,
    /// Settings by rule; `null` where one is off.
    #[schema(value_type = BTreeMap<String, Object>)]
    pub rules: BTreeMap<&'static str, Option<rules::Values>>,
}

/// Another profile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileChoice {
    /// `quiet`, `balanced` or `strict`.
    #[schema(value_type = String)]
    profile: Profile,
}

impl Rules {
    fn new(shared: &Shared) -> Self {
        let settings = shared.parts.rules.settings();
        let profiles = Profile::ALL.map(|profile| ProfileInfo {
            name: profile.word(),
            about: profile.about(),
        });
        let kinds = ResourceKind::ALL.into_iter();
        let kinds = kinds.map(|kind| KindDefaults::new(kind, &settings));
        Self {
            owned_by_file: shared.parts.rules.is_pinned(),
            profiles: profiles.into(),
            rules: RULES
                .iter()
                .map(|rule| RuleInfo::new(rule.kind()))
                .collect(),
            kinds: kinds.collect(),
            settings,
        }
    }
}

impl RuleInfo {
    fn new(kind: &'static RuleKind) -> Self {
        let presets = Profile::ALL.map(|profile| {
            let (on, values) = kind.preset(profile);
            (profile.word(), on.then_some(values))
        });
        Self {
            name: kind.name,
            label: kind.label,
            about: kind.about,
            of: kind.of,
            fields: kind.fields.iter().map(FieldInfo::new).collect(),
            schema: kind.schema(),
            presets: presets.into(),
        }
    }
}

impl FieldInfo {
    fn new(field: &Field) -> Self {
        let plain = |form| Self {
            key: field.key,
            label: field.label,
            form,
            unit: None,
            least: None,
            most: None,
            optional: false,
        };
        match field.form {
            Form::Severity => plain("severity"),
            Form::Switch => plain("switch"),
            Form::Texts => plain("texts"),
            Form::Number {
                unit,
                least,
                most,
                optional,
                ..
            } => Self {
                unit: Some(unit).filter(|unit| !unit.is_empty()),
                least: Some(least),
                most: Some(most),
                optional,
                ..plain("number")
            },
        }
    }
}

impl KindDefaults {
    fn new(kind: ResourceKind, settings: &rules::RuleSettings) -> Self {
        let place = Place::any(kind);
        let set = RuleSet::new(settings, place);
        let limits = set.limits.into_iter();
        let rules = RULES.iter().map(|rule| rule.kind());
        Self {
            kind,
            metrics: limits
                .map(|entry| (entry.key.to_string(), entry.limits))
                .collect(),
            rules: rules
                .filter(|rule| rule.of.contains(&kind))
                .map(|rule| (rule.name, rules::rule_of(settings, place, rule).value))
                .collect(),
        }
    }
}

/// What counts as wrong, and all there is to set about it.
#[utoipa::path(tag = "hp", responses((status = 200, body = Rules)))]
#[get("/rules")]
pub(crate) async fn get_rules(_: Allow<Hp, AlertsRead>, shared: Data<Shared>) -> Answer<Hp, Rules> {
    Ok(Reply::ok(Rules::new(&shared)))
}

/// Set everything anew.
#[utoipa::path(
    tag = "hp",
    request_body = RuleSettings,
    responses(
        (status = 200, body = Rules),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "The configuration file sets the rules"),
    ),
)]
#[put("/rules")]
pub(crate) async fn put_rules(
    _: Allow<Hp, RulesWrite>,
    settings: Json<rules::RuleSettings>,
    shared: Data<Shared>,
) -> Answer<Hp, Rules> {
    let change = Change::All(settings.into_inner());
    shared.parts.rules.change(change).await?;
    Ok(Reply::ok(Rules::new(&shared)))
}

/// Go back to the balanced profile with nothing else set.
#[utoipa::path(
    tag = "hp",
    responses((status = 200, body = Rules), (status = 409, body = Problem)),
)]
#[delete("/rules")]
pub(crate) async fn reset_rules(
    _: Allow<Hp, RulesWrite>,
    shared: Data<Shared>,
) -> Answer<Hp, Rules> {
    let change = Change::All(rules::RuleSettings::default());
    shared.parts.rules.change(change).await?;
    Ok(Reply::ok(Rules::new(&shared)))
}

/// Choose another profile; levels stay as they are.
#[utoipa::path(
    tag = "hp",
    request_body = ProfileChoice,
    responses(
        (status = 200, body = Rules),
        (status = 400, body = Problem),
        (status = 409, body = Problem),
    ),
)]
#[put("/rules/profile")]
pub(crate) async fn put_profile(
    _: Allow<Hp, RulesWrite>,
    choice: Json<ProfileChoice>,
    shared: Data<Shared>,
) -> Answer<Hp, Rules> {
    let change = Change::Profile(choice.profile);
    shared.parts.rules.change(change).await?;
    Ok(Reply::ok(Rules::new(&shared)))
}
