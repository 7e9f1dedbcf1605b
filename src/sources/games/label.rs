//! Labels by which a container says that it is a game server, and of which game.

/// The game's id in the catalogue.
pub const GAME: &str = "app.homepulse.game";

const PORT: &str = "app.homepulse.port.";

/// The number inside the container of the port that the catalogue calls `name`, where it is not
/// the catalogue's own.
#[must_use]
pub fn port(name: &str) -> String {
    format!("{PORT}{name}")
}
