//! The permissions and settings of a profile, for people and for programs (`catalog` in section 5
//! of the language).

use crate::profile::{Condition, Entry, EntryKind, Profile, SettingIs, Start};
use crate::report::Style;
use crate::report::words::markup::{code, document};
use crate::text::count;
use crate::text::layout::hanging;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    profile: &'a str,
    label: &'a str,
    layers: Vec<Labelled<'a>>,
    methods: Vec<Method<'a>>,
    permissions: Vec<EntryRow<'a>>,
    settings: Vec<EntryRow<'a>>,
    start: Option<StartRow<'a>>,
}

#[derive(Serialize)]
struct Labelled<'a> {
    id: &'a str,
    label: &'a str,
}

#[derive(Serialize)]
struct Method<'a> {
    id: &'a str,
    label: &'a str,
    target: &'a str,
    attended: bool,
    presence: bool,
    portal_choice: bool,
}

#[derive(Serialize)]
struct EntryRow<'a> {
    path: &'a str,
    label: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    values: Vec<&'a str>,
    order: Vec<[&'a str; 2]>,
    default: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<&'a str>,
    requires: Option<Requires<'a>>,
    implied_by: Option<ImpliedBy<'a>>,
    not_for_methods: Vec<&'a str>,
    fixed_for_methods: BTreeMap<&'a str, String>,
    unconfirmed: bool,
    weight: u8,
    doc: &'a str,
}

#[derive(Serialize)]
struct Requires<'a> {
    path: &'a str,
    values: &'a [String],
}

#[derive(Serialize)]
struct ImpliedBy<'a> {
    path: &'a str,
    values: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct StartRow<'a> {
    all: Vec<ConditionRow<'a>>,
    methods: BTreeMap<&'a str, Vec<ConditionRow<'a>>>,
}

#[derive(Serialize)]
struct ConditionRow<'a> {
    any: Vec<SettingIsRow<'a>>,
}

#[derive(Serialize)]
struct SettingIsRow<'a> {
    setting: &'a str,
    values: &'a [String],
}

fn condition_row<'a>(profile: &'a Profile, condition: &'a Condition) -> ConditionRow<'a> {
    let any = condition.any.iter().map(|part| SettingIsRow {
        setting: &profile.settings[part.setting].path,
        values: &part.values,
    });
    ConditionRow { any: any.collect() }
}

/// Methods that ask for nothing are left out.
fn start_row<'a>(profile: &'a Profile, start: &'a Start) -> StartRow<'a> {
    let rows = |conditions: &'a [Condition]| {
        conditions.iter().map(|condition| condition_row(profile, condition)).collect()
    };
    let methods = profile.methods.iter().zip(&start.methods);
    StartRow {
        all: rows(&start.all),
        methods: methods
            .filter(|(_, conditions)| !conditions.is_empty())
            .map(|(method, conditions)| (&*method.id, rows(conditions)))
            .collect(),
    }
}

/// A row of the catalog. `entries` are the permissions or the settings, whichever the entry is one
/// of.
fn row<'a>(profile: &'a Profile, entries: &'a [Entry], entry: &'a Entry) -> EntryRow<'a> {
    let method = |at: &usize| &*profile.methods[*at].id;
    EntryRow {
        path: &entry.path,
        label: &entry.label,
        ty: entry.ty.id(),
        values: entry.ty.words(),
        order: entry.ty.order().into_iter().map(|(low, high)| [low, high]).collect(),
        default: entry.ty.text(&entry.default),
        range: entry
            .ty
            .range()
            .map(|(low, high)| [entry.ty.number_text(low), entry.ty.number_text(high)]),
        entries: entry.ty.entries().map(EntryKind::id),
        requires: entry
            .requires
            .as_ref()
            .map(|found| Requires { path: &entries[found.entry].path, values: &found.words }),
        implied_by: entry.implied_by.as_ref().map(|found| ImpliedBy {
            path: &entries[found.entry].path,
            values: found
                .values
                .iter()
                .map(|(word, value)| (&**word, entry.ty.text(value)))
                .collect(),
        }),
        not_for_methods: entry.not_for.iter().map(method).collect(),
        fixed_for_methods: entry
            .fixed
            .iter()
            .map(|(at, value)| (method(at), entry.ty.text(value)))
            .collect(),
        unconfirmed: entry.unconfirmed,
        weight: entry.weight,
        doc: &entry.doc,
    }
}

