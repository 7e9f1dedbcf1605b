//! Settings of the product as a whole, in Pulse's words: what can be changed here, what the
//! configuration file decides, and what is only kept.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, DiagnosticsRead, SettingsWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::services::system::{CONNECTION_TIMEOUT, Wishes};

/// Settings that are kept as they were given; nothing here acts on them.
const INERT: [&str; 5] = [
    "updateChannel",
    "autoUpdateEnabled",
    "autoUpdateCheckInterval",
    "autoUpdateTime",
    "discoverySubnet",
];

/// The settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseSystem)]
#[serde(rename_all = "camelCase")]
pub(super) struct SystemConfig {
    /// Seconds between two looks.
    polling_interval: u64,
    pve_polling_interval: u64,
    pbs_polling_interval: u64,
    /// The port that we listen on; both names mean the same here.
    backend_port: Option<u16>,
    frontend_port: Option<u16>,
    /// Other names under which we are called; pages of those may ask.
    allowed_origins: String,
    /// Seconds that a host may take to answer.
    connection_timeout: u64,
    update_channel: String,
    auto_update_enabled: bool,
    auto_update_check_interval: Option<u32>,
    auto_update_time: Option<String>,
    /// Only the command line and the environment decide.
    log_level: Option<String>,
    discovery_subnet: Option<String>,
    /// Which of these are only kept: nothing here acts on them.
    inert: Vec<&'static str>,
    /// Which of these only the configuration file decides.
    pinned: Vec<&'static str>,
}

/// What to change; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PulseSystemRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct SystemRequest {
    polling_interval: Option<u64>,
    pve_polling_interval: Option<u64>,
    pbs_polling_interval: Option<u64>,
    backend_port: Option<u16>,
    frontend_port: Option<u16>,
    allowed_origins: Option<String>,
    connection_timeout: Option<u64>,
    update_channel: Option<String>,
    auto_update_enabled: Option<bool>,
    auto_update_check_interval: Option<u32>,
    auto_update_time: Option<String>,
    log_level: Option<String>,
    discovery_subnet: Option<String>,
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseSystemDone)]
#[serde(rename_all = "camelCase")]
pub(super) struct SystemDone {
    status: &'static str,
    message: String,
    polling_interval: u64,
}

/// What a page has to know before anything else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseConfig)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    polling_interval: u64,
    csrf_protection: bool,
    auto_update_enabled: bool,
    update_channel: String,
}

/// How access is protected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseSecurity)]
#[serde(rename_all = "camelCase")]
pub(super) struct Security {
    api_token_configured: bool,
    requires_auth: bool,
    export_protected: bool,
    unprotected_export_allowed: bool,
    registration_tokens_enabled: bool,
}

