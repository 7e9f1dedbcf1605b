//! Which methods each documented path has, so that a wrong method is told from a wrong path.

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use utoipa::openapi::path::{PathItem, Paths};

/// Every documented path and its methods.
pub(super) struct Routes(Vec<(ResourceDef, Vec<Method>)>);

impl Routes {
    /// Reads them off the OpenAPI document, which is made from the handlers themselves.
    #[must_use]
    pub(super) fn new(paths: &Paths) -> Self {
        let routes = paths.paths.iter().map(|(path, item)| {
            let methods = methods(item);
            (ResourceDef::new(path.as_str()), methods)
        });
        Self(routes.collect())
    }

    /// The methods that `path` can be asked with; none when it is not documented.
    #[must_use]
    pub(super) fn methods_of(&self, path: &str) -> Vec<Method> {
        let mut allowed: Vec<Method> = Vec::new();
        for (pattern, methods) in &self.0 {
            if pattern.is_match(path) {
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

/// The methods of one documented path; whoever answers GET answers HEAD.
fn methods(item: &PathItem) -> Vec<Method> {
    [
        (item.get.is_some(), Method::GET),
        (item.get.is_some(), Method::HEAD),
        (item.post.is_some(), Method::POST),
        (item.put.is_some(), Method::PUT),
        (item.patch.is_some(), Method::PATCH),
        (item.delete.is_some(), Method::DELETE),
    ]
    .into_iter()
    .filter_map(|(is_there, method)| is_there.then_some(method))
    .collect()
}
