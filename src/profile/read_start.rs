//! The section `[start]` of a profile file.

use super::Profile;
use super::read::{Loader, TomlValue};
use super::read_links::Entries;
use super::start::{Condition, SettingIs, Start};

impl Loader {
    /// Reads the conditions for starting a session. They replace those of an extended profile.
    pub(super) fn start(&mut self, value: &TomlValue<'_>, profile: &mut Profile) {
        let Some(table) = self.reader.table(value) else { return };
        self.reader.only_keys(table, &["all", "methods"]);
        let all = table.get("all").map_or_else(Vec::new, |value| self.conditions(value, profile));
        let mut methods = vec![Vec::new(); profile.methods.len()];
        let by_method = table.get("methods").and_then(|value| self.reader.table(value));
        for (key, value) in by_method.into_iter().flat_map(|table| table.iter()) {
            let span = self.reader.span(key);
            if let Some(method) = self.method(profile, key.get_ref(), span) {
                methods[method] = self.conditions(value, profile);
            }
        }
        profile.start = Some(Start { all, methods });
    }

    fn conditions(&mut self, value: &TomlValue<'_>, profile: &Profile) -> Vec<Condition> {
        let Some(items) = self.reader.array(value) else { return Vec::new() };
        items.filter_map(|item| self.start_condition(item, profile)).collect()
    }

    /// `{ setting = "…", values = ["…"] }`, or `{ any = […] }` with a list of those.
    fn start_condition(&mut self, value: &TomlValue<'_>, profile: &Profile) -> Option<Condition> {
        let table = self.reader.table(value)?;
        let Some(any) = table.get("any") else {
            return Some(Condition { any: vec![self.setting_is(value, profile)?] });
        };
        self.reader.only_keys(table, &["any"]);
        let any: Vec<SettingIs> =
            self.reader.array(any)?.filter_map(|item| self.setting_is(item, profile)).collect();
        if any.is_empty() && self.reader.findings.is_empty() {
            let span = self.span_of(table, "any", self.reader.span(value));
            self.reader.value_error(span, "`any` cannot be empty").help =
                Some("list the conditions, one of which must hold".into());
        }
        Some(Condition { any })
    }

