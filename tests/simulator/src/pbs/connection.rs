//! One connection: TLS, requests one after the other, and the faults in between.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::auth::{PbsRole, PbsToken};
use super::route::{self, Call, Failure, Outcome};
use super::server::Shared;
use crate::clock::http_date;
use crate::http::{Reader, Request, Response};
use crate::json::{Style, render};
use crate::log::RequestRecord;
use crate::pve::call::Params;
use crate::pve::fault::Fault;

const PREFIX: &str = "/api2/json";

type Incoming = Reader<ReadHalf<TlsStream<TcpStream>>>;
type Outgoing = WriteHalf<TlsStream<TcpStream>>;

pub(crate) async fn handle(shared: Arc<Shared>, stream: TcpStream) {
    // Whatever ends a connection early is the client's business, or was asked for as a fault.
    let _ = converse(&shared, stream).await;
}

async fn converse(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let acceptor = TlsAcceptor::from(shared.identity().config);
    let (incoming, mut outgoing) = tokio::io::split(acceptor.accept(stream).await?);
    let mut reader = Reader::new(incoming);
    while let Ok(next) = timeout(shared.options.idle, reader.next()).await {
        let Some(request) = next? else {
            break;
        };
        if !exchange(shared, &request, &mut reader, &mut outgoing).await? {
            break;
        }
    }
    outgoing.shutdown().await
}

/// Answers one request; `true` when the connection can be used again.
async fn exchange(
    shared: &Shared,
    request: &Request,
    reader: &mut Incoming,
    outgoing: &mut Outgoing,
) -> io::Result<bool> {
    let path = request.path.strip_prefix(PREFIX).unwrap_or("");
    let fault = shared.fault(path);
    let record = |status| {
        let query = match request.query.as_str() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        shared.record(RequestRecord {
            at: shared.world.now(),
            node: "pbs".to_owned(),
            method: request.method.clone(),
            path: format!("{path}{query}"),
            status,
        });
    };
    match &fault {
        Some(Fault::Drop) => {
            record(0);
            return Ok(false);
        }
        Some(Fault::Stall) => {
            record(0);
            reader.closed().await;
            return Ok(false);
        }
        Some(Fault::Delay(delay)) => tokio::time::sleep(*delay).await,
        _ => {}
    }
    let outcome = match &fault {
        Some(Fault::Status(status, text)) => Err(Failure::new(*status, text.clone())),
        _ => answer(shared, request, path),
    };
    if matches!(&outcome, Err(failure) if failure.status == 401) {
        tokio::time::sleep(shared.options.auth_delay).await;
    }
    let response = write_up(shared, request, outcome, fault.as_ref());
    record(response.status);
    response.send(outgoing).await
}

/// Who calls, then what for. The separator before the secret is not Proxmox VE's.
fn answer(shared: &Shared, request: &Request, path: &str) -> Outcome {
    let not_found = || Failure::new(404, format!("Path '{}' not found.", request.path));
    if !request.path.starts_with(PREFIX) {
        return Err(not_found());
    }
    if path == "/ping" {
        return Ok(json!({"pong": true}).into());
    }
    let params = Params::of(request);
    if request.method == "POST" && path == "/access/ticket" {
        return log_in(shared, &params);
    }
    let token = caller(shared, request)?;
    shared.world.read(|state, now| {
        let call = Call {
            shared,
            token,
            path,
            params: &params,
            now: now / 1000,
            not_found: &not_found,
        };
        route::get(&call, state)
    })
}

/// Exchanges a password for a ticket.
fn log_in(shared: &Shared, params: &Params) -> Outcome {
    let user = &shared.user;
    let is_it = params.get("username") == Some(user.id.as_str())
        && params.get("password") == Some(user.secret.as_str());
    if !is_it {
        return Err(Failure::new(401, "permission check failed."));
    }
    Ok(json!({
        "username": user.id, "ticket": user.ticket(), "CSRFPreventionToken": "6A2B3C4D:x",
    })
    .into())
}

/// Who makes a request: by token, or by ticket in a cookie.
fn caller<'a>(shared: &'a Shared, request: &Request) -> Result<&'a PbsToken, Failure> {
    let cookies = request.header("cookie").unwrap_or("").split(';');
    let ticket = cookies
        .map(str::trim)
        .find_map(|cookie| cookie.strip_prefix("PBSAuthCookie="));
    if let Some(ticket) = ticket {
        let ticket = crate::http::request::percent_decode(ticket, false);
        if ticket == shared.user.ticket() {
            return Ok(&shared.user);
        }
        return Err(Failure::new(401, "authentication failed - invalid ticket"));
    }
    let given = request.header("authorization").unwrap_or("");
    let given = given.strip_prefix("PBSAPIToken=").ok_or_else(|| {
        Failure::new(
            401,
            "authentication failed - no authentication credentials provided.",
        )
    })?;
    let (id, secret) = given
        .split_once(':')
        .ok_or_else(|| Failure::new(401, "authentication failed - invalid token name"))?;
    shared
        .tokens
        .iter()
        .find(|token| token.id == id && token.secret == secret && token.role != PbsRole::Expired)
        .ok_or_else(|| Failure::new(401, "authentication failed - invalid credentials"))
}

/// Turns an outcome into bytes, in the manner of the server and of the fault. Errors are plain
/// text, whatever the header says.
fn write_up(
    shared: &Shared,
    request: &Request,
    outcome: Outcome,
    fault: Option<&Fault>,
) -> Response {
    let style = Style {
        numbers_as_strings: fault == Some(&Fault::NumbersAsStrings),
    };
    let mut response = match outcome {
        Ok(answer) => {
            let mut body = json!({ "data": answer.data });
            for (name, value) in answer.extra {
                body[name] = value;
            }
            let mut response = Response::new(200, "OK").body(text(shared, &body, style));
            response.chunked = answer.streamed;
            response
        }
        Err(failure) => {
            let phrase = match failure.status {
                400 => "Bad Request",
                401 => "Unauthorized",
                403 => "Forbidden",
                404 => "Not Found",
                _ => "Internal Server Error",
            };
            Response::new(failure.status, phrase).body(failure.text)
        }
    };
    match fault {
        Some(Fault::HugeBody(size)) => response.body = vec![b' '; *size],
        Some(Fault::DeepJson(depth)) => {
            let (open, close) = ("[".repeat(*depth), "]".repeat(*depth));
            response.body = format!("{{\"data\":{open}{close}}}").into_bytes();
        }
        Some(Fault::Garbage) => response.body = b"{\"data\":[{\xff\xfe <html>".to_vec(),
        Some(Fault::HalfBody) => {
            response.cut = true;
            response.chunked = false;
        }
        _ => {}
    }
    let skew = match fault {
        Some(Fault::ClockSkew(seconds)) => *seconds,
        _ => 0,
    };
    response.close = request.wants_close();
    response.headers = vec![
        ("content-type", "application/json;charset=UTF-8".to_owned()),
        ("date", http_date(shared.world.now() / 1000 + skew)),
    ];
    response
}

fn text(shared: &Shared, value: &Value, style: Style) -> Vec<u8> {
    render(value, style, &shared.shuffler).into_bytes()
}
