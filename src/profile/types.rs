//! Types of permissions and settings: their values, how these are written, and which are more
//! privileged.

use super::EntryKind;
use super::value::{Strings, Value};
use crate::text;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// How many words a choice or duration may have.
pub const MAX_WORDS: usize = 256;

/// The type of a permission or setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Type {
    /// `deny` or `allow`.
    Switch {
        /// Whether `deny` is the more privileged one.
        #[serde(default)]
        reversed: bool,
    },
    /// One of some words.
    Choice {
        /// The words.
        words: Vec<String>,
        /// Which of them are more privileged.
        order: Order,
    },
    /// `any` or `only [...]`.
    Set {
        /// What the strings are.
        #[serde(default)]
        entries: EntryKind,
    },
    /// `any`, `only [...]` or `except [...]`.
    Filter {
        /// What the strings are.
        #[serde(default)]
        entries: EntryKind,
    },
    /// A listed word, or a duration within a range.
    Duration {
        /// Identifiers and durations.
        words: Vec<String>,
        /// Which of them are more privileged.
        order: Order,
        /// The lowest and the highest other duration, in seconds.
        range: Option<(u64, u64)>,
    },
    /// A number.
    Integer {
        /// The lowest and the highest value; `None` for any.
        range: Option<(u64, u64)>,
    },
    /// A declared jump item role, or `no_access`.
    Role,
}

/// The words of `deny < allow`.
const SWITCH: [&str; 2] = ["deny", "allow"];
/// The words of `allow < deny`.
const REVERSED_SWITCH: [&str; 2] = ["allow", "deny"];

/// A partial order of words: its covering pairs (lower, higher), as indices, and their closure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PairsOnly", into = "PairsOnly")]
pub struct Order {
    pairs: Vec<(u16, u16)>,
    /// `below[a]` has `b` if `a < b`.
    below: Vec<Vec<u16>>,
}

#[derive(Serialize, Deserialize)]
struct PairsOnly(Vec<(u16, u16)>);

impl TryFrom<PairsOnly> for Order {
    type Error = &'static str;

    /// Checks the size, since compiled files are untrusted and the closure takes more than linear
    /// time.
    fn try_from(PairsOnly(pairs): PairsOnly) -> Result<Self, Self::Error> {
        let most = MAX_WORDS as u16;
        if pairs.len() > 4 * MAX_WORDS || pairs.iter().any(|&(low, high)| low.max(high) >= most) {
            return Err("an order is too large");
        }
        Ok(Order::new(pairs))
    }
}

impl From<Order> for PairsOnly {
    fn from(order: Order) -> Self {
        PairsOnly(order.pairs)
    }
}

impl Order {
    /// The order of covering pairs (lower, higher). The pairs may be cyclic: see
    /// [`Order::has_cycle`].
    pub fn new(mut pairs: Vec<(u16, u16)>) -> Self {
        let mut seen = Vec::with_capacity(pairs.len());
        pairs.retain(|pair| {
            !seen.contains(pair) && {
                seen.push(*pair);
                true
            }
        });
        let words = pairs.iter().map(|&(low, high)| low.max(high) as usize + 1).max().unwrap_or(0);
        let mut below = vec![Vec::new(); words];
        for (start, above) in below.iter_mut().enumerate() {
            let mut reached = vec![false; words];
            let mut pending = vec![start];
            while let Some(at) = pending.pop() {
                for &(_, high) in pairs.iter().filter(|pair| pair.0 as usize == at) {
                    if !std::mem::replace(&mut reached[high as usize], true) {
                        pending.push(high as usize);
                    }
                }
            }
            *above = (0..words as u16).filter(|&word| reached[word as usize]).collect();
        }
        Order { pairs, below }
    }

    /// The covering pairs (lower, higher).
    pub fn pairs(&self) -> &[(u16, u16)] {
        &self.pairs
    }

    /// Whether some word is above itself.
    pub fn has_cycle(&self) -> bool {
        self.below.iter().enumerate().any(|(word, above)| above.contains(&(word as u16)))
    }

    fn less(&self, low: u16, high: u16) -> bool {
        self.below.get(low as usize).is_some_and(|above| above.binary_search(&high).is_ok())
    }

