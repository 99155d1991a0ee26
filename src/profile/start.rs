//! What a user's account needs before a session can start (docs/profiles.md, `[start]`).

use super::{Entry, Method, Value};
use serde::{Deserialize, Serialize};

/// The settings that decide whether an account can start a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// What every session asks for, in order.
    pub all: Vec<Condition>,
    /// What the sessions of each method ask for beside that, parallel to the methods of the
    /// profile. Empty for a method that asks for nothing.
    pub methods: Vec<Vec<Condition>>,
}

/// A condition on the resolved settings of an account. It holds if any of its parts does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The parts, at least one.
    pub any: Vec<SettingIs>,
}

/// A setting, and the values of it that are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingIs {
    /// Index of the setting.
    pub setting: usize,
    /// First words, one of which the value of the setting must begin with.
    pub values: Vec<String>,
}

impl Start {
    /// The conditions on an account for sessions of a method, in the order in which they are
    /// checked.
    pub fn conditions(&self, method: usize) -> impl Iterator<Item = &Condition> {
        self.all.iter().chain(self.methods.get(method).into_iter().flatten())
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &SettingIs> {
        self.all.iter().chain(self.methods.iter().flatten()).flat_map(|condition| &condition.any)
    }

    /// Whether it fits a profile: all indices are those of settings, no condition is empty, and
    /// every method has its conditions.
    pub(super) fn fits(&self, methods: &[Method], settings: &[Entry]) -> bool {
        let mut conditions = self.all.iter().chain(self.methods.iter().flatten());
        self.methods.len() == methods.len()
            && conditions.all(|condition| !condition.any.is_empty())
            && self.parts().all(|part| part.setting < settings.len())
    }
}

impl SettingIs {
    /// Whether a value of the setting is one of those asked for. `settings` are those of the
    /// profile.
    pub fn is_met(&self, settings: &[Entry], value: &Value) -> bool {
        let word = settings[self.setting].ty.first_word(value);
        self.values.iter().any(|known| known == word)
    }
}
