//! The description of a game, whose newer versions put more in front of what older ones had.

use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};

const NEWEST: u8 = 7;
/// Days from year 0 to 1920, where the oldest versions begin to count.
const TO_1920: u32 = 701_265;

pub(super) fn parse(bytes: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u8()?;
    if !(1..=NEWEST).contains(&version) {
        return Err(QueryError::Malformed(
            "its description has an unknown version",
        ));
    }
    let mut answer = Answer::default();
    if version >= 7 {
        reader.u64_le()?;
    }
    let storage = if version >= 6 { reader.u8()? } else { 0 };
    if version >= 5 {
        reader.u32_le()?;
        answer.note("script", text::of(reader.until_zero()?));
    }
    if version >= 4 {
        let grfs = skip_grfs(&mut reader, storage)?;
        answer.note("newgrfs", grfs.to_string());
    }
    let mut today = None;
    if version >= 3 {
        today = Some(reader.u32_le()?);
        reader.u32_le()?;
    }
    if version >= 2 {
        answer.note("max_companies", reader.u8()?.to_string());
        answer.note("companies", reader.u8()?.to_string());
        reader.u8()?;
    }
    answer.title = text::some(reader.until_zero()?);
    answer.version = text::some(reader.until_zero()?);
    if version <= 5 {
        reader.u8()?;
    }
    answer.password = Some(reader.u8()? != 0);
    answer.max_players = Some(reader.u8()?.into());
    answer.players = Some(reader.u8()?.into());
    answer.note("spectators", reader.u8()?.to_string());
    if version <= 2 {
        today = Some(u32::from(reader.u16_le()?) + TO_1920);
        reader.u16_le()?;
    }
    let named = if version <= 5 {
        text::some(reader.until_zero()?)
    } else {
        None
    };
    let (width, height) = (reader.u16_le()?, reader.u16_le()?);
    let landscape = word_of_landscape(reader.u8()?);
    answer.map = named.or_else(|| Some(format!("{landscape} {width}×{height}")));
    answer.note("year", today.map(year).unwrap_or_default());
    Ok(answer)
}

/// Goes past the additions to the game, of which only the count is worth telling.
fn skip_grfs(reader: &mut Reader<'_>, storage: u8) -> Result<u8, QueryError> {
    let count = reader.u8()?;
    for _ in 0..count {
        reader.u32_le()?;
        match storage {
            0 => drop(reader.take(16)?),
            1 => {
                reader.take(16)?;
                reader.until_zero()?;
            }
            2 => {}
            _ => {
                return Err(QueryError::Malformed(
                    "its additions are kept in an unknown way",
                ));
            }
        }
    }
    Ok(count)
}

/// The Gregorian year of a day counted from the beginning of year 0.
fn year(day: u32) -> String {
    // Off by less than a day within 400 years, which a year's number shows only at its turn.
    (u64::from(day) * 400 / 146_097).to_string()
}

const fn word_of_landscape(number: u8) -> &'static str {
    match number {
        0 => "temperate",
        1 => "arctic",
        2 => "tropical",
        3 => "toyland",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_the_description_is_read() {
        let core = |old: bool, dates: bool| {
            let mut bytes = b"A server\x0013.0\0".to_vec();
            if old {
                bytes.push(0);
            }
            bytes.extend_from_slice(&[1, 25, 3, 1]);
            if dates {
                bytes.extend_from_slice(&[0, 0, 0, 0]);
            }
            if old {
                bytes.extend_from_slice(b"Somewhere\0");
            }
            bytes.extend_from_slice(&[0, 1, 0, 2, 1, 1]);
            bytes
        };
        let companies = [15, 2, 10];
        let dates = [0x10, 0xb3, 0x0a, 0, 0, 0, 0, 0];
        let script = [0xff, 0xff, 0xff, 0xff, 0];
        let hashes = [7; 20];
        let cases = [
            (1, core(true, true)),
            (2, [&companies[..], &core(true, true)].concat()),
            (3, [&dates[..], &companies, &core(true, false)].concat()),
            (
                4,
                [&[1][..], &hashes, &dates, &companies, &core(true, false)].concat(),
            ),
            (
                5,
                [
                    &script[..],
                    &[1],
                    &hashes,
                    &dates,
                    &companies,
                    &core(true, false),
                ]
                .concat(),
            ),
            (
                6,
                [
                    &[2][..],
                    &script,
                    &[1],
                    &[7; 4],
                    &dates,
                    &companies,
                    &core(false, false),
                ]
                .concat(),
            ),
            (
                7,
                [
                    &[0; 8][..],
                    &[1],
                    &script,
                    &[1],
                    &hashes,
                    b"name\0",
                    &dates,
                    &companies,
                    &core(false, false),
                ]
                .concat(),
            ),
        ];
        for (version, body) in cases {
            let bytes = [&[version][..], &body].concat();
            let answer = parse(&bytes).unwrap_or_else(|error| panic!("version {version}: {error}"));
            assert_eq!(
                (answer.players, answer.max_players),
                (Some(3), Some(25)),
                "{version}"
            );
            assert_eq!(answer.version.as_deref(), Some("13.0"));
            let map = if version <= 5 {
                "Somewhere"
            } else {
                "arctic 256×512"
            };
            assert_eq!(answer.map.as_deref(), Some(map));
        }
        assert!(parse(&[8, 0, 0]).is_err() && parse(&[]).is_err());
    }
}
