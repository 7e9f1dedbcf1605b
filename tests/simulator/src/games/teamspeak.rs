//! TeamSpeak 3's ServerQuery.

use super::stream::Session;
use super::{GameFault, GameState};

#[derive(Debug, Default)]
pub(super) struct TeamSpeak {
    selected: bool,
}

impl TeamSpeak {
    fn run(&mut self, state: &GameState, command: &str) -> String {
        let mut words = command.split(' ');
        match words.next() {
            Some("login") => {
                let password = words.nth(1).unwrap_or_default();
                if password == escape(&state.password) {
                    return String::new();
                }
                "error id=520 msg=invalid\\sloginname\\sor\\spassword".into()
            }
            Some("use") => {
                self.selected = words.next() == Some("port=9987");
                if self.selected {
                    return String::new();
                }
                "error id=1024 msg=invalid\\sserverID".into()
            }
            Some("serverinfo") if self.selected => format!(
                "virtualserver_unique_identifier=gNITtWtKs9+Uh3L4LKv8\\/YHsn5c= virtualserver_name={} \
                 virtualserver_platform=Linux virtualserver_version={} virtualserver_maxclients={} \
                 virtualserver_clientsonline={} virtualserver_queryclientsonline=1 virtualserver_uptime=4711 \
                 virtualserver_flag_password={}",
                escape(&state.title),
                escape(&state.version),
                state.max_players,
                state.players.len() + 1,
                u8::from(!state.password.is_empty()),
            ),
            Some("clientlist") if self.selected => {
                let mut list =
                    "clid=1 cid=1 client_database_id=1 client_nickname=query client_type=1"
                        .to_owned();
                for (index, name) in state.players.iter().enumerate() {
                    let name = escape(name);
                    list.push_str(&format!(
                        "|clid={} cid=1 client_database_id=2 client_nickname={name} client_type=0",
                        index + 2
                    ));
                }
                list
            }
            _ => "error id=256 msg=command\\snot\\sfound".into(),
        }
    }
}

impl Session for TeamSpeak {
    fn greet(&self) -> Vec<u8> {
        b"TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface, type \"help\" for a list of commands.\n\r".to_vec()
    }

    fn feed(&mut self, state: &GameState, input: &mut Vec<u8>, _: GameFault) -> Option<Vec<u8>> {
        let end = input.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = input.drain(..=end).collect();
        let text = self.run(state, String::from_utf8_lossy(&line).trim());
        let mut out = Vec::new();
        if !text.is_empty() {
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(b"\n\r");
        }
        if !text.starts_with("error ") {
            out.extend_from_slice(b"error id=0 msg=ok\n\r");
        }
        Some(out)
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(' ', "\\s")
        .replace('/', "\\/")
        .replace('|', "\\p")
}
