//! Reading JSON from hosts that write numbers as strings, booleans as 0, 1 or `""`, and leave
//! out or null whatever they do not know (reference: Proxmox VE answers, Perl's loose types).
//!
//! Every function answers `None` for what it cannot use, so that one odd field never costs a look.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One scalar of any JSON type.
enum Scalar {
    Number(f64),
    Unsigned(u64),
    Text(String),
    Bool(bool),
    Nothing,
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Unsigned(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "negative integers are small deltas here"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(u64::try_from(value).map_or(Scalar::Number(value as f64), Scalar::Unsigned))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_none<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

/// A finite number, or a string that holds one.
///
/// # Errors
/// Only where the JSON itself is broken.
#[expect(
    clippy::cast_precision_loss,
    reason = "callers that need whole numbers use `whole`"
)]
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match deserializer.deserialize_any(ScalarVisitor)? {
        Scalar::Number(value) => Some(value),
        Scalar::Unsigned(value) => Some(value as f64),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Bool(_) | Scalar::Nothing => None,
    };
    Ok(number.filter(|value: &f64| value.is_finite()))
}

/// A whole number that is not negative; fractions are cut off.
///
/// # Errors
/// Only where the JSON itself is broken.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked and fractions are meant to be cut off"
)]
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let from_float = |value: f64| (0.0..1.8e19).contains(&value).then_some(value as u64);
    Ok(match deserializer.deserialize_any(ScalarVisitor)? {
        Scalar::Unsigned(value) => Some(value),
        Scalar::Number(value) => from_float(value),
        Scalar::Text(text) => {
            let text = text.trim();
            text.parse()
                .ok()
                .or_else(|| text.parse().ok().and_then(from_float))
        }
        Scalar::Bool(_) | Scalar::Nothing => None,
    })
}

/// A truth value written as a boolean, a number or a string; `""` is false.
///
/// # Errors
/// Only where the JSON itself is broken.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match deserializer.deserialize_any(ScalarVisitor)? {
        Scalar::Bool(value) => Some(value),
        Scalar::Unsigned(value) => Some(value != 0),
        Scalar::Number(value) => Some(value != 0.0),
        Scalar::Text(text) => match text.as_str() {
            "" | "0" | "no" | "off" | "false" | "False" => Some(false),
            "1" | "yes" | "on" | "true" | "True" => Some(true),
            _ => None,
        },
        Scalar::Nothing => None,
    })
}

/// The longest text taken from a host; longer ones are cut.
const LONGEST: usize = 4096;

/// A text, or a number or boolean written out.
///
/// # Errors
/// Only where the JSON itself is broken.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match deserializer.deserialize_any(ScalarVisitor)? {
        Scalar::Text(text) if text.len() <= LONGEST => Some(text),
        Scalar::Text(text) => Some(text.chars().take(LONGEST / 4).collect()),
        Scalar::Unsigned(value) => Some(value.to_string()),
        Scalar::Number(value) => Some(value.to_string()),
        Scalar::Bool(value) => Some(value.to_string()),
        Scalar::Nothing => None,
    })
}

macro_rules! loose {
    ($(#[$doc:meta])* $name:ident, $kind:ty, $read:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name(pub Option<$kind>);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $read(deserializer).map(Self)
            }
        }
    };
}

loose!(
    /// A field read by [`text`].
    Text, String, text
);
loose!(
    /// A field read by [`whole`].
    Whole, u64, whole
);
loose!(
    /// A field read by [`number`].
    Number, f64, number
);
loose!(
    /// A field read by [`flag`].
    Truth, bool, flag
);

/// A list whose odd items are left out instead of spoiling the rest; `null` is an empty one.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Item<T> {
            Good(T),
            Odd(IgnoredAny),
        }

        let items: Option<Vec<Item<T>>> = Option::deserialize(deserializer)?;
        let good = items.unwrap_or_default().into_iter();
        Ok(Self(
            good.filter_map(|item| match item {
                Item::Good(value) => Some(value),
                Item::Odd(_) => None,
            })
            .collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize, Debug, PartialEq, Default)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "super::number")]
        cpu: Option<f64>,
        #[serde(deserialize_with = "super::whole")]
        mem: Option<u64>,
        #[serde(deserialize_with = "super::flag")]
        shared: Option<bool>,
        #[serde(deserialize_with = "super::text")]
        name: Option<String>,
    }

    fn row(cpu: f64, mem: u64, shared: bool, name: &str) -> Row {
        Row {
            cpu: Some(cpu),
            mem: Some(mem),
            shared: Some(shared),
            name: Some(name.into()),
        }
    }

    #[test]
    fn the_same_row_reads_the_same_however_loosely_it_is_typed() {
        let expected = row(0.5, 1024, true, "7");
        for json in [
            r#"{"cpu":0.5,"mem":1024,"shared":1,"name":"7"}"#,
            r#"{"cpu":"0.5","mem":"1024","shared":"1","name":7}"#,
            r#"{"cpu":0.5,"mem":1024.9,"shared":true,"name":"7","unknown":{"a":[1]}}"#,
        ] {
            let read: Row = serde_json::from_str(json).expect(json);
            assert_eq!(read, expected, "{json}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_unknown_and_costs_nothing_else() {
        for json in [
            r#"{"cpu":null,"mem":[],"shared":{},"name":null}"#,
            r#"{"cpu":"N/A","mem":-1,"shared":"maybe"}"#,
            r#"{"cpu":"inf","mem":"-5"}"#,
            "{}",
        ] {
            let read: Row = serde_json::from_str(json).expect(json);
            assert_eq!(read, Row::default(), "{json}");
        }
    }
}
