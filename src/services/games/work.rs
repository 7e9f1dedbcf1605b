//! Carrying one command out: entered in the audit before and after, watched while it lasts, and
//! broken off where that leaves nothing half-done.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::game_action::{Ending, GameAction};
use crate::model::id::ResourceId;
use crate::model::resource::{GameServer, GameStatus, Resource};
use crate::services::audit::Outcome;
use crate::services::control;
use crate::services::jobs::{Asker, Job, JobState};
use crate::sources::games::host::{GameHost, HostError, Progress, Step};
use crate::telemetry::clock;

use super::backups::{self, Reason, Wish};
use super::{Games, GamesError, Server, create, ending, local};

/// How long a change of the host may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(30);

/// How long work may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is to be done.
pub(super) enum Task {
    /// Something to a server that is there.
    Act {
        server: Box<Server>,
        action: GameAction,
    },
    /// Make a backup of one that is there.
    Backup { server: Box<Server>, wish: Wish },
    /// Make one.
    Create(Box<create::Plan>),
}

/// One command on its way.
pub(super) struct Work {
    pub(super) games: Games,
    pub(super) job: Arc<Job>,
    pub(super) host: Box<dyn GameHost>,
    pub(super) by: Asker,
    pub(super) task: Task,
}

/// What a task works with.
pub(super) struct Hands<'a> {
    pub(super) games: &'a Games,
    pub(super) host: &'a dyn GameHost,
    pub(super) progress: &'a Progress,
    pub(super) by: &'a Asker,
}

impl Work {
    /// Carries it out; the job says how it ends.
    pub(super) async fn run(self) {
        let games = self.games.clone();
        let word = control::word_of(&self.job);
        let asked = control::entry(&self.job, &self.by, &word, Outcome::Asked, String::new());
        let ended = match games.audit.record(asked).await {
            Ok(()) => self.follow().await,
            Err(error) => Err(error.into()),
        };
        let (state, outcome, message) = match &ended {
            Ok(None) => (JobState::Ok, Outcome::Ok, String::new()),
            Ok(Some(warning)) => (JobState::Warnings, Outcome::Ok, warning.clone()),
            Err(error) => {
                let (state, outcome) = state_of(error);
                (state, outcome, told(error))
            }
        };
        let job = games.jobs.change(&self.job.id, |job| {
            if state == JobState::Ok {
                job.progress = Some(1.0);
            }
            job.end_as(state, message.clone(), clock::now());
            job.message = Some(message.clone()).filter(|text| !text.is_empty());
        });
        games
            .enter(control::entry(&job, &self.by, &word, outcome, message))
            .await;
        games.targets.look_now(&job.target);
    }

    /// Does it, telling those who watch how it goes.
    async fn follow(&self) -> Result<Option<String>, GamesError> {
        let jobs = &self.games.jobs;
        let cancel = CancellationToken::new();
        let wish = jobs.allow_cancel(&self.job.id);
        let (steps, mut news) = mpsc::channel(64);
        let progress = Progress::new(steps, cancel.clone());
        jobs.change(&self.job.id, |job| job.state = JobState::Running);
        let note = |step: Step| {
            jobs.change(&self.job.id, |job| {
                job.progress = step.share.or(job.progress);
                if job.log.last() != Some(&step.line) {
                    job.add_lines(vec![step.line]);
                }
            });
        };
        let mut work = pin!(self.carry_out(&progress));
        let mut give_up_at = None;
        let ended = loop {
            tokio::select! {
                ended = &mut work => break ended,
                Some(step) = news.recv() => note(step),
                () = wish.notified() => cancel.cancel(),
                () = self.games.stop.cancelled(), if give_up_at.is_none() => {
                    cancel.cancel();
                    give_up_at = Some(Instant::now() + PATIENCE);
                }
                () = until(give_up_at) => break Err(GamesError::Stopped),
            }
        };
        while let Ok(step) = news.try_recv() {
            note(step);
        }
        ended
    }

    async fn carry_out(&self, progress: &Progress) -> Result<Option<String>, GamesError> {
        let hands = Hands {
            games: &self.games,
            host: &*self.host,
            progress,
            by: &self.by,
        };
        match &self.task {
            Task::Create(plan) => create::make(&hands, plan).await,
            Task::Backup { server, wish } => backups::back_up(&hands, server, wish.clone()).await,
            Task::Act { server, action } => hands.act(server, action).await,
        }
    }
}

