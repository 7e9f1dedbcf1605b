//! Putting a backup back: it is read through first, what is there now is copied to safety, and
//! where writing fails half-way the copy comes back.

use std::time::Duration;

use tar::Builder;
use tokio::io::AsyncWriteExt;
use tokio_util::io::SyncIoBridge;

use super::super::ending;
use super::super::work::{Hands, is_up};
use super::super::{Games, GamesError, Server, local};
use super::make::{entry_with_saves, make, open, sum};
use super::pack::{self, Manifest};
use super::types::{GameBackup, Reason, Wish};
use super::wanted::Wanted;
use crate::model::game_action::Ending;
use crate::model::id::GameBackupId;
use crate::model::resource::GameStatus;
use crate::secret::StreamKey;
use crate::telemetry::clock;

/// Most seconds that a restored server is waited for.
const LONGEST_START: u32 = 1800;

/// How long a server that is seen to have ended may be seen as it was before it was started.
const PROVES_ITSELF: Duration = Duration::from_secs(15);

/// Bytes on their way from the file to the host.
const PIPE: usize = 256 << 10;

/// Reads one of our backups through and keeps what came of it.
pub(in super::super) async fn verify(
    hands: &Hands<'_>,
    id: &str,
) -> Result<Option<String>, GamesError> {
    let mut backup = of_text(hands.games, id).await?;
    hands.progress.tell("reading it through", None);
    read_through(hands.games, &mut backup).await?;
    hands.progress.tell(
        format!("{} files are as they were", backup.files),
        Some(1.0),
    );
    Ok(None)
}

/// Reads a backup through: the file as a whole, and every file in it.
pub(super) async fn read_through(
    games: &Games,
    backup: &mut GameBackup,
) -> Result<Manifest, GamesError> {
    let key = key_of(games, backup)?;
    let (path, expected) = (backup.path.clone(), backup.sha256.clone());
    let read = tokio::task::spawn_blocking(move || {
        let found = sum(&path)?;
        if found != expected {
            let problem = "its check sum is not the one that it was made with";
            return Err(std::io::Error::other(problem));
        }
        pack::unpack::<std::io::Sink>(open(&path)?, key.as_ref(), None)
    });
    let read = read.await.map_err(|_| GamesError::Stopped)?;
    match &read {
        Ok(_) => {
            backup.verified_at = Some(clock::now());
            backup.damage = None;
        }
        Err(error) => backup.damage = Some(error.to_string()),
    }
    games.keep_backup(backup).await?;
    read.map_err(|error| GamesError::Damaged(format!("the backup {}: {error}", backup.id)))
}

/// Puts a backup's files in place of the server's own and starts it.
pub(in super::super) async fn restore(
    hands: &Hands<'_>,
    server: &Server,
    id: &str,
) -> Result<Option<String>, GamesError> {
    let name = local(&server.seen);
    if hands.host.backups(name).await.is_ok() {
        hands.progress.tell("its host puts the backup back", None);
        hands.host.restore(name, id).await?;
        return Ok(None);
    }
    let entry = entry_with_saves(server)?;
    let games = hands.games;
    let mut backup = of_text(games, id).await?;
    if backup.game != entry.id {
        let problem = format!("is one of {}, and the server is {}", backup.game, entry.id);
        return Err(GamesError::invalid("params.backup", problem));
    }
    hands
        .progress
        .tell("reading the backup through", Some(0.05));
    let manifest = read_through(games, &mut backup).await?;
    check_places(&manifest, &entry.saves.paths)?;
    hands.progress.check()?;
    hands
        .progress
        .tell("copying what is there now to safety", Some(0.2));
    let safety = match make(hands, server, Wish::new(Reason::Safety)).await {
        Ok((safety, _)) => Some(safety),
        // A new server has nothing to lose yet.
        Err(GamesError::Files(problem)) if problem.starts_with("there is nothing") => None,
        Err(error) => return Err(error),
    };
    hands.progress.check()?;
    let how = Ending {
        even_with_players: true,
        ..Ending::default()
    };
    let mut warning = ending::stop(hands, server, &how).await?;
    hands.progress.tell("putting the files back", Some(0.5));
    if let Err(error) = put_back(hands, server, &backup, &manifest).await {
        let undone = go_back(hands, server, safety).await;
        return Err(GamesError::Files(format!("{error}; {undone}")));
    }
    hands.progress.tell("starting it", Some(0.8));
    if let Some(told) = come_up(hands, server).await? {
        warning.get_or_insert(told);
    }
    if let Err(error) = games.let_go(&server.seen.id).await {
        warning.get_or_insert(format!("older backups stay: {error}"));
    }
    Ok(warning)
}

