//! Whether what a gate names exists.

use super::{Deny, Gate, Scope, Selector};
use crate::diagnostic::suggest;
use crate::diff::{Direction, Side};
use crate::ir::{Ir, Object, Tables};
use crate::profile::{Profile, START, Type};
use crate::text::escape_control_chars;
use std::fmt;
use std::ops::Range;

/// What is wrong with a gate.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Where in its text, in bytes.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// What may be written in that place instead; not for names, whose quotes a manifest may have
    /// to escape.
    pub suggestion: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// A mistake without a suggestion.
    pub fn new(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Mistake { at, message: message.into(), help: help.into(), suggestion: None }
    }

    /// Suggests a word that may be written instead of another one.
    pub fn suggestion(mut self, written: &str, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self.suggest_name(written, suggestion)
    }

    /// Mentions a name in the help that may be meant in place of the one that is written.
    pub fn suggest_name(mut self, written: &str, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.help = suggest::question(name, written);
        }
        self
    }
}

/// The objects of a kind, in the order of their table; none for methods and
/// tags.
pub fn objects(tables: &Tables, selector: Selector) -> Vec<&Object> {
    selector.declaration().map(|kind| tables.objects(kind)).unwrap_or_default()
}

/// Whether a path is one of the settings that choose a session policy: `session_policy` is all of
/// them.
fn is_session_policy(profile: &Profile, path: &str) -> bool {
    path == "session_policy" || (0..profile.slots()).any(|slot| profile.slot_path(slot) == path)
}

impl Gate {
    /// What is wrong with the gate's path under a profile.
    pub fn path_mistake(&self, profile: &Profile) -> Option<Mistake> {
        let (path, at) = self.path.as_ref()?;
        if path == START && profile.start.is_some() {
            return None;
        }
        if let Some(entry) = profile.permission(path) {
            return self.order_mistake(Some(&profile.permissions[entry].ty), path, at);
        }
        let is_setting = profile.settings.iter().any(|entry| entry.path == *path)
            || is_session_policy(profile, path);
        if !is_setting {
            let known =
                profile.permissions.iter().chain(&profile.settings).map(|entry| &*entry.path);
            let slots = (0..profile.slots()).map(|slot| profile.slot_path(slot));
            let message = format!(
                "{} has no permission or setting `{}`",
                profile.label,
                escape_control_chars(path)
            );
            return Some(
                Mistake::new(at.clone(), message, "`precedent catalog` lists them")
                    .suggestion(path, suggest::closest(path, known.chain(slots))),
            );
        }
        let nowhere = |scope: &Scope, why: &str| {
            let message = format!("`{path}` is an account setting, and {why}");
            Mistake::new(
                scope.at.clone(),
                message,
                "name a session permission, or remove the scope",
            )
        };
        match (&self.target, &self.subject) {
            (Some(target), _) => Some(nowhere(target, "accounts have no target")),
            (None, Some(subject)) if subject.selector == Selector::Invite => {
                Some(nowhere(subject, "invites have no account"))
            }
            _ => {
                let entry = profile.setting(path).map(|entry| &profile.settings[entry].ty);
                self.order_mistake(entry, path, at)
            }
        }
    }

    /// A direction that no change of a path ever has; without a type, it chooses session policies.
    fn order_mistake(&self, ty: Option<&Type>, path: &str, at: &Range<usize>) -> Option<Mistake> {
        let (Deny::Direction(direction @ (Direction::Widened | Direction::Narrowed)), false) =
            (self.deny, ty.is_some_and(Type::is_ordered))
        else {
            return None;
        };
        let message = format!(
            "the values of `{path}` are in no order of privilege, so it is never {}",
            direction.id()
        );
        let help = "deny `gained`, which counts every change of it, or `changed`";
        Some(Mistake::new(at.clone(), message, help))
    }

