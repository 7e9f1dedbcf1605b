//! One connection: TLS or the redirect to it, requests one after the other, and the faults in between.

use std::io::{self, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::answer::{Failure, Outcome};
use super::call::{Call, Params};
use super::fault::Fault;
use super::login::{caller, log_in};
use super::route;
use super::server::Shared;
use crate::clock::http_date;
use crate::http::{Reader, Request, Response};
use crate::json::{Style, render};
use crate::log::RequestRecord;
use crate::world::State;

const PREFIX: &str = "/api2/json";
/// A worker of a real host is replaced after so many requests, and closes its connections.
const REQUESTS_PER_CONNECTION: usize = 1000;

type Incoming = Reader<ReadHalf<TlsStream<TcpStream>>>;
type Outgoing = WriteHalf<TlsStream<TcpStream>>;

/// What comes after a request.
enum Next {
    Continue,
    Close,
}

pub(crate) async fn handle(shared: Arc<Shared>, index: usize, stream: TcpStream) {
    // Whatever ends a connection early is the client's business, or was asked for as a fault.
    let _ = converse(&shared, index, stream).await;
}

async fn converse(shared: &Shared, index: usize, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if !reachable(shared, index) {
        return Ok(());
    }
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(());
    }
    if first[0] != 0x16 {
        return redirect(shared, index, stream).await;
    }
    let stream = TlsAcceptor::from(shared.identity(index).config)
        .accept(stream)
        .await?;
    let (incoming, mut outgoing) = tokio::io::split(stream);
    let mut reader = Reader::new(incoming);
    for _ in 0..REQUESTS_PER_CONNECTION {
        let Ok(next) = timeout(shared.options.idle, reader.next()).await else {
            break;
        };
        let request = match next {
            Ok(Some(request)) => request,
            Ok(None) => break,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let response = Response::new(400, "bad request").header("Connection", "close");
                response.send(&mut outgoing).await?;
                break;
            }
            Err(error) => return Err(error),
        };
        if !reachable(shared, index) {
            break;
        }
        match exchange(shared, index, &request, &mut reader, &mut outgoing).await? {
            Next::Continue => {}
            Next::Close => break,
        }
    }
    outgoing.shutdown().await
}

fn reachable(shared: &Shared, index: usize) -> bool {
    shared
        .world
        .read(|state, _| state.nodes.get(index).is_some_and(State::reachable))
}

/// Plain HTTP is sent to the same place over TLS.
async fn redirect(shared: &Shared, index: usize, mut stream: TcpStream) -> io::Result<()> {
    let (incoming, mut outgoing) = stream.split();
    if let Some(request) = Reader::new(incoming).next().await? {
        let host = request
            .header("host")
            .map_or_else(|| shared.addresses[index].to_string(), str::to_owned);
        let location = format!("https://{host}{}", request.path);
        let response = Response::new(301, "Moved Permanently")
            .header("Location", location)
            .header("Connection", "close");
        response.send(&mut outgoing).await?;
    }
    stream.shutdown().await
}

async fn exchange(
    shared: &Shared,
    index: usize,
    request: &Request,
    reader: &mut Incoming,
    outgoing: &mut Outgoing,
) -> io::Result<Next> {
    let path = request
        .path
        .strip_prefix(PREFIX)
        .unwrap_or(&request.path)
        .to_owned();
    let fault = shared.fault(&path);
    let record = |status| {
        let query = if request.query.is_empty() {
            String::new()
        } else {
            format!("?{}", request.query)
        };
        shared.record(RequestRecord {
            at: shared.world.now(),
            node: shared
                .world
                .read(|state, _| state.nodes[index].name.clone()),
            method: request.method.clone(),
            path: format!("{path}{query}"),
            status,
        });
    };
    match &fault {
        Some(Fault::Drop) => {
            record(0);
            return Ok(Next::Close);
        }
        Some(Fault::Stall) => {
            record(0);
            reader.closed().await;
            return Ok(Next::Close);
        }
        Some(Fault::Delay(delay)) => tokio::time::sleep(*delay).await,
        _ => {}
    }
    let outcome = match &fault {
        Some(Fault::Status(status, reason)) => Err(Failure::new(*status, reason.clone())),
        _ => answer(shared, index, request, &path),
    };
    if let Err(failure) = &outcome {
        tokio::time::sleep(failure.delay).await;
    }
    let response = write_up(shared, index, request, &path, outcome, fault.as_ref());
    record(response.status);
    Ok(if response.send(outgoing).await? {
        Next::Continue
    } else {
        Next::Close
    })
}

