//! Worker tasks and their identifiers.

/// A task of a node's worker.
#[derive(Clone, Debug)]
pub struct Task {
    /// `UPID:node:pid:pstart:starttime:type:id:user:`, hexadecimal.
    pub upid: String,
    /// Where it runs.
    pub node: String,
    /// Process id.
    pub pid: u32,
    /// Start of the process in the host's ticks.
    pub pstart: u64,
    /// Start in unix seconds.
    pub starttime: i64,
    /// End in unix seconds; `None` while nobody knows one.
    pub endtime: Option<i64>,
    /// `vzdump`, `qmstart`, ….
    pub kind: String,
    /// What it works on; may be empty.
    pub id: String,
    /// `root@pam`.
    pub user: String,
    /// The token of that user, if one was used.
    pub tokenid: Option<String>,
    /// What it ends with: `OK`, `WARNINGS: 1` or an error text.
    pub outcome: String,
    /// What it wrote.
    pub log: Vec<String>,
}

impl Task {
    /// True at `now` (unix seconds) when it has not ended yet.
    pub fn running(&self, now: i64) -> bool {
        self.endtime.is_none_or(|end| end > now)
    }

    /// True when it ended in an error.
    pub fn failed(&self, now: i64) -> bool {
        !self.running(now) && self.outcome != "OK"
    }

    /// How many lines of its log stand there at `now`: they come evenly, the last with its end.
    pub(crate) fn written(&self, now: i64) -> usize {
        let all = self.log.len();
        match self.endtime {
            Some(end) if end <= now => all,
            Some(end) => {
                let (takes, passed) =
                    ((end - self.starttime).max(1), (now - self.starttime).max(0));
                all.saturating_sub(1) * passed as usize / takes as usize
            }
            None => all.saturating_sub(1),
        }
    }

    pub(crate) fn full_user(&self) -> String {
        match &self.tokenid {
            Some(token) => format!("{}!{token}", self.user),
            None => self.user.clone(),
        }
    }
}

/// A task to be added to the world; [`TaskSpec::new`] fills in the usual.
#[derive(Clone, Debug)]
pub struct TaskSpec {
    /// Node it runs on.
    pub node: String,
    /// `vzdump`, `qmstart`, ….
    pub kind: String,
    /// What it works on.
    pub id: String,
    /// `root@pam`.
    pub user: String,
    /// The token of that user.
    pub tokenid: Option<String>,
    /// How many seconds ago it started.
    pub started_ago: i64,
    /// How many seconds it takes; `None` for a task that never ends.
    pub takes: Option<i64>,
    /// What it ends with.
    pub outcome: String,
    /// What it writes.
    pub log: Vec<String>,
}

impl TaskSpec {
    /// A task of `root@pam` that starts now and ends well within the same second.
    pub fn new(node: &str, kind: &str, id: &str) -> Self {
        Self {
            node: node.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            user: "root@pam".to_owned(),
            tokenid: None,
            started_ago: 0,
            takes: Some(0),
            outcome: "OK".to_owned(),
            log: Vec::new(),
        }
    }

    /// Lets it end with `outcome`.
    pub fn outcome(mut self, outcome: &str) -> Self {
        self.outcome = outcome.to_owned();
        self
    }

    /// Lets it start `ago` seconds ago and take `seconds`.
    pub fn lasting(mut self, ago: i64, seconds: i64) -> Self {
        self.started_ago = ago;
        self.takes = Some(seconds);
        self
    }

    pub(crate) fn into_task(self, now: i64, pid: u32) -> Task {
        let starttime = now - self.started_ago;
        let pstart = (starttime.rem_euclid(40_000_000) * 100) as u64;
        let full_user = match &self.tokenid {
            Some(token) => format!("{}!{token}", self.user),
            None => self.user.clone(),
        };
        let upid = format!(
            "UPID:{}:{pid:08X}:{pstart:08X}:{starttime:08X}:{}:{}:{full_user}:",
            self.node,
            self.kind,
            self.id.replace(':', "\\x3a")
        );
        let mut log = self.log;
        let last = if self.outcome == "OK" {
            "TASK OK".to_owned()
        } else {
            format!("TASK ERROR: {}", self.outcome)
        };
        log.push(last);
        Task {
            upid,
            node: self.node,
            pid,
            pstart,
            starttime,
            endtime: self.takes.map(|seconds| starttime + seconds),
            kind: self.kind,
            id: self.id,
            user: self.user,
            tokenid: self.tokenid,
            outcome: self.outcome,
            log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_upid_holds_what_the_task_is() {
        let task = TaskSpec::new("pve1", "vzdump", "").into_task(0x6B02_ACDF, 0xD91);
        assert!(
            task.upid.starts_with("UPID:pve1:00000D91:"),
            "{}",
            task.upid
        );
        assert!(
            task.upid.ends_with(":6B02ACDF:vzdump::root@pam:"),
            "{}",
            task.upid
        );
    }

    #[test]
    fn a_task_runs_until_its_end() {
        let task = TaskSpec::new("pve1", "qmstart", "100")
            .lasting(0, 5)
            .into_task(1000, 1);
        assert!(task.running(1004));
        assert!(!task.running(1005));
    }
}
