//! Friends who play in the evening: a few game servers whose players come and go by the clock, the same at every start
//! and for every instant, so that a past can be laid in that fits.

use std::f64::consts::TAU;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{GameFault, GameProtocol, GameServer, GameState};
use crate::clock::system_now;
use crate::dice;

const MINUTE: f64 = 60.0;
const DAY: f64 = 86_400.0;

/// A server of the evening.
#[derive(Clone, Copy, Debug)]
pub struct NightServer {
    /// Its name for people.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: GameProtocol,
    /// Its map or world.
    pub map: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How many players fit in.
    pub places: u8,
    /// How many come on a good evening.
    crowd: f64,
}

/// The servers of the evening, in the order of [`GameNight::addresses`].
pub const NIGHT: [NightServer; 6] = [
    NightServer {
        name: "Survival world",
        protocol: GameProtocol::MinecraftJava,
        map: "world",
        version: "1.21.8",
        places: 20,
        crowd: 7.0,
    },
    NightServer {
        name: "Longhouse",
        protocol: GameProtocol::Source,
        map: "Midgard",
        version: "0.220.5",
        places: 10,
        crowd: 5.0,
    },
    NightServer {
        name: "Dust and smoke",
        protocol: GameProtocol::Source,
        map: "de_dust2",
        version: "1.41.0",
        places: 12,
        crowd: 9.0,
    },
    NightServer {
        name: "Voice",
        protocol: GameProtocol::Mumble,
        map: "",
        version: "1.5.735",
        places: 25,
        crowd: 11.0,
    },
    NightServer {
        name: "Arena",
        protocol: GameProtocol::Quake3,
        map: "oa_dm1",
        version: "ioq3 1.36",
        places: 8,
        crowd: 2.0,
    },
    NightServer {
        name: "Rails",
        protocol: GameProtocol::OpenTtd,
        map: "",
        version: "14.1",
        places: 15,
        crowd: 1.5,
    },
];

const NICKNAMES: [&str; 25] = [
    "Pixelfox",
    "NightOwl",
    "Brokkoli",
    "Torchbearer",
    "Lumen",
    "Quartz",
    "Moosling",
    "Sprocket",
    "Umbra",
    "Kettle",
    "Driftwood",
    "Gearhead",
    "Nimbus",
    "Pebble",
    "Rook",
    "Saffron",
    "Tinder",
    "Vesper",
    "Wobble",
    "Yonder",
    "Zephyr",
    "Bramble",
    "Cinder",
    "Dapple",
    "Fathom",
];

impl NightServer {
    /// Who plays at `at`, in seconds since 1970: the more the later the evening, and more on weekends.
    #[must_use]
    pub fn players_at(&self, at: f64) -> Vec<String> {
        let seed = dice::text(self.name);
        let mut here = Vec::new();
        let expected = self.crowd * evening(at) / NICKNAMES.len() as f64;
        for (index, nickname) in NICKNAMES.iter().enumerate() {
            // Everybody decides anew about every half an hour, not all at the same minute.
            let stay = 20.0 * MINUTE + 20.0 * MINUTE * dice::unit(&[seed, index as u64, 1]);
            let cell = (at / stay + dice::unit(&[seed, index as u64, 2])).floor();
            if dice::unit(&[seed, index as u64, 3, cell as i64 as u64]) < expected * 2.0 {
                here.push((*nickname).to_owned());
            }
        }
        here.truncate(self.places.into());
        here
    }

    fn state(&self, at: f64) -> GameState {
        GameState {
            title: self.name.into(),
            map: self.map.into(),
            version: self.version.into(),
            players: self.players_at(at),
            max_players: self.places,
            bots: 0,
            password: String::new(),
        }
    }
}

/// 0..1: nobody in the early morning, most at nine in the evening, and on Saturdays from the afternoon on.
fn evening(at: f64) -> f64 {
    let hour = at.rem_euclid(DAY) / 3600.0;
    let peak = (TAU * (hour - 20.5) / 24.0).cos().max(0.0);
    // 1970 began on a Thursday.
    let day = ((at / DAY).floor() as i64 + 3).rem_euclid(7);
    let weight = if day >= 5 { 1.0 } else { 0.65 };
    let afternoon = if day >= 5 && (13.0..20.0).contains(&hour) {
        0.35
    } else {
        0.0
    };
    (peak.powi(2) * weight).max(afternoon).max(0.04)
}

/// The evening's servers on loopback. Dropping it stops them.
#[derive(Debug)]
pub struct GameNight {
    servers: Arc<Vec<GameServer>>,
    task: JoinHandle<()>,
}

impl GameNight {
    /// Starts all of them; the world turns `speed` times faster than real.
    pub async fn start(speed: f64) -> io::Result<Self> {
        let began = system_now();
        let at = move || {
            let passed = (system_now() - began) as f64 / 1000.0;
            began as f64 / 1000.0 + passed * speed
        };
        let mut servers = Vec::with_capacity(NIGHT.len());
        for server in &NIGHT {
            servers.push(GameServer::start(server.protocol, server.state(at())).await?);
        }
        let servers = Arc::new(servers);
        let playing = Arc::clone(&servers);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                let at = at();
                for (server, night) in playing.iter().zip(&NIGHT) {
                    server.update(|state| *state = night.state(at));
                }
            }
        });
        Ok(Self { servers, task })
    }

    /// Name and port of each, all on 127.0.0.1.
    pub fn addresses(&self) -> impl Iterator<Item = (&'static NightServer, u16)> {
        NIGHT
            .iter()
            .zip(self.servers.iter())
            .map(|(night, server)| (night, server.address().port()))
    }

    /// Decides how one of them misbehaves from now on.
    pub fn set_fault(&self, name: &str, fault: GameFault) {
        for (night, server) in NIGHT.iter().zip(self.servers.iter()) {
            if night.name == name {
                server.set_fault(fault);
            }
        }
    }

    /// Questions that they have heard.
    pub fn heard(&self) -> usize {
        self.servers.iter().map(GameServer::heard).sum()
    }
}

impl Drop for GameNight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenings_are_busy_mornings_are_not_and_nobody_is_pulled_from_thin_air() {
        // A Saturday.
        let midnight = 1_795_219_200.0;
        let voice = &NIGHT[3];
        let at = |hour: f64| voice.players_at(midnight + hour * 3600.0).len();
        let morning: usize = (0..20).map(|step| at(4.0 + f64::from(step) / 20.0)).sum();
        let evening: usize = (0..20).map(|step| at(20.0 + f64::from(step) / 20.0)).sum();
        assert!(evening > 5 * morning.max(1), "{evening} and {morning}");
        assert_eq!(voice.players_at(midnight), voice.players_at(midnight));
        for hour in 0..168 {
            assert!(at(f64::from(hour)) <= usize::from(voice.places));
        }
    }
}
