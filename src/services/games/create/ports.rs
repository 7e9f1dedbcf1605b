//! Ports of a new server: which number each has outside, and that nobody else has it. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::GamesError;
use crate::sources::games::catalog::{Entry, Port, PortProtocol};
use crate::sources::games::host::NewPort;

/// One port of the catalogue with its numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Laid {
    /// The catalogue's name of it.
    pub(super) name: String,
    /// Number outside.
    pub(super) outside: u16,
    /// Number inside.
    pub(super) inside: u16,
    /// Variable that must hold the number inside, where that is not the usual one.
    pub(super) variable: Option<String>,
    protocols: &'static [&'static str],
    bind: Option<String>,
}

impl Laid {
    /// What the host is to open.
    pub(super) fn bindings(&self) -> impl Iterator<Item = NewPort> {
        self.protocols.iter().map(|protocol| NewPort {
            host: self.bind.clone(),
            port: self.outside,
            container: self.inside,
            protocol,
        })
    }
}

/// Gives each port of the catalogue its number: the given one, or the distance that it keeps to
/// another, or the usual one.
pub(super) fn laid_out(
    entry: &Entry,
    given: &BTreeMap<String, u16>,
    bind: Option<&str>,
) -> Result<Vec<Laid>, GamesError> {
    if let Some(unknown) = given.keys().find(|name| entry.port(name).is_none()) {
        let known: Vec<&str> = entry.ports.iter().map(|port| port.name.as_str()).collect();
        return Err(GamesError::invalid(
            format!("ports.{}", unknown.chars().take(40).collect::<String>()),
            format!("is none of: {}", known.join(", ")),
        ));
    }
    if bind.is_some_and(|address| address.parse::<IpAddr>().is_err()) {
        return Err(GamesError::invalid(
            "bind",
            "must be an IP address of the host",
        ));
    }
    let mut taken = BTreeSet::new();
    let mut all = Vec::new();
    for port in &entry.ports {
        let outside = number_of(entry, port, given)?;
        // Players learn some ports from the server itself: those are the same inside.
        let moved = outside != port.container;
        let variable = port.env.clone().filter(|_| moved);
        let inside = match variable {
            Some(_) => outside,
            None => port.container,
        };
        let laid = Laid {
            name: port.name.clone(),
            outside,
            inside,
            variable,
            protocols: protocols(port.proto),
            bind: bind.map(str::to_owned),
        };
        for protocol in laid.protocols {
            if !taken.insert((outside, *protocol)) {
                return Err(GamesError::invalid(
                    format!("ports.{}", port.name),
                    format!("{outside}/{protocol} is given twice"),
                ));
            }
        }
        all.push(laid);
    }
    Ok(all)
}

fn number_of(entry: &Entry, port: &Port, given: &BTreeMap<String, u16>) -> Result<u16, GamesError> {
    let field = || format!("ports.{}", port.name);
    let leader = port.offset_of.as_deref().and_then(|name| entry.port(name));
    let kept = match leader {
        None => None,
        Some(leader) => {
            let base = given.get(&leader.name).copied().unwrap_or(leader.container);
            let distance = i32::from(port.container) - i32::from(leader.container);
            let number = u16::try_from(i32::from(base) + distance).ok();
            let problem = || format!("{} leaves no room for it", leader.name);
            Some(number.ok_or_else(|| GamesError::invalid(field(), problem()))?)
        }
    };
    match (given.get(&port.name).copied(), kept) {
        (Some(0), _) => Err(GamesError::invalid(field(), "must be 1 to 65535")),
        (Some(number), Some(kept)) if number != kept => Err(GamesError::invalid(
            field(),
            format!("must be {kept}: the game expects it at a fixed distance"),
        )),
        (Some(number), _) => Ok(number),
        (None, Some(kept)) => Ok(kept),
        (None, None) => Ok(port.container),
    }
}

const fn protocols(port: PortProtocol) -> &'static [&'static str] {
    match port {
        PortProtocol::Tcp => &["tcp"],
        PortProtocol::Udp => &["udp"],
        PortProtocol::Both => &["tcp", "udp"],
    }
}

/// Checks that nobody has them: neither what the host says is taken, nor servers of ours that are
/// off.
pub(super) fn check_free(
    wanted: &[Laid],
    taken: &[(u16, String)],
    ours: &[(u16, String)],
) -> Result<(), GamesError> {
    for port in wanted {
        let error = |problem: String| GamesError::Taken {
            field: format!("ports.{}", port.name),
            problem,
        };
        if let Some((_, owner)) = ours.iter().find(|(number, _)| *number == port.outside) {
            return Err(error(format!("{} belongs to {owner}", port.outside)));
        }
        for protocol in port.protocols {
            let is_taken =
                |(number, of): &&(u16, String)| *number == port.outside && of == protocol;
            if taken.iter().find(is_taken).is_some() {
                let problem = format!("{}/{protocol} is taken on the host", port.outside);
                return Err(error(problem));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::games::catalog;

    fn laid(game: &str, given: &[(&str, u16)]) -> Result<Vec<Laid>, GamesError> {
        let catalog = catalog::current();
        let entry = catalog.get(game).expect("an entry");
        let given = given
            .iter()
            .map(|(name, number)| ((*name).to_owned(), *number));
        laid_out(entry, &given.collect(), None)
    }

    #[test]
    fn a_port_that_players_learn_from_the_server_is_the_same_inside() {
        let ports = laid("factorio", &[("game", 40_000)]).expect("fits");
        let game = &ports[0];
        assert_eq!((game.outside, game.inside), (40_000, 40_000));
        assert_eq!(game.variable.as_deref(), Some("PORT"));
        let usual = laid("factorio", &[]).expect("fits");
        assert_eq!((usual[0].inside, &usual[0].variable), (34_197, &None));
    }

    #[test]
    fn nonsense_is_named_with_its_port() {
        for (given, field) in [
            (&[("nope", 1)][..], "ports.nope"),
            (&[("game", 0)][..], "ports.game"),
            (&[("rcon", 25_565)][..], "ports.rcon"),
        ] {
            let Err(GamesError::Invalid { field: named, .. }) = laid("minecraft-java", given)
            else {
                panic!("{given:?} is accepted");
            };
            assert_eq!(named, field);
        }
    }

    #[test]
    fn what_somebody_has_is_not_given_away() {
        let ports = laid("minecraft-java", &[]).expect("fits");
        let tcp = [(25_565, "tcp".to_owned())];
        let other = [(25_566, "tcp".to_owned()), (25_575, "udp".to_owned())];
        let ours = [(25_575, "survival".to_owned())];
        assert!(check_free(&ports, &other, &[]).is_ok());
        for (taken, ours, field) in [
            (&tcp[..], &[][..], "ports.game"),
            (&[], &ours[..], "ports.rcon"),
        ] {
            let refused = check_free(&ports, taken, ours);
            let Err(GamesError::Taken { field: named, .. }) = refused else {
                panic!("{taken:?} {ours:?}: {refused:?}");
            };
            assert_eq!(named, field);
        }
    }
}
