//! Reading the file of a kind, so that whatever is wrong with it is said when it is read.

use std::collections::BTreeSet;

use super::file::{Kind, Request, Role, Transport};
use super::{FieldKind, SECRET_HEADERS, TEXT_TEMPLATE, TITLE_TEMPLATE};
use crate::notify::engine::template;
use crate::notify::message::Occasion;

/// Reads a kind. `stem` is the file's name without its end, which is the kind's name, too.
/// `ours` may use the transports that only the program itself has settings for.
pub(super) fn parse(text: &str, stem: Option<&str>, ours: bool) -> Result<Kind, String> {
    let kind: Kind = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    let is_word = |text: &str| {
        let mut chars = text.chars();
        !text.is_empty()
            && text.len() <= 40
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
    };
    if !is_word(&kind.name) {
        return Err("name: must be lower-case letters, digits, _ and -, 40 at most".into());
    }
    if stem != Some(&kind.name) {
        return Err(format!(
            "name: must be that of its file, {}.toml",
            kind.name
        ));
    }
    if kind.label.trim().is_empty() {
        return Err("label: is missing".into());
    }
    if !ours && kind.transport != Transport::Http {
        return Err("transport: must be http; the others are the program's own".into());
    }
    check_fields(&kind, is_word)?;
    check_limits(&kind)?;
    match (&kind.request, kind.transport) {
        (None, Transport::Http) => return Err("request: is missing".into()),
        (Some(request), Transport::Http) => {
            check_request(&kind, "request", request)?;
            for (occasion, patch) in &kind.on {
                check_occasion("on", occasion)?;
                check_request(&kind, &format!("on.{occasion}"), &request.with(patch))?;
            }
            if let Some(edit) = &kind.edit {
                for occasion in &edit.on {
                    check_occasion("edit.on", occasion)?;
                }
                check_request(&kind, "edit.request", &request.with(&edit.request))?;
            }
        }
        (_, Transport::Smtp | Transport::Mqtt) => {}
    }
    let texts = [&kind.text.title, &kind.text.body, &kind.text.short];
    for (name, text) in ["title", "body", "short"].into_iter().zip(texts) {
        if let Some(text) = text {
            template::check(text).map_err(|error| format!("text.{name}: {error}"))?;
        }
    }
    for link in &kind.links {
        for (name, text) in &link.set {
            if !kind.fields.iter().any(|field| field.name == *name) {
                return Err(format!("link.set.{name}: is no field"));
            }
            template::check(text).map_err(|error| format!("link.set.{name}: {error}"))?;
        }
    }
    Ok(kind)
}

fn check_fields(kind: &Kind, is_word: impl Fn(&str) -> bool) -> Result<(), String> {
    let mut names = BTreeSet::from([SECRET_HEADERS, TITLE_TEMPLATE, TEXT_TEMPLATE]);
    for field in &kind.fields {
        let name = &field.name;
        if !is_word(name) || name.contains('-') {
            return Err(format!(
                "field '{name}': the name must be lower-case letters, digits and _"
            ));
        }
        if !names.insert(name) {
            return Err(format!("field {name}: there are two of that name"));
        }
        if field.label.is_empty() {
            return Err(format!("field {name}: label is missing"));
        }
        if (field.kind == FieldKind::Choice) == field.choices.is_empty() {
            return Err(format!("field {name}: choices belong to a choice"));
        }
        if field.is_secret() && !matches!(field.kind, FieldKind::Secret | FieldKind::Url) {
            return Err(format!(
                "field {name}: only kind secret or url can be secret"
            ));
        }
    }
    Ok(())
}

fn check_limits(kind: &Kind) -> Result<(), String> {
    let limits = kind.limits;
    let bounds = [
        ("title", limits.title, 20, 10_000),
        ("text", limits.text, 50, 100_000),
        ("body", limits.body, 200, 1 << 20),
        ("per_minute", limits.per_minute as usize, 1, 10_000),
        ("burst", limits.burst as usize, 1, 10_000),
    ];
    for (name, value, least, most) in bounds {
        if !(least..=most).contains(&value) {
            return Err(format!("limits.{name}: must be from {least} to {most}"));
        }
    }
    Ok(())
}

fn check_occasion(place: &str, word: &str) -> Result<(), String> {
    match Occasion::ALL.iter().any(|one| one.word() == word) {
        true => Ok(()),
        false => Err(format!("{place}: there is no occasion '{word}'")),
    }
}

fn check_request(kind: &Kind, place: &str, request: &Request) -> Result<(), String> {
    let field = |name: &str| kind.fields.iter().find(|field| field.name == name);
    match request.base.as_deref().and_then(field) {
        Some(base) if base.kind == FieldKind::Url => {}
        _ => return Err(format!("{place}.base: must name a field of kind url")),
    }
    for (what, name) in [
        ("body_field", &request.body_field),
        ("more_headers", &request.more_headers),
        ("sign_with", &request.sign_with),
    ] {
        if let Some(name) = name
            && field(name).is_none()
        {
            return Err(format!("{place}.{what}: there is no field {name}"));
        }
    }
    let bodies = [
        request.json.is_some(),
        request.form.is_some(),
        request.plain.is_some(),
    ];
    if bodies.into_iter().filter(|given| *given).count() > 1 {
        return Err(format!("{place}: can have one of json, form and plain"));
    }
    for name in request.headers.keys() {
        let own = super::OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        if own || http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(format!("{place}.headers: '{name}' cannot be set"));
        }
    }
    let single = [
        &request.method,
        &request.path,
        &request.bearer,
        &request.json,
        &request.plain,
        &request.content_type,
    ];
    let several = request.query.values().chain(request.headers.values());
    let several = several.chain(request.form.iter().flat_map(|form| form.values()));
    let pairs = [&request.basic, &request.header];
    let several = several.chain(pairs.into_iter().flatten().flatten());
    for text in single.into_iter().flatten().chain(several) {
        template::check(text).map_err(|error| format!("{place}: {error}: {text}"))?;
    }
    if kind.role == Role::Heartbeat && request.json.is_some() {
        return Err(format!("{place}: a heartbeat has no JSON body"));
    }
    Ok(())
}
