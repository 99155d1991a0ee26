//! `names-look-alike`: two declared names of one kind that readers cannot tell apart. Names are
//! compared as they stand, so a policy may be about somebody else than it seems.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::{Object, PolicyKind};
use crate::text::look_alike::{difference, fingerprints, look_alike};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let (terms, tables) = (&context.ir.profile.terminology, &context.ir.tables);
    let mut look = |term: &str, names: Vec<&Object>| pairs(term, names, sink);
    look(&terms.user, tables.users.iter().map(|user| &user.object).collect());
    let groups = tables.directory_groups.iter().map(|group| &group.object);
    look("directory group", groups.collect());
    look(&terms.group_policy, tables.group_policies.iter().map(|group| &group.object).collect());
    look("embassy", tables.embassies.iter().map(|group| &group.object).collect());
    let named = tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
    look(&terms.session_policy, named.map(|policy| &policy.object).collect());
    look(&terms.invite, tables.invites.iter().map(|invite| &invite.object).collect());
    look(&terms.jump_item, tables.jump_items.iter().map(|item| &item.object).collect());
    look(&terms.portal, tables.portals.iter().map(|portal| &portal.object).collect());
    look("jump item role", tables.roles.iter().map(|role| &role.object).collect());
    look(&terms.jump_group, tables.jump_groups.iter().collect());
    look(&terms.jump_policy, tables.jump_policies.iter().collect());
    look("team", tables.teams.iter().collect());
    look("jumpoint", tables.jumpoints.iter().collect());
    look("vault account group", tables.vault_account_groups.iter().collect());
    look("vault account", tables.vault_accounts.iter().collect());
}

/// Reports each name that looks like an earlier one.
fn pairs(term: &str, mut names: Vec<&Object>, sink: &mut LintSink<'_>) {
    // Of one name there may be items of several methods, which stand together.
    names.dedup_by(|later, first| later.name == first.name);
    names.sort_by_key(|object| object.span);
    for (at, first) in alike(&names) {
        let (object, like) = (names[at as usize], names[first as usize]);
        sink.add(object.span, |code| {
            let message = format!(
                "{term} {} looks like {term} {}: it has {}",
                name(object),
                name(like),
                difference(&object.name, &like.name)
            );
            Diagnostic::new(code, object.span, message).label(like.span, "the other one").help(
                "if both are the same, keep one of the two declarations; else give them \
                     names that readers can tell apart",
            )
        });
    }
}

/// The places of names that look like an earlier one, ascending, each with the first of those.
/// Names are sorted by what stands for their appearance: a table of millions of names in a hash map
/// would take several times the memory.
fn alike(names: &[&Object]) -> Vec<(u32, u32)> {
    let mut alike: Vec<(u32, usize, u32)> = Vec::new();
    for case in 0..2 {
        let places = names.iter().zip(0u32..);
        let mut numbers: Vec<(u64, u32)> =
            places.map(|(object, at)| (fingerprints(&object.name)[case], at)).collect();
        numbers.sort_unstable();
        for same in numbers.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let first = same[0].1;
            let others = same[1..].iter().map(|(_, at)| *at);
            alike.extend(others.filter_map(|at| {
                let [one, other] = [first, at].map(|at| &names[at as usize].name);
                look_alike(one, other).then_some((at, case, first))
            }));
        }
    }
    alike.sort_unstable();
    alike.dedup_by_key(|(at, ..)| *at);
    alike.into_iter().map(|(at, _, first)| (at, first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{compiled, messages};
    use rustc_hash::FxHashSet;

    const LINT: &str = "names-look-alike";

    #[test]
    fn names_that_look_the_same_are_found() {
        let text = "user \"Jos\u{e9}\"\nuser \"Jose\u{301}\"\nuser \"admin\"\n\
            user \"\u{430}dmin\"\nuser \"John.Doe\"\nuser \"john.doe\"\nteam \"web01\"\n\
            team \"web01 \"\nteam \"john.doe\"\n\
            directory group \"CN=Staff,OU=Groups\" {\n  members = []\n}\n\
            directory group \"cn=staff,ou=groups\" {\n  members = []\n}\n";
        assert_eq!(
            messages(LINT, text),
            [
                "user `Jose\u{301}` looks like user `Jos\u{e9}`: it has `e` U+0301 in place \
                 of U+00E9",
                "user `\u{430}dmin` looks like user `admin`: it has U+0430 in place of `a`",
                "user `john.doe` looks like user `John.Doe`: it has letters of another case",
                "team `web01 ` looks like team `web01`: it has U+0020 as well",
                "directory group `cn=staff,ou=groups` looks like directory group \
                 `CN=Staff,OU=Groups`: it has letters of another case",
            ]
        );
    }

    #[test]
    fn items_of_one_name_are_one_name() {
        let text = "jump item \"db01\" {\n  kind = jump_client\n}\n\
            jump item \"db01\" {\n  kind = shell_jump\n}\n\
            jump item \"db02\" {\n  kind = shell_jump\n}\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_later_name() {
        let text = "user \"ada\"\nuser \"Ada\" # allow(names-look-alike): two people\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn each_name_is_compared_with_the_first_that_looks_like_it() {
        let mut state = 7u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize
        };
        let letters = ["I", "l", "i", "L", "1", "0", "O", "o"];
        let names: Vec<String> = (0..400)
            .map(|_| (0..1 + random() % 3).map(|_| letters[random() % letters.len()]).collect())
            .collect();
        let text: String = names.iter().map(|name| format!("user \"{name}\"\n")).collect();
        let mut seen = FxHashSet::default();
        let lines = text.lines().filter(|line| seen.insert(*line)).collect::<Vec<_>>().join("\n");
        let ir = compiled(&format!("{lines}\n"), "").ir.expect("an IR");
        let mut objects: Vec<&Object> = ir.tables.users.iter().map(|user| &user.object).collect();
        objects.sort_by_key(|object| object.span);
        let slowly = |at: usize| {
            let first = |case: usize| {
                let number = |of: usize| fingerprints(&objects[of].name)[case];
                let first = (0..at).find(|of| number(*of) == number(at))?;
                look_alike(&objects[first].name, &objects[at].name).then_some(first)
            };
            first(0).or_else(|| first(1)).map(|first| (at as u32, first as u32))
        };
        let expected: Vec<(u32, u32)> = (0..objects.len()).filter_map(slowly).collect();
        assert!(expected.len() > 100);
        assert_eq!(alike(&objects), expected);
    }
}
