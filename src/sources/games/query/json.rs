//! Pieces of JSON from game servers: only what is wanted is kept, so that a small document cannot
//! become a large tree in memory.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::QueryError;
use super::answer::{MAX_NAMES, Names};
use super::text;

/// A count as servers write it.
pub(super) fn count(value: Option<u64>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok())
}

/// Longest text that is gathered from a tree of text components.
const LONGEST: usize = 512;

/// Reads one document; what stands behind it is an error.
pub(super) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, QueryError> {
    serde_json::from_slice(bytes).map_err(|_| QueryError::Malformed("its JSON cannot be read"))
}

/// A list of players: how many there are, and the names of as many as are kept.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub(super) count: u32,
    pub(super) names: Vec<String>,
}

/// A player in a list: an object with a name under one of the usual keys, or a bare name.
struct Entry(String);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a player")
            }

            fn visit_str<E>(self, name: &str) -> Result<Entry, E> {
                Ok(Entry(text::tidy(name)))
            }

            fn visit_unit<E>(self) -> Result<Entry, E> {
                Ok(Entry(String::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut name = String::new();
                while let Some(key) = map.next_key::<Text>()? {
                    if matches!(key.0.as_str(), "name" | "nickname") && name.is_empty() {
                        name = map.next_value::<Text>()?.0;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Entry(name))
            }
        }
        deserializer.deserialize_any(Named)
    }
}

impl<'de> Deserialize<'de> for Roster {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Roster;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of players")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Roster, A::Error> {
                let mut names = Names::default();
                let mut count = 0_u32;
                while (count as usize) < MAX_NAMES {
                    let Some(Entry(name)) = list.next_element()? else {
                        break;
                    };
                    count += 1;
                    names.push(name);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count = count.saturating_add(1);
                }
                Ok(Roster {
                    count,
                    names: names.into_vec(),
                })
            }

            fn visit_str<E>(self, line: &str) -> Result<Roster, E> {
                // Older servers join the names with commas.
                let mut names = Names::default();
                for name in line.split(',').take(MAX_NAMES) {
                    names.push(text::tidy(name));
                }
                let names = names.into_vec();
                let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
                Ok(Roster { count, names })
            }

            fn visit_unit<E>(self) -> Result<Roster, E> {
                Ok(Roster::default())
            }
        }
        deserializer.deserialize_any(List)
    }
}

/// The text of a scalar or of a tree of text components, flat and tidy.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    /// The text, if there is any.
    pub(super) fn some(self) -> Option<String> {
        Some(self.0).filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let component = Component::deserialize(deserializer)?;
        Ok(Self(text::tidy(&component.0)))
    }
}

/// A Minecraft text component as the game joins it: its own text, then its parts.
struct Component(String);

impl Component {
    fn push(&mut self, part: &str) {
        let room = LONGEST.saturating_sub(self.0.len());
        self.0.extend(part.chars().take(room));
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Joined;
        impl<'de> Visitor<'de> for Joined {
            type Value = Component;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text component")
            }

            fn visit_str<E>(self, text: &str) -> Result<Component, E> {
                let mut component = Component(String::new());
                component.push(text);
                Ok(component)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Component, E> {
                Ok(Component(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Component, E> {
                Ok(Component(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Component, E> {
                Ok(Component(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Component, E> {
                Ok(Component(value.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Component, E> {
                Ok(Component(String::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Component, A::Error> {
                let mut joined = Component(String::new());
                while let Some(part) = parts.next_element::<Component>()? {
                    joined.push(&part.0);
                }
                Ok(joined)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Component, A::Error> {
                let (mut own, mut parts) = (String::new(), String::new());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "text" | "translate" => own = map.next_value::<Component>()?.0,
                        "extra" => parts = map.next_value::<Component>()?.0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let mut joined = Component(own);
                joined.push(&parts);
                Ok(joined)
            }
        }
        deserializer.deserialize_any(Joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_joined_in_the_order_in_which_they_are_shown() {
        for (json, expected) in [
            (r#""plain""#, "plain"),
            (
                r#"{"extra":[" b",{"text":" c","extra":[" d"]}],"text":"a"}"#,
                "a b c d",
            ),
            (r#"["x",{"text":"y","bold":true}]"#, "xy"),
            ("null", ""),
            ("17", "17"),
        ] {
            let text: Text = read(json.as_bytes()).expect(json);
            assert_eq!(text.0, expected);
        }
    }

    #[test]
    fn deep_and_broad_documents_stay_small() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read::<Text>(deep.as_bytes()).is_err());
        let broad = format!("[{}\"\"]", "\"aaaaaaaa\",".repeat(50_000));
        assert!(read::<Text>(broad.as_bytes()).expect("reads").0.len() <= LONGEST);
        let roster: Roster = read(broad.as_bytes()).expect("reads");
        assert_eq!((roster.count, roster.names.len()), (50_001, MAX_NAMES));
    }

    #[test]
    fn players_are_named_in_several_ways() {
        let roster: Roster =
            read(br#"[{"name":"a","id":1},{"nickname":"b"},"c",null,{}]"#).expect("reads");
        assert_eq!(
            (roster.count, roster.names),
            (5, vec!["a".into(), "b".into(), "c".into()])
        );
        let roster: Roster = read(br#""a, b""#).expect("reads");
        assert_eq!(roster.count, 2);
    }
}
