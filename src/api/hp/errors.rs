//! How errors of the layers below look to clients, and the schema of their body.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::AlertError;
use crate::api::problem::{Classify, Kind};
use crate::history::HistoryError;
use crate::notify::ChannelError;
use crate::notify::links::LinkError;
use crate::notify::outbox::OutboxError;
use crate::services::alerts::HandleError;
use crate::services::audit::AuditError;
use crate::services::changes::ChangesError;
use crate::services::control::{CommandError, ControlError};
use crate::services::game_catalog::CatalogError;
use crate::services::game_policies::PolicyError;
use crate::services::games::{GamesError, HostError};
use crate::services::jobs::JobError;
use crate::services::links::FollowError;
use crate::services::push::DoorError;
use crate::services::routing::RoutingError;
use crate::services::rules::RulesError;
use crate::services::silences::SilenceError;
use crate::services::targets::TargetError;

/// The body of every error of this family.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Problem {
    /// What went wrong.
    pub error: ProblemDetails,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ProblemDetails {
    /// Stable code in snake case.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The field of the request that is to blame.
    pub field: Option<String>,
}

impl Classify for AlertError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NotFound { .. } => (Kind::NotFound, "alert_not_found"),
            Self::Resolved { .. } => (Kind::Conflict, "alert_resolved"),
            Self::Judged { .. } => (Kind::Conflict, "alert_judged"),
            Self::Cursor => (Kind::Invalid, "invalid_cursor"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::NotFound { id } => Some(format!("there is no alert {id}")),
            Self::Resolved { id } => Some(format!("the alert {id} is over already")),
            Self::Judged { id } => Some(format!(
                "a rule watches the alert {id}, and ends it when it is over; silence it instead"
            )),
            Self::Cursor => Some("the cursor is not one of ours; begin without one".to_owned()),
            Self::Database(_) => None,
        }
    }

    fn field(&self) -> Option<String> {
        matches!(self, Self::Cursor).then(|| "cursor".to_owned())
    }
}

impl Classify for PolicyError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_field"),
            Self::TooMany => (Kind::Conflict, "too_many_policies"),
            Self::Stranger => (Kind::Unauthorized, "game_door_token_wrong"),
            Self::NobodyThere(_) => (Kind::NotFound, "address_unknown"),
            Self::NotStarted(_) => (Kind::Upstream, "not_started"),
            Self::History(error) => error.classify(),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::Invalid { problem, .. } => Some(problem.clone()),
            Self::TooMany | Self::Stranger | Self::NobodyThere(_) | Self::NotStarted(_) => {
                Some(self.to_string())
            }
            Self::History(error) => error.message(),
            Self::Database(_) => None,
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            _ => None,
        }
    }
}

impl Classify for CatalogError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NoGame { .. } => (Kind::NotFound, "game_not_found"),
            Self::Egg(_) => (Kind::Invalid, "egg_invalid"),
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::NoGame { known, .. } => Some(format!("{self}; it knows: {}", known.join(", "))),
            Self::Egg(_) => Some(self.to_string()),
        }
    }
}

impl Classify for HandleError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_field"),
            Self::Ledger(error) => error.classify(),
            Self::Silence(error) => error.classify(),
            Self::Enter(_) | Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::Invalid { .. } | Self::Enter(_) | Self::Database(_) => None,
            Self::Ledger(error) => error.message(),
            Self::Silence(error) => error.message(),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            Self::Ledger(error) => error.field(),
            Self::Silence(error) => error.field(),
            Self::Enter(_) | Self::Database(_) => None,
        }
    }
}

impl Classify for SilenceError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_field"),
            Self::NameTaken { .. } => (Kind::Conflict, "name_taken"),
            Self::NotFound { .. } => (Kind::NotFound, "not_found"),
            Self::Client(_) | Self::Secret(_) | Self::Database(_) => (Kind::Internal, "silences"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            Self::NameTaken { .. } => Some("name".to_owned()),
            Self::NotFound { .. } | Self::Client(_) | Self::Secret(_) | Self::Database(_) => None,
        }
    }
}

impl Classify for HistoryError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Db(_) | Self::Compress { .. } | Self::NoRoom { .. } => {
                (Kind::Internal, "history")
            }
            Self::Stopped => (Kind::Unavailable, "stopping"),
        }
    }
}

