//! Advice on policies that compile, one file per lint.
//!
//! The manifest sets a lint's level, and a comment suppresses it at one place (see `suppression`).
//! A lint reads the `Context`, which holds the only matrix, and adds its findings to a `LintSink`.
//! It goes through classes of sessions or accounts, or once through a table, but never through
//! users × items. Findings with the same cause are reported as one, with a count.

mod alike;
mod context;
mod cover;
mod dead_lines;
mod doubtful_entries;
mod lines;
mod sink;
mod suppression;
#[cfg(test)]
mod testing;
mod text;
mod uses;

mod admin_lockout;
mod custom_policy;
mod dependent_without_parent;
mod direct_user_assignment;
mod duplicate_policy;
mod elevated_tools_limit;
mod empty_group_policy;
mod escape_in_path;
mod expired;
mod final_hides;
mod final_without_effect;
mod global_default_decides;
mod grant_without_scope;
mod hidden_character;
mod implicit_not_defined;
mod inherited_line_dropped;
mod invalid_pattern;
mod jump_item_without_group;
mod jump_needs_access;
mod membership_conflict;
mod method_not_allowed;
mod names_look_alike;
mod no_global_default;
mod permissive_above_restrictive;
mod prompt_blocks_unattended;
mod redundant_setting;
mod relative_folder;
mod shadowed_account_setting;
mod shadowed_setting;
mod test_without_expect;
mod unconfirmed_permission;
mod unknown_decides;
mod unused_directory_group;
mod unused_jump_group;
mod unused_jump_policy;
mod unused_jumpoint;
mod unused_role;
mod unused_session_policy;
mod unused_team;
mod unused_vault_account_group;
mod user_without_group_policy;
mod widening_override;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Ir, Level};
use crate::parallel;
use crate::source::{FileId, Sources};
use crate::text::Date;
use context::Context;
use sink::LintSink;
use std::sync::Arc;
use suppression::Suppressions;

