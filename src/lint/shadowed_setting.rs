//! `shadowed-setting`: a line of a policy that is used, and that never decides anything for
//! anybody, because other lines always come before it. Here: permissions in session policies;
//! accounts are next door.

use super::context::{Context, Sessions, bits};
use super::cover::{MAX_LOOKS, cover};
use super::found::Found;
use super::text::{MAX_LABELS, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Definition, PolicyId, PolicyKind};
use crate::matrix::session::{MAX_LAYERS, NONE, Stack};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

/// What decides in a hidden line's place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hider {
    Policy(u32),
    /// The method fixes the permission.
    Method(usize),
}

/// The policies that are asked before a policy in some session, and what the session's method
/// fixes.
type Above = (Stack, usize, u128);

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let hidden = hidden(context, context.sessions());
    if hidden.iter().any(|mask| *mask != 0) {
        let above = above(context, &hidden);
        let mut looks = MAX_LOOKS;
        // Lines of several policies that the same policies hide have one cause.
        let mut causes: BTreeMap<Vec<Hider>, Vec<(PolicyId, &Definition)>> = BTreeMap::new();
        for (index, policy) in ir.tables.policies.iter().enumerate() {
            let lines = bits(hidden[index]).filter_map(|permission| policy.definition(permission));
            for line in lines.filter(|line| !found.is_silenced(line.span)) {
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
            report(context, found, &shadowing_lines, &lines);
        }
    }
    super::shadowed_account_setting::lint(context, found);
}

/// By policy: the permissions whose lines decide in no session, though the policy is asked in some.
fn hidden(context: &Context<'_>, sessions: &Sessions) -> Vec<u128> {
    let policies = context.ir.tables.policies.iter().zip(0u32..);
    let mut hidden: Vec<u128> = policies
        .map(|(policy, index)| {
            let asked =
                sessions.asked[index as usize] > 0 && policy.kind != PolicyKind::GlobalDefault;
            let defined = if asked { context.matrix.rules.defined(index) } else { 0 };
            defined & !sessions.decided[index as usize]
        })
        .collect();
    // A line that implies others decides if one of those does.
    for (policy, mask) in context.ir.tables.policies.iter().zip(&mut hidden) {
        let decides: FxHashSet<u32> = policy
            .definitions
            .iter()
            .filter(|line| *mask >> line.entry & 1 == 0)
            .map(|line| line.span.start)
            .collect();
        let alive = policy.definitions.iter().filter(|line| decides.contains(&line.span.start));
        *mask &= !alive.fold(0u128, |alive, line| alive | 1 << line.entry);
    }
    hidden
}