    fn compare(&self, a: u16, b: u16) -> Option<Ordering> {
        match (a == b, self.less(a, b), self.less(b, a)) {
            (true, ..) => Some(Ordering::Equal),
            (_, true, _) => Some(Ordering::Less),
            (_, _, true) => Some(Ordering::Greater),
            _ => None,
        }
    }

    /// The one word that is below all others, if there is one.
    fn least(&self, words: usize) -> Option<u16> {
        (0..words as u16)
            .find(|&word| (0..words as u16).all(|other| other == word || self.less(word, other)))
    }
}

/// How a value is written that nobody has read yet.
pub const UNKNOWN: &str = "unknown";

impl Type {
    /// The word for it in profile files.
    pub fn id(&self) -> &'static str {
        match self {
            Type::Switch { .. } => "switch",
            Type::Choice { .. } => "choice",
            Type::Set { .. } => "set",
            Type::Filter { .. } => "filter",
            Type::Duration { .. } => "duration",
            Type::Integer { .. } => "integer",
            Type::Role => "role",
        }
    }

    /// The words that can be written: identifiers and the listed durations.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Type::Switch { reversed: false } => SWITCH.to_vec(),
            Type::Switch { reversed: true } => REVERSED_SWITCH.to_vec(),
            Type::Choice { words, .. } | Type::Duration { words, .. } => {
                words.iter().map(String::as_str).collect()
            }
            Type::Role => vec!["no_access"],
            Type::Set { .. } | Type::Filter { .. } | Type::Integer { .. } => Vec::new(),
        }
    }

    /// Covering pairs of the words' order, lower first.
    pub fn order(&self) -> Vec<(&str, &str)> {
        match self {
            Type::Switch { .. } => {
                let words = self.words();
                vec![(words[0], words[1])]
            }
            Type::Choice { words, order } | Type::Duration { words, order, .. } => order
                .pairs()
                .iter()
                .map(|&(low, high)| (&*words[low as usize], &*words[high as usize]))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The lowest and the highest duration or integer, if any can be written.
    pub fn range(&self) -> Option<(u64, u64)> {
        match self {
            Type::Duration { range, .. } | Type::Integer { range } => *range,
            _ => None,
        }
    }

    /// A duration or integer of this type as text.
    pub fn number_text(&self, number: u64) -> String {
        match self {
            Type::Duration { .. } => text::duration(number),
            _ => number.to_string(),
        }
    }

    /// The value that is written as this word, if the type has it.
    pub fn word(&self, word: &str) -> Option<Value> {
        match (self, word) {
            (Type::Set { .. } | Type::Filter { .. }, "any") => Some(Value::Strings(Strings::Any)),
            (Type::Role, "no_access") => Some(Value::Role(None)),
            (Type::Role, _) => None,
            _ => self
                .words()
                .iter()
                .position(|&known| known == word)
                .map(|index| Value::Word(index as u16)),
        }
    }

    /// The canonical text of a value of this type.
    pub fn text(&self, value: &Value) -> String {
        match value {
            Value::Word(index) => {
                self.words().get(*index as usize).copied().unwrap_or_default().to_owned()
            }
            Value::Duration(seconds) => text::duration(*seconds),
            Value::Integer(number) => number.to_string(),
            Value::Strings(Strings::Any) => "any".into(),
            Value::Strings(Strings::Only(items)) => list_text("only", items),
            Value::Strings(Strings::Except(items)) => list_text("except", items),
            Value::Role(None) => "no_access".into(),
            Value::Role(Some(name)) => text::quote(name),
            Value::Unknown => UNKNOWN.into(),
        }
    }

    /// The first word of a value's text, which requirements refer to.
    pub fn first_word<'a>(&'a self, value: &'a Value) -> &'a str {
        match value {
            Value::Word(index) => self.words().get(*index as usize).copied().unwrap_or_default(),
            Value::Strings(Strings::Any) => "any",
            Value::Strings(Strings::Only(_)) => "only",
            Value::Strings(Strings::Except(_)) => "except",
            Value::Role(None) => "no_access",
            Value::Unknown => UNKNOWN,
            _ => "",
        }
    }

    /// Whether two values are the same: not always in their text, but in what they allow.
    pub fn is_same(&self, a: &Value, b: &Value) -> bool {
        self.compare(a, b) == Some(Ordering::Equal)
    }

    /// A text that is the same for values that are the same.
    pub fn same_text(&self, value: &Value) -> String {
        match (self.entries(), value) {
            (Some(kind), Value::Strings(Strings::Only(items) | Strings::Except(items))) => {
                format!("{} {:?}", self.first_word(value), kind.keys(items))
            }
            _ => self.text(value),
        }
    }

    /// What the strings of a set or filter are.
    pub fn entries(&self) -> Option<EntryKind> {
        match self {
            Type::Set { entries } | Type::Filter { entries } => Some(*entries),
            _ => None,
        }
    }

    /// Compares how privileged two values are. `None` if the type does not order them.
    pub fn compare(&self, a: &Value, b: &Value) -> Option<Ordering> {
        if a == b {
            return Some(Ordering::Equal);
        }
        match (self, a, b) {
            (Type::Switch { .. }, Value::Word(a), Value::Word(b)) => Some(a.cmp(b)),
            (
                Type::Choice { order, .. } | Type::Duration { order, .. },
                Value::Word(a),
                Value::Word(b),
            ) => order.compare(*a, *b),
            (
                Type::Set { entries } | Type::Filter { entries },
                Value::Strings(a),
                Value::Strings(b),
            ) => match (a.within(b, *entries), b.within(a, *entries)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => Some(Ordering::Less),
                (false, true) => Some(Ordering::Greater),
                (false, false) => None,
            },
            _ => None,
        }
    }

    /// Whether any two values of this type can be compared, so that one may be more privileged.
    pub fn is_ordered(&self) -> bool {
        match self {
            Type::Switch { .. } | Type::Set { .. } | Type::Filter { .. } => true,
            Type::Choice { order, .. } | Type::Duration { order, .. } => !order.pairs().is_empty(),
            Type::Integer { .. } | Type::Role => false,
        }
    }

    /// The value of an entry of this type that nothing else says the default of: the least
    /// privileged one, but `any` where a list would restrict.
    pub fn usual_default(&self) -> Option<Value> {
        match self {
            Type::Set { .. } | Type::Filter { .. } => Some(Value::Strings(Strings::Any)),
            _ => self.least(),
        }
    }

    /// The least privileged value, if the type has one.
    pub fn least(&self) -> Option<Value> {
        match self {
            Type::Switch { .. } => Some(Value::Word(0)),
            Type::Choice { words, order } | Type::Duration { words, order, range: None } => {
                order.least(words.len()).map(Value::Word)
            }
            Type::Set { .. } | Type::Filter { .. } => {
                Some(Value::Strings(Strings::Only(Vec::new())))
            }
            Type::Duration { .. } | Type::Integer { .. } | Type::Role => None,
        }
    }

    /// Whether a value is one of this type, which is not certain for compiled files.
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Switch { .. }, Value::Word(index)) => *index < 2,
            (Type::Choice { words, .. }, Value::Word(index))
            | (Type::Duration { words, .. }, Value::Word(index)) => (*index as usize) < words.len(),
            (Type::Duration { range, .. }, Value::Duration(number))
            | (Type::Integer { range }, Value::Integer(number)) => {
                range.is_none_or(|(low, high)| (low..=high).contains(number))
            }
            (Type::Set { .. }, Value::Strings(strings)) => !matches!(strings, Strings::Except(_)),
            (Type::Filter { .. }, Value::Strings(strings)) => {
                !matches!(strings, Strings::Except(items) if items.is_empty())
            }
            (Type::Role, Value::Role(_)) | (_, Value::Unknown) => true,
            _ => false,
        }
    }

    /// What can be written, for messages: the words or forms.
    pub fn expected(&self) -> String {
        let quoted = |words: &[&str]| {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        };
        let words = |words: Vec<&str>| match words.split_last() {
            Some((last, [])) => format!("`{last}`"),
            Some((last, others)) => format!("{} or `{last}`", quoted(others)),
            None => String::new(),
        };
        match self {
            Type::Set { .. } => "`any` or `only [\"…\"]`".into(),
            Type::Filter { .. } => "`any`, `only [\"…\"]` or `except [\"…\"]`".into(),
            Type::Role => "the name of a jump item role in quotes, or `no_access`".into(),
            Type::Integer { range: None } => "a number such as `3`".into(),
            Type::Integer { range: Some((low, high)) } => format!("a number from {low} to {high}"),
            Type::Duration { words: known, range: Some((low, high)), .. } => {
                let range = format!(
                    "a duration from {} to {}",
                    text::duration(*low),
                    text::duration(*high)
                );
                if known.is_empty() {
                    range
                } else {
                    format!("{} or {range}", quoted(&self.words()))
                }
            }
            _ => words(self.words()),
        }
    }
}

