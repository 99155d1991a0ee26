//! `redundant-setting`: a line whose value would hold without it, for everybody, because what comes
//! next says the same. What only a default says counts for nothing here: to write it down is to
//! decide it.

use super::context::{Context, bits};
use super::found::Found;
use super::lines::{GroupLine, Key, group_text, key_text, winner};
use super::text::{MAX_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, PolicyId, PolicyKind};
use crate::matrix::Source;
use crate::matrix::session::NONE;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

const HELP: &str = "remove it, or keep it and say why: `# allow(redundant-setting): …`";

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    in_session_policies(context, found);
    in_group_policies(context, found);
}

fn in_session_policies(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let last = ir.profile.layers.len() - 1;
    let rules = &context.matrix.rules;
    let mut equal = Equal { ir, known: FxHashMap::default() };
    let mut redundant = context.sessions().decided.clone();
    context.each_pair(|pair| {
        for layer in 0..last {
            let policy = pair.stack[layer];
            let decides = pair.cells.decided_by_layer[layer] & !pair.cells.fixed;
            if policy == NONE || decides & redundant[policy as usize] == 0 {
                continue;
            }
            let mut open = decides;
            let mut same = 0;
            for &below in pair.stack[layer + 1..last]
                .iter()
                .filter(|below| **below != NONE && **below != policy)
            {
                let next = open & rules.defined(below);
                if next != 0 {
                    same |= next & equal.lines(policy, below);
                    open &= !next;
                }
            }
            redundant[policy as usize] &= !decides | same;
        }
    });
    let next = next_lines(context, &redundant);
    for ((policy, mask), index) in ir.tables.policies.iter().zip(redundant).zip(0..) {
        let lines = bits(mask).filter_map(|permission| policy.definition(permission));
        let lines: Vec<_> = lines.filter(|line| !found.is_silenced(line.span)).collect();
        let Some(first) = lines.first().filter(|_| policy.kind != PolicyKind::GlobalDefault) else {
            continue;
        };
        found.add_anyway(first.span, |code| {
            let message = format!(
                "what {} of {} {} would hold without it, as the next layer says the same: {}",
                count(lines.len() as u64, "line"),
                context.policy_text(PolicyId(index)),
                if lines.len() == 1 { "says" } else { "say" },
                list(lines.iter().map(|line| format!("`{}`", context.permission_line(line))))
            );
            let found = Diagnostic::new(code, first.span, message).help(HELP);
            let next = lines.iter().filter_map(|line| next.get(&(index, line.entry)));
            next.take(MAX_LABELS).fold(found, |found, (other, span)| {
                found.label(
                    *span,
                    format!("{} says the same", context.policy_text(PolicyId(*other))),
                )
            })
        });
    }
}

/// The permissions that two session policies define alike. Each pair is compared once.
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
                other
                    .definition(line.entry as usize)
                    .is_some_and(|beside| ir.value(beside.value) == ir.value(line.value))
            });
            alike.fold(0, |mask, line| mask | 1 << line.entry)
        })
    }
}

/// For lines that would hold without them, by policy and permission: one that comes next in some
/// session.
fn next_lines(context: &Context<'_>, redundant: &[u128]) -> BTreeMap<(u32, u16), (u32, Span)> {
    let last = context.ir.profile.layers.len() - 1;
    let rules = &context.matrix.rules;
    let mut next = BTreeMap::new();
    let mut open = redundant.to_vec();
    context.each_pair(|pair| {
        for (layer, &policy) in
            pair.stack[..last].iter().enumerate().filter(|(_, policy)| **policy != NONE)
        {
            let mut wanted = pair.cells.decided_by_layer[layer] & open[policy as usize];
            for &below in pair.stack[layer + 1..last]
                .iter()
                .filter(|below| **below != NONE && **below != policy)
            {
                for permission in bits(wanted & rules.defined(below)) {
                    if let Some(line) = context.ir.policy(PolicyId(below)).definition(permission) {
                        next.insert((policy, line.entry), (below, line.span));
                    }
                    wanted &= !(1 << permission);
                    open[policy as usize] &= !(1 << permission);
                }
            }
        }
    });
    next
}

fn in_group_policies(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let mut redundant: BTreeMap<(Source, Span), (Key, Option<GroupLine>)> = BTreeMap::new();
    for class in context.accounts() {
        for (&key, lines) in &class.by_key {
            let at = winner(lines);
            let decides = lines[at];
            let rest: Vec<GroupLine> =
                lines[..at].iter().chain(&lines[at + 1..]).copied().collect();
            // A final line also guards against what comes later.
            let next = rest
                .get(winner(&rest))
                .filter(|next| next.line.given == decides.line.given && !decides.line.is_final);
            let entry = redundant
                .entry((decides.source, decides.line.span))
                .or_insert((key, next.copied()));
            if next.is_none() {
                entry.1 = None;
            }
        }
    }
    for ((source, span), (key, next)) in redundant {
        let Some(next) = next else { continue };
        found.add(span, |code| {
            let message = format!(
                "`{}` of {} would hold without it, for every member",
                key_text(ir, key),
                group_text(ir, source)
            );
            Diagnostic::new(code, span, message)
                .label(next.line.span, format!("{} says the same", group_text(ir, next.source)))
                .help(HELP)
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_permission_that_the_next_layer_gives_too_is_found() {
        let text = |own: &str| {
            format!(
                "session policy \"Server\" {{\n  shell = deny\n  registry = deny\n}}\nsession policy \"Own\" {{\n  {own}\n}}\n\
                 user \"ada\" {{\n  session_policy = \"Own\"\n}}\n\
                 jump item \"web\" {{\n  kind = jump_client\n  session_policy = \"Server\"\n}}\n"
            )
        };
        let expected = "what 1 line of session policy `Server` says would hold without it, as the next layer says the same: `shell = deny`";
        assert_eq!(messages("redundant-setting", &text("shell = deny")), [expected]);
        assert_eq!(messages("redundant-setting", &text("shell = allow")), [""; 0]);
    }

    #[test]
    fn a_setting_that_a_group_policy_above_gives_too_is_found() {
        let text = |value: &str| {
            format!(
                "user \"ada\"\n\
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  reports.sessions = {value}\n}}\n\
                 group policy \"B\" {{\n  members = [user \"ada\"]\n  reports.sessions = user_sessions\n}}\n\
                 order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
            )
        };
        let expected =
            ["`reports.sessions` of group policy `B` would hold without it, for every member"];
        assert_eq!(messages("redundant-setting", &text("user_sessions")), expected);
        assert_eq!(messages("redundant-setting", &text("all_sessions")), [""; 0]);
    }
}
