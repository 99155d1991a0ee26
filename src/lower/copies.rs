//! `like "Base"`: what a session policy takes over from another one (docs/language.md, 3.1).

use super::Lower;
use super::permissions::Lines;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Definition, PolicyId};
use crate::profile::Value;
use crate::semantics::policy_lines;
use crate::source::{FileId, Span};
use crate::syntax::ast::{DeclarationKind, Range, Statement, What};
use crate::text::{escape_control_chars, unquote};

/// The `like` line of a body.
#[derive(Clone, Copy)]
pub(super) struct Like {
    /// `None` if the name is not declared.
    pub base: Option<PolicyId>,
    /// The line.
    pub span: Span,
    range: Range,
}

/// What others take over from a session policy: its lines, and those that it took over itself.
/// What they imply is not among them, since it follows in each copy from the lines that are there.
#[derive(Clone, Default)]
pub(super) struct Inheritable {
    definitions: Vec<Definition>,
    not_defined: Vec<(usize, Span)>,
    attempted: u128,
    others: Option<Span>,
}

impl<'a> Lower<'a> {
    /// Notes a `like` line. Returns `false` for any other statement.
    pub(super) fn like_line(
        &mut self,
        like: &mut Option<Like>,
        file: FileId,
        statement: &'a Statement,
    ) -> bool {
        let What::Like(name) = statement.what else { return false };
        if let Some(first) = like {
            self.set_twice(file, "like", statement.range, first.range);
            return true;
        }
        let base = self.name(DeclarationKind::SessionPolicy, file, name).map(PolicyId);
        let range = statement.range;
        *like = Some(Like { base, span: range.in_file(file), range });
        true
    }

    /// The session policies that `custom` ones are copies of, as far as they are declared.
    fn bases_of_custom_policies(&self) -> Vec<PolicyId> {
        let found = self.names.copied.iter().filter_map(|&(file, range)| {
            let name = unquote(self.text(file, range)).ok()?;
            self.names.find(DeclarationKind::SessionPolicy, &name).map(PolicyId)
        });
        found.collect()
    }

    /// By session policy: how many others still need what they take over from it. Those that are
    /// copied by `custom` ones need it to the end.
    pub(super) fn copies_left(&self, likes: &[Option<Like>]) -> Vec<u32> {
        let mut left = vec![0; likes.len()];
        let named = likes.iter().filter_map(|like| like.as_ref()?.base);
        named.chain(self.bases_of_custom_policies()).for_each(|base| left[base.index()] += 1);
        left
    }

    /// The indices of session policies, those that others copy first, by what each copies. Circles
    /// are reported and cut.
    pub(super) fn bases_first(&mut self, likes: &mut [Option<Like>]) -> Vec<usize> {
        let mut order = Vec::with_capacity(likes.len());
        // Whether a policy is in the order, or on the way from the one that was asked for.
        let mut is_done = vec![false; likes.len()];
        let mut is_open = vec![false; likes.len()];
        for start in 0..likes.len() {
            let mut chain = Vec::new();
            let mut next = Some(start);
            while let Some(at) = next.filter(|&at| !is_done[at]) {
                if is_open[at] {
                    let begin = chain.iter().position(|&open| open == at).unwrap_or_default();
                    self.circle(&chain[begin..], likes);
                    for &at in &chain[begin..] {
                        if let Some(like) = &mut likes[at] {
                            like.base = None;
                        }
                    }
                    break;
                }
                is_open[at] = true;
                chain.push(at);
                next = likes[at].and_then(|like| like.base).map(PolicyId::index);
            }
            for at in chain.into_iter().rev() {
                is_done[at] = true;
                order.push(at);
            }
        }
        order
    }

    fn circle(&mut self, circle: &[usize], likes: &[Option<Like>]) {
        let mut lines: Vec<(Span, usize)> =
            circle.iter().filter_map(|&at| Some((likes[at]?.span, at))).collect();
        lines.sort_unstable();
        let Some((&(first, at), others)) = lines.split_first() else { return };
        let name = &self.names.table(DeclarationKind::SessionPolicy)[at].name;
        let name = escape_control_chars(name);
        let message = match others.len() {
            0 => format!("the session policy `{name}` is a copy of itself"),
            _ => format!("the session policy `{name}` is a copy of itself, by way of others"),
        };
        let found = Diagnostic::new(Code::COPY_CIRCLE, first, message);
        let found = others.iter().take(4).fold(found, |found, (span, _)| {
            found.label(*span, "and this line leads on in the circle")
        });
        self.findings.push(found.help("remove one of the `like` lines"));
    }

