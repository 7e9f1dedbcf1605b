//! Quake 3 and its relatives: `getstatus`, and `getinfo` where only that is answered.

use std::collections::HashMap;

use super::answer::Names;
use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::reader::Reader;
use super::{Answer, QueryError, text};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "quake3",
    label: "Quake 3 family",
    ports: &[27960, 26000, 44400, 30120],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Names,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| drop(parse(bytes)),
};

const GET_STATUS: &[u8] = b"\xff\xff\xff\xffgetstatus\n";
const GET_INFO: &[u8] = b"\xff\xff\xff\xffgetinfo\n";

enum Reply {
    Status(Answer),
    Info(Answer),
}

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let mut info = None;
    // Both at once: who answers the fuller one is heard, who does not costs no time-out.
    let status = line
        .exchange(
            &[GET_STATUS, GET_INFO],
            Patience::Brief,
            |bytes| match parse(bytes) {
                Ok(Reply::Status(answer)) => Heard::Answer(answer),
                Ok(Reply::Info(answer)) => {
                    info = Some(answer);
                    Heard::Part
                }
                Err(_) => Heard::Foreign,
            },
        )
        .await;
    match (status, info) {
        (Ok(answer), _) | (Err(_), Some(answer)) => Ok(answer),
        (Err(error @ (QueryError::Timeout(_) | QueryError::Malformed(_))), None) => {
            let late = line.exchange(
                &[GET_STATUS, GET_INFO],
                Patience::Whole,
                |bytes| match parse(bytes) {
                    Ok(Reply::Status(answer) | Reply::Info(answer)) => Heard::Answer(answer),
                    Err(_) => Heard::Foreign,
                },
            );
            late.await.map_err(|last| match last {
                QueryError::Timeout(_) => error,
                last => last,
            })
        }
        (Err(error), None) => Err(error),
    }
}

fn parse(packet: &[u8]) -> Result<Reply, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[0xff; 4], "it lacks the header")?;
    let kind = reader.until(b'\n').unwrap_or_default();
    let facts_line = reader.until(b'\n').unwrap_or(reader.rest());
    let facts = facts(facts_line);
    match kind.trim_ascii_end() {
        b"statusResponse" => {
            let mut answer = describe(&facts);
            let (count, names) = players(&mut reader);
            answer.players = Some(count);
            answer.names = Some(names);
            Ok(Reply::Status(answer))
        }
        b"infoResponse" => {
            let mut answer = describe(&facts);
            answer.players = number(&facts, b"clients");
            if answer.players == Some(0) {
                answer.names = Some(Vec::new());
            }
            Ok(Reply::Info(answer))
        }
        _ => Err(QueryError::Malformed(
            "it is neither status nor information",
        )),
    }
}

type Facts<'a> = HashMap<Vec<u8>, &'a [u8]>;

fn facts(line: &[u8]) -> Facts<'_> {
    let mut parts = line.split(|byte| *byte == b'\\').skip(1);
    let mut facts = HashMap::new();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        if facts.len() < 256 {
            facts.entry(key.to_ascii_lowercase()).or_insert(value);
        }
    }
    facts
}

fn number(facts: &Facts<'_>, key: &[u8]) -> Option<u32> {
    text::of(facts.get(key)?).parse().ok()
}

fn words(facts: &Facts<'_>, keys: &[&str]) -> Option<String> {
    let value = keys.iter().find_map(|key| facts.get(key.as_bytes()))?;
    Some(text::tidy(&text::without_colours(&text::of(value), '^'))).filter(|text| !text.is_empty())
}

fn describe(facts: &Facts<'_>) -> Answer {
    let mut answer = Answer {
        max_players: number(facts, b"sv_maxclients"),
        bots: number(facts, b"bots"),
        map: words(facts, &["mapname"]),
        version: words(facts, &["version", "shortversion", "gameversion"]),
        title: words(facts, &["sv_hostname", "hostname"]),
        password: words(facts, &["g_needpass", "needpass"]).map(|flag| flag != "0"),
        ..Answer::default()
    };
    for (keys, name) in [
        (&["gamename", "game"][..], "game"),
        (&["g_gametype", "gametype"], "mode"),
        (&["g_humanplayers"], "people"),
        (&["protocol"], "protocol"),
    ] {
        answer.note(name, words(facts, keys).unwrap_or_default());
    }
    answer
}

/// Lines of score, ping and a quoted name; some games put a team or an address between them.
fn players(reader: &mut Reader<'_>) -> (u32, Vec<String>) {
    let mut names = Names::default();
    let mut count = 0_u32;
    for line in reader.rest().split(|byte| *byte == b'\n') {
        let Some(start) = line.iter().position(|byte| *byte == b'"') else {
            continue;
        };
        let quoted = line.get(start + 1..).unwrap_or_default();
        let end = quoted.iter().rposition(|byte| *byte == b'"');
        let name = quoted
            .get(..end.unwrap_or(quoted.len()))
            .unwrap_or_default();
        count += 1;
        names.push(text::tidy(&text::without_colours(&text::of(name), '^')));
    }
    (count, names.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_names_its_players_without_colours() {
        let packet = b"\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\^1Red^7 house\\mapname\\oa_dm1\\sv_maxclients\\8\\g_needpass\\0\\version\\ioq3 1.36\n3 40 \"^2al\"ice\"\n0 0 1 \"bob\"\n";
        let Ok(Reply::Status(answer)) = parse(packet) else {
            panic!("no status");
        };
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(8)));
        assert_eq!(answer.names, Some(vec!["al\"ice".into(), "bob".into()]));
        assert_eq!(answer.title.as_deref(), Some("Red house"));
        assert_eq!(answer.password, Some(false));
    }

    #[test]
    fn information_counts_and_an_absent_count_is_unknown() {
        let Ok(Reply::Info(answer)) =
            parse(b"\xff\xff\xff\xffinfoResponse\n\\clients\\5\\sv_maxclients\\32\\hostname\\x")
        else {
            panic!("no information");
        };
        assert_eq!((answer.players, answer.names), (Some(5), None));
        let Ok(Reply::Info(answer)) = parse(b"\xff\xff\xff\xffinfoResponse\n") else {
            panic!("no information");
        };
        assert_eq!(answer.players, None);
    }
}
