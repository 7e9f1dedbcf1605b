//! What an engine, or the proxy before it, lets us do: asked with requests about a container that
//! there is not, which an engine answers with 404 and a proxy that forbids them with 403.

use std::time::Duration;

use http::Method;

use super::engine::{Engine, EngineError};

/// A name that no container has: engines allow no name that begins so.
const NOBODY: &str = "_homepulse_asks_what_it_may";

/// How long one of these questions may take.
const WITHIN: Duration = Duration::from_secs(3);

/// What we may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Start and stop.
    pub(super) power: bool,
    /// Run programs inside.
    pub(super) exec: bool,
    /// Make and delete.
    pub(super) create: bool,
}

/// Asks.
pub(super) async fn ask(engine: &Engine) -> Allowed {
    let (start, stop, rename, delete) = tokio::join!(
        is_let_through(engine, Method::POST, &["containers", NOBODY, "start"]),
        is_let_through(engine, Method::POST, &["containers", NOBODY, "stop"]),
        is_let_through(engine, Method::POST, &["containers", NOBODY, "rename"]),
        is_let_through(engine, Method::DELETE, &["containers", NOBODY]),
    );
    let inside = is_let_through(engine, Method::POST, &["containers", NOBODY, "exec"]).await;
    Allowed {
        power: start && stop,
        exec: inside,
        create: delete && rename && start,
    }
}

async fn is_let_through(engine: &Engine, method: Method, path: &[&str]) -> bool {
    let asked = match method {
        Method::DELETE => engine.delete(path, &[], WITHIN).await,
        _ => engine.post(path, &[("name", NOBODY)], WITHIN).await,
    };
    match asked {
        Ok(()) => true,
        // 400: the engine read it and misses something; 404: it looked for the container.
        Err(EngineError::Status { status, .. }) => !matches!(status, 401 | 403 | 405),
        Err(_) => false,
    }
}
