//! Making a backup: room first, the world made fit to be copied, the files packed, and what was
//! written read through before anybody relies on it.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tokio_util::io::SyncIoBridge;

use super::super::ending;
use super::super::work::{Hands, is_up};
use super::super::{GamesError, Server, local};
use super::pack::{self, Packed, Packer};
use super::room;
use super::types::{GameBackup, Plan, Reason, Wish};
use super::wanted::Wanted;
use crate::model::game_action::Ending;
use crate::model::resource::{GameAbility, GameServer, GameStatus};
use crate::secret::StreamKey;
use crate::sources::games::catalog::{Entry, HotSave};
use crate::sources::games::host::{Bytes, HostError};
use crate::telemetry::clock;

/// Makes a backup of a server: on its host where that keeps its own, here otherwise. Answers a
/// warning where something beside it did not work.
pub(in super::super) async fn back_up(
    hands: &Hands<'_>,
    server: &Server,
    wish: Wish,
) -> Result<Option<String>, GamesError> {
    let name = local(&server.seen);
    match hands.host.backups(name).await {
        Err(HostError::Unsupported(_)) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => {
            hands.progress.tell("its host makes the backup", None);
            let title = format!("homepulse {}", wish.reason.word());
            hands.host.backup(name, &title).await?;
            hands.games.note_host_backup(&server.seen.id).await?;
            return Ok(None);
        }
    }
    let (_, warning) = make(hands, server, wish).await?;
    Ok(warning)
}

/// Makes a backup here, and lets go what is outdated by it.
pub(super) async fn make(
    hands: &Hands<'_>,
    server: &Server,
    wish: Wish,
) -> Result<(GameBackup, Option<String>), GamesError> {
    let entry = entry_with_saves(server)?;
    let games = hands.games;
    let reason = wish.reason;
    let mut plan = games.plan_of(&server.seen.id).await?;
    plan.encrypt |= wish.encrypt;
    let folder = games.folder_of(server, &plan);
    make_folder(&folder)?;
    let known = games.backups_of(&server.seen.id).await?;
    room::check(&folder, known.first(), server.seen.disk.used)?;
    hands.progress.check()?;
    let file = Draft::new(&folder, clock::now().millis(), plan.encrypt)?;
    let healthy = is_healthy(&server.seen);
    let (packed, warning) = copy(hands, server, &entry, &plan, reason, &file).await?;
    let path = file.keep()?;
    let mut backup = GameBackup {
        id: wish.id,
        server: server.seen.id.clone(),
        server_name: server.seen.name.clone(),
        game: entry.id.clone(),
        path,
        bytes: packed.bytes,
        files: packed.files,
        sha256: packed.sha256,
        encrypted: plan.encrypt,
        healthy,
        reason,
        made_at: clock::now(),
        made_by: hands.by.name.clone(),
        verified_at: None,
        damage: None,
    };
    games.keep_backup(&backup).await?;
    hands.progress.tell("reading it through", Some(0.9));
    super::restore::read_through(games, &mut backup).await?;
    if reason == Reason::Safety {
        // The very backup that is to be put back may be outdated.
        return Ok((backup, warning));
    }
    let warning = match games.let_go(&server.seen.id).await {
        Ok(0) => warning,
        Ok(gone) => {
            hands
                .progress
                .tell(format!("{gone} older backups let go"), None);
            warning
        }
        Err(error) => warning.or(Some(format!("older backups stay: {error}"))),
    };
    Ok((backup, warning))
}

/// The catalogue's entry, where it says what a backup needs.
pub(super) fn entry_with_saves(server: &Server) -> Result<Entry, GamesError> {
    match server.entry.as_deref() {
        Some(entry) if !entry.saves.paths.is_empty() => Ok(entry.clone()),
        _ => Err(GamesError::Unable {
            server: server.seen.name.clone(),
            what: "be backed up: the catalogue does not know where its game keeps its files",
        }),
    }
}

/// Whether what is copied now is worth relying on.
fn is_healthy(server: &GameServer) -> bool {
    match server.status {
        GameStatus::Running => server.query.is_none() || server.answer.value().is_some(),
        GameStatus::Stopped | GameStatus::Sleeping => true,
        GameStatus::Starting
        | GameStatus::Stopping
        | GameStatus::Unresponsive
        | GameStatus::Crashed
        | GameStatus::Unknown => false,
    }
}

/// Copies the files while they do not change: with the world held still where the game can, with
/// the server stopped where it cannot, and whatever happens as it was before afterwards.
async fn copy(
    hands: &Hands<'_>,
    server: &Server,
    entry: &Entry,
    plan: &Plan,
    reason: Reason,
    file: &Draft,
) -> Result<(Packed<()>, Option<String>), GamesError> {
    let is_running = is_up(server.seen.status);
    let can_hold = entry.saves.hot != HotSave::None
        && server.seen.can.contains(&GameAbility::Command)
        && matches!(server.seen.status, GameStatus::Running);
    if !is_running || (!can_hold && reason == Reason::Safety) {
        // What is put in its place next may be as it is: it is kept for the worst case.
        return Ok((pack_all(hands, server, entry, file).await?, None));
    }
    if can_hold {
        let held = say_all(hands, server, &entry.saves.pre).await;
        let packed = match &held {
            Ok(()) => pack_all(hands, server, entry, file).await,
            Err(error) => Err(GamesError::NotReady(format!(
                "the world cannot be held still: {error}"
            ))),
        };
        // Whatever became of the copy: a world that is not saved any more is lost at its end.
        let released = say_all(hands, server, &entry.saves.post).await;
        let warning = released.err().map(|error| {
            format!("the server was not told to save again by itself, do that: {error}")
        });
        return Ok((packed?, warning));
    }
    let how = Ending {
        even_with_players: plan.even_with_players,
        warn_s: 30,
        ..Ending::default()
    };
    if let Some(count) = server.seen.players().filter(|count| *count > 0)
        && !how.even_with_players
    {
        return Err(GamesError::PlayersOnline { count });
    }
    let warning = ending::stop(hands, server, &how).await?;
    let packed = pack_all(hands, server, entry, file).await;
    let started = hands.start(server).await;
    Ok((packed?, started?.or(warning)))
}

