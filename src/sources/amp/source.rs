//! One reading of AMP: a single question to its main instance.

use serde_json::json;

use super::map;
use super::session::{MAIN, Sessions};
use super::wire::Machine;
use crate::model::resource::GameAbility;
use crate::model::target::Failure;
use crate::model::time::Timestamp;
use crate::sources::BoxFuture;
use crate::sources::lenient::List;
use crate::sources::panel::client::PanelClient;
use crate::sources::panel::source::{Panel, Reading};

/// One AMP.
pub(super) struct Amp {
    sessions: Sessions,
}

impl Amp {
    pub(super) const fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }

    async fn read_all(&self, now: Timestamp) -> Result<Reading, Failure> {
        let machines: List<Machine> = self
            .sessions
            .call(MAIN, "ADSModule/GetInstances", json!({}))
            .await
            .map_err(|refusal| refusal.failure)?;
        let host = self.sessions.client.host();
        let mut reading = Reading::default();
        for instance in machines
            .0
            .iter()
            .flat_map(|machine| &machine.available_instances.0)
        {
            if reading.version.is_none() {
                reading.version.clone_from(&instance.amp_version.0);
            }
            reading.servers.extend(map::server(instance, host, now));
        }
        Ok(reading)
    }
}

impl Panel for Amp {
    fn client(&self) -> &PanelClient {
        &self.sessions.client
    }

    fn read(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Reading, Failure>> {
        Box::pin(self.read_all(now))
    }

    fn abilities(&self) -> &'static [GameAbility] {
        &[
            GameAbility::Power,
            GameAbility::Command,
            GameAbility::Log,
            GameAbility::Backup,
        ]
    }
}
