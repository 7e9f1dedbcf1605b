//! Orders that are carried out by the games service, as jobs that people can watch.

use super::{Errand, Order, Orders};
use crate::model::game_action::{Ending, GameAction};
use crate::model::id::ResourceId;
use crate::services::games::Games;
use crate::services::jobs::Asker;
use crate::sources::BoxFuture;

/// Who stands in the audit.
const ASKER: &str = "policy";

impl Orders for Games {
    fn carry_out(
        &self,
        server: ResourceId,
        errand: Errand,
        why: String,
    ) -> BoxFuture<'_, Result<(), String>> {
        // Whoever came between the last answer and now is seen there and keeps it up.
        let ending = Ending {
            message: Some(why),
            even_with_players: false,
            ..Ending::default()
        };
        let action = match errand {
            Errand::Start => GameAction::Start,
            Errand::Due(Order::Stop) => GameAction::Stop(ending),
            Errand::Due(Order::Restart) => GameAction::Restart(ending),
            Errand::Due(Order::Update) => GameAction::Update(ending),
        };
        Box::pin(async move {
            let by = Asker {
                name: ASKER.to_owned(),
                peer: String::new(),
            };
            let begun = self.act(server.as_str(), action, None, &by).await;
            begun.map(drop).map_err(|error| error.to_string())
        })
    }

    fn is_busy(&self, server: &ResourceId) -> bool {
        let jobs = self.jobs().list();
        jobs.iter()
            .any(|job| job.resource == *server && job.ended_at.is_none())
    }
}
