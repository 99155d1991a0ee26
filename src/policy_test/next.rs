//! The values next to a value: the smallest changes that someone might make to a line.

use crate::profile::{Strings, Type, Value};
use crate::text;

/// The values to change a value to, the best first: the next more privileged one, then the next
/// less privileged one, then the other values of the type. `roles` are the declared jump item
/// roles.
pub(super) fn candidates(ty: &Type, value: &Value, roles: &[&str]) -> Vec<Value> {
    let mut found = match value {
        Value::Word(index) => adjacent_words(ty, *index as usize),
        Value::Unknown => Vec::new(),
        Value::Duration(seconds) => {
            adjacent_numbers(*seconds, unit(*seconds)).map(|seconds| duration(ty, seconds)).to_vec()
        }
        Value::Integer(number) => adjacent_numbers(*number, 1).map(Value::Integer).to_vec(),
        Value::Strings(strings) => vec![Value::Strings(adjacent_strings(ty, strings))],
        Value::Role(role) => {
            let others =
                cyclic(roles.len(), roles.iter().position(|known| role.as_deref() == Some(*known)));
            let others = others.map(|at| Value::Role(Some(roles[at].to_owned())));
            others.chain([Value::Role(None)]).collect()
        }
    };
    if let Some((low, high)) = ty.range() {
        let bound = |number| {
            if matches!(ty, Type::Duration { .. }) {
                duration(ty, number)
            } else {
                Value::Integer(number)
            }
        };
        found.extend([low, high].map(bound));
    }
    found.extend(
        (0..ty.words().len())
            .filter(|_| !matches!(value, Value::Role(_)))
            .map(|word| Value::Word(word as u16)),
    );
    let mut kept: Vec<Value> = Vec::with_capacity(found.len());
    for other in found {
        if other != *value && can_be_written(ty, &other) && !kept.contains(&other) {
            kept.push(other);
        }
    }
    kept
}

/// Without a range, a duration can only be one of the profile's words.
fn can_be_written(ty: &Type, value: &Value) -> bool {
    ty.holds(value) && !(matches!(value, Value::Duration(_)) && ty.range().is_none())
}

/// All indices except one, in order, starting after that one.
pub(super) fn cyclic(count: usize, at: Option<usize>) -> impl Iterator<Item = usize> {
    let first = at.map_or(0, |at| at + 1);
    (0..count).map(move |step| (first + step) % count).filter(move |other| Some(*other) != at)
}

fn adjacent_words(ty: &Type, index: usize) -> Vec<Value> {
    let words = ty.words();
    let Some(word) = words.get(index) else { return Vec::new() };
    let order = ty.order();
    let above = order.iter().filter(|(low, _)| low == word).map(|(_, high)| *high);
    let below = order.iter().filter(|(_, high)| high == word).map(|(low, _)| *low);
    let others = cyclic(words.len(), Some(index)).map(|at| words[at]);
    let place =
        |word: &str| words.iter().position(|known| *known == word).map(|at| Value::Word(at as u16));
    above.chain(below).chain(others).filter_map(place).collect()
}

/// The largest unit that divides a duration, which is the unit that it is written in.
fn unit(seconds: u64) -> u64 {
    match seconds {
        s if s % 3600 == 0 && s > 0 => 3600,
        s if s % 60 == 0 && s > 0 => 60,
        _ => 1,
    }
}

fn duration(ty: &Type, seconds: u64) -> Value {
    ty.word(&text::duration(seconds)).unwrap_or(Value::Duration(seconds))
}

fn adjacent_numbers(number: u64, step: u64) -> [u64; 2] {
    [number.saturating_add(step), number.saturating_sub(step)]
}

fn adjacent_strings(ty: &Type, strings: &Strings) -> Strings {
    let kind = ty.entries().unwrap_or_default();
    match strings {
        Strings::Only(items) => Strings::only([&items[..], &[another(items)]].concat(), kind),
        Strings::Except(items) => Strings::except(items.iter().skip(1).cloned().collect(), kind),
        Strings::Any if matches!(ty, Type::Filter { .. }) => {
            Strings::except(vec![another(&[])], kind)
        }
        Strings::Any => Strings::only(Vec::new(), kind),
    }
}

