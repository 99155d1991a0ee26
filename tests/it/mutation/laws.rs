//! The law: a change of the text has the outcome that mutation predicts.

use crate::dice::Dice;
use crate::generate::{Counts, Plan, expectations, plan, workspace};
use crate::laws::law;
use crate::support::{
    BUILTIN, accounts_csv, compile, drawn, errors, ir, rows, sessions_csv, startable,
};
use precedent::diagnostic::Code;
use precedent::ir::{Ir, SessionScope};
use precedent::matrix::Matrix;
use precedent::policy_test::change::{LineChange, LineChanges, To};
use precedent::policy_test::lines::LineKind;
use precedent::policy_test::mutate::{Mutation, MutationOutcome};
use precedent::policy_test::{self, Outcome};
use precedent::text::quote;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a statement ends, the body of a `custom` policy included.
fn statement_end(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let open = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if !rest[open..].starts_with('{') {
        return end;
    }
    let mut at = end;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start();
        if number > 0 && trimmed.starts_with('}') {
            return at + line.len() - trimmed.len() + 1;
        }
        at += line.len();
    }
    panic!("the body of a custom policy has an end");
}

/// The text of a membership in a jump group with another role. What comes after the role stays.
fn with_role(text: &str, ir: &Arc<Ir>, to: To) -> String {
    let To::Role(role) = to else { return String::new() };
    let role = match role {
        Some(role) => quote(&ir.tables.roles[role.index()].object.name),
        None => "default role".to_owned(),
    };
    let (before, rest) = text.split_once(" as ").expect("a role");
    let end = match rest.chars().next() {
        Some('\'') => rest[1..].find('\'').expect("the end of a name") + 2,
        Some('"') => {
            let escaped = rest.replace("\\\\", "..").replace("\\\"", "..");
            escaped[1..].find('"').expect("the end of a name") + 2
        }
        _ => "default role".len(),
    };
    format!("{before} as {role}{}", &rest[end..])
}

/// The files of a workspace after a change of their text.
fn edited(ir: &Arc<Ir>, changes: &LineChanges, change: &LineChange) -> Vec<(String, String)> {
    let line = &changes.lines[change.line];
    let text = &ir.sources.file(line.span.file).text;
    let (start, end) = (line.span.start as usize, line.span.end as usize);
    let end = statement_end(text, end);
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |at| at + 1);
    let written = match line.kind {
        LineKind::Membership { .. } => with_role(&text[start..end], ir, change.to),
        _ => format!("{} = {}", line.setting(ir), changes.text(ir, change)),
    };
    let mut edits = match change.to {
        To::NotDefined => vec![(line_start(start), end, String::new())],
        _ if text[start..end].starts_with("final") && !written.starts_with("final") => {
            vec![(start, end, format!("final {written}"))]
        }
        _ => vec![(start, end, written)],
    };
    let mut open = Vec::new();
    if let LineKind::Permission { policy, entry, .. } = line.kind {
        let changed =
            changes.policy(ir, policy, entry, change.to).expect("a change that may be made");
        for entry in changed.added {
            let entry = &ir.profile.permissions[entry as usize];
            open.push(format!("{} = not defined", entry.path));
            edits[0].2 += &format!("\n{} = {}", entry.path, entry.ty.text(&entry.default));
        }
        for span in changed.dropped {
            edits.push((line_start(span.start as usize), span.end as usize, String::new()));
        }
    }
    edits.sort();
    let mut after = text.clone();
    for (start, end, replacement) in edits.into_iter().rev() {
        after.replace_range(start..end, &replacement);
    }
    // What must be set now may have been left open in so many words, which define nothing.
    let stays = |line: &&str| !open.iter().any(|open| line.trim() == open);
    let after: String = after.split_inclusive('\n').filter(stays).collect();
    let files = ir.sources.iter().map(|(id, file)| {
        (file.path.clone(), if id == line.span.file { after.clone() } else { file.text.clone() })
    });
    files.collect()
}

