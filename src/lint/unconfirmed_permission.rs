//! `unconfirmed-permission`: the profile has some permissions and settings that the product
//! documentation does not confirm. A line for one that the product lacks can't be entered there.

use super::context::Context;
use super::sink::LintSink;
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Definition, PolicyKind};
use crate::profile::Entry;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let (profile, tables) = (&context.ir.profile, &context.ir.tables);
    if !profile.permissions.iter().chain(&profile.settings).any(|entry| entry.unconfirmed) {
        return;
    }
    // The global default must set everything, so its lines were not a choice.
    let policies = tables.policies.iter().filter(|policy| policy.kind != PolicyKind::GlobalDefault);
    let groups = tables.group_policies.iter().chain(&tables.embassies).map(|group| &*group.grants);
    let grants = groups.chain(tables.users.iter().map(|user| &*user.grants));
    let mut by_path: BTreeMap<(bool, u16), (&Entry, &Definition)> = BTreeMap::new();
    let mut lines = 0u64;
    let look = |is_setting: bool, line: &Definition| {
        let entries = if is_setting { &profile.settings } else { &profile.permissions };
        entries[line.entry as usize].unconfirmed && !sink.is_suppressed(line.span)
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
    sink.add_unsuppressed(first.span, |code| {
        let message = format!(
            "{} {} what the documentation of {} does not confirm: {}",
            count(lines, "line"),
            if lines == 1 { "sets" } else { "set" },
            profile.label,
            list(by_path.values().map(|(entry, _)| format!("`{}`", entry.path)))
        );
        Diagnostic::new(code, first.span, message).help(
            "check the fields in the product before you rely on these lines; `precedent catalog` \
             shows what is uncertain about each",
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn lines_that_the_documentation_does_not_confirm_are_counted() {
        let text = "profile \"rs-25.3\"\nsession policy \"A\" {\n  session_end.action = lock\n}\n";
        let expected = "1 line sets what the documentation of BeyondTrust Remote Support 25.3 \
            does not confirm: `session_end.action`";
        assert_eq!(messages("unconfirmed-permission", text), [expected]);
        assert_eq!(
            messages("unconfirmed-permission", "session policy \"A\" {\n  shell = deny\n}\n"),
            [""; 0]
        );
    }
}
