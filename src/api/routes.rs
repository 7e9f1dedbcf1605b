//! Which methods each documented path has, so that a wrong method is told from a wrong path.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Every documented path and its methods.
pub(super) struct Routes(Vec<(String, Vec<Method>)>);

/// What is read of the document.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

impl Routes {
    /// Those of the OpenAPI document, read when somebody first asks for what is not there.
    pub(super) fn documented() -> &'static Self {
        static DOCUMENTED: OnceLock<Routes> = OnceLock::new();
        DOCUMENTED.get_or_init(|| Self::new(&super::openapi()))
    }

    /// Those of `document`, JSON; none where it is something else.
    fn new(document: &str) -> Self {
        let paths = serde_json::from_str(document)
            .map_or_else(|_| BTreeMap::new(), |document: Document| document.paths);
        let routes = paths.into_iter().map(|(path, operations)| {
            let methods = operations.keys().flat_map(|word| methods(word));
            (path, methods.collect())
        });
        Self(routes.collect())
    }

    /// The methods that `path` can be asked with; none when it is not documented.
    #[must_use]
    pub(super) fn methods_of(&self, path: &str) -> Vec<Method> {
        let mut allowed: Vec<Method> = Vec::new();
        for (pattern, methods) in &self.0 {
            if is_match(pattern, path) {
                for method in methods {
                    if !allowed.contains(method) {
                        allowed.push(method.clone());
                    }
                }
            }
        }
        allowed
    }
}

/// The methods that the document means by `word`; whoever answers GET answers HEAD.
fn methods(word: &str) -> Vec<Method> {
    match word {
        "get" => vec![Method::GET, Method::HEAD],
        "post" => vec![Method::POST],
        "put" => vec![Method::PUT],
        "patch" => vec![Method::PATCH],
        "delete" => vec![Method::DELETE],
        _ => Vec::new(),
    }
}

/// Whether `path` is one of those that `pattern` stands for, in which `{name}` is any segment.
fn is_match(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    pattern.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|segment| match wanted.split_once('{') {
                Some((before, _)) => segment.len() > before.len() && segment.starts_with(before),
                None => segment == wanted,
            })
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_methods_of_every_pattern_that_it_fits() {
        let routes = Routes::new(
            r#"{"paths": {
                "/a/{id}": {"get": {}, "parameters": []},
                "/a/new": {"post": {}},
                "/a/{id}/b": {"delete": {}}
            }}"#,
        );
        let methods_of = |path: &str| {
            let methods = routes.methods_of(path);
            methods
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(methods_of("/a/1"), "GET HEAD");
        assert_eq!(methods_of("/a/new"), "POST GET HEAD");
        assert_eq!(methods_of("/a/1/b"), "DELETE");
        for unknown in ["/a", "/a/", "/a/1/c", "/a/1/b/c", "a/1", ""] {
            assert_eq!(methods_of(unknown), "", "{unknown}");
        }
    }

    #[test]
    fn every_documented_path_has_methods() {
        let Routes(routes) = Routes::documented();
        assert!(routes.len() > 100);
        assert!(routes.iter().all(|(_, methods)| !methods.is_empty()));
    }
}