/// Compiles files. Lines that say `not defined` where a change implies a value are removed: they
/// define nothing.
fn compiled(mut files: Vec<(String, String)>, all_pairs: bool) -> Arc<Ir> {
    loop {
        let compiled = compile(&files);
        let wrong = errors(&compiled.diagnostics);
        let Some(first) = wrong.first() else { return scoped(&files, all_pairs) };
        let span = first.primary.span;
        let says = compiled.sources.text(span);
        let message = drawn(&wrong, &compiled.sources);
        assert!(
            first.code == Code::IMPLIED && says.ends_with("not defined"),
            "no such change is made:\n{message}"
        );
        let file = compiled.sources.file(span.file);
        let text = &mut files.iter_mut().find(|(path, _)| *path == file.path).expect("the file").1;
        let from = text.find(&file.text).expect("all but a byte order mark");
        text.replace_range(from + span.start as usize..from + span.end as usize, "");
    }
}

/// The IR of files, whose sessions are all pairs or those that can be started.
fn scoped(files: &[(String, String)], all_pairs: bool) -> Arc<Ir> {
    if all_pairs { ir(files) } else { startable(files) }
}

/// A workspace with tests that pass.
fn tested(plan: &Plan, all_pairs: bool) -> Arc<Ir> {
    let mut files = workspace(plan);
    for (_, text) in &mut files {
        *text = text.replace("others = unknown", "");
    }
    let of_values = expectations::tests(&scoped(&files, all_pairs), plan.seed, 20);
    let tests = of_values + &expectations::with_start(&ir(&files), plan.seed, 10);
    files.push(("tests.prec".into(), tests));
    let all = scoped(&files, all_pairs);
    let matrix = Matrix::new(&all);
    let mut kept = String::new();
    let source = &files.last().expect("the tests").1;
    for outcome in policy_test::run(&matrix, "generated ").iter().filter(|outcome| outcome.passed())
    {
        let name = format!("test \"{}\" {{\n", outcome.test.object.name);
        let start = source.find(&name).expect("the test");
        kept += &source[start..start + source[start..].find("\n}\n").expect("its end") + 3];
    }
    // What the plan itself tests need not hold.
    files.pop();
    for (_, text) in &mut files {
        *text = without_tests(text);
    }
    files.push(("tests.prec".into(), kept));
    scoped(&files, all_pairs)
}

fn without_tests(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let starts = line.trim_start_matches('\u{feff}').starts_with("test ");
        let whole = starts && !line.trim_end().ends_with('{');
        if !inside && !starts {
            out += line;
        }
        inside = (inside || starts) && !whole && !line.starts_with('}');
    }
    out
}

/// Every value that a test could expect: `start` of every pair, the permissions of all sessions,
/// and the settings and session policies of all accounts. Roles and memberships are none.
fn values(ir: &Arc<Ir>) -> BTreeSet<Vec<String>> {
    let mut pairs = ir.clone();
    Arc::make_mut(&mut pairs).tables.sessions = SessionScope::All;
    let starts = rows(&sessions_csv(&pairs)).into_iter().filter(|row| row[6] == "start");
    let sessions = rows(&sessions_csv(ir)).into_iter().chain(starts).map(|row| row[..8].to_vec());
    let is_setting = |row: &Vec<String>| !row[1].contains('"') && !row[1].ends_with(" allows");
    let accounts = rows(&accounts_csv(ir)).into_iter().filter(is_setting);
    sessions.chain(accounts.map(|row| row[..3].to_vec())).collect()
}

/// What a change does: what the tests find on its text, and whether any value is another one.
fn actual(before: &BTreeSet<Vec<String>>, after: &Arc<Ir>) -> MutationOutcome {
    let passed = policy_test::run(&Matrix::new(after), "").iter().all(Outcome::passed);
    match (passed, *before != values(after)) {
        (false, _) => MutationOutcome::Killed,
        (true, true) => MutationOutcome::Survived,
        (true, false) => MutationOutcome::Equivalent,
    }
}