    fn setting_is(&mut self, value: &TomlValue<'_>, profile: &Profile) -> Option<SettingIs> {
        let table = self.reader.table(value)?;
        self.reader.only_keys(table, &["setting", "values"]);
        let whole = self.reader.span(value);
        let (Some(path), Some(values)) = (table.get("setting"), table.get("values")) else {
            self.reader.key_error(whole, "a condition needs `setting` and `values`").help =
                Some("write `{ setting = \"…\", values = [\"…\"] }`".into());
            return None;
        };
        let span = self.reader.span(path);
        let path = self.reader.string(path)?;
        let settings = Entries::settings(profile);
        let setting = self.entry_index(settings, path, span)?;
        let mut words = Vec::new();
        for (span, word) in self.reader.strings(values) {
            self.known_word(&settings.all[setting], word, span);
            words.push(word.to_owned());
        }
        if words.is_empty() && self.reader.findings.is_empty() {
            let span = self.reader.span(values);
            self.reader.value_error(span, "`values` cannot be empty").help =
                Some(format!("list the values of `{path}` with which sessions can start"));
        }
        Some(SettingIs { setting, values: words })
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Code;
    use crate::profile::{BUILTIN, Profile, builtin, load};
    use crate::source::{FileId, SourceFile};

    /// The conditions of a method, as `setting = value`, joined by `or`.
    fn conditions(profile: &Profile, method: &str) -> Vec<String> {
        let start = profile.start.as_ref().expect("a start section");
        let method = profile.method(method).expect("a method");
        let text = |part: &crate::profile::SettingIs| {
            format!("{} = {}", profile.settings[part.setting].path, part.values.join(" or "))
        };
        start
            .conditions(method)
            .map(|condition| condition.any.iter().map(text).collect::<Vec<_>>().join(" or "))
            .collect()
    }

    fn messages(text: &str) -> Vec<(Code, String)> {
        let text = format!("id = \"own\"\nextends = \"pra-25.3\"\n{text}");
        let (_, findings) = load(FileId(0), &SourceFile::new("own.toml", text));
        findings.into_iter().map(|finding| (finding.code, finding.message)).collect()
    }

    #[test]
    fn every_method_asks_for_the_settings_of_its_product() {
        for (id, _) in BUILTIN {
            let profile = builtin(id).expect("a built-in profile");
            for method in &profile.methods {
                let jump = match &*method.id {
                    "mysql_tunnel" | "postgresql_tunnel" | "network_tunnel" => {
                        vec!["jump.protocol_tunnel = allow".to_owned()]
                    }
                    "jump_to" => {
                        vec!["jump.remote_jump = allow or jump.local_jump = allow".to_owned()]
                    }
                    "session_key" | "support_button" | "bomgar_button" => Vec::new(),
                    id => vec![format!("jump.{id} = allow")],
                };
                let all: &[&str] = if id.starts_with("pra") {
                    &["account.enabled = allow", "access.allowed = allow"]
                } else {
                    &[
                        "account.enabled = allow",
                        "account.disabled = deny",
                        "support.allowed = allow",
                    ]
                };
                let expected: Vec<String> =
                    all.iter().map(|text| text.to_string()).chain(jump).collect();
                assert_eq!(conditions(&profile, &method.id), expected, "{id} {}", method.id);
            }
        }
    }

    #[test]
    fn a_section_replaces_that_of_the_extended_profile() {
        let text = "id = \"own\"\nextends = \"pra-25.3\"\n[start.methods]\n\
                    shell_jump = [{ setting = \"jump.shell_jump\", values = [\"allow\"] }]\n";
        let (own, _) = load(FileId(0), &SourceFile::new("own.toml", text));
        let own = own.expect("a profile");
        assert_eq!(conditions(&own, "shell_jump"), ["jump.shell_jump = allow"]);
        assert_eq!(conditions(&own, "web_jump"), [""; 0]);
    }

    #[test]
    fn conditions_follow_their_methods_when_these_are_replaced() {
        let text = "id = \"own\"\nextends = \"pra-25.3\"\n\
                    [[methods]]\nid = \"badge\"\ntarget = \"jump_item\"\n\
                    [[methods]]\nid = \"shell_jump\"\ntarget = \"jump_item\"\n";
        let (own, _) = load(FileId(0), &SourceFile::new("own.toml", text));
        let own = own.expect("a profile");
        assert_eq!(
            conditions(&own, "shell_jump").last().expect("a condition"),
            "jump.shell_jump = allow"
        );
        assert_eq!(conditions(&own, "badge").len(), 2);
        let shell = &own.permissions[own.permission("shell").expect("shell")];
        assert_eq!(shell.fixed.iter().map(|(method, _)| *method).collect::<Vec<_>>(), [1]);
        let commands = &own.permissions[own.permission("shell.commands").expect("commands")];
        assert_eq!(commands.not_for, [0; 0]);
    }

    #[test]
    fn wrong_conditions_are_reported() {
        let value = |message: &str| vec![(Code::PROFILE_VALUE, message.to_owned())];
        let key = |message: &str| vec![(Code::PROFILE_KEY, message.to_owned())];
        let all = |inner: &str| messages(&format!("[start]\nall = [{inner}]\n"));
        assert_eq!(
            all("{ setting = \"access.alowed\", values = [\"allow\"] }"),
            value("unknown setting `access.alowed`")
        );
        assert_eq!(
            all("{ setting = \"access.allowed\", values = [\"yes\"] }"),
            value("invalid value `yes` for `access.allowed`")
        );
        assert_eq!(
            all("{ setting = \"access.allowed\", values = [] }"),
            value("`values` cannot be empty")
        );
        assert_eq!(
            all("{ setting = \"access.allowed\" }"),
            key("a condition needs `setting` and `values`")
        );
        assert_eq!(all("{ any = [] }"), value("`any` cannot be empty"));
        assert_eq!(all("\"access.allowed\""), value("expected a table, found a string"));
        assert_eq!(
            all("{ any = [{ setting = \"acess.allowed\", values = [\"allow\"] }] }"),
            value("unknown setting `acess.allowed`")
        );
        assert_eq!(
            messages("[start.methods]\nshell_jmp = []\n"),
            value("unknown method `shell_jmp`")
        );
        assert_eq!(messages("[start]\nmethod = []\n"), key("unknown key `method`"));
    }

    #[test]
    fn words_of_statements_name_no_permission_and_no_setting() {
        for word in [
            "members",
            "memberships",
            "available",
            "description",
            "default",
            "final",
            "not",
            "start",
            "like",
            "unknown",
            "others",
            "owner",
            "expires",
            "session_policy.attended",
        ] {
            let row = format!("path = \"{word}\"\nlabel = \"L\"\ndoc = \"D\"\ntype = \"switch\"\n");
            for list in ["permissions", "settings"] {
                assert_eq!(
                    messages(&format!("[[{list}]]\n{row}")),
                    [(Code::PROFILE_BROKEN, format!("`{word}` is reserved by the language"))]
                );
            }
        }
    }

    #[test]
    fn switches_may_be_turned_round_and_lists_say_what_their_entries_are() {
        let row = |more: &str| {
            messages(&format!(
                "[[permissions]]\npath = \"a\"\nlabel = \"L\"\ndoc = \"D\"\n{more}\n"
            ))
        };
        let value = |message: &str| vec![(Code::PROFILE_VALUE, message.to_owned())];
        let key = |message: &str| vec![(Code::PROFILE_KEY, message.to_owned())];
        for sound in [
            "type = \"switch\"\norder = [[\"allow\", \"deny\"]]",
            "type = \"switch\"\norder = [[\"deny\", \"allow\"]]",
            "type = \"set\"\nentries = \"folders\"",
            "type = \"filter\"\nentries = \"file_names\"\ndefault = \"only []\"",
        ] {
            assert_eq!(row(sound), []);
        }
        let order = |order: &str| row(&format!("type = \"switch\"\norder = {order}"));
        for wrong in ["\"none\"", "[\"allow\", \"deny\"]", "[[\"allow\"]]", "1", "[[\"a\", \"b\"]]"]
        {
            assert_eq!(order(wrong), value("invalid order of a switch"), "{wrong}");
        }
        assert_eq!(
            row("type = \"set\"\nentries = \"folder\""),
            value("unknown kind of entries `folder`")
        );
        assert_eq!(
            row("type = \"switch\"\nentries = \"folders\""),
            key("a switch has no `entries`")
        );
    }

    #[test]
    fn settings_may_require_settings() {
        let setting = |path: &str, requires: &str| {
            format!(
                "[[settings]]\npath = \"{path}\"\nlabel = \"L\"\ndoc = \"D\"\ntype = \"switch\"\n\
                 requires = {{ path = \"{requires}\", values = [\"allow\"] }}\n"
            )
        };
        assert_eq!(messages(&setting("a", "access.allowed")), []);
        assert_eq!(
            messages(&setting("a", "shell")),
            [(Code::PROFILE_VALUE, "unknown setting `shell`".to_owned())]
        );
        assert_eq!(
            messages(&(setting("a", "b") + &setting("b", "a"))),
            [(Code::PROFILE_BROKEN, "the requirements of `a` are cyclic".to_owned())]
        );
        assert_eq!(
            messages(&setting("a", "reports.sessions")),
            [(Code::PROFILE_VALUE, "invalid value `allow` for `reports.sessions`".to_owned())]
        );
    }
}
