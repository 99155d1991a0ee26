//! The permissions and settings of a profile, for people and for programs (`catalog` in section 5
//! of the language).

use crate::profile::{Entry, Profile};
use crate::report::Style;
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

fn row<'a>(profile: &'a Profile, entry: &'a Entry) -> EntryRow<'a> {
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
        requires: entry.requires.as_ref().map(|found| Requires {
            path: &profile.permissions[found.entry].path,
            values: &found.words,
        }),
        implied_by: entry.implied_by.as_ref().map(|found| ImpliedBy {
            path: &profile.permissions[found.entry].path,
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
        permissions: profile.permissions.iter().map(|entry| row(profile, entry)).collect(),
        settings: profile.settings.iter().map(|entry| row(profile, entry)).collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The values that an entry can have, in ascending order if they have an order.
fn values(entry: &Entry) -> String {
    let chain = entry.ty.order().len() + 1 == entry.ty.words().len();
    match chain {
        true => entry.ty.words().join(" < "),
        false => entry.ty.expected(),
    }
}

/// The rules of an entry about other permissions and about methods.
fn rules(profile: &Profile, entry: &Entry) -> Vec<String> {
    let row = row(profile, entry);
    let mut rules = Vec::new();
    if let Some(requires) = row.requires {
        rules.push(format!("requires {} = {}", requires.path, requires.values.join(" or ")));
    }
    if let Some(implied) = row.implied_by {
        let values = implied
            .values
            .iter()
            .map(|(word, value)| format!("{word} implies {value}"))
            .collect::<Vec<_>>();
        rules.push(format!("{}: {}", implied.path, values.join(", ")));
    }
    if !row.not_for_methods.is_empty() {
        let applies: Vec<&str> = profile
            .methods
            .iter()
            .map(|method| &*method.id)
            .filter(|id| !row.not_for_methods.contains(id))
            .collect();
        rules.push(format!("applies only to {}", applies.join(", ")));
    }
    for (method, value) in &row.fixed_for_methods {
        rules.push(format!("fixed to {value} for {method}"));
    }
    rules
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
            let values = format!("{} {}; default {default}", entry.ty.id(), values(entry));
            out.push_str(&style.dim(&hanging("    ", &values, style.width)));
            out.push('\n');
            for rule in rules(profile, entry) {
                out.push_str(&style.dim(&hanging("    ", &rule, style.width)));
                out.push('\n');
            }
        }
    }
    out
}

/// The catalog as Markdown tables.
pub fn markdown(profile: &Profile) -> String {
    use crate::report::matrix::markdown::cell;
    let mut out = format!("# {} (`{}`)\n\n", cell(&profile.label), cell(&profile.id));
    let layers = profile
        .layers
        .iter()
        .map(|layer| format!("`{}`", layer.kind.id()))
        .collect::<Vec<_>>()
        .join(", ");
    out.push_str(&format!("Layers, first defined wins: {layers}.\n"));
    for (title, entries) in [
        ("Permissions of sessions", &profile.permissions),
        ("Settings of accounts", &profile.settings),
    ] {
        out.push_str(&format!(
            "\n## {title}\n\n| path | label | type and values | default | rules \
         | meaning |\n| --- | --- | --- | --- | --- | --- |\n"
        ));
        for entry in entries {
            out.push_str(&format!(
                "| `{}` | {} | {} {} | `{}` | {} | {} |\n",
                entry.path,
                cell(&entry.label),
                entry.ty.id(),
                cell(&values(entry)),
                cell(&entry.ty.text(&entry.default)),
                cell(&rules(profile, entry).join("; ")),
                cell(&entry.doc),
            ));
        }
    }
    out
}