fn list_text(word: &str, items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|item| text::quote(item)).collect();
    format!("{word} [{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| item.to_string()).collect()
    }

    fn only(items: &[&str]) -> Value {
        Value::Strings(Strings::only(strings(items), EntryKind::FileNames))
    }

    fn except(items: &[&str]) -> Value {
        Value::Strings(Strings::except(strings(items), EntryKind::FileNames))
    }

    #[test]
    fn filters_are_ordered_by_inclusion_as_far_as_it_is_known() {
        let order = |a: &Value, b: &Value| FILTER.compare(a, b);
        const FILTER: Type = Type::Filter { entries: EntryKind::FileNames };
        let any = Value::Strings(Strings::Any);
        assert_eq!(except(&[]), any);
        assert_eq!(order(&only(&["a"]), &only(&["b", "a", "a"])), Some(Ordering::Less));
        assert_eq!(order(&except(&["a"]), &except(&["a", "b"])), Some(Ordering::Greater));
        assert_eq!(order(&except(&["a"]), &any), Some(Ordering::Less));
        assert_eq!(order(&only(&["a"]), &except(&["b"])), Some(Ordering::Less));
        assert_eq!(order(&only(&["a"]), &except(&["a"])), None);
        assert_eq!(order(&only(&["a"]), &except(&["sha256:0"])), None);
        assert_eq!(order(&only(&[]), &except(&["sha256:0"])), Some(Ordering::Less));
        assert_eq!(order(&only(&["a"]), &only(&["b"])), None);
    }

    #[test]
    fn a_partial_order_has_incomparable_values() {
        let words = ["deny", "upload", "download", "both"].map(String::from).to_vec();
        let ty = Type::Choice { words, order: Order::new(vec![(0, 1), (0, 2), (1, 3), (2, 3)]) };
        assert_eq!(ty.compare(&Value::Word(0), &Value::Word(3)), Some(Ordering::Less));
        assert_eq!(ty.compare(&Value::Word(1), &Value::Word(2)), None);
        assert_eq!(ty.least(), Some(Value::Word(0)));
        assert!(Order::new(vec![(0, 1), (1, 0)]).has_cycle());
    }

    #[test]
    fn a_switch_may_be_turned_round() {
        let ty = Type::Switch { reversed: true };
        let word = |word: &str| ty.word(word).expect("a word of a switch");
        let (allow, deny) = (word("allow"), word("deny"));
        assert_eq!(ty.compare(&allow, &deny), Some(Ordering::Less));
        assert_eq!(ty.least(), Some(allow));
        assert_eq!(ty.order(), [("allow", "deny")]);
        assert_eq!(ty.text(&deny), "deny");
        let usual = Type::Switch { reversed: false };
        assert_eq!(usual.order(), [("deny", "allow")]);
        assert_eq!(usual.least(), usual.word("deny"));
    }

    #[test]
    fn names_are_compared_without_case_and_nothing_is_known_between_names_and_hashes() {
        let hash = format!("sha256:{}", "ab".repeat(32));
        const FILTER: Type = Type::Filter { entries: EntryKind::FileNames };
        let order = |a: &Value, b: &Value| FILTER.compare(a, b);
        assert_eq!(order(&only(&["Calc.exe"]), &only(&["CALC.EXE"])), Some(Ordering::Equal));
        assert_eq!(
            order(&only(&[&hash]), &only(&[&hash.replace("ab", "AB")])),
            Some(Ordering::Equal)
        );
        assert_eq!(order(&only(&["calc.exe"]), &except(&["CALC.exe"])), None);
        assert_eq!(order(&only(&["calc.exe"]), &except(&["cmd.exe"])), Some(Ordering::Less));
        assert_eq!(order(&only(&["calc.exe"]), &except(&[&hash])), None);
        assert_eq!(order(&only(&[&hash]), &except(&["calc.exe"])), None);
        assert_eq!(
            order(&except(&["calc.exe", &hash]), &except(&["Calc.exe"])),
            Some(Ordering::Less)
        );
    }

    #[test]
    fn folders_are_compared_by_what_is_below_them() {
        let folders =
            |items: &[&str]| Value::Strings(Strings::only(strings(items), EntryKind::Folders));
        const SET: Type = Type::Set { entries: EntryKind::Folders };
        let order = |a: &[&str], b: &[&str]| SET.compare(&folders(a), &folders(b));
        assert_eq!(order(&["C:\\Logs\\App"], &["C:\\Logs"]), Some(Ordering::Less));
        assert_eq!(order(&["C:\\"], &["C:\\Logs", "C:\\Temp"]), Some(Ordering::Greater));
        assert_eq!(order(&["C:/Logs/"], &["C:\\Logs"]), Some(Ordering::Equal));
        assert_eq!(
            order(&["C:\\Logs"], &["C:\\Logs", "C:\\Logs\\App"]),
            Some(Ordering::Equal),
            "a folder inside of another adds nothing"
        );
        assert_eq!(order(&["C:\\Logs", "D:\\"], &["C:\\", "E:\\"]), None);
        assert_eq!(order(&[], &["C:\\"]), Some(Ordering::Less));
        assert_eq!(
            SET.compare(&folders(&["/"]), &Value::Strings(Strings::Any)),
            Some(Ordering::Less)
        );
    }

    mod laws {
        use super::*;
        use proptest::prelude::*;

        /// Entries that are often the same, or below each other.
        fn entry(kind: EntryKind) -> BoxedStrategy<String> {
            match kind {
                EntryKind::FileNames => prop_oneof![
                    "[aAbB]{1,2}",
                    "[aA]".prop_map(|digit| format!("sha256:{}", digit.repeat(64))),
                ]
                .boxed(),
                EntryKind::Folders => r"(C:|D:|/|\\\\|//)?([/\\](a|A|\.\.|)){0,4}".boxed(),
                EntryKind::Patterns | EntryKind::Text => "[aAb]{0,2}".boxed(),
            }
        }

        fn value(ty: &Type) -> BoxedStrategy<Value> {
            let Some(kind) = ty.entries() else {
                return (0..ty.words().len() as u16).prop_map(Value::Word).boxed();
            };
            let list = || prop::collection::vec(entry(kind), 0..4);
            let only = list().prop_map(move |items| Value::Strings(Strings::only(items, kind)));
            let any = Just(Value::Strings(Strings::Any));
            match ty {
                Type::Filter { .. } => {
                    let except =
                        list().prop_map(move |items| Value::Strings(Strings::except(items, kind)));
                    prop_oneof![4 => only, 4 => except, 1 => any].boxed()
                }
                _ => prop_oneof![8 => only, 1 => any].boxed(),
            }
        }

        fn typed_values() -> impl Strategy<Value = (Type, [Value; 3])> {
            let words = ["deny", "upload", "download", "both"].map(String::from).to_vec();
            let order = Order::new(vec![(0, 1), (0, 2), (1, 3), (2, 3)]);
            let mut types = vec![
                Type::Switch { reversed: false },
                Type::Switch { reversed: true },
                Type::Choice { words, order },
            ];
            for entries in EntryKind::ALL {
                types.extend([Type::Set { entries }, Type::Filter { entries }]);
            }
            prop::sample::select(types).prop_flat_map(|ty| {
                let values = [value(&ty), value(&ty), value(&ty)];
                (Just(ty), values)
            })
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

            #[test]
            fn values_are_partly_ordered((ty, [a, b, c]) in typed_values()) {
                let at_most = |a: &Value, b: &Value| {
                    matches!(ty.compare(a, b), Some(Ordering::Less | Ordering::Equal))
                };
                prop_assert!(at_most(&a, &a), "reflexive");
                let chain = at_most(&a, &b) && at_most(&b, &c);
                prop_assert!(!chain || at_most(&a, &c), "transitive");
                let both = at_most(&a, &b) && at_most(&b, &a);
                prop_assert_eq!(both, ty.is_same(&a, &b), "antisymmetric up to sameness");
                prop_assert_eq!(ty.compare(&a, &b), ty.compare(&b, &a).map(Ordering::reverse));
                if let Some(least) = ty.least() {
                    prop_assert!(at_most(&least, &a));
                }
                if ty.is_same(&a, &b) {
                    prop_assert_eq!(ty.compare(&a, &c), ty.compare(&b, &c));
                }
            }
        }
    }
}
