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
mod surface;
mod trail;
pub mod ws;

pub use openapi::openapi;
pub use serve::{
    CertificateError, HeaderConfig, Open, ServeConfig, ServeError, Serving, TlsFiles, serve,
};
pub use shared::Parts;

use surface::Surface;

/// Every family under its prefix. A longer prefix stands before a shorter one.
fn families(surface: &mut Surface<'_>) {
    surface
        .configure(push::routes)
        .scope("/api/hp/push/pve", push::webhooks)
        .scope("/api/hp", hp::routes)
        .scope("/api/v1/servers", peon::servers)
        .scope("/api/v1/games", peon::games)
        .scope("/api/v1/system", peon::system)
        .scope("/api/v1", extract::speak::<dialect::Hp>)
        .scope("/api/v3", playpulse::routes)
        .configure(playpulse::live)
        .scope("/api", pulse::routes)
        .scope("/a", links::routes)
        .scope("/status", status::routes)
        .configure(scrape::routes)
        .configure(ws::routes);
}

#[cfg(test)]
mod tests;
