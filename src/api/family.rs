//! Which family of the API a path belongs to, for answers that no handler gives.

use actix_web::HttpResponse;

use super::dialect::{Hp, Peon, Playpulse, Pulse, answer};
use super::problem::Problem;

/// A group of paths that speak alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Pulse, and every path under `/api` that no other family claims.
    Pulse,
    /// Playpulse.
    Playpulse,
    /// PEON.
    Peon,
    /// Our own, what scrapers and supervisors read, and `/api/v1` with its object form of errors.
    Hp,
    /// The web UI.
    Pages,
}

/// The family of `path`.
#[must_use]
pub(super) fn of(path: &str) -> Family {
    let is_under = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_read_by_machines = is_under("/metrics") || is_under("/livez") || is_under("/readyz");
    let is_of_games = ["/api/v1/servers", "/api/v1/games", "/api/v1/system"];
    if is_under("/api/v3") || is_under("/v3") {
        Family::Playpulse
    } else if is_of_games.into_iter().any(is_under) {
        Family::Peon
    } else if is_under("/api/hp") || is_under("/api/v1") || is_read_by_machines {
        Family::Hp
    } else if is_under("/api") || is_under("/ws") {
        Family::Pulse
    } else {
        Family::Pages
    }
}

impl Family {
    /// Whether programs rather than browsers ask here.
    #[must_use]
    pub(super) const fn is_api(self) -> bool {
        !matches!(self, Self::Pages)
    }

    /// Words `problem` as the family does.
    #[must_use]
    pub(super) fn answer(self, problem: &Problem) -> HttpResponse {
        match self {
            Self::Pulse => answer::<Pulse>(problem),
            Self::Hp => answer::<Hp>(problem),
            Self::Peon => answer::<Peon>(problem),
            Self::Playpulse => answer::<Playpulse>(problem),
            Self::Pages => HttpResponse::build(problem.kind.status())
                .content_type("text/plain; charset=utf-8")
                .body(format!("{}\n", problem.message)),
        }
    }
}
