//! Who calls, and what they may see.

use crate::pve::auth::uuid;

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PbsRole {
    /// Audit on `/`.
    Auditor,
    /// Also RemoteAudit on `/remote` and TapeAudit on `/tape`.
    FullAuditor,
    /// No ACL at all.
    NoAcl,
    /// Everything.
    Full,
    /// Expired: every call is 401.
    Expired,
}

impl PbsRole {
    /// The privileges on `path`; deeper roles replace inherited ones.
    pub(crate) fn privileges(self, path: &str) -> Vec<&'static str> {
        let audit = vec!["Datastore.Audit", "Sys.Audit"];
        let below = |top: &str| path == top || path.starts_with(&format!("{top}/"));
        match self {
            Self::NoAcl | Self::Expired => Vec::new(),
            Self::FullAuditor if below("/remote") => vec!["Remote.Audit"],
            Self::FullAuditor if below("/tape") => vec!["Tape.Audit"],
            Self::Auditor | Self::FullAuditor => audit,
            Self::Full => vec![
                "Datastore.Allocate",
                "Datastore.Audit",
                "Datastore.Modify",
                "Datastore.Verify",
                "Permissions.Modify",
                "Remote.Audit",
                "Sys.Audit",
                "Sys.Modify",
                "Tape.Audit",
            ],
        }
    }

    pub(crate) fn allows(self, path: &str, privilege: &str) -> bool {
        self.privileges(path).contains(&privilege)
    }
}

/// An API token of the simulated server.
#[derive(Clone, Debug)]
pub struct PbsToken {
    /// `user@realm!name`.
    pub id: String,
    /// The secret, a UUID.
    pub secret: String,
    /// What it may do.
    pub role: PbsRole,
}

impl PbsToken {
    /// The value of the `Authorization` header.
    pub fn header(&self) -> String {
        format!("PBSAPIToken={}:{}", self.id, self.secret)
    }
}

/// The user who can log in with a password, in the form of a token without a name.
pub(crate) fn user(seed: u64) -> PbsToken {
    let id = "watcher@pbs";
    PbsToken {
        id: id.to_owned(),
        secret: uuid(&[seed, 901, crate::dice::text(id)])[..18].to_owned(),
        role: PbsRole::FullAuditor,
    }
}

impl PbsToken {
    /// What the user's password is exchanged for.
    pub(crate) fn ticket(&self) -> String {
        format!(
            "PBS:{}:6A2B3C4D::{:016x}+/=",
            self.id,
            crate::dice::text(&self.secret)
        )
    }
}

/// The tokens every server knows, with secrets that depend on the world's seed.
pub(crate) fn tokens(seed: u64) -> Vec<PbsToken> {
    [
        ("homepulse@pbs!monitor", PbsRole::Auditor),
        ("homepulse@pbs!all", PbsRole::FullAuditor),
        ("homepulse@pbs!noacl", PbsRole::NoAcl),
        ("root@pam!full", PbsRole::Full),
        ("homepulse@pbs!expired", PbsRole::Expired),
    ]
    .into_iter()
    .map(|(id, role)| PbsToken {
        id: id.to_owned(),
        secret: uuid(&[seed, 900, crate::dice::text(id)]),
        role,
    })
    .collect()
}