/// A plan of a workspace where users can start sessions, with invites among them, by memberships.
fn with_sessions(plan: Plan) -> Plan {
    let Counts { users, invites, policies, groups, items, objects, .. } = plan.counts;
    let counts = Counts {
        users: users.max(2),
        invites: invites.min(1),
        policies: policies.clamp(1, 3),
        groups: groups.clamp(1, 3),
        items: items.max(3),
        objects: objects.max(2),
        ..plan.counts
    };
    Plan { counts, startable: 90, ..plan }
}

/// Some changes: of memberships, of settings that may matter to who can start what, and of others.
fn chosen(ir: &Ir, changes: &LineChanges, seed: u64) -> Vec<usize> {
    const OF_START: [&str; 6] =
        ["access.", "account.", "jump.", "roles.", "support.", "session_management.invite"];
    let mut dice = Dice::of(seed, "changes");
    let all = dice.shuffled((0..changes.changes.len()).collect());
    let kind = |at: &usize| match changes.lines[changes.changes[*at].line].kind {
        LineKind::Membership { .. } => 0,
        LineKind::Setting { entry, .. } => {
            let path = &ir.profile.settings[entry as usize].path;
            if OF_START.iter().any(|part| path.starts_with(part)) { 1 } else { 2 }
        }
        _ => 2,
    };
    let some = [(0, 7), (1, 5), (2, 9)];
    let some = some.map(|(of, count)| all.iter().filter(move |at| kind(at) == of).take(count));
    some.into_iter().flatten().copied().collect()
}

#[test]
fn a_change_of_the_text_has_the_predicted_outcome() {
    let seen: [[Cell<u32>; 3]; 2] = Default::default();
    for profile in BUILTIN {
        law(14, plan(profile), |plan| {
            let plan = if plan.seed % 3 == 0 { plan } else { with_sessions(plan) };
            let unknown = [0, 0, 0, 15][(plan.seed / 3 % 4) as usize];
            let (plan, all_pairs) = (Plan { unknown, ..plan }, plan.seed / 12 % 4 == 0);
            let before = tested(&plan, all_pairs);
            let (mut with_values, values_before) = (before.clone(), values(&before));
            let changes = LineChanges::new(&mut with_values);
            let matrix = Matrix::new(&with_values);
            assert!(policy_test::run(&matrix, "").iter().all(Outcome::passed), "{plan:?}");
            let mutation = Mutation::new(&matrix, &changes, "", &mut |_| {});
            for at in chosen(&before, &changes, plan.seed) {
                let is_permission = matches!(
                    changes.lines[changes.changes[at].line].kind,
                    LineKind::Permission { .. }
                );
                if unknown > 0 && is_permission {
                    continue;
                }
                let (change, outcome) = (&changes.changes[at], mutation.outcomes[at]);
                let after = compiled(edited(&with_values, &changes, change), all_pairs);
                let expected = actual(&values_before, &after);
                let line = &changes.lines[change.line];
                let describe = || {
                    let (place, setting) =
                        (with_values.location(line.span), line.setting(&with_values));
                    format!(
                        "{place}: {setting} → {} in {plan:?}",
                        changes.text(&with_values, change)
                    )
                };
                assert_eq!(outcome, expected, "{}", describe());
                let is_membership = matches!(line.kind, LineKind::Membership { .. });
                let count = &seen[usize::from(is_membership)][expected as usize];
                count.set(count.get() + 1);
            }
        });
    }
    let seen = seen.map(|kind| kind.map(|count| count.get()));
    let names = "equivalent, survived and killed";
    assert!(seen[0].iter().all(|count| *count >= 50), "{names}: {seen:?}");
    assert!(seen[1].iter().all(|count| *count >= 10), "{names} of memberships: {seen:?}");
}
