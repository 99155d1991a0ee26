//! `shadowed-setting`: a line of a policy that is in use never decides anything, because other
//! lines always come first. This file is about permissions in session policies; accounts have a
//! file of their own.

use super::context::{Context, Sessions, bits};
use super::cover::{MAX_LOOKS, cover};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Definition, PolicyId, PolicyKind};
use crate::matrix::session::{MAX_LAYERS, NONE, Stack};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

/// What decides instead of a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shadowing {
    Policy(u32),
    /// The method fixes the permission.
    Method(usize),
}

/// The policies in the layers above a policy in some session, and what the session's method fixes.
type Above = (Stack, usize, u128);

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let shadowed = shadowed(context, context.sessions());
    if shadowed.iter().any(|mask| *mask != 0) {
        let above = above(context, &shadowed);
        let mut looks = MAX_LOOKS;
        // Lines of several policies that the same policies shadow have one cause.
        let mut causes: BTreeMap<Vec<Shadowing>, Vec<(PolicyId, &Definition)>> = BTreeMap::new();
        for (index, policy) in ir.tables.policies.iter().enumerate() {
            let lines =
                bits(shadowed[index]).filter_map(|permission| policy.definition(permission));
            for line in lines.filter(|line| !sink.is_suppressed(line.span)) {
                let shadowing_lines = shadowing_lines(
                    context,
                    index as u32,
                    line.entry as usize,
                    &above[index],
                    &mut looks,
                );
                causes.entry(shadowing_lines).or_default().push((PolicyId(index as u32), line));
            }
        }
        for (shadowing_lines, lines) in causes {
            report(context, sink, &shadowing_lines, &lines);
        }
    }
    super::shadowed_account_setting::lint(context, sink);
}

/// By policy: the permissions whose lines decide in no session, although the policy is in a layer
/// of some.
fn shadowed(context: &Context<'_>, sessions: &Sessions) -> Vec<u128> {
    let policies = context.ir.tables.policies.iter().zip(0u32..);
    let mut shadowed: Vec<u128> = policies
        .map(|(policy, index)| {
            let asked =
                sessions.is_asked[index as usize] && policy.kind != PolicyKind::GlobalDefault;
            let defined = if asked { context.matrix.rules.defined(index) } else { 0 };
            defined & !sessions.decided[index as usize]
        })
        .collect();
    // A line that implies others takes effect if one of those decides.
    for (policy, mask) in context.ir.tables.policies.iter().zip(&mut shadowed) {
        let decides: FxHashSet<u32> = policy
            .definitions
            .iter()
            .filter(|line| *mask >> line.entry & 1 == 0)
            .map(|line| line.span.start)
            .collect();
        let alive = policy.definitions.iter().filter(|line| decides.contains(&line.span.start));
        *mask &= !alive.fold(0u128, |alive, line| alive | 1 << line.entry);
    }
    shadowed
}

/// By policy with shadowed lines: what comes before it in some session, each once.
fn above(context: &Context<'_>, shadowed: &[u128]) -> Vec<Vec<Above>> {
    let mut known: FxHashSet<(u32, Above)> = FxHashSet::default();
    let mut above = vec![Vec::new(); shadowed.len()];
    context.each_possible_pair(|pair, _| {
        for layer in 0..MAX_LAYERS {
            let policy = pair.stack[layer];
            if policy == NONE || shadowed[policy as usize] == 0 {
                continue;
            }
            let mut stack = pair.stack;
            stack[layer..].fill(NONE);
            let fixed = pair.cells.fixed & shadowed[policy as usize];
            let key = (stack, if fixed == 0 { 0 } else { pair.method }, fixed);
            if known.insert((policy, key)) {
                above[policy as usize].push(key);
            }
        }
    });
    above
}

fn shadowing_lines(
    context: &Context<'_>,
    policy: u32,
    permission: usize,
    above: &[Above],
    looks: &mut usize,
) -> Vec<Shadowing> {
    let sets = above.iter().map(|(stack, method, fixed)| {
        let fixed = (fixed >> permission & 1 == 1).then_some(Shadowing::Method(*method));
        let defines = |other: &&u32| {
            **other != policy && context.matrix.rules.defined(**other) >> permission & 1 == 1
        };
        let mut set: Vec<Shadowing> = stack
            .iter()
            .filter(defines)
            .map(|other| Shadowing::Policy(*other))
            .chain(fixed)
            .collect();
        set.sort_unstable();
        set.dedup();
        set
    });
    cover(sets.collect::<BTreeSet<_>>(), looks)
}

