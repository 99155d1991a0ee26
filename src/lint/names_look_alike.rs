//! `names-look-alike`: two declared names of one kind that readers cannot tell apart. Names are
//! compared as they stand, so a policy may be about somebody else than it seems.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::{Object, PolicyKind};
use crate::text::look_alike::{difference, fingerprints, look_alike};
use rustc_hash::{FxHashMap, FxHashSet};

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
    // Of one name there may be items of several methods.
    let mut known: FxHashSet<&str> = FxHashSet::default();
    names.retain(|object| known.insert(&object.name));
    names.sort_by_key(|object| object.span);
    let mut first: [FxHashMap<u64, &Object>; 2] = Default::default();
    for object in names {
        let mut like = None;
        for (fingerprint, first) in fingerprints(&object.name).into_iter().zip(&mut first) {
            let found = *first.entry(fingerprint).or_insert(object);
            if !std::ptr::eq(found, object) && look_alike(&found.name, &object.name) {
                like = like.or(Some(found));
            }
        }
        if let Some(like) = like {
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
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    const LINT: &str = "names-look-alike";

    #[test]
    fn names_that_look_the_same_are_found() {
        let text = "user \"Jos\u{e9}\"\nuser \"Jose\u{301}\"\nuser \"admin\"\nuser \"\u{430}dmin\"\n\
            user \"John.Doe\"\nuser \"john.doe\"\nteam \"web01\"\nteam \"web01 \"\nteam \"john.doe\"\n\
            directory group \"CN=Staff,OU=Groups\" {\n  members = []\n}\n\
            directory group \"cn=staff,ou=groups\" {\n  members = []\n}\n";
        assert_eq!(
            messages(LINT, text),
            [
                "user `Jose\u{301}` looks like user `Jos\u{e9}`: it has `e` U+0301 in place of U+00E9",
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
            jump item \"db01\" {\n  kind = shell_jump\n}\njump item \"db02\" {\n  kind = shell_jump\n}\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_later_name() {
        let text = "user \"ada\"\nuser \"Ada\" # allow(names-look-alike): two people\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }
}
