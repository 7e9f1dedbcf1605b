use std::time::Instant;

use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{
    Fault, GuestKind, GuestSpec, PveOptions, PveServer, RequestRecord, Role, World, WorldConfig,
};
use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::db::Db;
use crate::model::action::BackupMode;
use crate::model::observation::{Coverage, Observation, Outcome as Looked};
use crate::secret::Vault;
use crate::services::audit::Filter;
use crate::services::jobs::JobError;
use crate::services::targets::NewTarget;
use crate::sources::poller::Pace;
use crate::state::{Change, Diff, Fleet, LiveWriter};

/// A cluster whose clock moves only when told to, and everything that is needed to act on it.
struct House {
    server: PveServer,
    control: Control,
    halt: CancellationToken,
    db: Db,
    live: Live,
    targets: Targets,
    target: TargetId,
    audit: Audit,
    vm: u32,
    ct: u32,
    _stop: tokio_util::sync::DropGuard,
    _live: LiveWriter,
    _inbox: mpsc::Receiver<Observation>,
    _dir: tempfile::TempDir,
}

impl House {
    async fn open(role: Role, control: bool) -> Self {
        let world = World::new(WorldConfig {
            nodes: 2,
            guests: 4,
            start: Some(1_795_337_600_000),
            ..WorldConfig::default()
        });
        let vm = world.add_guest(GuestSpec::new("web", GuestKind::Vm, "pve1"));
        let ct = world.add_guest(GuestSpec::new("proxy", GuestKind::Container, "pve1"));
        let server = PveServer::start(world, PveOptions::quick())
            .await
            .expect("the simulator starts");
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(&dir.path().join("homepulse.db")).expect("a database");
        let (inbox, observations) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let pace = Pace {
            interval: Duration::from_secs(3600),
            places: Arc::new(Semaphore::new(1)),
        };
        let vault = Vault::open(dir.path()).expect("a vault");
        let targets = Targets::new(db.clone(), vault, pace, inbox, stop.clone());
        let token = server.token(role);
        let config = json!({
            "address": server.url(),
            "token_id": token.id,
            "fingerprint": server.fingerprint(),
            "control": control,
        });
        let secret = SecretString::from(token.secret.clone());
        let target = targets
            .add(NewTarget {
                name: "lab".into(),
                kind: "pve".into(),
                config: config.clone(),
                secret: secret.clone(),
            })
            .await
            .expect("added");
        let (writer, live) = Live::new();
        writer.publish(Change {
            fleet: Arc::new(seen(&server, &target, config, secret).await),
            diff: Diff::default(),
            alerts: Vec::new(),
        });
        let audit = Audit::new(db.clone());
        let rhythm = Rhythm {
            first: Duration::from_millis(5),
            longest: Duration::from_millis(20),
        };
        let halt = stop.child_token();
        Self {
            control: Control::new(
                db.clone(),
                live.clone(),
                targets.clone(),
                audit.clone(),
                rhythm,
                halt.clone(),
            ),
            halt,
            db,
            live,
            targets,
            server,
            target,
            audit,
            vm,
            ct,
            _stop: stop.drop_guard(),
            _live: writer,
            _inbox: observations,
            _dir: dir,
        }
    }

    /// Ends the part that gives commands and starts it again; the host goes on meanwhile.
    async fn restart(&mut self) {
        self.halt.cancel();
        self.control.join().await;
        self.halt = CancellationToken::new();
        self.control = Control::new(
            self.db.clone(),
            self.live.clone(),
            self.targets.clone(),
            self.audit.clone(),
            Rhythm {
                first: Duration::from_millis(5),
                longest: Duration::from_millis(20),
            },
            self.halt.clone(),
        );
        self.control.resume().await.expect("read");
    }

    async fn act(&self, vmid: u32, action: Action) -> Result<Arc<Job>, ControlError> {
        let confirm = vmid.to_string();
        let id = format!("guest:{}:{vmid}", self.target);
        self.control.act(&id, action, Some(&confirm), &anna()).await
    }

    /// Acts, lets the simulated time pass and answers the job when it is over.
    async fn done(&self, vmid: u32, action: Action) -> Arc<Job> {
        let job = self.act(vmid, action).await.expect("begun");
        self.server.world().advance(Duration::from_secs(60));
        self.until(&job.id, |job| job.state.is_over()).await
    }

