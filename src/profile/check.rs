//! Checks that the product of a profile can work. The form of its file is checked before.

use super::read_links::first_words;
use super::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// The places of a profile's parts in its file. Parts of the profile that it extends have none.
pub(super) struct Places {
    pub whole: Span,
    pub layers_all: Span,
    pub layers: Vec<Span>,
    pub methods: Vec<Span>,
    pub permissions: BTreeMap<usize, Span>,
    pub settings: BTreeMap<usize, Span>,
}

impl Places {
    pub(super) fn new(file: FileId) -> Self {
        let whole = Span::file_start(file);
        Places {
            whole,
            layers_all: whole,
            layers: Vec::new(),
            methods: Vec::new(),
            permissions: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }
}

/// Paths that would look like a statement of the language.
const STATEMENTS: &[&str] = &[
    "available",
    "code_name",
    "comments",
    "custom",
    "default",
    "description",
    "display_name",
    "expect",
    "expires",
    "final",
    "group",
    "id",
    "item",
    "jump",
    "jump_policy",
    "jumpoint",
    "kind",
    "like",
    "members",
    "memberships",
    "not",
    "others",
    "owner",
    "portal",
    "session_policy",
    "start",
    "tag",
    "team",
    "unknown",
    "until",
    "vault",
    "when",
    "allows",
    "session_policy.attended",
    "session_policy.unattended",
    "session_policy.present",
    "session_policy.absent",
];

/// Whether a profile passes all checks, for one that was not read from a profile file.
pub fn sound(profile: &Profile) -> bool {
    let mut findings = Vec::new();
    let inside = [&profile.permissions, &profile.settings].into_iter().all(|entries| {
        entries.iter().all(|entry| {
            let next = [
                entry.requires.as_ref().map(|next| next.entry),
                entry.implied_by.as_ref().map(|next| next.entry),
            ];
            next.into_iter().flatten().all(|next| next < entries.len())
        })
    });
    let start = profile.start.as_ref();
    let inside = inside
        && start.is_none_or(|start| start.fits(&profile.methods, &profile.settings))
        && profile.lint_facts.is_inside(profile.permissions.len(), profile.settings.len());
    if inside {
        check(profile, &Places::new(FileId(0)), &mut findings);
    }
    inside && findings.is_empty()
}

pub(super) fn check(profile: &Profile, places: &Places, findings: &mut Vec<Diagnostic>) {
    let mut broken = |span: Span, message: String, help: &str| {
        findings.push(Diagnostic::new(Code::PROFILE_BROKEN, span, message).help(help));
    };
    let at = |spans: &[Span], index: usize| spans.get(index).copied().unwrap_or(places.whole);
    for (index, layer) in profile.layers.iter().enumerate() {
        if profile.layers[..index].iter().any(|earlier| earlier.kind == layer.kind) {
            let message = format!("the layer `{}` is listed twice", layer.kind.id());
            broken(at(&places.layers, index), message, "list each layer once");
        }
    }
    if profile.layers.last().is_none_or(|layer| layer.kind != LayerKind::GlobalDefault) {
        let span = places.layers.last().copied().unwrap_or(places.layers_all);
        broken(
            span,
            "the last layer must be `global_default`".into(),
            "end the layers with `global_default`, which defines every permission",
        );
    }
    let representative = profile.has_layer(LayerKind::Representative);
    if representative
        && (profile.has_layer(LayerKind::GroupPolicy) || profile.has_layer(LayerKind::User))
    {
        let message = "`representative` cannot be combined with `group_policy` or `user`".into();
        broken(
            places.layers_all,
            message,
            "list either `representative`, or `group_policy` and `user`",
        );
    }
    if profile.portals != profile.has_layer(LayerKind::Portal) {
        let message = "`portals` and the layer `portal` require each other".to_owned();
        broken(
            places.layers_all,
            message,
            "set `portals = true` and list the layer, or do neither",
        );
    }
    for (index, method) in profile.methods.iter().enumerate() {
        if profile.methods[..index].iter().any(|earlier| earlier.id == method.id) {
            broken(
                at(&places.methods, index),
                format!("the method `{}` is listed twice", method.id),
                "give each method a unique id",
            );
        }
        if method.target != Target::JumpItem && !profile.portals {
            let message =
                format!("the method `{}` goes to a portal, and the profile has none", method.id);
            broken(at(&places.methods, index), message, "set `portals = true`");
        }
        if method.portal_choice && (!profile.portals || method.target != Target::JumpItem) {
            let message = format!("the method `{}` cannot choose a portal", method.id);
            broken(
                at(&places.methods, index),
                message,
                "only jump items of a profile with portals can",
            );
        }
    }
    if profile.methods.len() > 64 {
        broken(
            places.whole,
            format!("the profile has {} methods", profile.methods.len()),
            "at most 64 are supported",
        );
    }
    for (entries, spans, what) in [
        (&profile.permissions, &places.permissions, "permissions"),
        (&profile.settings, &places.settings, "settings"),
    ] {
        if entries.len() > MAX_ENTRIES {
            broken(
                places.whole,
                format!("the profile has {} {what}", entries.len()),
                "at most 128 are supported",
            );
        }
        for (index, entry) in entries.iter().enumerate() {
            let span = spans.get(&index).copied().unwrap_or(places.whole);
            if STATEMENTS.contains(&&*entry.path) {
                let message = format!("`{}` is reserved by the language", entry.path);
                broken(span, message, "give it another name");
            }
        }
    }
    for (index, entry) in profile.settings.iter().enumerate() {
        if profile.permission(&entry.path).is_some() {
            let span = places.settings.get(&index).copied().unwrap_or(places.whole);
            broken(
                span,
                format!("`{}` is both a permission and a setting", entry.path),
                "rename one of them",
            );
        }
    }
    links(profile, places, findings);
    chains(&profile.permissions, &places.permissions, places.whole, findings);
    chains(&profile.settings, &places.settings, places.whole, findings);
}

/// Reports values that are required of a permission or setting that does not have them. What the
/// file writes was checked where it stands; but it may give a permission of the profile that it
/// extends another type, and so break what that profile says about it.
fn links(profile: &Profile, places: &Places, findings: &mut Vec<Diagnostic>) {
    let mut lacks = |entry: &Entry, place: Option<&Span>, words: &[String], of: String| {
        let known = first_words(&entry.ty);
        let Some(word) = words.iter().find(|word| !known.contains(&&***word)) else { return };
        let message = format!("`{}` has no value `{word}`, which {of}", entry.path);
        let help = format!("its values are {}", entry.ty.expected());
        let span = place.copied().unwrap_or(places.whole);
        findings.push(Diagnostic::new(Code::PROFILE_BROKEN, span, message).help(help));
    };
    for (entries, spans) in
        [(&profile.permissions, &places.permissions), (&profile.settings, &places.settings)]
    {
        for entry in entries {
            if let Some(found) = &entry.requires {
                let of = format!("`{}` requires", entry.path);
                lacks(&entries[found.entry], spans.get(&found.entry), &found.words, of);
            }
        }
    }
    for part in profile.start.iter().flat_map(Start::parts) {
        let of = "`[start]` asks for".to_owned();
        let place = places.settings.get(&part.setting);
        lacks(&profile.settings[part.setting], place, &part.values, of);
    }
}

/// Reports cycles of requirements and of implications, and chains of implications.
fn chains(
    entries: &[Entry],
    places: &BTreeMap<usize, Span>,
    whole: Span,
    findings: &mut Vec<Diagnostic>,
) {
    let requires =
        |index: usize| entries[index].requires.as_ref().map(|requirement| requirement.entry);
    let implied =
        |index: usize| entries[index].implied_by.as_ref().map(|implication| implication.entry);
    type Next<'p> = &'p dyn Fn(usize) -> Option<usize>;
    for (next, word) in
        [(&requires as Next<'_>, "requirements"), (&implied as Next<'_>, "implications")]
    {
        for (index, entry) in entries.iter().enumerate() {
            let span = places.get(&index).copied().unwrap_or(whole);
            let chain: Vec<usize> = std::iter::successors(next(index), |&at| next(at))
                .take(entries.len() + 1)
                .collect();
            // Reported once, at the first entry of the cycle.
            if chain.contains(&index) && chain.iter().all(|&other| other >= index) {
                let message = format!("the {word} of `{}` are cyclic", entry.path);
                findings.push(
                    Diagnostic::new(Code::PROFILE_BROKEN, span, message)
                        .help("remove one of them to break the cycle"),
                );
            } else if word == "implications" && chain.len() > 1 && !chain.contains(&index) {
                let message =
                    format!("`{}` is implied by a permission that is implied itself", entry.path);
                findings.push(
                    Diagnostic::new(Code::PROFILE_BROKEN, span, message)
                        .help("name the first permission of the chain"),
                );
            }
        }
    }
}
