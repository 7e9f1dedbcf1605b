//! The setup script, and the address it is fetched from.

use std::time::Duration;

use actix_web::web::{Data, Json, Query};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::asked::Asked;
use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, TargetsWrite, admit};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::auth::Scope;
use crate::services::registration::NewRegistration;
use crate::services::setup::{self, Order};
use crate::telemetry::clock;

/// How long a script, or the address of one, is good.
const VALIDITY: Duration = Duration::from_secs(15 * 60);

/// How often a script can register: it may have to be run again.
const USES: u32 = 5;

/// A script to be made.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = PulseSetupRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetupRequest {
    /// `pve` or `pbs`.
    r#type: Option<String>,
    /// The address to look at, such as `https://192.0.2.10:8006`.
    host: Option<String>,
    /// Whether backups on storages are to be seen, which takes a role with two more privileges.
    backup_perms: Option<bool>,
    /// Our own address as the host reaches it; the one that this is asked under unless told.
    pulse_url: Option<String>,
}

/// The same as a query.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct SetupQuery {
    /// `pve` or `pbs`.
    r#type: Option<String>,
    /// The address to look at.
    host: Option<String>,
    /// Our own address as the host reaches it.
    pulse_url: Option<String>,
    /// Whether backups on storages are to be seen.
    backup_perms: Option<bool>,
    /// A registration token, instead of the API's own.
    token: Option<String>,
}

/// Where a script is fetched from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseSetupUrl)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetupUrl {
    url: String,
    /// To be run as root on the host.
    command: String,
    /// The same, taking everything back.
    undo_command: String,
    /// Until when, in seconds since 1970.
    expires: i64,
}

/// Make a script that sets a host up; it is read before it is run.
#[utoipa::path(
    tag = "pulse",
    request_body = SetupRequest,
    responses(
        (status = 200, description = "A shell script", content_type = "text/plain", body = String),
        (status = 400, description = "Something cannot be put into a script"),
    ),
)]
#[post("/setup-script")]
pub(crate) async fn make_setup_script(
    caller: Allow<Pulse, TargetsWrite>,
    body: Json<SetupRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Pulse>> {
    let wish = body.into_inner().checked(&request)?;
    let (token, _) = mint(&shared, &wish, &caller.principal.name).await?;
    answer(&wish.with(token))
}

/// The same by a query, with the API's token or a registration token.
#[utoipa::path(
    tag = "pulse",
    params(SetupQuery),
    responses(
        (status = 200, description = "A shell script", content_type = "text/plain", body = String),
        (status = 400, description = "Something cannot be put into a script"),
    ),
)]
#[get("/setup-script")]
pub(crate) async fn get_setup_script(
    query: Query<SetupQuery>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Pulse>> {
    let query = query.into_inner();
    let given = query.token.map(SecretString::from);
    let wish = SetupRequest {
        r#type: query.r#type,
        host: query.host,
        backup_perms: query.backup_perms,
        pulse_url: query.pulse_url,
    };
    if let Some(token) = given {
        limits::take(&request, &shared, Class::Registration)?;
        let registrations = &shared.parts.registrations;
        registrations.check(&token, clock::now()).await?;
        return answer(&wish.checked(&request)?.with(token));
    }
    let caller = admit(&request).map_err(|refusal| Problem::from_error(&refusal))?;
    if !caller.scopes.has(Scope::TargetsWrite) {
        let text = format!("this token lacks the scope {}", Scope::TargetsWrite.word());
        return Err(Problem::new(Kind::Forbidden, "scope_missing", text).into());
    }
    let wish = wish.checked(&request)?;
    let (token, _) = mint(&shared, &wish, &caller.name).await?;
    answer(&wish.with(token))
}

/// Make an address that gives the script to whoever knows it, for a quarter of an hour.
#[utoipa::path(
    tag = "pulse",
    request_body = SetupRequest,
    responses((status = 200, body = SetupUrl)),
)]
#[post("/setup-script-url")]
pub(crate) async fn make_setup_script_url(
    caller: Allow<Pulse, TargetsWrite>,
    body: Json<SetupRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, SetupUrl> {
    let wish = body.into_inner().checked(&request)?;
    let (token, expires) = mint(&shared, &wish, &caller.principal.name).await?;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("type", &wish.kind)
        .append_pair("host", &wish.host)
        .append_pair("pulse_url", &wish.url)
        .append_pair("backup_perms", if wish.backups { "true" } else { "false" })
        .append_pair("token", token.expose_secret())
        .finish();
    let url = format!("{}/api/setup-script?{query}", wish.url);
    Ok(Reply::ok(SetupUrl {
        command: format!("curl -fsSL '{url}' | sh"),
        undo_command: format!("curl -fsSL '{url}' | sh -s -- --undo"),
        url,
        expires,
    }))
}

/// What is asked for, checked, without a token yet.
struct Wish {
    kind: String,
    host: String,
    url: String,
    backups: bool,
}

impl Wish {
    fn with(self, registration: SecretString) -> Order {
        Order {
            kind: self.kind,
            host: self.host,
            url: self.url,
            registration,
            backups: self.backups,
        }
    }
}

impl SetupRequest {
    fn checked(self, request: &HttpRequest) -> Result<Wish, Fault<Pulse>> {
        let given = self.pulse_url.filter(|text| !text.trim().is_empty());
        let url = given.unwrap_or_else(|| own_url(request));
        let wish = Wish {
            kind: self.r#type.unwrap_or_default(),
            host: self.host.unwrap_or_default(),
            url: url.trim().trim_end_matches('/').to_owned(),
            backups: self.backup_perms.unwrap_or(false),
        };
        setup::check(&wish.kind, &wish.host, &wish.url)?;
        Ok(wish)
    }
}

/// The address that this was asked under.
fn own_url(request: &HttpRequest) -> String {
    let info = request.connection_info();
    let extensions = request.extensions();
    let base = extensions.get::<Asked>().map_or("", |asked| &asked.base);
    let base = base.trim_end_matches('/');
    format!("{}://{}{base}", info.scheme(), info.host())
}

async fn mint(shared: &Shared, wish: &Wish, by: &str) -> Result<(SecretString, i64), Fault<Pulse>> {
    let new = NewRegistration {
        validity: VALIDITY,
        max_uses: USES,
        allowed_types: vec![wish.kind.clone()],
        description: "setup script".to_owned(),
        created_by: by.to_owned(),
    };
    let registrations = &shared.parts.registrations;
    let (token, made) = registrations.generate(new, clock::now()).await?;
    Ok((token, made.expires_at.seconds()))
}

fn answer(order: &Order) -> Result<HttpResponse, Fault<Pulse>> {
    let text = setup::script(order)?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(text))
}