    /// A permission that means nothing for the only method in scope: no value of it can change.
    fn method_mistake(&self, profile: &Profile, method: usize) -> Option<Mistake> {
        let (path, at) = self.path.as_ref()?;
        let entry = &profile.permissions[profile.permission(path)?];
        // Sessions that begin or end have a cell of it all the same.
        let is_counted =
            matches!(self.deny, Deny::Any | Deny::Direction(Direction::Added | Direction::Removed));
        if is_counted || !entry.not_for.contains(&method) {
            return None;
        }
        let message = format!(
            "`{path}` does not apply to `{}`, so no change of it is {} there",
            profile.methods[method].id,
            self.deny.id()
        );
        Some(Mistake::new(at.clone(), message, "name another permission or another method"))
    }

    /// What is wrong with the gate's target under a profile.
    pub fn target_mistake(&self, profile: &Profile) -> Option<Mistake> {
        let Scope { selector, name, at } = self.target.as_ref()?;
        match selector {
            Selector::Method if profile.method(name).is_some() => {
                self.method_mistake(profile, profile.method(name)?)
            }
            Selector::Portal if !profile.portals => {
                let message = format!("{} has no portals", profile.label);
                Some(Mistake::new(at.clone(), message, "remove the gate"))
            }
            Selector::Method if profile.method(name).is_none() => {
                let ids = profile.methods.iter().map(|method| &*method.id);
                let list = ids.clone().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
                let message =
                    format!("{} has no method `{}`", profile.label, escape_control_chars(name));
                let mistake = Mistake::new(at.clone(), message, format!("the methods are {list}"));
                Some(mistake.suggestion(name, suggest::closest(name, ids)))
            }
            _ => None,
        }
    }

    /// What is wrong with the gate on both sides.
    pub fn mistakes(&self, old: &Ir, new: &Ir) -> Vec<Mistake> {
        let both = |mistake: fn(&Gate, &Profile) -> Option<Mistake>| {
            mistake(self, &old.profile).and_then(|_| mistake(self, &new.profile))
        };
        let mut found: Vec<Mistake> =
            [both(Gate::path_mistake), both(Gate::target_mistake)].into_iter().flatten().collect();
        for (_, scope) in self.names() {
            if found.iter().all(|mistake| mistake.at != scope.at) {
                found.extend(unknown_name(scope, old, new));
            }
        }
        found.extend(self.target.iter().find_map(|scope| unknown_tag(scope, old, new)));
        found
    }

    /// Why the gate cannot be evaluated in full, if it cannot: what only one of the two products
    /// has is not compared.
    pub fn unevaluable(&self, old: &Ir, new: &Ir) -> Option<String> {
        if let Some(mistake) = self.mistakes(old, new).first() {
            return Some(mistake.message.clone());
        }
        let one = |side: Side, ir: &Ir| {
            let mistake = self.path_mistake(&ir.profile)?;
            Some(format!("in {}, {}", side.label(), mistake.message))
        };
        one(Side::Old, old).or_else(|| one(Side::New, new))
    }
}

/// A tag that no jump item has.
fn unknown_tag(scope: &Scope, old: &Ir, new: &Ir) -> Option<Mistake> {
    let items = || old.tables.jump_items.iter().chain(&new.tables.jump_items);
    let mut tags = items().filter_map(|item| item.tag.as_deref());
    if scope.selector != Selector::Tag || tags.any(|tag| tag == scope.name) {
        return None;
    }
    let name = escape_control_chars(&scope.name);
    let message = format!("neither OLD nor NEW has a jump item with the tag `{name}`");
    let mistake = Mistake::new(scope.at.clone(), message, "tags are case-sensitive");
    let tags = items().filter_map(|item| item.tag.as_deref());
    Some(mistake.suggest_name(&scope.name, suggest::closest_name(&scope.name, tags)))
}

/// A name that neither side declares.
fn unknown_name(scope: &Scope, old: &Ir, new: &Ir) -> Option<Mistake> {
    let objects =
        [objects(&old.tables, scope.selector), objects(&new.tables, scope.selector)].concat();
    if objects.iter().any(|object| object.name == scope.name) {
        return None;
    }
    let message = format!(
        "neither OLD nor NEW has a {} `{}`",
        scope.selector.words(),
        escape_control_chars(&scope.name)
    );
    let mistake = Mistake::new(scope.at.clone(), message, "names are case-sensitive");
    let names = objects.iter().map(|object| &*object.name);
    Some(mistake.suggest_name(&scope.name, suggest::closest_name(&scope.name, names)))
}
