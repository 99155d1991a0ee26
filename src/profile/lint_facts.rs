//! What lints need to know about a product: the settings and permissions that mean something to
//! them. A profile without these facts does not run the lint in question.

use super::{Entry, Value};
use serde::{Deserialize, Serialize};

/// A permission or setting, and the values of it that something is true for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Index of the permission or setting.
    pub entry: usize,
    /// First words, one of which its value must begin with.
    pub words: Vec<String>,
}

impl Condition {
    /// Whether a value of the permission or setting is one of those meant. `entries` are those that
    /// the index belongs to.
    pub fn is_met(&self, entries: &[Entry], value: &Value) -> bool {
        let word = entries[self.entry].ty.first_word(value);
        self.words.iter().any(|known| known == word)
    }
}

/// The facts of a profile, by lint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LintFacts {
    /// For `admin-lockout`.
    pub admin_lockout: Option<AdminLockout>,
    /// For `prompt-blocks-unattended`.
    pub prompt_blocks_unattended: Option<UnattendedPrompts>,
    /// For `elevated-tools-limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevated_tools_limit: Option<LimitedTools>,
}

/// What makes an account an administrator. Both are settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminLockout {
    /// When an account is an administrator.
    pub administrator: Condition,
    /// When an account is enabled, if accounts can be disabled.
    pub enabled: Option<Condition>,
}

/// The prompts of a product, which someone at the endpoint has to answer. All are permissions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnattendedPrompts {
    /// When a prompt that nobody answers is refused.
    pub refused: Condition,
    /// The prompts.
    pub prompts: Vec<Prompt>,
}

/// A prompt before a tool is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// When the prompt appears.
    pub shown: Condition,
    /// Index of the permission for the tool; a tool that is denied does not prompt.
    pub tool: Option<usize>,
}

/// Tools that a product limits while nobody is present at the endpoint. All are permissions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitedTools {
    /// When they are limited.
    pub limited: Condition,
    /// When each of them is allowed.
    pub tools: Vec<Condition>,
}

impl LintFacts {
    /// Whether all indices are those of entries.
    pub(super) fn is_inside(&self, permissions: usize, settings: usize) -> bool {
        let admin = self.admin_lockout.iter();
        let mut of_settings = admin.flat_map(|facts| {
            [Some(&facts.administrator), facts.enabled.as_ref()].into_iter().flatten()
        });
        let prompts = self.prompt_blocks_unattended.iter();
        let of_prompts = prompts.flat_map(|facts| {
            let of_prompts =
                facts.prompts.iter().flat_map(|prompt| [Some(prompt.shown.entry), prompt.tool]);
            [Some(facts.refused.entry)].into_iter().chain(of_prompts).flatten()
        });
        let limits = self.elevated_tools_limit.iter();
        let of_limits = limits.flat_map(|facts| [&facts.limited].into_iter().chain(&facts.tools));
        let mut of_permissions = of_prompts.chain(of_limits.map(|condition| condition.entry));
        of_settings.all(|condition| condition.entry < settings)
            && of_permissions.all(|entry| entry < permissions)
    }
}
