//! TeamSpeak 3 by ServerQuery. Few commands: ten within three seconds get the asker banned unless
//! its address is on the server's allow-list.

use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::answer::{Names, count};
use super::line::{Call, Patience, TcpLine};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError, text};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "teamspeak3",
    label: "TeamSpeak 3 (ServerQuery)",
    ports: &[10011],
    transport: Transport::Tcp,
    capabilities: Capabilities {
        players: Players::Names,
        map: false,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let line = String::from_utf8_lossy(bytes);
        let _ = verdict(&line);
        drop(describe(&line));
        drop(people(&line));
    },
};

const VOICE_PORT: u16 = 9987;
const LONGEST_LINE: usize = 256 << 10;

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.tcp(Patience::Whole).await?;
    if read_line(&mut line).await? != "TS3" {
        return Err(QueryError::Malformed("it does not greet like ServerQuery"));
    }
    let options = call.options();
    if let (Some(user), Some(secret)) = (&options.user, &options.secret) {
        let (user, secret) = (escape(user), escape(secret.expose_secret()));
        command(&mut line, &format!("login {user} {secret}")).await?;
    }
    let port = options.game_port.unwrap_or(VOICE_PORT);
    command(&mut line, &format!("use port={port}")).await?;
    let mut answer = describe(&command(&mut line, "serverinfo").await?);
    if !options.brief {
        // A guest may see the server and yet not who is there.
        match command(&mut line, "clientlist").await {
            Ok(list) => answer.names = Some(people(&list)),
            Err(QueryError::Denied(_)) => {}
            Err(error) => return Err(error),
        }
    }
    line.send(b"quit\n").await?;
    Ok(answer)
}

/// Sends one command and returns what it answered before its verdict.
async fn command(line: &mut TcpLine, command: &str) -> Result<String, QueryError> {
    line.send(format!("{command}\n").as_bytes()).await?;
    let mut answer = String::new();
    loop {
        let next = read_line(line).await?;
        if let Some(verdict) = verdict(&next) {
            return verdict.map(|()| answer);
        }
        answer = next;
    }
}

async fn read_line(line: &mut TcpLine) -> Result<String, QueryError> {
    let bytes = line.take_past(b"\n", LONGEST_LINE).await?;
    // Lines end in line feed and carriage return, in this order.
    Ok(String::from_utf8_lossy(&bytes)
        .trim_matches(['\r', '\n'])
        .to_owned())
}

/// What an `error` line says; no other line says anything.
fn verdict(line: &str) -> Option<Result<(), QueryError>> {
    let fields = fields(line.strip_prefix("error ")?);
    let outcome = match fields.get("id").map(String::as_str) {
        // 1281: the list is empty.
        Some("0" | "1281") => Ok(()),
        _ => Err(QueryError::Denied(text::tidy(
            fields.get("msg").map_or("without a reason", String::as_str),
        ))),
    };
    Some(outcome)
}

fn fields(record: &str) -> HashMap<&str, String> {
    let pairs = record
        .split(' ')
        .take(512)
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (key, unescape(value))).collect()
}

fn describe(line: &str) -> Answer {
    let fields = fields(line);
    let words = |key: &str| Some(text::tidy(fields.get(key)?)).filter(|text| !text.is_empty());
    let number = |key: &str| count(fields.get(key)?.parse().ok()?);
    let queries = number("virtualserver_queryclientsonline").unwrap_or(0);
    let mut answer = Answer {
        title: words("virtualserver_name"),
        version: words("virtualserver_version"),
        // Query connections, ours among them, are counted as clients.
        players: number("virtualserver_clientsonline").map(|all| all.saturating_sub(queries)),
        max_players: number("virtualserver_maxclients"),
        password: words("virtualserver_flag_password").map(|flag| flag != "0"),
        ..Answer::default()
    };
    for (key, name) in [
        ("virtualserver_platform", "platform"),
        ("virtualserver_uptime", "uptime_s"),
        ("virtualserver_channelsonline", "channels"),
    ] {
        answer.note(name, words(key).unwrap_or_default());
    }
    answer
}

fn people(line: &str) -> Vec<String> {
    let mut names = Names::default();
    for record in line.split('|') {
        let fields = fields(record);
        if fields.get("client_type").is_some_and(|kind| kind == "0") {
            names.push(text::tidy(
                fields.get("client_nickname").map_or("", String::as_str),
            ));
        }
    }
    names.into_vec()
}

const ESCAPES: &[(char, char)] = &[
    ('\\', '\\'),
    ('/', '/'),
    ('s', ' '),
    ('p', '|'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
];

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let Some(letter) = (c == '\\').then(|| chars.next()).flatten() else {
            out.push(c);
            continue;
        };
        let known = ESCAPES.iter().find(|(escape, _)| *escape == letter);
        out.push(known.map_or(letter, |(_, meaning)| *meaning));
    }
    out
}

fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match ESCAPES.iter().find(|(_, meaning)| *meaning == c) {
            Some((letter, _)) => out.extend(['\\', *letter]),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_connections_are_not_people() {
        let answer = describe(
            r"virtualserver_name=The\sden virtualserver_clientsonline=3 virtualserver_queryclientsonline=1 virtualserver_maxclients=32 virtualserver_flag_password=0",
        );
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(32)));
        assert_eq!(answer.title.as_deref(), Some("The den"));
        let list = people(
            r"clid=1 client_nickname=al\pice client_type=0|clid=2 client_nickname=serveradmin client_type=1",
        );
        assert_eq!(list, ["al|ice"]);
        assert_eq!(describe("").players, None);
    }

    #[test]
    fn what_is_escaped_comes_back() {
        let hostile = "a b|c\\d/e\nlogout";
        assert_eq!(unescape(&escape(hostile)), hostile);
        assert!(!escape(hostile).contains([' ', '\n', '|']));
    }

    #[test]
    fn a_refusal_keeps_its_reason() {
        let refused = verdict(r"error id=3329 msg=connection\sfailed,\syou\sare\sbanned");
        assert!(
            matches!(refused, Some(Err(QueryError::Denied(reason))) if reason.contains("banned"))
        );
        assert!(matches!(verdict("error id=0 msg=ok"), Some(Ok(()))));
        assert!(verdict("virtualserver_name=error").is_none());
    }
}