fn rows<'a>(profile: &'a Profile, entries: &'a [Entry]) -> Vec<EntryRow<'a>> {
    entries.iter().map(|entry| row(profile, entries, entry)).collect()
}

/// The JSON of the machine interface, and the documentation of each entry.
pub fn json(profile: &Profile) -> serde_json::Result<String> {
    let document = Document {
        profile: &profile.id,
        label: &profile.label,
        layers: profile
            .layers
            .iter()
            .map(|layer| Labelled { id: layer.kind.id(), label: &layer.label })
            .collect(),
        methods: profile
            .methods
            .iter()
            .map(|method| Method {
                id: &method.id,
                label: &method.label,
                target: method.target.id(),
                attended: method.attended,
                presence: method.presence,
                portal_choice: method.portal_choice,
            })
            .collect(),
        permissions: rows(profile, &profile.permissions),
        settings: rows(profile, &profile.settings),
        start: profile.start.as_ref().map(|start| start_row(profile, start)),
    };
    crate::text::json::pretty(&document)
}

/// How a format writes what comes from the profile and what may be written in a policy.
#[derive(Clone, Copy)]
struct Writer {
    /// A path, a value, or the id of a method.
    name: fn(&str) -> String,
    /// A text with names in backticks.
    text: fn(&str) -> String,
    /// Between a value and the next one above it.
    below: &'static str,
}

const PLAIN: Writer = Writer { name: str::to_owned, text: str::to_owned, below: " < " };
const MARKDOWN: Writer = Writer { name: code, text: document, below: " &lt; " };

impl Writer {
    fn list<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>, between: &str) -> String {
        let names = names.into_iter().map(|name| (self.name)(name.as_ref()));
        names.collect::<Vec<_>>().join(between)
    }

    /// The values that an entry can have, in ascending order if they have an order.
    fn values(self, entry: &Entry) -> String {
        let chain = entry.ty.order().len() + 1 == entry.ty.words().len();
        match chain {
            true => self.list(entry.ty.words(), self.below),
            false => (self.text)(&entry.ty.expected()),
        }
    }

    /// The rules of an entry about other entries and about methods.
    fn rules(self, profile: &Profile, entries: &[Entry], entry: &Entry) -> Vec<String> {
        let name = self.name;
        let row = row(profile, entries, entry);
        let mut rules = Vec::new();
        if let Some(kind) = entry.ty.entries().filter(|kind| *kind != EntryKind::Text) {
            rules.push(format!("entries are {}", kind.id().replace('_', " ")));
        }
        if let Some(requires) = row.requires {
            let values = self.list(requires.values, " or ");
            rules.push(format!("requires {} = {values}", name(requires.path)));
        }
        if let Some(implied) = row.implied_by {
            let values = implied.values.iter();
            let values =
                values.map(|(word, value)| format!("{} implies {}", name(word), name(value)));
            let values = values.collect::<Vec<_>>().join(", ");
            rules.push(format!("{}: {values}", name(implied.path)));
        }
        if !row.not_for_methods.is_empty() {
            let methods = profile.methods.iter().map(|method| &*method.id);
            let applies = methods.filter(|id| !row.not_for_methods.contains(id));
            rules.push(format!("applies only to {}", self.list(applies, ", ")));
        }
        for (method, value) in &row.fixed_for_methods {
            rules.push(format!("fixed to {} for {}", name(value), name(method)));
        }
        rules
    }

    /// What an account needs before a session can start: for all methods, then by method.
    fn start_rules(self, profile: &Profile) -> Vec<(String, String)> {
        let Some(start) = &profile.start else { return Vec::new() };
        let part = |part: &SettingIs| {
            let path = (self.name)(&profile.settings[part.setting].path);
            format!("{path} = {}", self.list(&part.values, " or "))
        };
        let text = |conditions: &[Condition]| {
            let texts = conditions
                .iter()
                .map(|condition| condition.any.iter().map(part).collect::<Vec<_>>().join(" or "));
            texts.collect::<Vec<_>>().join(", ")
        };
        let methods = profile.methods.iter().zip(&start.methods);
        let all = std::iter::once(("every session".to_owned(), &start.all));
        all.chain(methods.map(|(method, conditions)| ((self.name)(&method.id), conditions)))
            .filter(|(_, conditions)| !conditions.is_empty())
            .map(|(of, conditions)| (of, text(conditions)))
            .collect()
    }
}

