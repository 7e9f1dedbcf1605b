//! Which files a path of the catalogue means; `*` stands for any part of one name. Pure.

/// Where a path of the catalogue begins and what of it is wanted: the folder before the first `*`,
/// and the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) root: String,
    /// Every name under it when there is none.
    pub(super) pattern: Option<String>,
}

impl Wanted {
    /// Of one path of the catalogue.
    pub(super) fn of(path: &str) -> Self {
        let Some(star) = path.find('*') else {
            return Self {
                root: path.trim_end_matches('/').to_owned(),
                pattern: None,
            };
        };
        let folder = path[..star].rfind('/').unwrap_or(0);
        Self {
            root: path[..folder.max(1)].trim_end_matches('/').to_owned(),
            pattern: Some(path.to_owned()),
        }
    }

    /// Whether a path under the root is wanted.
    pub(super) fn wants(&self, path: &str) -> bool {
        let Some(pattern) = &self.pattern else {
            return true;
        };
        // What is in a folder that is wanted is wanted too.
        let mut prefix = path;
        loop {
            if fits(pattern, prefix) {
                return true;
            }
            match prefix.rfind('/') {
                Some(at) if at > 0 => prefix = &prefix[..at],
                _ => return false,
            }
        }
    }
}

/// Whether a path is what a pattern means; `*` stands for any part of one name.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if name_fits(pattern, name) => {}
            _ => return false,
        }
    }
}

fn name_fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_within_one_name() {
        for (pattern, path, expected) in [
            ("/data/logs/*", "/data/logs/a", true),
            ("/data/logs/*", "/data/logs/a/b", false),
            ("/data/logs/*", "/data/logs", false),
            ("/a/*.sav", "/a/x.sav", true),
            ("/a/*.sav", "/a/x.save", false),
            ("/a/w*_*d", "/a/world_end", true),
            ("/a/w*_*d", "/a/world", false),
            ("/*/b", "/x/b", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_begins_in_the_folder_before_its_first_star() {
        for (path, root) in [
            ("/data", "/data"),
            ("/data/", "/data"),
            ("/game/saves/*.sav", "/game/saves"),
            ("/game/w*/deep/x", "/game"),
        ] {
            assert_eq!(Wanted::of(path).root, root, "{path}");
        }
        assert!(Wanted::of("/a/w*").wants("/a/world/level.dat"));
        assert!(!Wanted::of("/a/w*").wants("/a/logs/world"));
    }
}
