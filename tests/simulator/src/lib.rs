//! A home lab over real sockets, for tests and demonstrations: a Proxmox VE cluster with TLS, a mail server and a
//! webhook receiver, game servers and their panels, each with faults that can be switched while it runs.
//!
//! It knows Proxmox from the outside only and none of the product's types, so that a misread field cannot be wrong
//! on both sides. Start with [`World`], which says what there is at any instant; [`PveServer`] and [`PbsServer`]
//! put it on the wire,
//! [`SmtpSink`] and [`WebhookSink`] receive what the product sends, [`Scenario`] lets things happen.

mod clock;
mod curve;
mod dice;
mod engine;
mod games;
mod http;
mod json;
mod log;
mod panels;
mod pbs;
mod pve;
mod scenario;
mod smtp;
mod tls;
mod webhook;
mod world;

pub use engine::EngineServer;
pub use games::{GameFault, GameNight, GameProtocol, GameServer, GameState, NIGHT, NightServer};
pub use log::RequestRecord;
pub use panels::{PanelFault, PanelGame, PanelKind, PanelServer};
pub use pbs::auth::{PbsRole, PbsToken};
pub use pbs::server::{PbsOptions, PbsServer};
pub use pve::auth::{Role, Token, User};
pub use pve::fault::Fault;
pub use pve::push;
pub use pve::server::{PveOptions, PveServer};
pub use scenario::Scenario;
pub use smtp::{Mail, SmtpFault, SmtpOptions, SmtpSink};
pub use tls::{Certificate, Identity, TlsError};
pub use webhook::{WebhookFault, WebhookRequest, WebhookSink};
pub use world::World;
pub use world::backup::{Backup, Snapshot};
pub use world::config::{PveVersion, WorldConfig};
pub use world::guest::{Agent, Guest, GuestFigures, GuestKind, GuestStatus, Metric};
pub use world::node::{Freshness, Node, NodeFigures};
pub use world::script::GuestSpec;
pub use world::storage::{Storage, StorageFigures};
pub use world::task::{Task, TaskSpec};
pub use world::vault::{Vault, VaultTask};