/// The settings of the product as a whole.
#[utoipa::path(tag = "pulse", responses((status = 200, body = SystemConfig)))]
#[get("/config/system")]
pub(crate) async fn get_system(
    _: Allow<Pulse, DiagnosticsRead>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, SystemConfig> {
    Ok(Reply::ok(show(&request, &shared).await?))
}

/// Change settings, as Pulse's document does it.
#[utoipa::path(
    tag = "pulse",
    request_body = SystemRequest,
    responses((status = 200, body = SystemDone), (status = 400), (status = 409)),
)]
#[post("/config/system")]
pub(crate) async fn post_system(
    _: Allow<Pulse, SettingsWrite>,
    body: Json<SystemRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, SystemDone> {
    change(body.into_inner(), &request, &shared).await
}

/// Change settings, as Pulse 4.3 did it.
#[utoipa::path(
    tag = "pulse",
    request_body = SystemRequest,
    responses((status = 200, body = SystemDone), (status = 400), (status = 409)),
)]
#[put("/config/system")]
pub(crate) async fn put_system(
    _: Allow<Pulse, SettingsWrite>,
    body: Json<SystemRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, SystemDone> {
    change(body.into_inner(), &request, &shared).await
}

/// What a page has to know.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Config)))]
#[get("/config")]
pub(crate) async fn get_config(
    _: Allow<Pulse, DiagnosticsRead>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Config> {
    let shown = show(&request, &shared).await?;
    Ok(Reply::ok(Config {
        polling_interval: shown.polling_interval,
        // A page of another origin may change nothing, whatever it sends.
        csrf_protection: true,
        auto_update_enabled: shown.auto_update_enabled,
        update_channel: shown.update_channel,
    }))
}

/// How access is protected.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Security)))]
#[get("/security/status")]
pub(crate) async fn get_security(
    _: Allow<Pulse, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Security> {
    let has_token = !shared.gate.is_open_locally();
    Ok(Reply::ok(Security {
        api_token_configured: has_token,
        requires_auth: has_token,
        export_protected: has_token || !shared.unprotected_export,
        unprotected_export_allowed: shared.unprotected_export,
        registration_tokens_enabled: true,
    }))
}

async fn show(request: &HttpRequest, shared: &Shared) -> Result<SystemConfig, Fault<Pulse>> {
    let system = &shared.parts.system;
    let wishes = system
        .wishes()
        .await
        .map_err(|error| Problem::from_error(&crate::services::system::SystemError::from(error)))?;
    let seconds = system.interval().as_secs();
    let port = port(request);
    let mut pinned = vec![
        "backendPort",
        "frontendPort",
        "allowedOrigins",
        "connectionTimeout",
        "logLevel",
    ];
    if system.is_interval_pinned() {
        pinned.push("pollingInterval");
    }
    Ok(SystemConfig {
        polling_interval: seconds,
        pve_polling_interval: seconds,
        pbs_polling_interval: seconds,
        backend_port: port,
        frontend_port: port,
        allowed_origins: shared.allowed_hosts.join(","),
        connection_timeout: CONNECTION_TIMEOUT,
        update_channel: wishes.update_channel.unwrap_or_else(|| "stable".to_owned()),
        auto_update_enabled: wishes.auto_update_enabled.unwrap_or(false),
        auto_update_check_interval: wishes.auto_update_check_interval,
        auto_update_time: wishes.auto_update_time,
        log_level: None,
        discovery_subnet: wishes.discovery_subnet,
        inert: INERT.to_vec(),
        pinned,
    })
}

fn port(request: &HttpRequest) -> Option<u16> {
    let port = request.app_config().local_addr().port();
    (port != 0).then_some(port)
}

async fn change(
    body: SystemRequest,
    request: &HttpRequest,
    shared: &Shared,
) -> Answer<Pulse, SystemDone> {
    let system = &shared.parts.system;
    let before = show(request, shared).await?;
    let seconds = body.interval(before.polling_interval)?;
    body.refuse_pinned(&before)?;
    // Wishes first: they are checked before anything is kept.
    let wishes = body.wishes();
    if wishes != Wishes::default() {
        system.wish(wishes).await?;
    }
    if let Some(seconds) = seconds {
        system.set_interval(seconds).await?;
    }
    Ok(Reply::ok(SystemDone {
        status: "success",
        message: "System configuration updated".to_owned(),
        polling_interval: system.interval().as_secs(),
    }))
}

impl SystemRequest {
    /// The span that is wished for; one for all kinds of target.
    fn interval(&self, before: u64) -> Result<Option<u64>, Problem> {
        let given = [
            self.polling_interval,
            self.pve_polling_interval,
            self.pbs_polling_interval,
        ];
        let mut wanted: Vec<u64> = given.into_iter().flatten().collect();
        wanted.retain(|seconds| *seconds != before);
        wanted.dedup();
        match wanted[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => {
                let text = "pollingInterval: all targets are looked at at one pace; give one";
                Err(Problem::new(Kind::Invalid, "invalid_setting", text)
                    .in_field("pollingInterval"))
            }
        }
    }

    fn refuse_pinned(&self, before: &SystemConfig) -> Result<(), Problem> {
        let differs = [
            (
                "backendPort",
                "listen in the configuration file decides",
                self.backend_port.is_some() && self.backend_port != before.backend_port,
            ),
            (
                "frontendPort",
                "listen in the configuration file decides",
                self.frontend_port.is_some() && self.frontend_port != before.frontend_port,
            ),
            (
                "allowedOrigins",
                "allowed_hosts in the configuration file decides",
                self.allowed_origins
                    .as_ref()
                    .is_some_and(|text| *text != before.allowed_origins),
            ),
            (
                "connectionTimeout",
                "is fixed",
                self.connection_timeout
                    .is_some_and(|seconds| seconds != before.connection_timeout),
            ),
            (
                "logLevel",
                "--log on the command line or HOMEPULSE_LOG decides",
                self.log_level
                    .as_ref()
                    .is_some_and(|level| !level.is_empty()),
            ),
        ];
        for (field, why, is_other) in differs {
            if is_other {
                let text = format!("{field}: {why}; nothing was changed");
                return Err(Problem::new(Kind::Conflict, "pinned", text).in_field(field));
            }
        }
        Ok(())
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            update_channel: self.update_channel.clone(),
            auto_update_enabled: self.auto_update_enabled,
            auto_update_check_interval: self.auto_update_check_interval,
            auto_update_time: self.auto_update_time.clone(),
            discovery_subnet: self.discovery_subnet.clone(),
        }
    }
}
