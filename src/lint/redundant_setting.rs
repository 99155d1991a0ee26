//! `redundant-setting`: a line whose value would apply without it for everyone, because what comes
//! next sets the same. Defaults do not count as coming next: to write a default down is a decision.

use super::context::{Context, bits};
use super::lines::{AccountLines, GroupLine, Key, group_text, key_text};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, PolicyId, PolicyKind};
use crate::matrix::Source;
use crate::matrix::session::NONE;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

const HELP: &str = "remove it, or keep it and give a reason: `# allow(redundant-setting): …`";

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    in_session_policies(context, sink);
    in_group_policies(context, sink);
}

fn in_session_policies(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let redundant = redundant_permissions(context);
    let next = next_lines(context, &redundant);
    for ((policy, mask), index) in context.ir.tables.policies.iter().zip(redundant).zip(0..) {
        let lines = bits(mask).filter_map(|permission| policy.definition(permission));
        let lines: Vec<_> = lines.filter(|line| !sink.is_suppressed(line.span)).collect();
        let Some(first) = lines.first().filter(|_| policy.kind != PolicyKind::GlobalDefault) else {
            continue;
        };
        sink.add_unsuppressed(first.span, |code| {
            let (are, values) = if lines.len() == 1 { ("is", "value") } else { ("are", "values") };
            let message = format!(
                "{} of {} {are} redundant, because the next layer sets the same {values}: {}",
                count(lines.len() as u64, "line"),
                context.policy_text(PolicyId(index)),
                list(lines.iter().map(|line| format!("`{}`", context.permission_line(line))))
            );
            let diagnostic = Diagnostic::new(code, first.span, message).help(HELP);
            let next = lines.iter().filter_map(|line| next.get(&(index, line.entry)));
            next.take(MAX_LABELS).fold(diagnostic, |diagnostic, (other, span)| {
                let other = context.policy_text(PolicyId(*other));
                diagnostic.label(*span, format!("{other} sets the same"))
            })
        });
    }
}

/// By policy: the permissions whose lines decide somewhere, and wherever they do, the policy that
/// comes next sets the same value.
fn redundant_permissions(context: &Context<'_>) -> Vec<u128> {
    let last = context.ir.profile.layers.len() - 1;
    let rules = &context.matrix.rules;
    let mut equal = Equal { ir: context.ir, known: FxHashMap::default() };
    let mut redundant = context.sessions().decided.clone();
    context.each_possible_pair(|pair, _| {
        for layer in 0..last {
            let policy = pair.stack[layer];
            let decides = pair.cells.decided_by_layer[layer] & !pair.cells.fixed;
            if policy == NONE || decides & redundant[policy as usize] == 0 {
                continue;
            }
            let mut undecided = decides;
            let mut same = 0;
            for &below in pair.stack[layer + 1..last]
                .iter()
                .filter(|below| **below != NONE && **below != policy)
            {
                let next = undecided & rules.defined(below);
                if next != 0 {
                    same |= next & equal.lines(policy, below);
                    undecided &= !next;
                }
            }
            redundant[policy as usize] &= !decides | same;
        }
    });
    redundant
}

/// The permissions for which two session policies set the same value. Each pair of policies is
/// compared once.
struct Equal<'a> {
    ir: &'a Ir,
    known: FxHashMap<(u32, u32), u128>,
}

impl Equal<'_> {
    fn lines(&mut self, first: u32, second: u32) -> u128 {
        let ir = self.ir;
        *self.known.entry((first, second)).or_insert_with(|| {
            let other = ir.policy(PolicyId(second));
            let alike = ir.policy(PolicyId(first)).definitions.iter().filter(|line| {
                other.definition(line.entry as usize).is_some_and(|beside| {
                    let ty = &ir.profile.permissions[line.entry as usize].ty;
                    ty.is_same(ir.value(beside.value), ir.value(line.value))
                })
            });
            alike.fold(0, |mask, line| mask | 1 << line.entry)
        })
    }
}