    /// Adds the lines that a policy takes over from another one, below its own. Those that would be
    /// an error in it fall away.
    pub(super) fn inherit(&mut self, lines: &mut Lines, like: Option<Like>) {
        let Some(like) = like else { return };
        let Some(base) = like.base else {
            // Whatever the base says may be set.
            lines.attempted |= !lines.mentioned();
            return;
        };
        let Some(taken) = self.inheritable.get(&base).cloned() else { return };
        let own = lines.mentioned();
        let is_new = |entry: usize| own & (1 << entry) == 0;
        lines.attempted |= taken.attempted & !own;
        lines.others = lines.others.or(taken.others);
        let not_defined = taken.not_defined.into_iter();
        lines.not_defined.extend(not_defined.filter(|(entry, _)| is_new(*entry)));
        for definition in taken.definitions {
            if is_new(definition.entry as usize) {
                lines.inherited |= 1 << definition.entry;
                lines.definitions.push(definition);
            }
        }
        for entry in self.parents_first() {
            if is_new(entry) && self.falls_away(lines, entry) {
                let is_entry = |found: &Definition| found.entry as usize == entry;
                let fallen = lines.definitions.iter().find(|found| is_entry(found));
                lines.dropped.extend(fallen.map(|found| (found.entry, found.span)));
                lines.definitions.retain(|found| !is_entry(found));
                lines.not_defined.retain(|(known, _)| *known != entry);
                lines.inherited &= !(1 << entry);
            }
        }
    }

    /// Whether an inherited line would be an error if it stood among these lines.
    fn falls_away(&self, lines: &Lines, entry: usize) -> bool {
        let implied = self.implied(lines, entry);
        let Some(own) = self.value_in(lines, entry) else {
            return implied.is_some() && lines.not_defined.iter().any(|(known, _)| *known == entry);
        };
        if implied.is_some_and(|(value, _)| value != *own) {
            return true;
        }
        let Some(requirement) = &self.profile.permissions[entry].requires else { return false };
        let set = self.value_in(lines, requirement.entry).cloned();
        let implied = || self.implied(lines, requirement.entry).map(|(value, _)| value);
        let required = set.or_else(implied).filter(|value| *value != Value::Unknown);
        *own != Value::Unknown
            && required
                .is_some_and(|value| policy_lines::conflicts(self.profile, entry, own, &value))
    }

    /// The permissions, each after those that it requires and that may imply it.
    fn parents_first(&self) -> Vec<usize> {
        let permissions = &self.profile.permissions;
        let mut depth = vec![0usize; permissions.len()];
        // A sound profile has no circle, so that as many rounds as permissions are enough.
        for _ in 0..permissions.len() {
            let mut changed = false;
            for (at, entry) in permissions.iter().enumerate() {
                let requires = entry.requires.as_ref().map(|found| found.entry);
                let implied_by = entry.implied_by.as_ref().map(|found| found.entry);
                let above = requires.into_iter().chain(implied_by).map(|at| depth[at] + 1).max();
                let above = above.unwrap_or(0).min(permissions.len());
                if above > depth[at] {
                    depth[at] = above;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        let mut order: Vec<usize> = (0..permissions.len()).collect();
        order.sort_by_key(|&at| depth[at]);
        order
    }

    /// What others may take over from these lines.
    pub(super) fn inheritable(lines: &Lines) -> Inheritable {
        Inheritable {
            definitions: lines.definitions.clone(),
            not_defined: lines.not_defined.clone(),
            attempted: lines.attempted,
            others: lines.others,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{DEFAULT_PROFILE, builtin};
    use crate::source::{SourceFile, Sources};
    use crate::syntax;
    use std::fmt::Write;

    #[test]
    fn what_is_taken_over_is_kept_as_long_as_a_copy_needs_it() {
        let mut text = String::from(
            "session policy \"base\" {\n  shell = deny\n}\nuser \"a\" {\n  session_policy = custom \
             {\n    like \"c1\"\n    file_transfer = deny\n  }\n}\n",
        );
        // Of a chain, some come before what they are copies of by name, and some after it.
        for at in (0..500).rev() {
            let (name, base) = (format!("c{at}"), format!("c{}", at + 1));
            let base = if at == 499 { "base" } else { &base };
            let _ = writeln!(text, "session policy \"{name}\" {{\n  like \"{base}\"\n}}");
        }
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("a.prec", text));
        let (tree, found) = syntax::parse(id, sources.file(id));
        assert!(found.is_empty());
        let profile = builtin(DEFAULT_PROFILE).expect("the default profile");
        let mut lower = Lower::new(&sources, &profile);
        lower.collect(&[&tree]);
        lower.session_policies();
        assert_eq!(lower.inheritable.len(), 1, "what the custom one takes over");
        lower.inventory();
        let policies = &lower.tables.policies;
        assert_eq!(policies.len(), 502);
        let line = policies[0].definitions[0];
        assert!(policies.iter().all(|policy| policy.definitions.contains(&line)));
        assert!(lower.findings.into_vec().is_empty());
    }
}