impl Hands<'_> {
    async fn act(
        &self,
        server: &Server,
        action: &GameAction,
    ) -> Result<Option<String>, GamesError> {
        let name = local(&server.seen);
        match action {
            GameAction::Start => self.start(server).await,
            GameAction::Stop(how) => ending::stop(self, server, how).await,
            GameAction::Restart(how) => {
                let warning = ending::stop(self, server, how).await?;
                Ok(self.start(server).await?.or(warning))
            }
            GameAction::Kill => {
                self.host.kill(name).await?;
                self.seen_as(&server.seen.id, |seen| !is_up(seen.status))
                    .await;
                Ok(None)
            }
            GameAction::Update(how) => self.update(server, how).await,
            GameAction::Delete { data } => self.delete(server, *data).await,
            GameAction::Backup => backups::back_up(self, server, Wish::new(Reason::Asked)).await,
            GameAction::Verify { backup } => backups::verify(self, backup).await,
            GameAction::Restore { backup } => backups::restore(self, server, backup).await,
            GameAction::Create { .. } => Err(super::unable(&server.seen, "be made twice")),
        }
    }

    /// Starts a server and waits until it is seen to be up.
    pub(super) async fn start(&self, server: &Server) -> Result<Option<String>, GamesError> {
        self.progress.tell("starting it", None);
        let before = server.seen.started_at;
        self.host.start(local(&server.seen)).await?;
        let seen = self
            .seen_as(&server.seen.id, |seen| {
                let is_new = seen.started_at != before || is_up(server.seen.status);
                is_new && (is_up(seen.status) || seen.status == GameStatus::Crashed)
            })
            .await;
        match seen {
            Some(seen) if seen.status == GameStatus::Crashed => {
                let why = seen.problem.unwrap_or_default();
                Err(GamesError::NotReady(format!("it ended right away: {why}")))
            }
            Some(_) => Ok(None),
            None => Ok(Some(
                "it was started, but is not seen to run yet".to_owned(),
            )),
        }
    }

    async fn update(&self, server: &Server, how: &Ending) -> Result<Option<String>, GamesError> {
        let was_up = is_up(server.seen.status);
        let mut warning = None;
        if was_up {
            warning = ending::stop(self, server, how).await?;
        }
        let name = local(&server.seen);
        let is_newer = self.host.update(name, was_up, self.progress).await?;
        if !is_newer {
            self.progress.tell("there is nothing newer", None);
        }
        if was_up {
            let seen = self.seen_as(&server.seen.id, |seen| is_up(seen.status));
            if seen.await.is_none() {
                warning.get_or_insert_with(|| "it is not seen to run yet".to_owned());
            }
        }
        Ok(warning)
    }

    async fn delete(&self, server: &Server, data: bool) -> Result<Option<String>, GamesError> {
        if is_up(server.seen.status) {
            return Err(GamesError::invalid("action", "stop the server first"));
        }
        self.progress.check()?;
        let order = ending::order(server.entry.as_deref(), None);
        self.host.stop(local(&server.seen), &order).await?;
        self.host.delete(local(&server.seen), data).await?;
        self.games.forget(&server.seen.id).await?;
        self.gone(&server.seen.id).await;
        Ok(None)
    }

    /// Waits until the server is seen to be as `is` says; answers it as it is then.
    pub(super) async fn seen_as(
        &self,
        id: &ResourceId,
        is: impl Fn(&GameServer) -> bool,
    ) -> Option<GameServer> {
        self.seen_within(id, SEEN_WITHIN, |seen| {
            seen.filter(|seen| is(seen)).is_some()
        })
        .await
        .flatten()
    }

    async fn gone(&self, id: &ResourceId) {
        self.seen_within(id, SEEN_WITHIN, |seen| seen.is_none())
            .await;
    }

    /// Waits for the present to be as `is` says, or `within` to pass, or not to be wanted any more.
    pub(super) async fn seen_within(
        &self,
        id: &ResourceId,
        within: Duration,
        is: impl Fn(Option<&GameServer>) -> bool,
    ) -> Option<Option<GameServer>> {
        let live = &self.games.live;
        let target = id.target_text().parse().ok()?;
        let deadline = Instant::now() + within;
        let mut changes = live.follow();
        loop {
            let fleet = live.fleet();
            let resource = fleet.resource(id);
            let seen = resource.and_then(|resource| match &**resource {
                Resource::Game(game) => Some(game),
                _ => None,
            });
            if is(seen) {
                return Some(seen.cloned());
            }
            self.games.targets.look_now(&target);
            let pause = Instant::now() + Duration::from_secs(2);
            tokio::select! {
                _ = changes.recv() => {}
                () = tokio::time::sleep_until(pause.min(deadline)) => {}
                () = self.progress.cancelled() => return None,
            }
            if Instant::now() >= deadline {
                return None;
            }
        }
    }
}

/// Whether a process of it runs, or is about to.
pub(super) const fn is_up(status: GameStatus) -> bool {
    matches!(
        status,
        GameStatus::Running
            | GameStatus::Starting
            | GameStatus::Stopping
            | GameStatus::Sleeping
            | GameStatus::Unresponsive
    )
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

const fn state_of(error: &GamesError) -> (JobState, Outcome) {
    match error {
        GamesError::Cancelled => (JobState::Cancelled, Outcome::Failed),
        GamesError::Stopped | GamesError::Host(HostError::Uncertain(_)) => {
            (JobState::Unknown, Outcome::Unknown)
        }
        _ => (JobState::Failed, Outcome::Failed),
    }
}

fn told(error: &GamesError) -> String {
    match error {
        GamesError::Stopped => "homepulse was stopped before it ended".to_owned(),
        other => other.to_string(),
    }
}