async fn say_all(hands: &Hands<'_>, server: &Server, lines: &[String]) -> Result<(), HostError> {
    for line in lines {
        hands.host.command(local(&server.seen), line).await?;
    }
    Ok(())
}

async fn pack_all(
    hands: &Hands<'_>,
    server: &Server,
    entry: &Entry,
    file: &Draft,
) -> Result<Packed<()>, GamesError> {
    let key = match file.encrypt {
        true => Some(hands.games.stream_key()?),
        false => None,
    };
    let packer = file.packer(key.as_ref(), entry, server);
    let mut packer = packer.map_err(|error| broken(&error))?;
    for path in &entry.saves.paths {
        hands.progress.check()?;
        let wanted = Wanted::of(path);
        hands
            .progress
            .tell(format!("copying {}", wanted.root), None);
        let tar = match hands.host.archive(local(&server.seen), &wanted.root).await {
            Ok(tar) => tar,
            // Not every world has every folder.
            Err(HostError::Copy(problem)) => {
                hands.progress.tell(problem, None);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let exclude = entry.saves.exclude.clone();
        let added = tokio::task::spawn_blocking(move || add(packer, &wanted, &exclude, tar));
        packer = tokio::select! {
            added = added => added.map_err(|_| GamesError::Stopped)?.map_err(|error| broken(&error))?,
            () = hands.progress.cancelled() => return Err(GamesError::Cancelled),
        };
    }
    if packer.is_empty() {
        return Err(GamesError::Files(
            "there is nothing to back up: none of the game's folders has a file yet".into(),
        ));
    }
    let finished = tokio::task::spawn_blocking(move || finish(packer));
    finished
        .await
        .map_err(|_| GamesError::Stopped)?
        .map_err(|error| broken(&error))
}

type FilePacker = Packer<BufWriter<File>>;

fn add(
    mut packer: FilePacker,
    wanted: &Wanted,
    exclude: &[String],
    tar: Bytes,
) -> std::io::Result<FilePacker> {
    packer.add(wanted, exclude, SyncIoBridge::new(tar))?;
    Ok(packer)
}

/// Ends the file; it is on disk when this returns.
fn finish(packer: FilePacker) -> std::io::Result<Packed<()>> {
    let packed = packer.finish()?;
    let file = packed
        .to
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(Packed {
        to: (),
        bytes: packed.bytes,
        sha256: packed.sha256,
        files: packed.files,
    })
}

fn broken(error: &std::io::Error) -> GamesError {
    GamesError::Files(format!("copy the files: {error}"))
}

fn make_folder(folder: &Path) -> Result<(), GamesError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| GamesError::Files(format!("make {}: {error}", folder.display())))
}

/// The file of a backup while it is written; dropped, it is gone.
struct Draft {
    path: PathBuf,
    draft: PathBuf,
    encrypt: bool,
}

impl Draft {
    fn new(folder: &Path, now_ms: i64, encrypt: bool) -> Result<Self, GamesError> {
        let moment = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let stem = moment.strftime("%Y%m%dT%H%M%S").to_string();
        let ending = if encrypt { "tar.zst.sealed" } else { "tar.zst" };
        let mut path = folder.join(format!("{stem}.{ending}"));
        let mut more = 1;
        while path.exists() {
            more += 1;
            path = folder.join(format!("{stem}-{more}.{ending}"));
        }
        Ok(Self {
            draft: path.with_extension("part"),
            path,
            encrypt,
        })
    }

    fn packer(
        &self,
        key: Option<&StreamKey>,
        entry: &Entry,
        server: &Server,
    ) -> std::io::Result<FilePacker> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.draft)?;
        let file = BufWriter::with_capacity(256 << 10, file);
        Packer::new(file, key, &entry.id, &server.seen.name)
    }

    /// The whole file takes its name at once.
    fn keep(self) -> Result<PathBuf, GamesError> {
        let failed = |error| GamesError::Files(format!("keep {}: {error}", self.path.display()));
        std::fs::rename(&self.draft, &self.path).map_err(failed)?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok(self.path.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was kept there is none.
        let _ = std::fs::remove_file(&self.draft);
    }
}

/// A backup's file, to read.
pub(super) fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(256 << 10, File::open(path)?))
}

/// The SHA-256 of a backup's file.
pub(super) fn sum(path: &Path) -> std::io::Result<String> {
    pack::sum_of(open(path)?)
}
