//! Game servers that answer queries: the protocols as their documentation says, from the server's side, with players
//! that can be set and faults that can be switched. Start with [`GameServer`].

mod bytes;
mod datagram;
mod minecraft;
mod night;
mod openttd;
mod rcon;
mod server;
mod stream;
mod teamspeak;
mod teeworlds;
mod valve;
mod web;

pub use night::{GameNight, NIGHT, NightServer};
pub use server::GameServer;

/// What a game server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GameProtocol {
    /// Valve A2S of a Source engine, with a challenge for every question.
    Source,
    /// Valve A2S of a GoldSrc engine.
    GoldSource,
    /// Minecraft Java's status since 1.7.
    MinecraftJava,
    /// Minecraft Java's status of 1.4 to 1.6; it hangs up on anything newer.
    MinecraftOld,
    /// Minecraft Java's `enable-query`.
    MinecraftQuery,
    /// Minecraft Bedrock's unconnected ping.
    MinecraftBedrock,
    /// `getstatus` and `getinfo`.
    Quake3,
    /// `getinfo` only.
    Quake3Info,
    /// Mumble's ping.
    Mumble,
    /// TeamSpeak 3's ServerQuery.
    TeamSpeak3,
    /// Teeworlds 0.6.
    Teeworlds6,
    /// Teeworlds 0.7.
    Teeworlds7,
    /// OpenTTD since 12, over a stream.
    OpenTtd,
    /// OpenTTD before 12, over datagrams.
    OpenTtdOld,
    /// Satisfactory's lightweight query.
    Satisfactory,
    /// Palworld's REST API; user `admin`.
    Palworld,
    /// FiveM's JSON documents.
    FiveM,
    /// TShock's REST API.
    TShock,
    /// Factorio's remote console.
    Factorio,
    /// ARK's remote console.
    Ark,
    /// Luanti's handshake.
    Luanti,
}

/// What goes on in a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameState {
    /// The server's name.
    pub title: String,
    /// The map or world.
    pub map: String,
    /// The game's version.
    pub version: String,
    /// Who is there.
    pub players: Vec<String>,
    /// How many could be.
    pub max_players: u8,
    /// How many of them are bots, where the protocol tells.
    pub bots: u8,
    /// The password of players, administrators and tokens alike; empty for none.
    pub password: String,
}

impl Default for GameState {
    fn default() -> Self {
        Self {
            title: "Kitchen table".into(),
            map: "attic".into(),
            version: "1.2.3".into(),
            players: vec!["alice".into(), "bob".into()],
            max_players: 16,
            bots: 0,
            password: String::new(),
        }
    }
}

/// How a server misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GameFault {
    /// Not at all.
    #[default]
    None,
    /// It takes everything in and says nothing.
    Silent,
    /// It answers anything with nonsense as fast as it can.
    Flood,
    /// Its stream comes a byte at a time.
    Drip,
    /// It announces far more than it sends.
    LyingLength,
    /// Each answer stops in the middle.
    Half,
    /// Every question gets another challenge.
    WrongChallenge,
    /// Its answer brings a picture of megabytes.
    HugePicture,
    /// It answers from another port.
    OtherSource,
    /// Its web server points elsewhere.
    Redirect,
    /// It loses every first datagram.
    LoseFirst,
    /// Its answers come in several parts.
    Split,
}
