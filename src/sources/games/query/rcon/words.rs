//! What games answer when asked who is there.

use super::super::QueryError;
use super::super::answer::Names;
use super::super::text;

/// Who is there.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) count: u32,
    pub(super) names: Vec<String>,
}

/// `Online players (2):` and a line for each, with or without `(online)` behind the name.
pub(super) fn factorio(answer: &str) -> Result<Listed, QueryError> {
    let mut lines = answer.lines();
    let head = lines.next().unwrap_or_default();
    let count = head
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .and_then(|(number, _)| number.trim().parse().ok())
        .ok_or(QueryError::Malformed("it does not say how many are online"))?;
    let mut names = Names::default();
    for line in lines {
        let name = line.trim();
        names.push(text::tidy(name.strip_suffix("(online)").unwrap_or(name)));
    }
    Ok(Listed {
        count,
        names: names.into_vec(),
    })
}

/// `0. Alice, 76561198000000000` a line, or that nobody is connected.
pub(super) fn ark(answer: &str) -> Result<Listed, QueryError> {
    let mut names = Names::default();
    let mut count = 0_u32;
    for line in answer
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if line.starts_with("No Players Connected") {
            break;
        }
        let entry = line
            .split_once(". ")
            .filter(|(number, _)| number.parse::<u32>().is_ok());
        let (_, rest) = entry.ok_or(QueryError::Malformed("it is no list of players"))?;
        count += 1;
        names.push(text::tidy(
            rest.rsplit_once(',').map_or(rest, |(name, _)| name),
        ));
    }
    if count == 0 && !answer.contains("No Players Connected") {
        return Err(QueryError::Malformed("it says nothing about players"));
    }
    Ok(Listed {
        count,
        names: names.into_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_games_are_read() {
        let listed =
            factorio("Online players (2):\n  alice (online)\n  bob (online)\n").expect("reads");
        assert_eq!(
            (listed.count, listed.names),
            (2, vec!["alice".into(), "bob".into()])
        );
        assert_eq!(factorio("Online players (0)").expect("reads").count, 0);
        let listed = ark("\n0. Al, ice, 76561198000000001\n1. bob, 0002abc\n").expect("reads");
        assert_eq!(
            (listed.count, listed.names),
            (2, vec!["Al, ice".into(), "bob".into()])
        );
        assert_eq!(ark("No Players Connected \n ").expect("reads").count, 0);
    }

    #[test]
    fn an_answer_without_a_count_is_unknown_and_not_zero() {
        assert!(factorio("Unknown command").is_err());
        assert!(ark("").is_err() && ark("Server received, But no response!!").is_err());
    }
}
