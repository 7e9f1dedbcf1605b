//! Where a container's ports are outside, and how the game in it is asked. Pure.

use std::time::Duration;

use secrecy::SecretString;

use super::settings::Place;
use super::wire::Inspected;
use crate::model::resource::GamePort;
use crate::sources::games::catalog::{Entry, Port, PortProtocol};
use crate::sources::games::label;
use crate::sources::games::query::{self, Options};
use crate::sources::games::watch::QueryPlan;

/// Where a port of a container can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) host: String,
    pub(super) port: u16,
}

/// The ports of a container that are open outside: those that the catalogue knows under its names
/// and in its order, then the others.
pub(super) fn ports(inspected: &Inspected, entry: Option<&Entry>) -> Vec<GamePort> {
    let mut all = Vec::new();
    let mut seen = Vec::new();
    for port in entry.iter().flat_map(|entry| &entry.ports) {
        let number = number_inside(inspected, port);
        for protocol in protocols(port.proto) {
            seen.push((number, (*protocol).to_owned()));
            if let Some((host, outside)) = outside(inspected, number, protocol) {
                all.push(GamePort {
                    role: port.name.clone(),
                    host,
                    port: outside,
                    protocol: (*protocol).to_owned(),
                });
            }
        }
    }
    for (number, protocol) in bound(inspected) {
        if seen.contains(&(number, protocol.clone())) {
            continue;
        }
        if let Some((host, outside)) = outside(inspected, number, &protocol) {
            all.push(GamePort {
                role: "other".to_owned(),
                host,
                port: outside,
                protocol,
            });
        }
    }
    all.truncate(64);
    all
}

/// The number inside of a port that the catalogue knows, which a label may have moved.
fn number_inside(inspected: &Inspected, port: &Port) -> u16 {
    let label = inspected.config.label(&label::port(&port.name));
    let moved = label.and_then(|text| text.parse().ok());
    moved.unwrap_or(port.container)
}

pub(super) const fn protocols(port: PortProtocol) -> &'static [&'static str] {
    match port {
        PortProtocol::Tcp => &["tcp"],
        PortProtocol::Udp => &["udp"],
        PortProtocol::Both => &["udp", "tcp"],
    }
}

/// Whether it uses the host's own network, where every port is open.
fn is_on_host(inspected: &Inspected) -> bool {
    inspected.host_config.network_mode.0.as_deref() == Some("host")
}

/// Every port inside that is bound outside.
fn bound(inspected: &Inspected) -> Vec<(u16, String)> {
    let all = inspected
        .network_settings
        .ports
        .iter()
        .flatten()
        .map(|(key, _)| key)
        .chain(
            inspected
                .host_config
                .port_bindings
                .iter()
                .flatten()
                .map(|(key, _)| key),
        );
    let mut ports: Vec<(u16, String)> = all
        .filter_map(|key| {
            let (number, protocol) = key.split_once('/')?;
            Some((number.parse().ok()?, protocol.to_owned()))
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

/// Address and number outside of a port inside, where it is bound.
fn outside(inspected: &Inspected, number: u16, protocol: &str) -> Option<(Option<String>, u16)> {
    if is_on_host(inspected) {
        return Some((None, number));
    }
    let key = format!("{number}/{protocol}");
    // While it runs, the engine says what it chose; while it is off, what was wished for.
    let chosen = inspected.network_settings.ports.as_ref();
    let wished = inspected.host_config.port_bindings.as_ref();
    [chosen, wished].into_iter().flatten().find_map(|ports| {
        let bindings = ports.get(&key)?.as_ref()?;
        bindings.0.iter().find_map(|binding| {
            let port = u16::try_from(binding.host_port.0?)
                .ok()
                .filter(|port| *port > 0)?;
            let address = binding.host_ip.0.clone();
            let address = address.filter(|ip| !matches!(ip.as_str(), "" | "0.0.0.0" | "::"));
            Some((address, port))
        })
    })
}

/// Where the port of the catalogue called `name` can be reached from here.
pub(super) fn reached(
    inspected: &Inspected,
    entry: &Entry,
    name: &str,
    place: &Place,
) -> Option<Reached> {
    let port = entry.port(name)?;
    let number = number_inside(inspected, port);
    let published = protocols(port.proto)
        .iter()
        .find_map(|protocol| outside(inspected, number, protocol));
    match published {
        Some((address, port)) => Some(Reached {
            // An address of the host may mean the host itself only, which is where we ask from.
            host: address
                .filter(|_| place.is_local)
                .unwrap_or_else(|| place.query_host.clone()),
            port,
        }),
        None if place.is_local => {
            let networks = inspected.network_settings.networks.iter().flatten();
            let mut addresses = networks.filter_map(|(_, network)| network.address.0.clone());
            Some(Reached {
                host: addresses.find(|address| !address.is_empty())?,
                port: number,
            })
        }
        None => None,
    }
}

/// How the game in a container is asked; `None` where it cannot be.
pub(super) fn query(inspected: &Inspected, entry: &Entry, place: &Place) -> Option<QueryPlan> {
    let asked = entry.query.as_ref()?;
    let protocol = query::protocol(&asked.protocol)?;
    let reached = reached(inspected, entry, &asked.port, place)?;
    let game_port = entry
        .port("game")
        .and_then(|_| self::reached(inspected, entry, "game", place));
    let mut secrets = asked
        .needs
        .iter()
        .filter_map(|need| secret(inspected, entry, need));
    Some(QueryPlan {
        protocol,
        host: reached.host,
        port: reached.port,
        options: Options {
            secret: secrets.next(),
            game_port: game_port.map(|game| game.port),
            ..Options::default()
        },
        min_interval: Duration::from_secs(asked.min_interval_s.into()),
        wakes: asked.wakes_server && may_sleep(inspected, entry),
    })
}

/// The value of a secret setting, out of the container's own environment.
pub(super) fn secret(inspected: &Inspected, entry: &Entry, setting: &str) -> Option<SecretString> {
    let mut variables = entry.environment.iter();
    let variable = variables.find(|variable| variable.maps.as_deref() == Some(setting))?;
    let value = inspected.config.variable(&variable.key)?;
    Some(SecretString::from(value))
}

/// Whether it goes to sleep when nobody is on it. An image that has a switch for that does not
/// unless it is on.
fn may_sleep(inspected: &Inspected, entry: &Entry) -> bool {
    match &entry.idle.pause_env {
        None => true,
        Some(variable) => inspected
            .config
            .variable(variable)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1"),
    }
}
