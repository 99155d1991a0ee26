//! Checks that the product of a profile can work. The form of its file is checked before.

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
    "custom",
    "default",
    "description",
    "display_name",
    "expect",
    "final",
    "group",
    "id",
    "item",
    "kind",
    "members",
    "not",
    "portal",
    "session_policy",
    "tag",
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
    let inside = profile.permissions.iter().all(|entry| {
        let next = [
            entry.requires.as_ref().map(|next| next.entry),
            entry.implied_by.as_ref().map(|next| next.entry),
        ];
        next.into_iter().flatten().all(|next| next < profile.permissions.len())
    });
    let inside =
        inside && profile.lint_facts.is_inside(profile.permissions.len(), profile.settings.len());
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
    chains(profile, places, findings);
}

/// Reports cycles of requirements and of implications, and chains of implications.
fn chains(profile: &Profile, places: &Places, findings: &mut Vec<Diagnostic>) {
    let requires = |index: usize| {
        profile.permissions[index].requires.as_ref().map(|requirement| requirement.entry)
    };
    let implied = |index: usize| {
        profile.permissions[index].implied_by.as_ref().map(|implication| implication.entry)
    };
    type Next<'p> = &'p dyn Fn(usize) -> Option<usize>;
    for (next, word) in
        [(&requires as Next<'_>, "requirements"), (&implied as Next<'_>, "implications")]
    {
        for (index, entry) in profile.permissions.iter().enumerate() {
            let span = places.permissions.get(&index).copied().unwrap_or(places.whole);
            let chain: Vec<usize> = std::iter::successors(next(index), |&at| next(at))
                .take(profile.permissions.len() + 1)
                .collect();
            // Reported once, at the first permission of the cycle.
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
