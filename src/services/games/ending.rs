//! Ending a server without loss: tell players, wait, save, and ask it to end in the way its game
//! wants to be asked, with the time that its world needs.

use std::time::Duration;

use tokio::time::Instant;

use super::work::{Hands, is_up};
use super::{GamesError, Server, local};
use crate::model::game_action::Ending;
use crate::model::resource::GameAbility;
use crate::sources::games::catalog::{Entry, HotSave, StopMethod};
use crate::sources::games::host::StopOrder;

/// Seconds that a server gets whose game is not known: it may have a world to save.
const UNKNOWN_GRACE: u32 = 120;

/// Most seconds that players are warned for, and that a server gets.
pub(super) const LONGEST: u32 = 3600;

/// What players are told when nobody says otherwise.
const MESSAGE: &str = "The server stops in {seconds} seconds.";
const MESSAGE_NOW: &str = "The server stops now.";

/// How a server is stopped when nobody says otherwise.
pub(super) fn order(entry: Option<&Entry>, grace_s: Option<u32>) -> StopOrder {
    let stop = entry.map(|entry| &entry.stop);
    StopOrder {
        grace_s: grace_s
            .or(stop.map(|stop| stop.grace_s))
            .unwrap_or(UNKNOWN_GRACE)
            .min(LONGEST),
        signal: stop.and_then(|stop| stop.signal.clone()),
    }
}

/// Ends a server; answers a warning where something on the way did not work. Until it is asked to
/// end, that can be broken off.
pub(super) async fn stop(
    hands: &Hands<'_>,
    server: &Server,
    how: &Ending,
) -> Result<Option<String>, GamesError> {
    if !is_up(server.seen.status) {
        // One that ends again and again is started again and again until it is stopped.
        let order = order(server.entry.as_deref(), how.grace_s);
        hands.host.stop(local(&server.seen), &order).await?;
        hands.progress.tell("it is off", Some(1.0));
        return Ok(None);
    }
    if how.warn_s > LONGEST || how.grace_s.is_some_and(|grace| grace > LONGEST) {
        let problem = format!("must be at most {LONGEST} s");
        return Err(GamesError::invalid("params.warn_s", problem));
    }
    let entry = server.entry.as_deref();
    let mut warning = None;
    announce(hands, server, entry, how, &mut warning).await?;
    hands.progress.check()?;
    if let Some(entry) = entry {
        save(hands, server, entry, &mut warning).await;
    }
    hands.progress.check()?;
    ask_to_end(hands, server, entry, how).await?;
    let seen = hands
        .seen_as(&server.seen.id, |seen| !is_up(seen.status))
        .await;
    if seen.is_none() {
        warning.get_or_insert_with(|| "it was stopped, but is still seen to run".to_owned());
    }
    Ok(warning)
}

/// Tells players and gives them their time; nobody is waited for who is not there.
async fn announce(
    hands: &Hands<'_>,
    server: &Server,
    entry: Option<&Entry>,
    how: &Ending,
    warning: &mut Option<String>,
) -> Result<(), GamesError> {
    if server.seen.is_empty_for_certain() {
        return Ok(());
    }
    let words = entry.and_then(|entry| entry.stop.announce.as_deref());
    let can_say = server.seen.can.contains(&GameAbility::Command);
    if let Some(words) = words.filter(|_| can_say) {
        let usual = if how.warn_s > 0 { MESSAGE } else { MESSAGE_NOW };
        let message = how.message.as_deref().unwrap_or(usual);
        let line = words
            .replace("{message}", &one_line(message))
            .replace("{seconds}", &how.warn_s.to_string());
        hands.progress.tell("telling players", None);
        if let Err(error) = hands.host.command(local(&server.seen), &line).await {
            let told = format!("players could not be told: {error}");
            hands.progress.tell(told.clone(), None);
            warning.get_or_insert(told);
        }
    }
    if how.warn_s > 0 {
        let wait = format!("waiting {} s, or until everybody has left", how.warn_s);
        hands.progress.tell(wait, None);
        let within = Duration::from_secs(how.warn_s.into());
        hands
            .seen_within(&server.seen.id, within, |seen| {
                seen.is_none_or(|seen| seen.is_empty_for_certain() || !is_up(seen.status))
            })
            .await;
    }
    Ok(())
}

/// Has the world written down before the server is asked to end, where its game can.
async fn save(hands: &Hands<'_>, server: &Server, entry: &Entry, warning: &mut Option<String>) {
    let can_say = server.seen.can.contains(&GameAbility::Command);
    if entry.saves.hot == HotSave::None || !can_say {
        return;
    }
    hands.progress.tell("saving the world", None);
    for line in entry.saves.pre.iter().chain(&entry.saves.post) {
        if let Err(error) = hands.host.command(local(&server.seen), line).await {
            let told = format!("the world could not be saved before: {error}");
            hands.progress.tell(told.clone(), None);
            warning.get_or_insert(told);
            return;
        }
    }
}

async fn ask_to_end(
    hands: &Hands<'_>,
    server: &Server,
    entry: Option<&Entry>,
    how: &Ending,
) -> Result<(), GamesError> {
    let order = order(entry, how.grace_s);
    let name = local(&server.seen);
    let by_console = entry
        .filter(|entry| entry.stop.method != StopMethod::Signal)
        .and_then(|entry| entry.stop.command.as_deref())
        .filter(|_| server.seen.can.contains(&GameAbility::Command));
    if let Some(line) = by_console {
        hands.progress.tell(format!("sending {line}"), None);
        match hands.host.command(name, line).await {
            Ok(_) => {
                let deadline = Instant::now() + Duration::from_secs(order.grace_s.into());
                while Instant::now() < deadline {
                    if matches!(hands.host.is_running(name).await, Ok(false)) {
                        return Ok(());
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            Err(error) => hands
                .progress
                .tell(format!("its console does not take it: {error}"), None),
        }
    }
    let told = format!("stopping it; it gets {} s", order.grace_s);
    hands.progress.tell(told, None);
    Ok(hands.host.stop(name, &order).await?)
}

/// A message becomes part of a command: one line, and no more than fits.
fn one_line(message: &str) -> String {
    message
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::games::catalog;

    #[test]
    fn a_world_gets_the_time_that_its_game_needs() {
        let catalog = catalog::current();
        let factorio = catalog.get("factorio").expect("an entry");
        assert_eq!(order(Some(factorio), None).grace_s, factorio.stop.grace_s);
        assert!(order(Some(factorio), None).grace_s >= 60);
        assert_eq!(order(None, None).grace_s, UNKNOWN_GRACE);
        assert_eq!(order(None, Some(5)).grace_s, 5);
        assert_eq!(order(None, Some(u32::MAX)).grace_s, LONGEST);
    }

    #[test]
    fn a_message_cannot_become_a_second_command() {
        assert_eq!(one_line("bye\nop mallory\0"), "byeop mallory");
    }
}
