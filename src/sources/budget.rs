//! How much a host may be asked. One type counts every request, by class of endpoint, and says
//! whether one more is allowed: gentleness is a promise that is kept here and shown.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::target::{EndpointRequests, RequestBudget};
use crate::model::time::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
/// The shortest time between two looks, which the questions between them are spread over.
const STRETCH: Duration = Duration::from_secs(10);

/// What may be asked of one target.
#[derive(Clone, Copy, Debug)]
pub(in crate::sources) struct Allowance {
    /// Requests within any 60 seconds, everything included.
    pub(in crate::sources) per_minute: usize,
    /// Requests of the slow rotation within any 10 seconds.
    pub(in crate::sources) details_per_stretch: usize,
    /// Requests that are kept free for the looks of the next seconds.
    pub(in crate::sources) reserve: usize,
}

/// Whether a request belongs to every look, to the slow rotation or to what somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sources) enum Class {
    /// Part of a look: counted, never held back.
    Cycle,
    /// Part of the rotation, or of what is read now and then: held back by the allowance.
    Detail,
    /// A command, or a question of how it goes on: held back by those over the same connection.
    Command,
}

/// The requests to one target, over however many connections. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    recent: VecDeque<(Timestamp, Class, String)>,
    totals: BTreeMap<String, u64>,
}