/// For redundant lines, by policy and permission: a line that comes next in some session.
fn next_lines(context: &Context<'_>, redundant: &[u128]) -> BTreeMap<(u32, u16), (u32, Span)> {
    let last = context.ir.profile.layers.len() - 1;
    let rules = &context.matrix.rules;
    let mut next = BTreeMap::new();
    let mut missing = redundant.to_vec();
    context.each_possible_pair(|pair, _| {
        for (layer, &policy) in
            pair.stack[..last].iter().enumerate().filter(|(_, policy)| **policy != NONE)
        {
            let mut wanted = pair.cells.decided_by_layer[layer] & missing[policy as usize];
            for &below in pair.stack[layer + 1..last]
                .iter()
                .filter(|below| **below != NONE && **below != policy)
            {
                for permission in bits(wanted & rules.defined(below)) {
                    if let Some(line) = context.ir.policy(PolicyId(below)).definition(permission) {
                        next.insert((policy, line.entry), (below, line.span));
                    }
                    wanted &= !(1 << permission);
                    missing[policy as usize] &= !(1 << permission);
                }
            }
        }
    });
    next
}

/// What comes next after a line of a group policy, for all members for whom the line decides.
#[derive(Clone, Copy)]
enum Next {
    /// The line decides for nobody.
    Unasked,
    /// The number of a line with the same value; another one for some members, maybe.
    Same(u32),
    /// For some members, something else.
    Differs,
}

/// By number of the line.
fn next_account_lines(accounts: &AccountLines) -> Vec<Next> {
    let mut next = vec![Next::Unasked; accounts.len()];
    for lines in accounts.classes().flat_map(|class| accounts.of_class(class)) {
        let Some(at) = lines.decider() else { continue };
        let of_line = &mut next[lines.numbers()[at] as usize];
        if matches!(of_line, Next::Differs) {
            continue;
        }
        let decides = lines.at(at).line;
        // A final line is not redundant: it also overrides what comes later.
        let same = lines
            .decider_without(Some(at))
            .filter(|next| lines.at(*next).line.value == decides.value && !decides.is_final);
        *of_line = match (same, *of_line) {
            (None, _) => Next::Differs,
            (Some(next), Next::Unasked) => Next::Same(lines.numbers()[next]),
            (Some(_), known) => known,
        };
    }
    next
}

fn in_group_policies(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let (ir, accounts) = (context.ir, context.accounts());
    // A line that sets the policies of both slots is redundant if it is so in both.
    let mut redundant: BTreeMap<(Source, Span), (Key, Option<&GroupLine>)> = BTreeMap::new();
    for (next, number) in next_account_lines(accounts).into_iter().zip(0..) {
        let next = match next {
            Next::Unasked => continue,
            Next::Same(next) => Some(accounts.line(next)),
            Next::Differs => None,
        };
        let GroupLine { source, line } = accounts.line(number);
        let entry = redundant.entry((*source, line.span)).or_insert((line.key, next));
        if next.is_none() {
            entry.1 = None;
        }
    }
    for ((source, span), (key, next)) in redundant {
        let Some(next) = next else { continue };
        sink.add(span, |code| {
            let message = format!(
                "`{}` of {} is redundant: every member gets the same value without it",
                key_text(ir, key),
                group_text(ir, source)
            );
            Diagnostic::new(code, span, message)
                .label(next.line.span, format!("{} sets the same", group_text(ir, next.source)))
                .help(HELP)
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_permission_that_the_next_layer_sets_too_is_found() {
        let text = |own: &str| {
            format!(
                "session policy \"Server\" {{\n  shell = deny\n  registry = deny\n}}\n\
                 session policy \"Own\" {{\n  {own}\n}}\n\
                 user \"ada\" {{\n  session_policy = \"Own\"\n}}\n\
                 jump item \"web\" {{\n  kind = jump_client\n  session_policy = \"Server\"\n}}\n"
            )
        };
        let expected = "1 line of session policy `Server` is redundant, because the next layer \
            sets the same value: `shell = deny`";
        assert_eq!(messages("redundant-setting", &text("shell = deny")), [expected]);
        assert_eq!(messages("redundant-setting", &text("shell = allow")), [""; 0]);
    }

    #[test]
    fn a_setting_that_a_group_policy_above_sets_too_is_found() {
        let text = |value: &str| {
            format!(
                "user \"ada\"\n\
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  reports.sessions = {value}\n\
                 }}\n\
                 group policy \"B\" {{\n  members = [user \"ada\"]\n  reports.sessions = \
                 user_sessions\n}}\n\
                 order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
            )
        };
        let expected =
            ["`reports.sessions` of group policy `B` is redundant: every member gets the same \
             value without it"];
        assert_eq!(messages("redundant-setting", &text("user_sessions")), expected);
        assert_eq!(messages("redundant-setting", &text("all_sessions")), [""; 0]);
    }
}
