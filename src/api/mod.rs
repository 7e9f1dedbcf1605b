//! HTTP: five families of clients, one product behind them.
//!
//! Only this module knows routes, status codes and wire names; it must not know SQL, sources or
//! how anything is stored. A handler checks who comes in ([`guard`]), takes what is asked
//! ([`extract`]), calls one service and answers in its family's [`dialect`]. Start with
//! [`serve()`]; [`families`] shows the whole surface.

mod asked;
mod carried;
pub mod dialect;
mod edge;
mod extract;
mod family;
mod follow;
mod games;
pub mod guard;
pub mod hp;
mod html;
mod limits;
mod links;
mod openapi;
mod pages;
mod peon;
mod playpulse;
pub mod problem;
pub mod pulse;
mod push;
mod reference;
mod routes;
mod scrape;
mod serve;
mod shared;
mod status;
mod summary;
mod trail;
pub mod ws;

pub use openapi::openapi;
pub use serve::{
    CertificateError, HeaderConfig, Open, ServeConfig, ServeError, Serving, TlsFiles, serve,
};
pub use shared::Parts;

use openapi::document;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

/// Every family under its prefix. A longer prefix stands before a shorter one.
fn families(config: &mut ServiceConfig<'_>) {
    config
        .configure(push::routes)
        .service(scope::scope("/api/hp/push/pve").configure(push::webhooks))
        .service(scope::scope("/api/hp").configure(hp::routes))
        .service(scope::scope("/api/v1/servers").configure(peon::servers))
        .service(scope::scope("/api/v1/games").configure(peon::games))
        .service(scope::scope("/api/v1/system").configure(peon::system))
        .service(scope::scope("/api/v1").configure(extract::speak::<dialect::Hp>))
        .service(scope::scope("/api/v3").configure(playpulse::routes))
        .configure(playpulse::live)
        .service(scope::scope("/api").configure(pulse::routes))
        .service(scope::scope("/a").configure(links::routes))
        .service(scope::scope("/status").configure(status::routes))
        .configure(scrape::routes)
        .configure(ws::routes);
}

#[cfg(test)]
mod tests;
