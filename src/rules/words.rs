//! Names as people read them, and the words of figures beside them.

use crate::model::resource::{Guest, GuestKind, Resource};

pub(super) use crate::model::words::{days, figure, number, span};

/// Characters of a foreign name that are shown.
const NAME_LENGTH: usize = 80;

/// A resource with what tells it from others of the same name.
pub(super) fn describe(resource: &Resource) -> String {
    let name = clean(&resource.label());
    match resource {
        Resource::Node(_) => format!("{name} (node)"),
        Resource::Guest(Guest {
            vmid, node, kind, ..
        }) => {
            let kind = match kind {
                GuestKind::Vm => "guest",
                GuestKind::Container => "container",
            };
            format!("{name} ({kind} {vmid} on {})", clean(node))
        }
        Resource::Storage(_) => format!("{name} (storage)"),
        Resource::Datastore(_) => format!("{name} (datastore)"),
        Resource::Disk(_) => format!("{name} (disk)"),
        Resource::Game(_) => format!("{name} (game server)"),
    }
}

/// Text from outside on one line, without control characters and not too long.
pub(super) fn clean(text: &str) -> String {
    shorten(text, NAME_LENGTH)
}

/// The same, with its own limit in characters.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let mut kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(limit + 1)
        .collect();
    if let Some((cut, _)) = kept.char_indices().nth(limit) {
        kept.truncate(cut);
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_on_one_line_and_is_cut_between_characters() {
        let name = format!("evil\r\nBcc: x{}", "ü".repeat(200));
        let shown = clean(&name);
        assert!(!shown.contains(['\r', '\n']), "{shown}");
        assert_eq!(shown.chars().count(), NAME_LENGTH + 1);
    }
}