/// The catalog for a terminal.
pub fn text(profile: &Profile, style: Style) -> String {
    let mut out = format!("{}\n\n", style.bold(&format!("{} ({})", profile.label, profile.id)));
    let layers: Vec<&str> = profile.layers.iter().map(|layer| layer.kind.id()).collect();
    out.push_str(&hanging("layers, first defined wins  ", &layers.join(", "), style.width));
    out.push('\n');
    let methods: Vec<&str> = profile.methods.iter().map(|method| &*method.id).collect();
    out.push_str(&hanging("methods                     ", &methods.join(", "), style.width));
    out.push('\n');
    let start = PLAIN.start_rules(profile);
    if !start.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("What a user needs to start a session")));
        for (of, conditions) in start {
            out.push_str(&hanging(&format!("  {of:<26}"), &conditions, style.width));
            out.push('\n');
        }
    }
    for (title, one, entries) in [
        ("Permissions of sessions", "permission", &profile.permissions),
        ("Settings of accounts", "setting", &profile.settings),
    ] {
        out.push_str(&format!(
            "\n{}\n",
            style.bold(&format!("{title}: {}", count(entries.len() as u64, one)))
        ));
        for entry in entries {
            let mark = if entry.unconfirmed { "  (unconfirmed)" } else { "" };
            out.push_str(&format!("\n  {}{mark}\n", style.bold(&entry.path)));
            out.push_str(&hanging("    ", &format!("{}. {}", entry.label, entry.doc), style.width));
            out.push('\n');
            let default = entry.ty.text(&entry.default);
            let values = format!("{} {}; default {default}", entry.ty.id(), PLAIN.values(entry));
            out.push_str(&style.dim(&hanging("    ", &values, style.width)));
            out.push('\n');
            for rule in PLAIN.rules(profile, entries, entry) {
                out.push_str(&style.dim(&hanging("    ", &rule, style.width)));
                out.push('\n');
            }
        }
    }
    out
}