fn report(
    context: &Context<'_>,
    sink: &mut LintSink<'_>,
    shadowing_lines: &[Shadowing],
    lines: &[(PolicyId, &Definition)],
) {
    let Some((_, first)) = lines.first() else { return };
    sink.add_unsuppressed(first.span, |code| {
        let permissions: BTreeSet<u16> = lines.iter().map(|(_, line)| line.entry).collect();
        let policies: BTreeSet<u32> = lines.iter().map(|(policy, _)| policy.0).collect();
        let in_policies = policies.iter().map(|&policy| {
            let sessions = context.sessions().asked[policy as usize];
            format!("{} ({})", context.policy_text(PolicyId(policy)), count(sessions, "session"))
        });
        let by = shadowing_lines.iter().map(|shadowing| match shadowing {
            Shadowing::Policy(other) => context.policy_text(PolicyId(*other)),
            Shadowing::Method(method) => {
                format!("the method `{}`", context.ir.profile.methods[*method].id)
            }
        });
        let message = format!(
            "{} of {} never {} effect: {} always decides first",
            list(permissions.iter().map(|at| format!("`{}`", context.permission(*at as usize)))),
            list(in_policies),
            if permissions.len() == 1 { "takes" } else { "take" },
            either(by)
        );
        let diagnostic = Diagnostic::new(code, first.span, message)
            .help("remove these lines, since they suggest a value that does not apply");
        let deciding = shadowing_lines.iter().take(MAX_LABELS).filter_map(|shadowing| {
            let Shadowing::Policy(other) = shadowing else { return None };
            context.ir.policy(PolicyId(*other)).definition(first.entry as usize)
        });
        let diagnostic = deciding
            .fold(diagnostic, |diagnostic, line| diagnostic.label(line.span, "this decides first"));
        let others = lines.iter().skip(1).take(MAX_LABELS);
        others.fold(diagnostic, |diagnostic, (_, line)| {
            diagnostic.label(line.span, "this never takes effect either")
        })
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(server: &str, items: &str) -> String {
        format!(
            "session policy \"Server\" {{\n  {server}\n}}\nsession policy \"Own\" {{\n  shell = \
             allow\n}}\n\
             user \"ada\" {{\n  session_policy = \"Own\"\n}}\n\
             jump items {{\n  kind = jump_client\n  session_policy = \"Server\"\n  item \"web\"\n\
             {items}}}\n"
        )
    }

    #[test]
    fn a_line_that_another_layer_always_decides_before_is_found() {
        let findings = findings("shadowed-setting", &text("shell = deny", ""));
        let expected = "`shell` of session policy `Own` (1 session) never takes effect: session \
            policy `Server` always decides first";
        assert_eq!(
            findings.iter().map(|finding| &*finding.message).collect::<Vec<_>>(),
            [expected]
        );
        assert_eq!(findings[0].labels.len(), 1);
    }

    #[test]
    fn the_fewest_that_shadow_it_are_named() {
        let items = "  item \"db\" {\n    session_policy = \"Own too\"\n  }\n";
        let text = format!(
            "{}session policy \"Own too\" {{\n  shell = deny\n}}\n",
            text("shell = deny", items)
        );
        let expected = "`shell` of session policy `Own` (2 sessions) never takes effect: session \
            policy `Own too` or session policy `Server` always decides first";
        assert_eq!(messages("shadowed-setting", &text), [expected]);
    }

    #[test]
    fn a_line_that_decides_somewhere_is_fine() {
        let items = "  item \"db\" {\n    session_policy = none\n  }\n";
        assert_eq!(messages("shadowed-setting", &text("shell = deny", items)), [""; 0]);
        assert_eq!(messages("shadowed-setting", &text("registry = deny", "")), [""; 0]);
    }

    #[test]
    fn what_the_method_fixes_shadows_too() {
        let text = "session policy \"S\" {\n  shell = deny\n}\nuser \"ada\"\n\
                    jump item \"sw\" {\n  kind = shell_jump\n  session_policy = \"S\"\n}\n";
        let expected = "`shell` of session policy `S` (1 session) never takes effect: the method \
            `shell_jump` always decides first";
        assert_eq!(messages("shadowed-setting", text), [expected]);
    }
}