    /// Waits until the host has been asked such a question so often.
    async fn until_asked(&self, is: impl Fn(&RequestRecord) -> bool, times: usize) {
        let began = Instant::now();
        loop {
            let log = self.server.request_log();
            if log.iter().filter(|asked| is(asked)).count() >= times {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{log:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until(&self, id: &JobId, is: impl Fn(&Job) -> bool) -> Arc<Job> {
        let began = Instant::now();
        loop {
            let job = self.control.find(id).expect("a job");
            if is(&job) {
                return job;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{job:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What the audit says, oldest first, once it says `count` things.
    async fn trail(&self, count: usize) -> Vec<(String, Outcome)> {
        let began = Instant::now();
        loop {
            let rows = self.audit.list(Filter::default(), 100).await.expect("rows");
            if rows.len() >= count {
                let rows = rows.into_iter().rev();
                return rows
                    .map(|row| (row.entry.action, row.entry.outcome))
                    .collect();
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{rows:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn anna() -> Asker {
    Asker {
        name: "anna".into(),
        peer: "192.0.2.7".into(),
    }
}

/// The fleet that one look at the cluster yields.
async fn seen(server: &PveServer, target: &TargetId, config: Value, secret: SecretString) -> Fleet {
    let open = crate::sources::kind("pve").expect("a kind").open;
    let mut source = open(crate::sources::TargetConfig {
        id: target.clone(),
        name: "lab".into(),
        config,
        secret: Some(secret),
        past_until: None,
    })
    .expect("the settings are right");
    let now = crate::model::time::Timestamp(server.world().now());
    let look = source.poll(now).await.expect("it answers");
    let observed = |outcome| Observation {
        target: target.clone(),
        at: now,
        took: Duration::ZERO,
        outcome,
    };
    let configured = Looked::Configured {
        summary: Box::new(look.summary.clone()),
    };
    let fleet = Fleet::default().merge(observed(configured), now).0;
    let seen = Looked::Seen {
        summary: Box::new(look.summary),
        coverage: Coverage::Complete,
        resources: look.resources,
        samples: Vec::new(),
        facts: Box::new(look.facts),
        past: Vec::new(),
    };
    fleet.merge(observed(seen), now).0
}

fn name() -> String {
    "before".to_owned()
}

#[tokio::test]
async fn every_action_is_done_and_its_task_followed_to_the_end() {
    let house = House::open(Role::Full, true).await;
    let snapshot = Action::Snapshot {
        name: name(),
        description: Some("vor dem Umbau; größer".into()),
        with_memory: false,
    };
    let backup = Action::Backup {
        storage: "local".into(),
        mode: BackupMode::Snapshot,
        protected: false,
    };
    let migrate = Action::Migrate {
        node: "pve2".into(),
        with_local_disks: false,
    };
    let shutdown = Action::Shutdown {
        timeout: Some(30),
        force: true,
    };
    let actions = [
        snapshot,
        Action::Rollback { name: name() },
        Action::DeleteSnapshot { name: name() },
        backup,
        Action::Suspend,
        Action::Resume,
        Action::Reboot,
        shutdown,
        Action::Start,
        Action::Stop,
        Action::Start,
        migrate,
    ];
    for vmid in [house.vm, house.ct] {
        for action in actions.clone() {
            let word = action.word();
            let job = house.done(vmid, action).await;
            assert_eq!(job.state, JobState::Ok, "{word} of {vmid}: {job:?}");
            let last = job.log.last().map(String::as_str);
            assert_eq!(last, Some("TASK OK"), "{word} of {vmid}");
        }
        let guest = house.server.world().guest(vmid).expect("a guest");
        assert_eq!(guest.node, "pve2", "it moved");
        // The fleet of this test still has it where it was: the host says what is wrong.
        let gone = house.act(vmid, Action::Reboot).await.expect_err("refused");
        let text = gone.to_string();
        assert!(text.contains("does not exist"), "{text}");
    }
    let verdict = house.audit.verify().await.expect("a verdict");
    assert_eq!(verdict.broken_at, None);
}

#[tokio::test]
async fn a_command_is_sent_once_and_entered_before_and_after() {
    let house = House::open(Role::Full, true).await;
    house.server.clear_request_log();
    let job = house.done(house.vm, Action::Stop).await;
    assert_eq!((job.state, job.by.as_str()), (JobState::Ok, "anna"));
    let log = house.server.request_log();
    let sent = log.iter().filter(|request| request.method == "POST");
    assert_eq!(sent.count(), 1);
    let stop = || "guest.stop".to_owned();
    assert_eq!(
        house.trail(2).await,
        [(stop(), Outcome::Asked), (stop(), Outcome::Ok)]
    );
    let rows = house.audit.list(Filter::default(), 1).await.expect("rows");
    assert_eq!(rows[0].entry.peer, "192.0.2.7");
    assert_eq!(rows[0].entry.resource_name, "web");
    assert_eq!(rows[0].entry.details["task"], json!(job.task));
}

#[tokio::test]
async fn progress_follows_the_log_and_a_task_can_be_broken_off() {
    let house = House::open(Role::Full, true).await;
    let backup = Action::Backup {
        storage: "local".into(),
        mode: BackupMode::Snapshot,
        protected: true,
    };
    let mut changes = house.control.follow();
    let job = house.act(house.vm, backup).await.expect("begun");
    house.server.world().advance(Duration::from_secs(10));
    let half = house
        .until(&job.id, |job| job.progress.is_some_and(|p| p > 0.2))
        .await;
    assert!(half.progress.is_some_and(|p| p < 0.9), "{half:?}");
    assert!(!half.state.is_over());
    let announced = changes.recv().await.expect("announced");
    assert_eq!(announced.id, job.id);
    house.control.cancel(&job.id, &anna()).await.expect("asked");
    let over = house.until(&job.id, |job| job.state.is_over()).await;
    assert_eq!(over.state, JobState::Cancelled, "{over:?}");
    assert_eq!(over.message.as_deref(), Some("interrupted by signal"));
    let again = house.control.cancel(&job.id, &anna()).await;
    assert!(matches!(
        again,
        Err(ControlError::Job(JobError::NothingToCancel { .. }))
    ));
}

#[tokio::test]
async fn the_same_is_not_begun_twice() {
    let house = House::open(Role::Full, true).await;
    let (first, second) = tokio::join!(
        house.act(house.vm, Action::Stop),
        house.act(house.vm, Action::Stop)
    );
    let (begun, refused) = match (first, second) {
        (Ok(job), Err(error)) | (Err(error), Ok(job)) => (job, error),
        other => panic!("one of them: {other:?}"),
    };
    assert!(
        matches!(refused, ControlError::Job(JobError::InFlight { ref job, .. }) if *job == begun.id)
    );
    house.server.world().advance(Duration::from_secs(60));
    house.until(&begun.id, |job| job.state.is_over()).await;
    let later = house.done(house.vm, Action::Start).await;
    assert_eq!(later.state, JobState::Ok);
}

#[tokio::test]
async fn nothing_is_sent_while_control_is_off() {
    let house = House::open(Role::Full, false).await;
    house.server.clear_request_log();
    let refused = house.act(house.vm, Action::Start).await;
    assert!(matches!(refused, Err(ControlError::SwitchedOff { ref target }) if target == "lab"));
    let log = house.server.request_log();
    assert!(log.iter().all(|request| request.method == "GET"));
    assert_eq!(
        house.trail(1).await,
        [("guest.start".into(), Outcome::Denied)]
    );
}

#[tokio::test]
async fn a_missing_privilege_is_named_with_the_command_that_grants_it() {
    let house = House::open(Role::Auditor, true).await;
    house.server.clear_request_log();
    let refused = house
        .act(house.vm, Action::Start)
        .await
        .expect_err("denied");
    let text = refused.to_string();
    let expected = format!("VM.PowerMgmt on /vms/{}", house.vm);
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("pveum acl modify / --tokens"), "{text}");
    let log = house.server.request_log();
    assert!(log.iter().all(|request| request.method == "GET"));
    assert_eq!(
        house.trail(1).await,
        [("guest.start".into(), Outcome::Denied)]
    );
    assert_eq!(house.control.list()[0].state, JobState::Failed);
}

#[tokio::test]
async fn harm_is_confirmed_by_number_or_name() {
    let house = House::open(Role::Full, true).await;
    let id = format!("guest:{}:{}", house.target, house.vm);
    for confirm in [None, Some("yes"), Some("proxy"), Some("")] {
        let refused = house.control.act(&id, Action::Stop, confirm, &anna()).await;
        let text = refused.expect_err("not confirmed").to_string();
        assert!(text.contains("\"web\""), "{confirm:?}: {text}");
    }
    let begun = house
        .control
        .act(&id, Action::Stop, Some("web"), &anna())
        .await;
    assert!(begun.is_ok(), "{begun:?}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_in_the_hosts_words() {
    let house = House::open(Role::Full, true).await;
    // Queued, and then the task fails.
    house.server.world().set_lock(house.vm, Some("backup"));
    let locked = house.done(house.vm, Action::Stop).await;
    assert_eq!(locked.state, JobState::Failed);
    assert_eq!(locked.message.as_deref(), Some("VM is locked (backup)"));
    // Refused at once.
    house.server.world().set_quorate(false);
    let refused = house
        .act(house.ct, Action::Reboot)
        .await
        .expect_err("refused");
    assert!(refused.to_string().contains("no quorum"), "{refused}");
    house.server.world().set_quorate(true);
    // Denied by the host, though the check before it said otherwise.
    let path = format!("/nodes/pve1/lxc/{}/status", house.ct);
    let told = "Permission check failed (/vms/1, VM.PowerMgmt)";
    house
        .server
        .set_fault(&path, Some(Fault::Status(403, told.into())));
    let denied = house.act(house.ct, Action::Stop).await.expect_err("denied");
    assert!(matches!(denied, ControlError::Denied(_)), "{denied:?}");
    assert!(denied.to_string().contains(told), "{denied}");
    // Cut off: it may have been begun, and is not sent again.
    house.server.clear_request_log();
    house.server.set_fault(&path, Some(Fault::HalfBody));
    let cut = house
        .act(house.ct, Action::Stop)
        .await
        .expect_err("cut off");
    let uncertain = matches!(cut, ControlError::Command(CommandError::Uncertain(_)));
    assert!(uncertain, "{cut:?}");
    let log = house.server.request_log();
    assert_eq!(log.iter().filter(|r| r.method == "POST").count(), 1);
    let last = house.audit.list(Filter::default(), 1).await.expect("rows");
    assert_eq!(last[0].entry.outcome, Outcome::Unknown);
    // Not there at all.
    house.server.clear_faults();
    house.server.stop();
    let gone = house.act(house.vm, Action::Start).await.expect_err("gone");
    let not_sent = matches!(gone, ControlError::Command(CommandError::NotSent(_)));
    assert!(not_sent, "{gone:?}");
}

#[tokio::test]
async fn a_task_that_cannot_be_followed_for_a_while_is_not_given_up() {
    let house = House::open(Role::Full, true).await;
    let job = house.act(house.vm, Action::Stop).await.expect("begun");
    let fault = Fault::Status(500, "busy".into());
    house.server.set_fault("/nodes/pve1/tasks", Some(fault));
    house.server.world().advance(Duration::from_secs(60));
    house
        .until_asked(
            |asked| asked.status == 500 && asked.path.contains("/tasks/"),
            2,
        )
        .await;
    house.server.clear_faults();
    let over = house.until(&job.id, |job| job.state.is_over()).await;
    assert_eq!(over.state, JobState::Ok);
}

#[tokio::test]
async fn a_job_survives_a_restart_and_ends_as_the_host_says() {
    let mut house = House::open(Role::Full, true).await;
    let job = house.act(house.vm, Action::Stop).await.expect("begun");
    house.restart().await;
    let found = house.control.find(&job.id).expect("it is known");
    assert_eq!(found.state, JobState::Running);
    assert_eq!(
        (found.task.clone(), found.by.as_str()),
        (job.task.clone(), "anna")
    );
    house.server.world().advance(Duration::from_secs(60));
    let over = house.until(&job.id, |job| job.state.is_over()).await;
    assert_eq!(over.state, JobState::Ok);
    assert!(!over.log.is_empty(), "its log is read from the beginning");
    let trail = house.trail(2).await;
    assert_eq!(
        trail,
        [
            ("guest.stop".to_owned(), Outcome::Asked),
            ("guest.stop".to_owned(), Outcome::Ok)
        ]
    );
    house.restart().await;
    assert!(house.control.list().is_empty(), "it is over");
}

#[tokio::test]
async fn a_job_whose_target_is_gone_ends_with_a_word_that_says_so() {
    let mut house = House::open(Role::Full, true).await;
    let job = house.act(house.vm, Action::Stop).await.expect("begun");
    house.targets.remove(&house.target).await.expect("removed");
    house.restart().await;
    let over = house.control.find(&job.id).expect("it is known");
    assert_eq!(over.state, JobState::Unknown);
    let message = over.message.as_deref().unwrap_or_default();
    assert!(
        message.starts_with("it cannot be followed any more"),
        "{message}"
    );
}
