//! Where families say which endpoints they have.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::{self, ServiceConfig};
use utoipa_actix_web::OpenApiFactory;

#[cfg(debug_assertions)]
use super::openapi::Description;

/// What a family registers its endpoints with. It is walked once by each worker, which takes the
/// handlers, and once by the OpenAPI document, which takes what they say of themselves.
pub struct Surface<'c>(Mode<'c>);

enum Mode<'c> {
    Answering(&'c mut ServiceConfig),
    #[cfg(debug_assertions)]
    Describing {
        description: &'c mut Description,
        prefix: String,
    },
}

impl<'c> Surface<'c> {
    /// For a worker.
    pub(super) fn answering(config: &'c mut ServiceConfig) -> Self {
        Self(Mode::Answering(config))
    }

    /// For the document.
    #[cfg(debug_assertions)]
    pub(super) fn describing(description: &'c mut Description) -> Self {
        Self(Mode::Describing {
            description,
            prefix: String::new(),
        })
    }

    /// Adds an endpoint.
    pub fn service<F>(&mut self, endpoint: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        match &mut self.0 {
            Mode::Answering(config) => {
                config.service(endpoint);
            }
            #[cfg(debug_assertions)]
            Mode::Describing {
                description,
                prefix,
            } => description.add(prefix, &endpoint),
        }
        self
    }

    /// Adds everything that `routes` adds, below `prefix`.
    pub(super) fn scope(
        &mut self,
        prefix: &str,
        routes: impl FnOnce(&mut Surface<'_>),
    ) -> &mut Self {
        match &mut self.0 {
            Mode::Answering(config) => {
                let scope = web::scope(prefix);
                config.service(scope.configure(|inner| routes(&mut Surface::answering(inner))));
            }
            #[cfg(debug_assertions)]
            Mode::Describing {
                description,
                prefix: outer,
            } => routes(&mut Surface(Mode::Describing {
                description,
                prefix: format!("{outer}{prefix}"),
            })),
        }
        self
    }

    /// Adds everything that `routes` adds.
    pub fn configure(&mut self, routes: impl FnOnce(&mut Self)) -> &mut Self {
        routes(self);
        self
    }

    /// Sets up what only answering needs.
    pub(super) fn set_up(&mut self, set_up: impl FnOnce(&mut ServiceConfig)) -> &mut Self {
        match &mut self.0 {
            Mode::Answering(config) => set_up(config),
            #[cfg(debug_assertions)]
            Mode::Describing { .. } => drop(set_up),
        }
        self
    }
}
