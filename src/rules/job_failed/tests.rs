use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::job::{Job, JobKind, LastRun};
use crate::model::known::Known;
use crate::model::resource::{Datastore, DatastoreStatus, GarbageCollection, Resource, Usage};
use crate::model::shared::Shared;
use crate::model::task::TaskOutcome;
use crate::rules::tests::lab::{Lab, only, said, summary, target};

fn store(bad_chunks: Option<u64>) -> Vec<Resource> {
    vec![Resource::Datastore(Datastore {
        id: ResourceId::other(ResourceKind::Datastore, &target(), "tank"),
        name: "tank".into(),
        status: DatastoreStatus::Available,
        problem: None,
        maintenance: None,
        comment: None,
        usage: Usage::default(),
        full_at: None,
        dedup: None,
        garbage: bad_chunks.map(|bad| {
            Shared::new(GarbageCollection {
                bad_chunks: Some(bad),
                ..GarbageCollection::default()
            })
        }),
        namespaces: Known::default(),
        backend: None,
        mount: None,
    })]
}

fn job(kind: JobKind, id: &str, outcome: TaskOutcome) -> Facts {
    let job = Job {
        id: id.into(),
        kind,
        datastore: Some(ResourceId::other(
            ResourceKind::Datastore,
            &target(),
            "tank",
        )),
        store: "tank".into(),
        namespace: None,
        remote: None,
        schedule: None,
        disabled: false,
        next_run: None,
        last_run: Some(LastRun {
            ended_at: None,
            outcome,
            task: None,
        }),
        comment: None,
    };
    Facts {
        jobs: Known::Is(Shared::new(vec![job])),
        ..Facts::default()
    }
}

fn lab() -> Lab {
    Lab::with(only(ResourceKind::Datastore, "job_failed", json!({})), &[])
}

#[test]
fn a_failed_job_is_told_until_it_works_again() {
    let mut lab = lab();
    let failed = || TaskOutcome::Failed("connection refused".into());
    let told = lab.look(
        0,
        summary(),
        store(None),
        job(JobKind::Sync, "s-1", failed()),
    );
    assert_eq!(
        said(&told),
        "tank (datastore): the sync job s-1 failed — connection refused"
    );
    let running = job(JobKind::Sync, "s-1", TaskOutcome::Running);
    assert!(lab.look(10, summary(), store(None), running).is_empty());
    assert!(
        lab.look(20, summary(), store(None), Facts::default())
            .is_empty(),
        "unknown"
    );
    let worked = job(JobKind::Sync, "s-1", TaskOutcome::Ok);
    let told = lab.look(30, summary(), store(None), worked);
    assert!(said(&told).ends_with("works again"), "{told:?}");
}

#[test]
fn a_job_that_is_taken_away_ends_its_alert() {
    let mut lab = lab();
    let failed = job(JobKind::Verify, "v-1", TaskOutcome::Failed("no".into()));
    assert_eq!(lab.look(0, summary(), store(None), failed).len(), 1);
    let others = job(JobKind::Prune, "p-1", TaskOutcome::Ok);
    let told = lab.look(10, summary(), store(None), others);
    assert!(
        said(&told).ends_with("no longer watched for this"),
        "{told:?}"
    );
}

#[test]
fn broken_chunks_are_told() {
    let mut lab = lab();
    assert!(
        lab.look(0, summary(), store(None), Facts::default())
            .is_empty()
    );
    assert!(
        lab.look(10, summary(), store(Some(0)), Facts::default())
            .is_empty()
    );
    let told = lab.look(20, summary(), store(Some(3)), Facts::default());
    assert!(said(&told).contains("3 broken chunks"), "{told:?}");
}