type Lint = fn(&Context<'_>, &mut LintSink<'_>);
type TextLint = fn(&Sources, &mut LintSink<'_>);

const LINTS: [(Code, Lint); 41] = [
    (Code::GLOBAL_DEFAULT_DECIDES, global_default_decides::lint),
    (Code::TEST_WITHOUT_EXPECT, test_without_expect::lint),
    (Code::SHADOWED_SETTING, shadowed_setting::lint),
    (Code::UNUSED_SESSION_POLICY, unused_session_policy::lint),
    (Code::UNUSED_JUMP_GROUP, unused_jump_group::lint),
    (Code::UNUSED_DIRECTORY_GROUP, unused_directory_group::lint),
    (Code::UNUSED_ROLE, unused_role::lint),
    (Code::UNUSED_JUMP_POLICY, unused_jump_policy::lint),
    (Code::UNUSED_TEAM, unused_team::lint),
    (Code::UNUSED_JUMPOINT, unused_jumpoint::lint),
    (Code::UNUSED_VAULT_ACCOUNT_GROUP, unused_vault_account_group::lint),
    (Code::FINAL_WITHOUT_EFFECT, final_without_effect::lint),
    (Code::FINAL_HIDES, final_hides::lint),
    (Code::REDUNDANT_SETTING, redundant_setting::lint),
    (Code::PERMISSIVE_ABOVE_RESTRICTIVE, permissive_above_restrictive::lint),
    (Code::DIRECT_USER_ASSIGNMENT, direct_user_assignment::lint),
    (Code::IMPLICIT_NOT_DEFINED, implicit_not_defined::lint),
    (Code::GRANT_WITHOUT_SCOPE, grant_without_scope::lint),
    (Code::DEPENDENT_WITHOUT_PARENT, dependent_without_parent::lint),
    (Code::EMPTY_GROUP_POLICY, empty_group_policy::lint),
    (Code::USER_WITHOUT_GROUP_POLICY, user_without_group_policy::lint),
    (Code::ADMIN_LOCKOUT, admin_lockout::lint),
    (Code::PROMPT_BLOCKS_UNATTENDED, prompt_blocks_unattended::lint),
    (Code::CUSTOM_POLICY, custom_policy::lint),
    (Code::UNCONFIRMED_PERMISSION, unconfirmed_permission::lint),
    (Code::DUPLICATE_POLICY, duplicate_policy::lint),
    (Code::WIDENING_OVERRIDE, widening_override::lint),
    (Code::RELATIVE_FOLDER, relative_folder::lint),
    (Code::INVALID_PATTERN, invalid_pattern::lint),
    (Code::EXPIRED, expired::lint),
    (Code::UNKNOWN_DECIDES, unknown_decides::lint),
    (Code::MEMBERSHIP_CONFLICT, membership_conflict::lint),
    (Code::JUMP_ITEM_WITHOUT_GROUP, jump_item_without_group::lint),
    (Code::NO_GLOBAL_DEFAULT, no_global_default::lint),
    (Code::METHOD_NOT_ALLOWED, method_not_allowed::lint),
    (Code::JUMP_NEEDS_ACCESS, jump_needs_access::lint),
    (Code::ELEVATED_TOOLS_LIMIT, elevated_tools_limit::lint),
    (Code::NAMES_LOOK_ALIKE, names_look_alike::lint),
    (Code::INHERITED_LINE_DROPPED, inherited_line_dropped::lint),
    (Code::HIDDEN_CHARACTER, |context, sink| hidden_character::lint(&context.ir.sources, sink)),
    (Code::ESCAPE_IN_PATH, |context, sink| escape_in_path::lint(&context.ir.sources, sink)),
];

/// Those among them that read the texts alone, which does not take policies without errors.
const TEXT_LINTS: [(Code, TextLint); 2] = [
    (Code::HIDDEN_CHARACTER, hidden_character::lint),
    (Code::ESCAPE_IN_PATH, escape_in_path::lint),
];

/// The severity of a lint's findings; `None` where the workspace turns the lint off.
fn severity(levels: &[(String, Level)], code: Code) -> Option<Severity> {
    match level(levels, code) {
        Level::Allow => None,
        Level::Warn => Some(code.default_severity()),
        Level::Deny => Some(Severity::Error),
    }
}

/// The level that a workspace sets for a lint, or the default level.
fn level(levels: &[(String, Level)], code: Code) -> Level {
    let set = levels.iter().find(|(name, _)| name == code.name());
    let default = if code.is_off_by_default() { Level::Allow } else { Level::Warn };
    set.map_or(default, |(_, level)| *level)
}

/// The findings of a lint that other parts of the program look for: at the level that the workspace
/// sets, and without those that a comment suppresses.
pub fn admitted(ir: &Ir, code: Code, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let Some(severity) = severity(&ir.tables.lints, code) else { return Vec::new() };
    let suppressions = Suppressions::new(&ir.sources);
    let mut sink = LintSink::new(code, severity, &suppressions);
    for diagnostic in findings {
        sink.add(diagnostic.primary.span, |_| diagnostic);
    }
    sink.into_diagnostics().collect()
}

/// Runs all lints at the levels that the workspace sets. Dates before `as_of` are reported.
pub fn lint(ir: &Arc<Ir>, as_of: Option<Date>) -> Vec<Diagnostic> {
    run(ir, as_of, |_| true)
}

/// Runs the lints that the workspace makes errors, for those who want to use the policies and not
/// to read about them. If any of them finds something, all lints are run.
pub fn lint_for_use(ir: &Arc<Ir>) -> Vec<Diagnostic> {
    let is_denied = |code: Code| level(&ir.tables.lints, code) == Level::Deny;
    if !Code::lints().any(is_denied) {
        return Vec::new();
    }
    // Which suppressions are needed is known only after all lints have run.
    if !is_denied(Code::UNUSED_SUPPRESSION) && run(ir, None, is_denied).is_empty() {
        return Vec::new();
    }
    lint(ir, None)
}

/// Runs the lints that read the texts alone, on a workspace with errors: what reviewers cannot see
/// is told in the same run. What an error says of a string is not said again.
pub fn lint_texts(
    sources: &Sources,
    levels: &[(String, Level)],
    errors: &[Diagnostic],
) -> Vec<Diagnostic> {
    let mut told: Vec<(FileId, u32)> =
        errors.iter().map(|found| (found.primary.span.file, found.primary.span.start)).collect();
    told.sort_unstable();
    let is_told = |found: &Diagnostic| {
        let span = found.primary.span;
        let next = told.partition_point(|place| *place < (span.file, span.start));
        told.get(next).is_some_and(|(file, start)| *file == span.file && *start <= span.end)
    };
    let suppressions = Suppressions::new(sources);
    let lints = TEXT_LINTS.into_iter();
    let lints = lints.filter_map(|(code, lint)| Some((code, severity(levels, code)?, lint)));
    let findings = lints.flat_map(|(code, severity, lint)| {
        let mut sink = LintSink::new(code, severity, &suppressions);
        lint(sources, &mut sink);
        sink.into_diagnostics().collect::<Vec<_>>()
    });
    findings.filter(|found| !is_told(found)).collect()
}

fn run(ir: &Arc<Ir>, as_of: Option<Date>, wanted: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
    let severity = |code: Code| severity(&ir.tables.lints, code).filter(|_| wanted(code));
    let context = Context::new(ir, as_of);
    let suppressions = Suppressions::new(&ir.sources);
    let lints = LINTS.into_iter().filter_map(|(code, lint)| Some((code, severity(code)?, lint)));
    let of_lints = parallel::map(lints.collect(), |(code, severity, lint): (_, _, Lint)| {
        let mut sink = LintSink::new(code, severity, &suppressions);
        lint(&context, &mut sink);
        sink.into_diagnostics().collect::<Vec<_>>()
    });
    let mut findings: Vec<Diagnostic> = of_lints.into_iter().flatten().collect();
    // The lints about suppressions come last, when it is known which ones were needed. No comment
    // can suppress them.
    let none = Suppressions::default();
    let mut about_suppressions = |code: Code, diagnostics: Vec<Diagnostic>| {
        if let Some(severity) = severity(code) {
            let mut sink = LintSink::new(code, severity, &none);
            for diagnostic in diagnostics {
                sink.add(diagnostic.primary.span, |_| diagnostic);
            }
            findings.extend(sink.into_diagnostics());
        }
    };
    about_suppressions(Code::SUPPRESSION_WITHOUT_REASON, suppressions.without_reason());
    let runs_here = |code| match code {
        Code::EXPIRED => as_of.is_some(),
        Code::EMPTY_TEST => false,
        _ => true,
    };
    let ran = |code| severity(code).is_some() && runs_here(code);
    about_suppressions(Code::UNUSED_SUPPRESSION, suppressions.unused(ran));
    about_suppressions(Code::UNKNOWN_LINT, suppressions.unknown());
    findings
}

#[cfg(test)]
mod tests {
    use super::testing::{compiled, findings};
    use super::*;

    #[test]
    fn every_lint_is_in_the_list_once() {
        let mut listed: Vec<Code> = LINTS.iter().map(|(code, _)| *code).collect();
        listed.extend([
            Code::SUPPRESSION_WITHOUT_REASON,
            Code::UNUSED_SUPPRESSION,
            Code::UNKNOWN_LINT,
            // Found by `precedent test`.
            Code::EMPTY_TEST,
        ]);
        listed.sort_by_key(|code| code.id());
        assert_eq!(listed, Code::lints().collect::<Vec<_>>());
    }

    #[test]
    fn levels_are_the_manifests() {
        let text = "team \"A\"\n";
        assert_eq!(findings("unused-team", text)[0].severity, Severity::Note);
        let denied = compiled(text, "[lints]\nunused-team = \"deny\"\n");
        assert_eq!(denied.diagnostics[0].severity, Severity::Error);
        assert!(compiled(text, "[lints]\nunused-team = \"allow\"\n").diagnostics.is_empty());
    }
}