/// A backup made before the catalogue was changed may hold other folders; only those of now are
/// written to.
fn check_places(manifest: &Manifest, paths: &[String]) -> Result<(), GamesError> {
    let places: Vec<Wanted> = paths.iter().map(|path| Wanted::of(path)).collect();
    let is_known = |root: &String| {
        places.iter().any(|place| {
            let above = place.root.rsplit_once('/').map_or("", |(above, _)| above);
            *root == place.root || *root == above
        })
    };
    match manifest.roots.iter().find(|root| !is_known(root)) {
        None => Ok(()),
        Some(root) => Err(GamesError::Damaged(format!(
            "the backup holds {root}, where the game keeps nothing"
        ))),
    }
}

/// What was there before comes back; answers what became of that, for people.
async fn go_back(hands: &Hands<'_>, server: &Server, safety: Option<GameBackup>) -> String {
    hands.progress.tell("going back to what was there", None);
    let Some(mut safety) = safety else {
        return "there was nothing before that could come back".to_owned();
    };
    let back = match read_through(hands.games, &mut safety).await {
        Ok(manifest) => put_back(hands, server, &safety, &manifest).await,
        Err(error) => Err(error),
    };
    match back {
        Ok(()) => format!("what was there before is back, from {}", safety.id),
        Err(error) => format!(
            "what was there before is in the backup {}, but could not be put back: {error}",
            safety.id
        ),
    }
}

/// Empties the folders of a backup and writes its files there.
async fn put_back(
    hands: &Hands<'_>,
    server: &Server,
    backup: &GameBackup,
    manifest: &Manifest,
) -> Result<(), GamesError> {
    let name = local(&server.seen);
    let places: Vec<Wanted> = entry_with_saves(server)?
        .saves
        .paths
        .iter()
        .map(|path| Wanted::of(path))
        .collect();
    for (number, root) in manifest.roots.iter().enumerate() {
        let is_whole = places
            .iter()
            .any(|place| place.root == *root && place.pattern.is_none());
        // Where a backup holds only some of a folder, the others are not its business.
        if is_whole {
            hands.host.clear(name, root).await?;
        }
        let key = key_of(hands.games, backup)?;
        write(hands, name, backup, key, number, root).await?;
    }
    Ok(())
}

/// Writes the files of one folder: one side reads the backup, the other one sends.
async fn write(
    hands: &Hands<'_>,
    name: &str,
    backup: &GameBackup,
    key: Option<StreamKey>,
    number: usize,
    root: &str,
) -> Result<(), GamesError> {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let path = backup.path.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut tar = Builder::new(SyncIoBridge::new(ours));
        pack::unpack(open(&path)?, key.as_ref(), Some((number, &mut tar)))?;
        let mut pipe = tar.into_inner()?.into_inner();
        tokio::runtime::Handle::current().block_on(pipe.shutdown())
    });
    let root = if root.is_empty() { "/" } else { root };
    let writing = hands.host.extract(name, root, Box::new(theirs));
    let (read, written) = tokio::join!(reading, writing);
    written?;
    read.map_err(|_| GamesError::Stopped)?
        .map_err(|error| GamesError::Files(format!("read the backup: {error}")))
}

/// Starts the server and waits until it answers, where it can be asked.
async fn come_up(hands: &Hands<'_>, server: &Server) -> Result<Option<String>, GamesError> {
    let began = clock::now();
    hands.host.start(local(&server.seen)).await?;
    let is_asked = server.seen.query.is_some();
    let within = server
        .entry
        .as_deref()
        .map_or(300, |entry| entry.start.timeout_s);
    let within = Duration::from_secs(within.min(LONGEST_START).into());
    let id = &server.seen.id;
    let seen = hands
        .seen_within(id, within, |seen| {
            seen.is_some_and(|seen| {
                let answered = seen.answer.value().and_then(|answer| answer.at);
                let is_there = match is_asked {
                    true => answered.is_some_and(|at| at >= began),
                    false => seen.status == GameStatus::Running,
                };
                // At first it may be seen as it was before.
                let crashed =
                    seen.status == GameStatus::Crashed && clock::now().since(began) > PROVES_ITSELF;
                is_there || crashed
            })
        })
        .await
        .flatten();
    match seen {
        Some(seen) if is_up(seen.status) => Ok(None),
        Some(seen) => Err(GamesError::NotReady(format!(
            "the files are back, but the server ended: {}",
            seen.problem.unwrap_or_default()
        ))),
        None => Ok(Some(
            "the files are back and the server was started, but it does not answer yet".to_owned(),
        )),
    }
}

fn key_of(games: &Games, backup: &GameBackup) -> Result<Option<StreamKey>, GamesError> {
    match backup.encrypted {
        true => games.stream_key().map(Some),
        false => Ok(None),
    }
}

async fn of_text(games: &Games, id: &str) -> Result<GameBackup, GamesError> {
    let none = || GamesError::NoBackup {
        id: id.chars().take(60).collect(),
    };
    let id: GameBackupId = id.parse().map_err(|_| none())?;
    games.backup(&id).await
}