/// Who calls, then what for.
fn answer(shared: &Shared, index: usize, request: &Request, path: &str) -> Outcome {
    if request.method == "HEAD" {
        return Err(Failure::new(501, "method 'HEAD' not available"));
    }
    let params = Params::of(request);
    if request.method == "POST" && path == "/access/ticket" {
        return log_in(shared, &params);
    }
    if !request.path.starts_with(PREFIX) {
        return Err(Failure::new(501, "no such file"));
    }
    let caller = caller(shared, request)?;
    let call = |asked: &str, now: i64, answer: &mut dyn FnMut(&Call<'_>) -> Outcome| {
        answer(&Call {
            shared,
            asked,
            caller: &caller,
            method: &request.method,
            path,
            params: &params,
            now,
        })
    };
    if request.method == "GET" {
        shared.world.read(|state, now| {
            call(&state.nodes[index].name, now, &mut |call| {
                route::get(call, state)
            })
        })
    } else {
        shared.world.write(|state, now| {
            let asked = state.nodes[index].name.clone();
            call(&asked, now, &mut |call| route::write(call, state))
        })
    }
}

/// Turns an outcome into bytes, in the manner of the server and of the fault.
fn write_up(
    shared: &Shared,
    index: usize,
    request: &Request,
    path: &str,
    outcome: Outcome,
    fault: Option<&Fault>,
) -> Response {
    let style = Style {
        numbers_as_strings: fault == Some(&Fault::NumbersAsStrings),
    };
    let text = |value: &Value| render(value, style, &shared.shuffler).into_bytes();
    let (mut response, protected) = match outcome {
        Ok(answer) => {
            let mut body = json!({ "data": answer.data });
            for (name, value) in answer.extra {
                body[name] = value;
            }
            (Response::new(200, "OK").body(text(&body)), answer.protected)
        }
        Err(failure) => {
            let mut response = Response::new(failure.status, &failure.reason);
            response.body = match failure.body() {
                Some(_) if shared.options.silent_errors => text(&json!({ "data": null })),
                Some(body) => text(&body),
                None => Vec::new(),
            };
            (response, false)
        }
    };
    match fault {
        Some(Fault::HugeBody(size)) => response.body = huge(*size),
        Some(Fault::DeepJson(depth)) => {
            response.body =
                format!("{{\"data\":{}{}}}", "[".repeat(*depth), "]".repeat(*depth)).into_bytes();
        }
        Some(Fault::Garbage) => {
            response.body = b"{\"data\":[{\"id\":\"node/pve1\",\xff\xfe <html>".to_vec()
        }
        Some(Fault::HalfBody) => response.cut = true,
        _ => {}
    }
    let skew = if let Some(Fault::ClockSkew(seconds)) = fault {
        *seconds
    } else {
        0
    };
    let date = http_date(shared.world.now() / 1000 + skew);
    response.head_only = request.method == "HEAD";
    response.close = response.status >= 400 || request.wants_close();
    let mut headers = vec![("Cache-Control", "max-age=0".to_owned())];
    headers.extend(connection_headers(
        shared,
        index,
        path,
        protected,
        response.close,
        response.status,
    ));
    headers.push(("Date", date.clone()));
    headers.push(("Pragma", "no-cache".to_owned()));
    headers.push(("Server", "pve-api-daemon/3.0".to_owned()));
    if !response.body.is_empty() {
        headers.push(("Content-Type", "application/json;charset=UTF-8".to_owned()));
    }
    headers.push(("Expires", date));
    if request.header_has("accept-encoding", "gzip")
        && response.status == 200
        && response.body.len() > 512
    {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        if encoder.write_all(&response.body).is_ok()
            && let Ok(packed) = encoder.finish()
        {
            response.body = packed;
            headers.push(("Content-Encoding", "gzip".to_owned()));
        }
    }
    response.headers = headers;
    response
}

/// Forwarded answers carry the header of the inner and of the outer hop.
fn connection_headers(
    shared: &Shared,
    index: usize,
    path: &str,
    protected: bool,
    close: bool,
    status: u16,
) -> Vec<(&'static str, String)> {
    let outer = if close { "close" } else { "Keep-Alive" };
    let mut headers = Vec::new();
    if status == 200 {
        let asked = format!(
            "/nodes/{}/",
            shared
                .world
                .read(|state, _| state.nodes[index].name.clone())
        );
        let elsewhere = path.starts_with("/nodes/")
            && path.len() > 7
            && path[7..].contains('/')
            && !path.starts_with(&asked);
        match (elsewhere, protected) {
            (true, true) => headers.push(("Connection", "close,Keep-Alive".to_owned())),
            (true, false) => headers.push(("Connection", "Keep-Alive".to_owned())),
            (false, true) => headers.push(("Connection", "close".to_owned())),
            (false, false) => {}
        }
    }
    headers.push(("Connection", outer.to_owned()));
    headers
}

/// A list of short strings, so long altogether.
fn huge(size: usize) -> Vec<u8> {
    let mut body = b"{\"data\":[\"".to_vec();
    while body.len() + 3 < size {
        body.extend_from_slice(b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789\",\"");
    }
    body.extend_from_slice(b"\"]}");
    body
}
