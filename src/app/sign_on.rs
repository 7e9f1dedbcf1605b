//! How people get in, as the configuration says.

use anyhow::Context as _;

use crate::api::HeaderConfig;
use crate::auth::{GroupRoles, Role};
use crate::config::{Config, RoleWord, Roles, TrustedHeader};
use crate::http::{Guard, Limits, Outgoing, Trust};
use crate::services::accounts::Accounts;
use crate::services::oidc::{Oidc, OidcSettings};

/// Tells in the log how to make the first account, where nobody could get in otherwise but from
/// this machine.
pub(super) fn tell_how_to_set_up(config: &Config, accounts: &Accounts) -> anyhow::Result<()> {
    let is_open = config.demo && config.is_for_this_machine_only();
    let has_token = config.api_token.is_some() || !config.file_tokens.is_empty();
    if has_token || is_open || !accounts.keyring().is_empty() {
        return Ok(());
    }
    if let Some(code) = accounts.setup_code()? {
        tracing::info!(
            "nobody has an account yet; to make the first one from elsewhere, use the set-up code {code}"
        );
    }
    Ok(())
}

/// The way in through a provider, where one is configured.
pub(super) fn oidc(
    config: &Config,
    accounts: &Accounts,
    guard: &Guard,
) -> anyhow::Result<Option<Oidc>> {
    let (Some(provider), Some(address)) = (&config.oidc, &config.public_url) else {
        return Ok(None);
    };
    let trust = match &provider.ca_pem {
        Some(pem) => Trust::Authority(pem.clone()),
        None => Trust::System,
    };
    let limits = Limits {
        body: 256 * 1024,
        ..Limits::default()
    };
    let redirect = format!("{}/api/hp/sign-on/callback", address.trim_end_matches('/'));
    let settings = OidcSettings {
        label: provider.label.clone(),
        issuer: provider.issuer.parse().context("read oidc.issuer")?,
        client_id: provider.client_id.clone(),
        client_secret: provider.client_secret.clone(),
        redirect: redirect.parse().context("read public_url")?,
        scopes: provider.scopes.clone(),
        groups_claim: provider.groups_claim.clone(),
        name_claim: provider.name_claim.clone(),
        roles: group_roles(&provider.roles),
    };
    let outgoing = Outgoing::new(&trust, limits, guard.clone())?;
    Ok(Some(Oidc::new(settings, accounts.clone(), outgoing)))
}

fn group_roles(roles: &Roles) -> GroupRoles {
    GroupRoles {
        admins: roles.admins.clone(),
        operators: roles.operators.clone(),
        viewers: roles.viewers.clone(),
        others: roles.others.map(|role| match role {
            RoleWord::Admin => Role::Admin,
            RoleWord::Operator => Role::Operator,
            RoleWord::Viewer => Role::Viewer,
        }),
    }
}

/// The proxy that says who is asking.
pub(super) fn header(header: &TrustedHeader) -> HeaderConfig {
    HeaderConfig {
        networks: header.networks.clone(),
        user_header: header.user_header.clone(),
        groups_header: header.groups_header.clone(),
        roles: group_roles(&header.roles),
    }
}
