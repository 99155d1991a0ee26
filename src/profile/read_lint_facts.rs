//! The section `[lints]` of a profile file.

use super::Profile;
use super::lint_facts::{
    AdminLockout, Condition, LimitedTools, LintFacts, Prompt, UnattendedPrompts,
};
use super::read::{Loader, TomlValue};
use super::read_links::Entries;
use crate::source::Span;
use crate::toml_text::Table;

impl Loader {
    /// Reads the facts about lints. Those of an extended profile stay where a lint is not named.
    pub(super) fn lint_facts(&mut self, value: &TomlValue<'_>, profile: &mut Profile) {
        let Some(table) = self.reader.table(value) else { return };
        let lints = ["admin-lockout", "prompt-blocks-unattended", "elevated-tools-limit"];
        self.reader.only_keys(table, &lints);
        let mut facts = std::mem::take(&mut profile.lint_facts);
        self.admin_lockout(table, profile, &mut facts);
        self.unattended_prompts(table, profile, &mut facts);
        self.limited_tools(table, profile, &mut facts);
        profile.lint_facts = facts;
    }

    fn admin_lockout(&mut self, table: &Table<'_>, profile: &Profile, facts: &mut LintFacts) {
        let Some(value) = table.get("admin-lockout") else { return };
        let Some(table) = self.reader.table(value) else { return };
        self.reader.only_keys(table, &["administrator", "enabled"]);
        let settings = Entries::settings(profile);
        let administrator = self.needed(table, "administrator", self.reader.span(value), settings);
        let enabled = table.get("enabled").and_then(|value| self.condition(value, settings));
        facts.admin_lockout =
            administrator.map(|administrator| AdminLockout { administrator, enabled });
    }

    fn unattended_prompts(&mut self, table: &Table<'_>, profile: &Profile, facts: &mut LintFacts) {
        let Some(value) = table.get("prompt-blocks-unattended") else { return };
        let Some(table) = self.reader.table(value) else { return };
        self.reader.only_keys(table, &["refused", "prompts"]);
        let permissions = Entries::permissions(profile);
        let refused = self.needed(table, "refused", self.reader.span(value), permissions);
        let mut prompts = Vec::new();
        for (_, table) in table.get("prompts").map_or_else(Vec::new, |value| self.tables(value)) {
            self.reader.only_keys(table, &["shown", "tool"]);
            let shown = self.needed(table, "shown", self.reader.span(value), permissions);
            let tool = table.get("tool").and_then(|value| {
                let path = self.reader.string(value)?;
                self.entry_index(permissions, path, self.reader.span(value))
            });
            prompts.extend(shown.map(|shown| Prompt { shown, tool }));
        }
        facts.prompt_blocks_unattended =
            refused.map(|refused| UnattendedPrompts { refused, prompts });
    }

    fn limited_tools(&mut self, table: &Table<'_>, profile: &Profile, facts: &mut LintFacts) {
        let Some(value) = table.get("elevated-tools-limit") else { return };
        let Some(table) = self.reader.table(value) else { return };
        self.reader.only_keys(table, &["limited", "tools"]);
        let permissions = Entries::permissions(profile);
        let limited = self.needed(table, "limited", self.reader.span(value), permissions);
        let tools = table.get("tools").and_then(|value| self.reader.array(value));
        let tools = tools.into_iter().flatten();
        let tools: Vec<Condition> =
            tools.filter_map(|value| self.condition(value, permissions)).collect();
        facts.elevated_tools_limit = limited.map(|limited| LimitedTools { limited, tools });
    }

    fn needed(
        &mut self,
        table: &Table<'_>,
        key: &str,
        whole: Span,
        entries: Entries<'_>,
    ) -> Option<Condition> {
        let value = table.get(key);
        if value.is_none() {
            self.reader.key_error(whole, format!("`{key}` is missing")).help =
                Some(format!("add `{key} = {{ path = \"…\", values = [\"…\"] }}`"));
        }
        self.condition(value?, entries)
    }

    /// `{ path = "…", values = ["…"] }`
    fn condition(&mut self, value: &TomlValue<'_>, entries: Entries<'_>) -> Option<Condition> {
        let table = self.reader.table(value)?;
        self.reader.only_keys(table, &["path", "values"]);
        let (Some(path), Some(values)) = (table.get("path"), table.get("values")) else {
            let whole = self.reader.span(value);
            self.reader.key_error(whole, "a condition needs `path` and `values`");
            return None;
        };
        let span = self.reader.span(path);
        let path = self.reader.string(path)?;
        let entry = self.entry_index(entries, path, span)?;
        let mut words = Vec::new();
        for (span, word) in self.reader.strings(values) {
            self.known_word(&entries.all[entry], word, span);
            words.push(word.to_owned());
        }
        Some(Condition { entry, words })
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Code;
    use crate::profile::{builtin, load};
    use crate::source::{FileId, SourceFile};

    fn messages(lints: &str) -> Vec<(Code, String)> {
        let text = format!("id = \"own\"\nextends = \"pra-25.3\"\n{lints}");
        let (_, findings) = load(FileId(0), &SourceFile::new("own.toml", text));
        findings.into_iter().map(|finding| (finding.code, finding.message)).collect()
    }

    #[test]
    fn facts_are_inherited_lint_by_lint() {
        let base = builtin("pra-25.3").expect("a built-in profile");
        let text = "id = \"own\"\nextends = \"pra-25.3\"\n\
                    [lints.prompt-blocks-unattended]\n\
                    refused = { path = \"shell\", values = [\"deny\"] }\nprompts = []\n";
        let (own, _) = load(FileId(0), &SourceFile::new("own.toml", text));
        let own = own.expect("a profile");
        assert!(base.lint_facts.prompt_blocks_unattended.is_none());
        assert!(own.lint_facts.prompt_blocks_unattended.is_some());
        assert!(own.lint_facts.admin_lockout.is_some());
        assert_eq!(own.lint_facts.admin_lockout, base.lint_facts.admin_lockout);
    }

    #[test]
    fn wrong_facts_are_reported() {
        let value = |message: &str| vec![(Code::PROFILE_VALUE, message.to_owned())];
        let key = |message: &str| vec![(Code::PROFILE_KEY, message.to_owned())];
        let administrator = |inner: &str| {
            messages(&format!("[lints.admin-lockout]\nadministrator = {{ {inner} }}\n"))
        };
        assert_eq!(
            administrator("path = \"administration.admim\", values = [\"allow\"]"),
            value("unknown setting `administration.admim`")
        );
        assert_eq!(
            administrator("path = \"administration.admin\", values = [\"yes\"]"),
            value("invalid value `yes` for `administration.admin`")
        );
        assert_eq!(
            administrator("path = \"administration.admin\""),
            key("a condition needs `path` and `values`")
        );
        assert_eq!(messages("[lints.admin-lockout]\n"), key("`administrator` is missing"));
        assert_eq!(messages("[lints.unused-team]\n"), key("unknown key `unused-team`"));
        let prompts = "[lints.prompt-blocks-unattended]\n\
                       refused = { path = \"shell\", values = [\"deny\"] }\n\
                       prompts = [{ shown = { path = \"shell\", values = [\"allow\"] }, tool = \
                       \"shel\" }]\n";
        assert_eq!(messages(prompts), value("unknown permission `shel`"));
        let tools = "[lints.elevated-tools-limit]\n\
                     limited = { path = \"shell\", values = [\"deny\"] }\n\
                     tools = [{ path = \"registri\", values = [\"allow\"] }]\n";
        assert_eq!(messages(tools), value("unknown permission `registri`"));
    }
}
