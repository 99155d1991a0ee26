//! Random choices from a seed, and random values as text. The same seed gives the same choices
//! everywhere.

use precedent::profile::{EntryKind, Type};
use std::hash::{DefaultHasher, Hasher};

pub struct Dice(u64);

impl Dice {
    /// A die of its own for each thing that is decided.
    pub fn of(seed: u64, key: &str) -> Dice {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(seed);
        hasher.write(key.as_bytes());
        Dice(hasher.finish())
    }

    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number from 0, below a bound; 0 if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
        items
    }
}

/// A string as source text, in one of the ways that it may be written.
pub fn quote(text: &str, dice: &mut Dice) -> String {
    if dice.chance(30) && !text.contains(['\'', '\n']) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            plain if !plain.is_alphanumeric() && dice.chance(20) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(plain)))
            }
            plain => out.push(plain),
        }
    }
    out + "\""
}

/// A value of a type as source text; roles are given quoted.
pub fn value(dice: &mut Dice, ty: &Type, roles: &[String]) -> String {
    let words = ty.words();
    match ty {
        Type::Set { .. } | Type::Filter { .. } => {
            let forms: &[&str] = if matches!(ty, Type::Set { .. }) {
                &["any", "only"]
            } else {
                &["any", "only", "except"]
            };
            match forms[dice.below(forms.len())] {
                "any" => "any".into(),
                word => format!("{word} {}", strings(dice, ty.entries().unwrap_or_default())),
            }
        }
        Type::Role if !roles.is_empty() && dice.chance(70) => {
            roles[dice.below(roles.len())].clone()
        }
        Type::Duration { range: Some((low, high)), .. } if words.is_empty() || dice.chance(50) => {
            let seconds = low + dice.next() % (high - low + 1);
            if seconds.is_multiple_of(60) && dice.chance(50) {
                format!("{}m", seconds / 60)
            } else {
                format!("{seconds}s")
            }
        }
        Type::Integer { range } => {
            let (low, high) = range.unwrap_or((0, 1000));
            (low + dice.next() % (high - low + 1)).to_string()
        }
        _ => words[dice.below(words.len())].to_owned(),
    }
}

/// A list of entries, all of which can be written: some are the same, and some are doubtful.
fn strings(dice: &mut Dice, kind: EntryKind) -> String {
    const HASH: &str = "sha256:3f1b6c0d9a7e42855b0e6f19c2d4a8b7730f5e61d98c4a2b6e10f7935ca8d264";
    let strings: [&str; 6] = match kind {
        EntryKind::FileNames => ["a.exe", "b.exe", HASH, "B.EXE", "two, words", "\"é\""],
        EntryKind::Folders => ["C:\\", r"C:\Temp", "C:/Temp/", "/var", "Temp", r"C:\Temp\é"],
        _ => ["a.exe", "b.exe", "sha256:00ff", r"C:\Temp", "two, words", "\"é\""],
    };
    let items: Vec<String> =
        (0..dice.below(4)).map(|_| quote(strings[dice.below(6)], dice)).collect();
    format!("[{}{}]", items.join(", "), if !items.is_empty() && dice.chance(30) { "," } else { "" })
}