/// By policy with hidden lines: what stands above it, each once.
fn above(context: &Context<'_>, hidden: &[u128]) -> Vec<Vec<Above>> {
    let mut known: FxHashSet<(u32, Above)> = FxHashSet::default();
    let mut above = vec![Vec::new(); hidden.len()];
    context.each_pair(|pair| {
        for layer in 0..MAX_LAYERS {
            let policy = pair.stack[layer];
            if policy == NONE || hidden[policy as usize] == 0 {
                continue;
            }
            let mut stack = pair.stack;
            stack[layer..].fill(NONE);
            let fixed = pair.cells.fixed & hidden[policy as usize];
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
) -> Vec<Hider> {
    let sets = above.iter().map(|(stack, method, fixed)| {
        let fixed = (fixed >> permission & 1 == 1).then_some(Hider::Method(*method));
        let defines = |other: &&u32| {
            **other != policy && context.matrix.rules.defined(**other) >> permission & 1 == 1
        };
        let mut set: Vec<Hider> =
            stack.iter().filter(defines).map(|other| Hider::Policy(*other)).chain(fixed).collect();
        set.sort_unstable();
        set.dedup();
        set
    });
    cover(sets.collect::<BTreeSet<_>>(), looks)
}

fn report(
    context: &Context<'_>,
    found: &mut Found<'_>,
    shadowing_lines: &[Hider],
    lines: &[(PolicyId, &Definition)],
) {
    let Some((_, first)) = lines.first() else { return };
    found.add_anyway(first.span, |code| {
        let permissions: BTreeSet<u16> = lines.iter().map(|(_, line)| line.entry).collect();
        let policies: BTreeSet<u32> = lines.iter().map(|(policy, _)| policy.0).collect();
        let in_policies = policies.iter().map(|&policy| {
            let sessions = context.sessions().asked[policy as usize];
            format!("{} ({})", context.policy_text(PolicyId(policy)), count(sessions, "session"))
        });
        let by = shadowing_lines.iter().map(|hider| match hider {
            Hider::Policy(other) => context.policy_text(PolicyId(*other)),
            Hider::Method(method) => format!("the method `{}`", context.ir.profile.methods[*method].id),
        });
        let message = format!(
            "{} of {} never {}: {} always answers first",
            list(permissions.iter().map(|at| format!("`{}`", context.permission(*at as usize)))),
            list(in_policies),
            if permissions.len() == 1 { "decides" } else { "decide" },
            either(by)
        );
        let found = Diagnostic::new(code, first.span, message).help(
            "a reader takes these lines for what holds: remove them, or leave the permission not defined in what comes before",
        );
        let found = shadowing_lines.iter().take(MAX_LABELS).fold(found, |found, hider| {
            let Hider::Policy(other) = hider else { return found };
            let Some(line) = context.ir.policy(PolicyId(*other)).definition(first.entry as usize) else { return found };
            found.label(line.span, "this answers first")
        });
        let others = lines.iter().skip(1).take(MAX_LABELS);
        others.fold(found, |found, (_, line)| found.label(line.span, "this never decides either"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(server: &str, items: &str) -> String {
        format!(
            "session policy \"Server\" {{\n  {server}\n}}\nsession policy \"Own\" {{\n  shell = allow\n}}\n\
             user \"ada\" {{\n  session_policy = \"Own\"\n}}\n\
             jump items {{\n  kind = jump_client\n  session_policy = \"Server\"\n  item \"web\"\n{items}}}\n"
        )
    }

    #[test]
    fn a_line_that_another_layer_always_answers_first_is_found() {
        let found = findings("shadowed-setting", &text("shell = deny", ""));
        let expected = "`shell` of session policy `Own` (1 session) never decides: session policy `Server` always \
                        answers first";
        assert_eq!(found.iter().map(|found| &*found.message).collect::<Vec<_>>(), [expected]);
        assert_eq!(found[0].labels.len(), 1);
    }

    #[test]
    fn the_fewest_that_hide_it_are_named() {
        let items = "  item \"db\" {\n    session_policy = \"Own too\"\n  }\n";
        let text = format!(
            "{}session policy \"Own too\" {{\n  shell = deny\n}}\n",
            text("shell = deny", items)
        );
        let expected = "`shell` of session policy `Own` (2 sessions) never decides: session policy `Own too` or session \
                        policy `Server` always answers first";
        assert_eq!(messages("shadowed-setting", &text), [expected]);
    }

    #[test]
    fn a_line_that_decides_somewhere_is_fine() {
        let items = "  item \"db\" {\n    session_policy = none\n  }\n";
        assert_eq!(messages("shadowed-setting", &text("shell = deny", items)), [""; 0]);
        assert_eq!(messages("shadowed-setting", &text("registry = deny", "")), [""; 0]);
    }

    #[test]
    fn what_the_method_fixes_hides_too() {
        let text = "session policy \"S\" {\n  shell = deny\n}\nuser \"ada\"\n\
                    jump item \"sw\" {\n  kind = shell_jump\n  session_policy = \"S\"\n}\n";
        let expected = "`shell` of session policy `S` (1 session) never decides: the method `shell_jump` always \
                        answers first";
        assert_eq!(messages("shadowed-setting", text), [expected]);
    }
}
