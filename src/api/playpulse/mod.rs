//! Seed 000 under `/api/v3`.

use utoipa_actix_web::service_config::ServiceConfig;

use super::dialect::Playpulse;
use super::extract::speak;

/// Every endpoint of the family.
pub(super) fn routes(scope: &mut ServiceConfig<'_>) {
    speak::<Playpulse>(scope);
}
