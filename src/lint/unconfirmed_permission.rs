//! `unconfirmed-permission`: the profile ships some permissions and settings that no document of
//! the product confirms. A line that the product does not have can't be entered there.

use super::context::Context;
use super::found::Found;
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Definition, PolicyKind};
use crate::profile::Entry;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let (profile, tables) = (&context.ir.profile, &context.ir.tables);
    if !profile.permissions.iter().chain(&profile.settings).any(|entry| entry.unconfirmed) {
        return;
    }
    // The global default must set everything: what stands there was not chosen.
    let policies = tables.policies.iter().filter(|policy| policy.kind != PolicyKind::GlobalDefault);
    let groups = tables.group_policies.iter().chain(&tables.embassies).map(|group| &group.grants);
    let grants = groups.chain(tables.users.iter().map(|user| &user.grants));
    let mut by_path: BTreeMap<(bool, u16), (&Entry, &Definition)> = BTreeMap::new();
    let mut lines = 0u64;
    let look = |is_setting: bool, line: &Definition| {
        let entries = if is_setting { &profile.settings } else { &profile.permissions };
        entries[line.entry as usize].unconfirmed && !found.is_silenced(line.span)
    };
    for line in policies.flat_map(|policy| &policy.definitions) {
        if look(false, line) {
            lines += 1;
            by_path
                .entry((false, line.entry))
                .or_insert((&profile.permissions[line.entry as usize], line));
        }
    }
    for line in grants.flat_map(|grants| &grants.settings) {
        if look(true, line) {
            lines += 1;
            by_path
                .entry((true, line.entry))
                .or_insert((&profile.settings[line.entry as usize], line));
        }
    }
    let Some((_, first)) = by_path.values().next() else { return };
    found.add_anyway(first.span, |code| {
        let paths = list(by_path.values().map(|(entry, _)| format!("`{}`", entry.path)));
        let message = format!("{} that no document of {} confirms: {paths}", count(lines, "line"), profile.label);
        Diagnostic::new(code, first.span, message).help(
            "look the fields up in the product before you rely on these lines; `precedent catalog` tells what is unsure",
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn lines_that_no_document_confirms_are_counted() {
        let text = "profile \"rs-25.3\"\nsession policy \"A\" {\n  session_end.action = lock\n}\n";
        let expected = "1 line that no document of BeyondTrust Remote Support 25.3 confirms: `session_end.action`";
        assert_eq!(messages("unconfirmed-permission", text), [expected]);
        assert_eq!(
            messages("unconfirmed-permission", "session policy \"A\" {\n  shell = deny\n}\n"),
            [""; 0]
        );
    }
}