impl Requests {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the requests over one connection to a target against its allowance, and with them those
/// over the target's other connections.
#[derive(Debug)]
pub(in crate::sources) struct Budget {
    allowance: Allowance,
    now: Timestamp,
    requests: Requests,
    /// When commands were sent over this connection.
    commands: VecDeque<Timestamp>,
    cycle: u32,
}

impl Budget {
    pub(in crate::sources) fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            now: Timestamp(0),
            requests: Requests::default(),
            commands: VecDeque::new(),
            cycle: 0,
        }
    }

    /// What this connection's requests are counted in.
    pub(in crate::sources) fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Counts in `requests` from now on, beside another connection to the same target.
    pub(in crate::sources) fn count_in(&mut self, requests: Requests) {
        self.requests = requests;
    }

    /// Begins a look at `now`.
    pub(in crate::sources) fn begin_cycle(&mut self, now: Timestamp) {
        self.turn_to(now);
        self.cycle = 0;
    }

    /// It is `now`. A clock that was set back does not count a request twice; another connection
    /// may have read it a moment later.
    pub(in crate::sources) fn turn_to(&mut self, now: Timestamp) {
        self.now = now;
        let latest = now + Duration::from_secs(1);
        let is_recent = |at: Timestamp| at <= latest && now.since(at) < MINUTE;
        self.commands.retain(|at| is_recent(*at));
        self.requests
            .lock()
            .recent
            .retain(|(at, ..)| is_recent(*at));
    }

    /// Counts one request for `path`.
    pub(in crate::sources) fn count(&mut self, path: &str, class: Class) {
        let endpoint = endpoint_of(path);
        let mut counted = self.requests.lock();
        *counted.totals.entry(endpoint.clone()).or_insert(0) += 1;
        counted.recent.push_back((self.now, class, endpoint));
        drop(counted);
        match class {
            Class::Cycle => self.cycle += 1,
            Class::Detail => {}
            Class::Command => self.commands.push_back(self.now),
        }
    }

    /// Whether one more request of `class` may be made now.
    pub(in crate::sources) fn allows(&self, class: Class) -> bool {
        let Allowance {
            per_minute,
            details_per_stretch,
            reserve,
        } = self.allowance;
        let in_stretch = |at: &Timestamp| self.now.since(*at) < STRETCH;
        match class {
            Class::Cycle => true,
            Class::Detail => {
                let recent = &self.requests.lock().recent;
                let details = recent
                    .iter()
                    .filter(|(_, class, _)| *class == Class::Detail);
                let in_stretch = details.filter(|(at, ..)| in_stretch(at)).count();
                recent.len() < per_minute.saturating_sub(reserve)
                    && in_stretch < details_per_stretch
            }
            Class::Command => {
                let in_stretch = self.commands.iter().filter(|at| in_stretch(at)).count();
                self.commands.len() < per_minute && in_stretch < details_per_stretch
            }
        }
    }

    /// Whether the rotation may ask one more question now.
    pub(in crate::sources) fn allows_detail(&self) -> bool {
        self.allows(Class::Detail)
    }

    /// The figures to show.
    pub(in crate::sources) fn shown(&self) -> RequestBudget {
        let counted = self.requests.lock();
        let mut by_endpoint: Vec<EndpointRequests> = counted
            .totals
            .iter()
            .map(|(endpoint, total)| {
                let recent = counted
                    .recent
                    .iter()
                    .filter(|(_, _, name)| name == endpoint);
                EndpointRequests {
                    endpoint: endpoint.clone(),
                    last_minute: small(recent.count()),
                    total: *total,
                }
            })
            .collect();
        by_endpoint.sort_by(|a, b| {
            (b.last_minute, b.total, &a.endpoint).cmp(&(a.last_minute, a.total, &b.endpoint))
        });
        RequestBudget {
            last_cycle: self.cycle,
            last_minute: small(counted.recent.len()),
            limit: small(self.allowance.per_minute),
            by_endpoint,
        }
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The class of a path: names and numbers left open, the query left out.
fn endpoint_of(path: &str) -> String {
    let mut class = String::with_capacity(path.len());
    let path = path.split('?').next().unwrap_or_default();
    let mut open = None;
    for segment in path.split('/').skip(1) {
        class.push('/');
        class.push_str(open.take().unwrap_or(segment));
        open = match (segment, class.as_str()) {
            ("nodes", "/nodes") => Some("{node}"),
            ("qemu" | "lxc", _) => Some("{vmid}"),
            ("snapshot", _) => Some("{snapshot}"),
            ("tasks", "/nodes/{node}/tasks") => Some("{upid}"),
            ("storage", "/nodes/{node}/storage") => Some("{storage}"),
            ("datastore", "/admin/datastore") => Some("{store}"),
            _ => None,
        };
    }
    class
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Allowance, Budget, Class, endpoint_of};
    use crate::model::time::Timestamp;

    const TIGHT: Allowance = Allowance {
        per_minute: 20,
        details_per_stretch: 3,
        reserve: 5,
    };

    #[test]
    fn names_and_numbers_do_not_make_classes() {
        for (path, expected) in [
            ("/cluster/resources", "/cluster/resources"),
            ("/nodes", "/nodes"),
            ("/nodes/pve1/status", "/nodes/{node}/status"),
            (
                "/nodes/a/qemu/100/config",
                "/nodes/{node}/qemu/{vmid}/config",
            ),
            (
                "/nodes/a/storage/nas/content?content=backup",
                "/nodes/{node}/storage/{storage}/content",
            ),
            (
                "/admin/datastore/main/groups?ns=x",
                "/admin/datastore/{store}/groups",
            ),
        ] {
            assert_eq!(endpoint_of(path), expected);
        }
    }

    #[test]
    fn no_minute_ever_holds_more_than_it_may() {
        let mut budget = Budget::new(TIGHT);
        let mut asked: Vec<i64> = Vec::new();
        for step in 0..60_i64 {
            let now = Timestamp::from_seconds(1_000 + step * 10);
            budget.begin_cycle(now);
            budget.count("/cluster/resources", Class::Cycle);
            asked.push(now.seconds());
            budget.turn_to(now + Duration::from_secs(1));
            while budget.allows_detail() {
                budget.count("/nodes/a/status", Class::Detail);
                asked.push(now.seconds() + 1);
            }
            let minute = asked.iter().filter(|at| now.seconds() - **at < 60).count();
            assert!(minute <= TIGHT.per_minute, "step {step}: {minute}");
        }
        assert!(asked.len() > 120, "it does ask: {}", asked.len());
    }

    #[test]
    fn commands_count_beside_looks_and_are_held_back_by_their_own_only() {
        let now = Timestamp::from_seconds(1_000);
        let mut looks = Budget::new(TIGHT);
        let mut commands = Budget::new(TIGHT);
        commands.count_in(looks.requests());
        looks.begin_cycle(now);
        commands.turn_to(now);
        for _ in 0..3 {
            looks.count("/nodes/a/status", Class::Detail);
        }
        assert!(!looks.allows_detail(), "this stretch is used up");
        assert!(commands.allows(Class::Command));
        for _ in 0..3 {
            commands.count("/nodes/a/qemu/100/status/start", Class::Command);
        }
        assert!(
            !commands.allows(Class::Command),
            "commands have a pace, too"
        );
        let shown = looks.shown();
        assert_eq!(shown.last_minute, 6);
        let command = "/nodes/{node}/qemu/{vmid}/status/start";
        let mut classes = shown.by_endpoint.iter();
        let by_command = classes.find(|class| class.endpoint == command);
        assert_eq!(by_command.map(|class| class.total), Some(3));
    }

    #[test]
    fn figures_are_shown_by_class_with_the_busiest_first() {
        let mut budget = Budget::new(TIGHT);
        budget.begin_cycle(Timestamp::from_seconds(5));
        budget.count("/nodes/a/status", Class::Detail);
        budget.count("/nodes/b/status", Class::Detail);
        budget.count("/version", Class::Cycle);
        let shown = budget.shown();
        assert_eq!(
            (shown.last_cycle, shown.last_minute, shown.limit),
            (1, 3, 20)
        );
        assert_eq!(shown.by_endpoint[0].endpoint, "/nodes/{node}/status");
        assert_eq!(shown.by_endpoint[0].last_minute, 2);
        budget.begin_cycle(Timestamp::from_seconds(70));
        let later = budget.shown();
        assert_eq!((later.last_cycle, later.last_minute), (0, 0));
        assert_eq!(later.by_endpoint[0].total, 2);
    }
}