impl Classify for OutboxError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NotFound { .. } => (Kind::NotFound, "delivery_not_found"),
            Self::NotDead { .. } => (Kind::Conflict, "delivery_not_dead"),
            Self::Database(_) | Self::Ledger(_) | Self::Snapshot { .. } => {
                (Kind::Internal, "outbox")
            }
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::NotFound { id } => Some(format!("there is no message {id}")),
            Self::NotDead { id, state } => Some(format!("the message {id} is {state}")),
            Self::Database(_) | Self::Ledger(_) | Self::Snapshot { .. } => None,
        }
    }
}

impl Classify for RoutingError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid(_) => (Kind::Invalid, "invalid_routing"),
            Self::Alert(error) => error.classify(),
            Self::Channels(error) => error.classify(),
            Self::Outbox(_) | Self::Database(_) => (Kind::Internal, "routing"),
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::Invalid(problem) => Some(problem.to_string()),
            Self::Alert(error) => error.message(),
            Self::Channels(_) | Self::Outbox(_) | Self::Database(_) => None,
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid(problem) => Some(problem.field.clone()),
            Self::Alert(_) => Some("alert".into()),
            Self::Channels(_) | Self::Outbox(_) | Self::Database(_) => None,
        }
    }
}

impl Classify for FollowError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Link(LinkError::Forged) => (Kind::NotFound, "link_unknown"),
            Self::Link(LinkError::Expired) => (Kind::NotFound, "link_expired"),
            Self::Used => (Kind::Conflict, "link_used"),
            Self::TooMany { retry_after } => (
                Kind::TooMany {
                    retry_after: *retry_after,
                },
                "too_many_attempts",
            ),
            Self::Minutes => (Kind::Invalid, "invalid_minutes"),
            Self::Handle(error) => error.classify(),
            Self::Outbox(_) | Self::Channels(_) | Self::Database(_) | Self::Secret(_) => {
                (Kind::Internal, "links")
            }
        }
    }
}

impl Classify for ChannelError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NotFound { .. } => (Kind::NotFound, "channel_not_found"),
            Self::KindUnknown { .. } | Self::Invalid(_) => (Kind::Invalid, "invalid_setting"),
            Self::NameTaken { .. } => (Kind::Conflict, "name_taken"),
            Self::OwnedByFile { .. } => (Kind::Conflict, "owned_by_file"),
            Self::NoCode => (Kind::Conflict, "no_code"),
            Self::WrongCode { .. } => (Kind::Invalid, "wrong_code"),
            Self::TooMany { retry_after } => (
                Kind::TooMany {
                    retry_after: *retry_after,
                },
                "too_many_tests",
            ),
            Self::Delivery(_) => (Kind::Upstream, "not_delivered"),
            Self::Secret(_) | Self::Outbox(_) | Self::Database(_) => (Kind::Internal, "channels"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid(error) => Some(error.field.clone()),
            Self::KindUnknown { .. } => Some("kind".to_owned()),
            Self::NameTaken { .. } => Some("name".to_owned()),
            Self::WrongCode { .. } => Some("code".to_owned()),
            _ => None,
        }
    }
}

impl Classify for RulesError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Pinned => (Kind::Conflict, "owned_by_file"),
            Self::Invalid(_) | Self::Test { .. } => (Kind::Invalid, "invalid_setting"),
            Self::Level(_) => (Kind::NotFound, "level_not_found"),
            Self::NotFound { .. } => (Kind::NotFound, "resource_not_found"),
            Self::Busy => (
                Kind::TooMany {
                    retry_after: Duration::from_secs(5),
                },
                "backtest_running",
            ),
            Self::TooLong { .. } => (Kind::Unavailable, "backtest_too_long"),
            Self::Stopped => (Kind::Unavailable, "stopping"),
            Self::History(_) => (Kind::Internal, "history"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid(mistakes) => mistakes.first().map(|mistake| mistake.field.clone()),
            Self::Test { field, .. } => Some((*field).to_owned()),
            Self::NotFound { .. } => Some("resource".to_owned()),
            _ => None,
        }
    }
}

impl Classify for ChangesError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Database(_) => (Kind::Internal, "changes"),
            Self::Ledger(error) => error.classify(),
            Self::History(error) => error.classify(),
        }
    }
}

impl Classify for AuditError {
    fn classify(&self) -> (Kind, &'static str) {
        (Kind::Internal, "audit")
    }
}

impl Classify for DoorError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NoTarget { .. } => (Kind::NotFound, "target_not_found"),
            Self::Database(_) | Self::Secret(_) => (Kind::Internal, "push"),
        }
    }
}