/// The catalog as Markdown tables.
pub fn markdown(profile: &Profile) -> String {
    let mut out = format!("# {} ({})\n\n", document(&profile.label), code(&profile.id));
    let layers = MARKDOWN.list(profile.layers.iter().map(|layer| layer.kind.id()), ", ");
    out.push_str(&format!("Layers, first defined wins: {layers}.\n"));
    let start = MARKDOWN.start_rules(profile);
    if !start.is_empty() {
        out.push_str("\n## What a user needs to start a session\n\n");
        out.push_str("| session | settings |\n| --- | --- |\n");
        for (of, conditions) in start {
            out.push_str(&format!("| {of} | {conditions} |\n"));
        }
    }
    for (title, entries) in [
        ("Permissions of sessions", &profile.permissions),
        ("Settings of accounts", &profile.settings),
    ] {
        out.push_str(&format!(
            "\n## {title}\n\n| path | meaning | values | default |\n| --- | --- | --- | --- |\n"
        ));
        for entry in entries {
            let mark = if entry.unconfirmed { " (unconfirmed)" } else { "" };
            // More columns would leave no room for the meaning.
            let rules = MARKDOWN.rules(profile, entries, entry).into_iter();
            let values = format!("{}: {}", entry.ty.id(), MARKDOWN.values(entry));
            out.push_str(&format!(
                "| {}{mark} | **{}**. {} | {} | {} |\n",
                code(&entry.path),
                document(&entry.label),
                document(&entry.doc),
                std::iter::once(values).chain(rules).collect::<Vec<_>>().join("; "),
                code(&entry.ty.text(&entry.default)),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::profile::builtin;
    use serde_json::{Value, json};

    fn document(id: &str) -> Value {
        let profile = builtin(id).expect("a built-in profile");
        serde_json::from_str(&super::json(&profile).expect("JSON")).expect("JSON")
    }

    /// The row of a permission or setting.
    fn row<'d>(document: &'d Value, path: &str) -> &'d Value {
        let rows = ["permissions", "settings"]
            .into_iter()
            .flat_map(|key| document[key].as_array().expect("a list").iter());
        let mut rows = rows.filter(|row| row["path"] == path);
        rows.next().expect("a row")
    }

    #[test]
    fn the_conditions_for_starting_are_listed_by_method() {
        let is = |setting: &str, value: &str| json!({ "setting": setting, "values": [value] });
        let document = document("rs-25.3");
        assert_eq!(
            document["start"]["all"],
            json!([
                { "any": [is("account.enabled", "allow")] },
                { "any": [is("account.disabled", "deny")] },
                { "any": [is("support.allowed", "allow")] },
            ])
        );
        assert_eq!(
            document["start"]["methods"]["jump_to"],
            json!([{ "any": [is("jump.remote_jump", "allow"), is("jump.local_jump", "allow")] }])
        );
        assert_eq!(document["start"]["methods"]["session_key"], Value::Null);
    }

    #[test]
    fn a_profile_without_the_section_has_null() {
        let mut profile = builtin("pra-25.3").expect("a built-in profile");
        profile.start = None;
        let text = super::json(&profile).expect("JSON");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert!(document.as_object().is_some_and(|keys| keys.contains_key("start")));
        assert_eq!(document["start"], Value::Null);
    }

    /// Path, type, values and order, default, what is required, entries, methods.
    const PRA: &[&str] = &[
        "elevated_tools switch deny<allow deny",
        "leave_session_running switch deny<allow deny",
        "screen_sharing choice deny<view_only view_only<view_and_control deny",
        "screen_sharing.clipboard choice not_allowed<user_to_endpoint \
         user_to_endpoint<both_directions not_allowed screen_sharing=view_and_control",
        "screen_sharing.endpoint_restrictions choice none<display_mouse_keyboard none \
         screen_sharing=view_and_control",
        "screen_sharing.auto_privacy_screen choice off,on off \
         screen_sharing.endpoint_restrictions=display_mouse_keyboard \
         not:remote_rdp,remote_vnc,shell_jump,web_jump,protocol_tunnel,mysql_tunnel,\
         postgresql_tunnel,network_tunnel",
        "screen_sharing.applications filter any screen_sharing=view_only,view_and_control \
         file_names",
        "screen_sharing.desktop switch deny<allow deny screen_sharing.applications=only,except",
        "annotations switch deny<allow deny",
        "file_transfer choice deny<upload upload<both deny<download download<both deny",
        "file_transfer.endpoint_paths set any file_transfer=upload,download,both folders",
        "file_transfer.user_paths set any file_transfer=upload,download,both folders",
        "shell switch deny<allow deny shell_jump:allow",
        "shell.commands set any shell=allow patterns \
         not:jump_client,local_jump,remote_jump,remote_rdp,remote_vnc,web_jump,protocol_tunnel,\
         mysql_tunnel,postgresql_tunnel,network_tunnel",
        "system_information switch deny<allow deny",
        "system_information.actions switch deny<allow deny system_information=allow",
        "registry switch deny<allow deny",
        "canned_scripts switch deny<allow deny",
        "session_end.action choice do_nothing,lock,log_out do_nothing",
        "session_end.override switch deny<allow deny",
    ];

    fn summary(row: &Value) -> String {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let texts = |value: &Value| {
            value.as_array().expect("a list").iter().map(text).collect::<Vec<_>>().join(",")
        };
        let mut parts = vec![text(&row["path"]), text(&row["type"])];
        let order = row["order"].as_array().expect("a list");
        parts.extend(order.iter().map(|pair| texts(pair).replace(',', "<")));
        if order.is_empty() {
            parts.push(texts(&row["values"]));
        }
        parts.push(text(&row["default"]));
        if !row["requires"].is_null() {
            let requires = &row["requires"];
            parts.push(format!("{}={}", text(&requires["path"]), texts(&requires["values"])));
        }
        parts.extend(row.get("entries").map(text));
        if row["not_for_methods"] != json!([]) {
            parts.push(format!("not:{}", texts(&row["not_for_methods"])));
        }
        for (method, value) in row["fixed_for_methods"].as_object().expect("a table") {
            parts.push(format!("{method}:{}", text(value)));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    #[test]
    fn the_permissions_of_pra_are_those_of_its_documents() {
        let document = document("pra-25.3");
        let rows: Vec<String> =
            document["permissions"].as_array().expect("a list").iter().map(summary).collect();
        assert_eq!(rows, PRA);
    }

    #[test]
    fn the_settings_of_pra_are_those_of_its_documents() {
        let document = document("pra-25.3");
        let rows: Vec<String> =
            document["settings"].as_array().expect("a list").iter().map(summary).collect();
        let switches = |prefix: &str, paths: &str, rest: &str| {
            let switch = |path| format!("{prefix}.{path} switch deny<allow deny{rest}");
            paths.split(' ').map(switch).collect::<Vec<_>>()
        };
        let times = "5m 10m 15m 30m 1h 2h 4h 8h 12h 24h never".split(' ').collect::<Vec<_>>();
        let times: Vec<String> =
            times.windows(2).map(|pair| format!("{}<{}", pair[0], pair[1])).collect();
        let mut expected = vec!["access.allowed switch deny<allow deny".to_owned()];
        expected.extend(switches("session_management", "share_other_team invite_external", ""));
        expected.push(format!(
            "session_management.idle_timeout duration {} site_default",
            times.join(" ")
        ));
        let rest = "extended_availability edit_external_key";
        expected.extend(switches("session_management", rest, ""));
        expected.extend(switches("collaboration", "show_screen give_control", ""));
        let methods = "jump_client local_jump remote_jump remote_vnc remote_rdp shell_jump \
                       web_jump protocol_tunnel static_port_external_tools";
        expected.extend(switches("jump", methods, " access.allowed=allow"));
        for role in ["default", "personal", "teams", "system"] {
            expected.push(format!("roles.{role} role no_access no_access"));
        }
        expected.push(
            "roles.endpoint_automation choice not_allowed<user user<administrator not_allowed"
                .to_owned(),
        );
        let administration = "admin vault set_passwords edit_jumpoints edit_jump_groups edit_teams \
                              edit_canned_scripts edit_custom_links";
        expected.extend(switches("administration", administration, ""));
        expected.push(
            "reports.sessions choice not_allowed<user_sessions user_sessions<team_sessions \
             team_sessions<all_sessions user_sessions<jump_group_sessions \
             jump_group_sessions<all_sessions not_allowed"
                .to_owned(),
        );
        expected.extend(switches("reports", "recordings", ""));
        expected.push(
            "reports.vault choice not_allowed<view_user_events view_user_events<view_all_events \
             not_allowed"
                .to_owned(),
        );
        expected.extend(switches("reports", "syslog", ""));
        expected.push("account.two_factor choice required<optional optional".to_owned());
        expected.push("account.enabled switch deny<allow allow".to_owned());
        assert_eq!(rows, expected);
    }

    #[test]
    fn switches_that_are_turned_round_default_to_deny() {
        for id in ["rs-25.3", "rs-25.2", "bomgar-15.1"] {
            let document = document(id);
            for path in ["account.disabled", "account.login_code"] {
                let expected = format!("{path} switch allow<deny deny");
                assert_eq!(summary(row(&document, path)), expected, "{id}");
            }
        }
    }

    #[test]
    fn settings_show_what_they_require() {
        assert_eq!(
            row(&document("pra-25.3"), "jump.static_port_external_tools")["requires"],
            json!({ "path": "access.allowed", "values": ["allow"] })
        );
        assert_eq!(
            row(&document("pra-25.3"), "collaboration.give_control")["requires"],
            Value::Null
        );
    }
}