/// An item that a list does not contain.
fn another(items: &[String]) -> String {
    let mut item = String::from("another");
    while items.iter().any(|known| known.eq_ignore_ascii_case(&item)) {
        item.push('*');
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{EntryKind, Order, builtin};

    /// The first candidate of a value, as text.
    fn next(ty: &Type, value: Value, roles: &[&str]) -> String {
        candidates(ty, &value, roles).first().map_or_else(String::new, |next| ty.text(next))
    }

    #[test]
    fn the_next_word_is_the_more_privileged_one_if_there_is_one() {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let chain = Type::Choice {
            words: words(&["no", "some", "all"]),
            order: Order::new(vec![(0, 1), (1, 2)]),
        };
        let none = Type::Choice { words: words(&["a", "b", "c"]), order: Order::default() };
        let nexts = |ty: &Type, count| {
            (0..count).map(|at| next(ty, Value::Word(at), &[])).collect::<Vec<_>>()
        };
        assert_eq!(nexts(&Type::Switch { reversed: false }, 2), ["allow", "deny"]);
        assert_eq!(nexts(&chain, 3), ["some", "all", "some"]);
        assert_eq!(nexts(&none, 3), ["b", "c", "a"]);
        assert_eq!(candidates(&chain, &Value::Word(1), &[]), [Value::Word(2), Value::Word(0)]);
        let alone = Type::Choice { words: words(&["a"]), order: Order::default() };
        assert_eq!(candidates(&alone, &Value::Word(0), &[]), []);
    }

    #[test]
    fn lists_gain_or_lose_one_item() {
        let strings = |ty: &Type, strings| next(ty, Value::Strings(strings), &[]);
        const SET: Type = Type::Set { entries: EntryKind::Text };
        const FILTER: Type = Type::Filter { entries: EntryKind::Text };
        let kind = EntryKind::Text;
        let items = |items: &[&str]| items.iter().map(|item| item.to_string()).collect();
        assert_eq!(
            strings(&SET, Strings::only(items(&["b", "another"]), kind)),
            r#"only ["another", "another*", "b"]"#
        );
        assert_eq!(strings(&SET, Strings::Any), "only []");
        assert_eq!(strings(&FILTER, Strings::Any), r#"except ["another"]"#);
        assert_eq!(strings(&FILTER, Strings::except(items(&["a", "b"]), kind)), r#"except ["b"]"#);
        assert_eq!(strings(&FILTER, Strings::except(items(&["a"]), kind)), "any");
    }

    #[test]
    fn numbers_go_one_step_and_stay_in_their_range() {
        let integer = Type::Integer { range: Some((1, 10)) };
        assert_eq!(next(&integer, Value::Integer(9), &[]), "10");
        assert_eq!(next(&integer, Value::Integer(10), &[]), "9");
        assert_eq!(
            next(&Type::Integer { range: None }, Value::Integer(u64::MAX), &[]),
            (u64::MAX - 1).to_string()
        );
        let words = vec!["never".to_owned(), "15m".to_owned()];
        let ty = |range| Type::Duration { words: words.clone(), order: Order::default(), range };
        let free = ty(Some((5, 900)));
        assert_eq!(next(&free, Value::Duration(60), &[]), "2m");
        assert_eq!(next(&free, Value::Duration(840), &[]), "15m");
        assert_eq!(
            candidates(&free, &Value::Duration(840), &[])[0],
            Value::Word(1),
            "a listed duration is its word"
        );
        assert_eq!(next(&free, Value::Duration(899), &[]), "15m");
        assert_eq!(next(&free, Value::Word(0), &[]), "15m");
        let listed = candidates(&ty(None), &Value::Duration(60), &[]);
        assert_eq!(
            listed,
            [Value::Word(0), Value::Word(1)],
            "durations that are not listed cannot be written"
        );
        let role = |role: Option<&str>| {
            next(&Type::Role, Value::Role(role.map(str::to_owned)), &["a", "b"])
        };
        assert_eq!([role(None), role(Some("a")), role(Some("b"))], ["\"a\"", "\"b\"", "\"a\""]);
        assert_eq!(next(&Type::Role, Value::Role(Some("a".into())), &["a"]), "no_access");
    }

    #[test]
    fn every_value_of_a_built_in_profile_has_a_next_one_of_its_type() {
        for id in ["pra-25.3", "rs-25.3", "bomgar-15.1"] {
            let profile = builtin(id).expect("a built-in profile");
            for entry in profile.permissions.iter().chain(&profile.settings) {
                let found = candidates(&entry.ty, &entry.default, &["a"]);
                assert!(!found.is_empty(), "{}", entry.path);
                assert!(
                    found.iter().all(|value| entry.ty.holds(value) && *value != entry.default),
                    "{}",
                    entry.path
                );
            }
        }
    }
}
