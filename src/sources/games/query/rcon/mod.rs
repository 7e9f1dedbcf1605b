//! Games that tell who is there only to an administrator, over Valve's remote console.

mod wire;
mod words;

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::line::{Budget, Call, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError, Request};
use wire::Console;

pub(super) const FACTORIO: Protocol = Protocol {
    name: "factorio",
    label: "Factorio (RCON)",
    ports: &[27015],
    query: |call| Box::pin(ask_factorio(call)),
    ..ARK
};

pub(super) const ARK: Protocol = Protocol {
    name: "ark_rcon",
    label: "ARK (RCON)",
    ports: &[27020],
    transport: Transport::Tcp,
    capabilities: Capabilities {
        players: Players::Names,
        map: false,
        version: false,
        secret: true,
        wakes: false,
    },
    query: |call| Box::pin(ask_ark(call)),
    parse: |bytes| {
        let _ = wire::packet(bytes);
        let text = String::from_utf8_lossy(bytes);
        let _ = words::factorio(&text);
        let _ = words::ark(&text);
    },
};

async fn ask_factorio(call: Call) -> Result<Answer, QueryError> {
    let mut console = open(&call).await?;
    let names = words::factorio(&console.run("/players online").await?)?;
    let mut answer = of_names(names);
    if let Ok(version) = console.run("/version").await {
        answer.version = Some(super::text::tidy(&version)).filter(|text| !text.is_empty());
    }
    Ok(answer)
}

async fn ask_ark(call: Call) -> Result<Answer, QueryError> {
    let mut console = open(&call).await?;
    Ok(of_names(words::ark(&console.run("ListPlayers").await?)?))
}

async fn open(call: &Call) -> Result<Console, QueryError> {
    let secret = call.secret()?.expose_secret().to_owned();
    Console::open(call.tcp(Patience::Whole).await?, &secret).await
}

fn of_names(listed: words::Listed) -> Answer {
    Answer {
        players: Some(listed.count),
        names: Some(listed.names),
        ..Answer::default()
    }
}

/// Sends one line to a server's remote console and answers what it said, within the request's
/// limits.
///
/// # Errors
/// When the console does not let us in or does not answer.
pub async fn command(request: Request, line: &str) -> Result<String, QueryError> {
    let total = request.limits.total;
    let budget = Arc::new(Budget::new(request.limits));
    let call = Call::new(request, Arc::clone(&budget));
    let told = tokio::time::timeout_at(budget.deadline(), async {
        open(&call).await?.run(line).await
    });
    told.await.map_err(|_| QueryError::Timeout(total))?
}
