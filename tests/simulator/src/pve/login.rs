//! Tokens, tickets and passwords: whether a request is let in.

use serde_json::json;

use super::answer::{Answer, Failure, Outcome};
use super::auth::{Caller, Role};
use super::call::Params;
use super::server::{Shared, lock};
use crate::http::Request;

/// Who makes a request: by token, or by ticket in a cookie or in place of a token.
pub(crate) fn caller(shared: &Shared, request: &Request) -> Result<Caller, Failure> {
    let failed = |reason: &str| {
        Failure::new(401, reason)
            .empty()
            .after(shared.options.auth_delay)
    };
    let authorization = request.header("authorization").unwrap_or("");
    if let Some(given) = authorization.strip_prefix("PVEAPIToken=") {
        let known = given.split_once('=').and_then(|(id, secret)| {
            shared.tokens.iter().find(|token| {
                token.id == id && token.secret == secret && token.role != Role::Expired
            })
        });
        let token = known.ok_or_else(|| failed("Authentication failed!"))?;
        let (user, tokenid) = token.id.split_once('!').unwrap_or((&token.id, ""));
        return Ok(Caller {
            user: user.to_owned(),
            tokenid: Some(tokenid.to_owned()),
            role: token.role,
        });
    }
    let cookies = request
        .header("cookie")
        .unwrap_or("")
        .split(';')
        .map(str::trim);
    let ticket = cookies
        .chain([authorization])
        .find_map(|part| part.strip_prefix("PVEAuthCookie="));
    let Some(ticket) = ticket else {
        return Err(if authorization.is_empty() {
            failed("No ticket")
        } else {
            failed("Authentication failed!")
        });
    };
    let ticket = crate::http::request::percent_decode(ticket, false);
    let tickets = lock(&shared.tickets);
    let known = tickets.iter().find(|(known, _)| *known == ticket);
    let user = known.and_then(|(_, name)| shared.users.iter().find(|user| user.name == *name));
    let user = user.ok_or_else(|| failed("Authentication failed!"))?;
    if request.method != "GET"
        && request.header("csrfpreventiontoken") != Some(csrf(&ticket).as_str())
    {
        return Err(Failure::new(401, "Permission denied - invalid csrf token").empty());
    }
    Ok(Caller {
        user: user.name.clone(),
        tokenid: None,
        role: user.role,
    })
}

/// The second secret that a write with a ticket needs.
fn csrf(ticket: &str) -> String {
    format!("{:016X}", crate::dice::text(ticket))
}

/// Exchanges a password for a ticket.
pub(crate) fn log_in(shared: &Shared, params: &Params) -> Outcome {
    let (name, password) = (
        params.get("username").unwrap_or(""),
        params.get("password").unwrap_or(""),
    );
    let mut tickets = lock(&shared.tickets);
    // A ticket may be handed in as the password, to get a fresh one.
    let renewed = tickets
        .iter()
        .any(|(ticket, user)| ticket == password && user == name);
    let found = shared
        .users
        .iter()
        .find(|user| user.name == name && (user.password == password || renewed));
    let Some(user) = found else {
        return Err(Failure::new(401, "authentication failure").after(shared.options.auth_delay));
    };
    let ticket = format!(
        "PVE:{name}:{:08X}::{:016x}",
        shared.world.now() / 1000,
        shared.shuffler.next()
    );
    tickets.push((ticket.clone(), user.name.clone()));
    let mut data = json!({
        "username": user.name, "ticket": ticket, "CSRFPreventionToken": csrf(&ticket),
        "cap": {"vms": {"VM.Audit": 1}, "nodes": {"Sys.Audit": 1}, "storage": {"Datastore.Audit": 1}, "dc": {}, "access": {}},
    });
    if let Some(cluster) = &shared.world.config().cluster {
        data["clustername"] = json!(cluster);
    }
    Ok(Answer::new(data).protected())
}