impl Classify for JobError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::InFlight { .. } => (Kind::Conflict, "already_under_way"),
            Self::Busy { .. } => (Kind::Conflict, "too_many_jobs"),
            Self::NoJob { .. } => (Kind::NotFound, "job_not_found"),
            Self::NothingToCancel { .. } => (Kind::Conflict, "job_over"),
        }
    }
}

impl Classify for ControlError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NoGuest { .. } => (Kind::NotFound, "resource_not_found"),
            Self::SwitchedOff { .. } => (Kind::Forbidden, "control_off"),
            Self::Unable { .. } => (Kind::Invalid, "control_unsupported"),
            Self::Invalid { .. } => (Kind::Invalid, "invalid_parameter"),
            Self::NotConfirmed { .. } => (Kind::Invalid, "confirmation_missing"),
            Self::Job(error) => error.classify(),
            Self::Denied(_) => (Kind::Forbidden, "privilege_missing"),
            Self::Command(CommandError::Uncertain(_)) => (Kind::Upstream, "outcome_unknown"),
            Self::Command(CommandError::NotSent(_)) => (Kind::Upstream, "host_unreachable"),
            Self::Command(_) => (Kind::Upstream, "refused_by_host"),
            Self::Target(error) => error.classify(),
            Self::Stopped => (Kind::Unavailable, "stopping"),
            Self::Audit(_) => (Kind::Internal, "audit"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            Self::NotConfirmed { .. } => Some("confirm".to_owned()),
            _ => None,
        }
    }
}

impl Classify for GamesError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NoServer { .. } => (Kind::NotFound, "resource_not_found"),
            Self::NoGame { .. } => (Kind::NotFound, "game_not_found"),
            Self::NoBackup { .. } => (Kind::NotFound, "backup_not_found"),
            Self::SwitchedOff { .. } => (Kind::Forbidden, "control_off"),
            Self::Unable { .. } => (Kind::Invalid, "control_unsupported"),
            Self::Invalid { .. } => (Kind::Invalid, "invalid_parameter"),
            Self::Eula { .. } => (Kind::Invalid, "eula_not_accepted"),
            Self::NotConfirmed { .. } => (Kind::Invalid, "confirmation_missing"),
            Self::PlayersOnline { .. } => (Kind::Conflict, "players_online"),
            Self::Taken { .. } => (Kind::Conflict, "taken"),
            Self::NoRoom(_) => (Kind::Conflict, "no_room"),
            Self::Damaged(_) => (Kind::Conflict, "backup_damaged"),
            Self::Job(error) => error.classify(),
            Self::Guest(error) => error.classify(),
            Self::Target(error) => error.classify(),
            Self::Host(HostError::NoServer(_)) => (Kind::NotFound, "resource_not_found"),
            Self::Host(HostError::Unsupported(_)) => (Kind::Invalid, "control_unsupported"),
            Self::Host(HostError::Uncertain(_)) => (Kind::Upstream, "outcome_unknown"),
            Self::Host(HostError::NotSent(_)) => (Kind::Upstream, "host_unreachable"),
            Self::Host(_) => (Kind::Upstream, "refused_by_host"),
            Self::Files(_) | Self::NotReady(_) | Self::Cancelled => (Kind::Internal, "games"),
            Self::Stopped => (Kind::Unavailable, "stopping"),
            Self::Secret(_) => (Kind::Internal, "secret"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } | Self::Taken { field, .. } => Some(field.clone()),
            Self::Eula { .. } => Some("accept_eula".to_owned()),
            Self::NotConfirmed { .. } => Some("confirm".to_owned()),
            Self::Guest(error) => error.field(),
            Self::Target(error) => error.field(),
            _ => None,
        }
    }
}

impl Classify for TargetError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_setting"),
            Self::NameTaken { .. } => (Kind::Conflict, "name_taken"),
            Self::AddressTaken { .. } => (Kind::Conflict, "address_taken"),
            Self::NotFound { .. } => (Kind::NotFound, "target_not_found"),
            Self::OwnedByFile { .. } => (Kind::Conflict, "owned_by_file"),
            Self::Database(_) => (Kind::Internal, "database"),
            Self::Secret(_) => (Kind::Internal, "secret"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            Self::NameTaken { .. } => Some("name".to_owned()),
            Self::AddressTaken { .. } => Some("address".to_owned()),
            Self::NotFound { .. }
            | Self::OwnedByFile { .. }
            | Self::Database(_)
            | Self::Secret(_) => None,
        }
    }
}
