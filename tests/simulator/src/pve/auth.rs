//! Who calls, and what they may see.

use crate::world::config::PveVersion;

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// PVEAuditor on `/`.
    Auditor,
    /// PVEAuditor, and also the privileges that show backups in storage content.
    BackupAuditor,
    /// PVEAuditor on `/`, but an ACL on `/vms` that replaces it there: all guests vanish.
    Shadowed,
    /// No ACL at all: thinned answers and 403.
    NoAcl,
    /// Everything.
    Full,
    /// Expired: every call is 401.
    Expired,
}

impl Role {
    /// One word for listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::BackupAuditor => "backup-auditor",
            Self::Shadowed => "shadowed",
            Self::NoAcl => "no-acl",
            Self::Full => "full",
            Self::Expired => "expired",
        }
    }

    /// True when the role has `privilege` on `path`.
    pub(crate) fn allows(self, version: PveVersion, path: &str, privilege: &str) -> bool {
        self.privileges(version, path)
            .is_none_or(|list| list.contains(&privilege))
    }

    /// The privileges on `path`; `None` for all there are.
    pub(crate) fn privileges(self, version: PveVersion, path: &str) -> Option<Vec<&'static str>> {
        let mut list = vec![
            "Datastore.Audit",
            "Mapping.Audit",
            "Pool.Audit",
            "SDN.Audit",
            "Sys.Audit",
            "VM.Audit",
        ];
        if version == PveVersion::V9 {
            list.push("VM.GuestAgent.Audit");
        }
        match self {
            Self::Full => return None,
            Self::NoAcl | Self::Expired => list.clear(),
            Self::Auditor => {}
            Self::BackupAuditor => list.extend(["Datastore.AllocateSpace", "VM.Backup"]),
            Self::Shadowed if path == "/vms" || path.starts_with("/vms/") => {
                list = vec![agent_privileges(version)[0]];
            }
            Self::Shadowed => {}
        }
        Some(list)
    }
}

/// What guest-agent reads need, any one of them.
pub(crate) fn agent_privileges(version: PveVersion) -> &'static [&'static str] {
    match version {
        PveVersion::V8 => &["VM.Monitor"],
        PveVersion::V9 => &["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"],
    }
}

/// An API token of the simulated cluster.
#[derive(Clone, Debug)]
pub struct Token {
    /// `user@realm!name`.
    pub id: String,
    /// The secret, a UUID.
    pub secret: String,
    /// What it may do.
    pub role: Role,
}

impl Token {
    /// The value of the `Authorization` header.
    pub fn header(&self) -> String {
        format!("PVEAPIToken={}={}", self.id, self.secret)
    }
}

/// A user who can log in with a password.
#[derive(Clone, Debug)]
pub struct User {
    /// `user@realm`.
    pub name: String,
    /// The password.
    pub password: String,
    /// What the user may do.
    pub role: Role,
}

/// Who makes a call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: String,
    pub(crate) tokenid: Option<String>,
    pub(crate) role: Role,
}

/// The tokens every server knows, with secrets that depend on the world's seed.
pub(crate) fn tokens(seed: u64) -> Vec<Token> {
    [
        ("homepulse@pve!monitor", Role::Auditor),
        ("homepulse@pve!backups", Role::BackupAuditor),
        ("homepulse@pve!shadowed", Role::Shadowed),
        ("homepulse@pve!noacl", Role::NoAcl),
        ("root@pam!full", Role::Full),
        ("homepulse@pve!expired", Role::Expired),
    ]
    .into_iter()
    .map(|(id, role)| Token {
        id: id.to_owned(),
        secret: uuid(&[seed, 500, crate::dice::text(id)]),
        role,
    })
    .collect()
}

/// The users every server knows.
pub(crate) fn users(seed: u64) -> Vec<User> {
    [("root@pam", Role::Full), ("homepulse@pve", Role::Auditor)]
        .into_iter()
        .map(|(name, role)| User {
            name: name.to_owned(),
            password: uuid(&[seed, 501, crate::dice::text(name)])[..18].to_owned(),
            role,
        })
        .collect()
}

/// A UUID made from numbers.
pub(crate) fn uuid(parts: &[u64]) -> String {
    let high = crate::dice::hash(parts);
    let low = crate::dice::hash(&[high, 1]);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}
