//! What stands in the file of one kind of channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::Field;
use crate::notify::engine::Format;

/// How a kind hands messages over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// By HTTP requests that the file describes.
    #[default]
    Http,
    /// By mail.
    Smtp,
    /// By publishing to an MQTT broker.
    Mqtt,
}

/// What a kind is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Alerts.
    #[default]
    Messages,
    /// That this program is alive, every now and then.
    Heartbeat,
}

/// One kind of channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name, as it stands in the database and in APIs.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// One or two sentences: what it is and where to get what has to be filled in.
    #[serde(default)]
    pub help: String,
    /// How it hands messages over.
    #[serde(default)]
    pub transport: Transport,
    /// What it is told.
    #[serde(default)]
    pub role: Role,
    /// What has to be filled in.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    /// Settings that many people need, by name.
    #[serde(default, rename = "preset", skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// How addresses of other notification tools are read.
    #[serde(default, rename = "link", skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How long messages may be and how many there may be.
    #[serde(default)]
    pub limits: Limits,
    /// What severities are called there: `info`, `warning`, `critical`, `resolved`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub priority: BTreeMap<String, Value>,
    /// How a message reads.
    #[serde(default)]
    pub text: Text,
    /// The request that tells.
    pub request: Option<Request>,
    /// What is different about it on an occasion, such as `resolved`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub on: BTreeMap<String, Request>,
    /// The request that changes the message before instead of sending another.
    pub edit: Option<Edit>,
    /// How the answer is read.
    #[serde(default)]
    pub receipt: ReceiptForm,
}

/// Settings that many people need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name, such as `gmail`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What to know before using it.
    #[serde(default)]
    pub help: String,
    /// The fields it fills in.
    pub set: BTreeMap<String, Value>,
}

/// How an address of another notification tool becomes fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What such addresses begin with, without `://`.
    pub schemes: Vec<String>,
    /// A template for each field, over the parts of the address; an empty result is left out.
    pub set: BTreeMap<String, String>,
}

/// How long messages may be and how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The longest title.
    pub title: usize,
    /// The longest text.
    pub text: usize,
    /// Whether these two count bytes; UTF-16 units otherwise, which are never fewer than
    /// characters.
    pub bytes: bool,
    /// The longest request body in bytes.
    pub body: usize,
    /// Messages a minute.
    pub per_minute: u32,
    /// Messages that may come at once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            title: 250,
            text: 4000,
            bytes: false,
            body: 128 * 1024,
            per_minute: 60,
            burst: 10,
        }
    }
}

/// How a message reads. Templates that are not given are the ones that all kinds share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Text {
    /// How titles are written.
    pub title_format: Format,
    /// How texts are written.
    pub format: Format,
    /// The title.
    pub title: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// The text for when the other one is too long.
    pub short: Option<String>,
    /// Whether the requests carry the links in a place of their own, so that the text need not.
    pub links_apart: bool,
}

/// One HTTP request. In the request of an occasion only what differs is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// `POST` unless told.
    pub method: Option<String>,
    /// The field with the address that the path is appended to.
    pub base: Option<String>,
    /// What is appended to it; each value in it becomes one part of a path.
    pub path: Option<String>,
    /// Parameters; one that is empty is left out.
    pub query: BTreeMap<String, String>,
    /// Headers; one that is empty is left out.
    pub headers: BTreeMap<String, String>,
    /// The field with further headers, one a line.
    pub more_headers: Option<String>,
    /// User name and password of basic authentication; left out where the name is empty.
    pub basic: Option<[String; 2]>,
    /// The token of bearer authentication; left out where it is empty.
    pub bearer: Option<String>,
    /// Name and value of a header whose name is somebody's choice; left out where either is empty.
    pub header: Option<[String; 2]>,
    /// A JSON body; members that are `null` are left out.
    pub json: Option<String>,
    /// Whether they are kept.
    pub keep_nulls: bool,
    /// A form body; fields that are empty are left out.
    pub form: Option<BTreeMap<String, String>>,
    /// A plain body.
    pub plain: Option<String>,
    /// The field whose text stands in for the body if it is not empty.
    pub body_field: Option<String>,
    /// The type of that body.
    pub content_type: Option<String>,
    /// The secret field that the body is signed with.
    pub sign_with: Option<String>,
}

/// The request that changes a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// On which occasions.
    pub on: Vec<String>,
    /// What is different from the request that tells.
    pub request: Request,
}

/// How the answer to a request is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptForm {
    /// JSON pointer to the message's id.
    pub id: Option<String>,
    /// Whether the id of the first message about an alert is the one that stays, as threads have
    /// it; the latest otherwise.
    pub keep_first: bool,
    /// JSON pointer to what says whether the message was taken, and what it says then.
    pub taken: Option<(String, Value)>,
}

impl Request {
    /// This request with what `other` says in its place.
    pub(in crate::notify) fn with(&self, other: &Self) -> Self {
        let mut all = self.clone();
        let replaces_body = other.json.is_some() || other.form.is_some() || other.plain.is_some();
        if replaces_body {
            (all.json, all.form, all.plain) = (None, None, None);
        }
        let put = |ours: &mut Option<String>, theirs: &Option<String>| {
            if theirs.is_some() {
                ours.clone_from(theirs);
            }
        };
        put(&mut all.method, &other.method);
        put(&mut all.base, &other.base);
        put(&mut all.path, &other.path);
        put(&mut all.more_headers, &other.more_headers);
        put(&mut all.bearer, &other.bearer);
        put(&mut all.json, &other.json);
        put(&mut all.plain, &other.plain);
        put(&mut all.body_field, &other.body_field);
        put(&mut all.content_type, &other.content_type);
        put(&mut all.sign_with, &other.sign_with);
        all.keep_nulls |= other.keep_nulls;
        if other.form.is_some() {
            all.form.clone_from(&other.form);
        }
        if other.header.is_some() {
            all.header.clone_from(&other.header);
        }
        if other.basic.is_some() {
            all.basic.clone_from(&other.basic);
        }
        all.query.extend(other.query.clone());
        all.headers.extend(other.headers.clone());
        all
    }
}
