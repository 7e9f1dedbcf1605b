//! What a status page may be set to.

use std::collections::BTreeSet;

use super::{Setting, StatusPageError};
use crate::model::id::ResourceKind;

/// Characters of an address, a title and a name.
const SLUG_LENGTH: usize = 40;
const TEXT_LENGTH: usize = 80;

/// Things that one page shows.
const MOST: usize = 50;

/// The setting with its texts trimmed, if it makes sense.
pub(super) fn check(mut setting: Setting) -> Result<Setting, StatusPageError> {
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let slug = &setting.slug;
    if slug.is_empty() || slug.len() > SLUG_LENGTH || !slug.chars().all(is_slug) {
        return Err(invalid(
            "slug",
            "give 1 to 40 lower-case letters, digits and hyphens",
        ));
    }
    setting.title = text("title", &setting.title)?;
    if setting.items.len() > MOST {
        return Err(invalid("items", &format!("show {MOST} things at most")));
    }
    let mut seen = BTreeSet::new();
    for (index, item) in setting.items.iter_mut().enumerate() {
        item.name = text(&format!("items.{index}.name"), &item.name)?;
        let field = format!("items.{index}.resource");
        let is_shown = matches!(
            item.resource.kind(),
            ResourceKind::Node
                | ResourceKind::Guest
                | ResourceKind::Storage
                | ResourceKind::Datastore
                | ResourceKind::Game
        );
        if !is_shown {
            return Err(invalid(
                &field,
                "only nodes, guests, storages, datastores and games can be shown",
            ));
        }
        if !seen.insert(item.resource.clone()) {
            return Err(invalid(&field, "it is shown already"));
        }
    }
    Ok(setting)
}

fn text(field: &str, text: &str) -> Result<String, StatusPageError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_LENGTH {
        return Err(invalid(
            field,
            &format!("give 1 to {TEXT_LENGTH} characters"),
        ));
    }
    Ok(text.to_owned())
}

fn invalid(field: &str, problem: &str) -> StatusPageError {
    StatusPageError::Invalid {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}
