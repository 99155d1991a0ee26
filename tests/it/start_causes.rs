//! Causes of changes of `start`: with no edit a session is as in OLD, with all as in NEW, and a
//! cause is enough while none of it is too much.

use crate::causes::facts_of;
use crate::generate::{Plan, revisions, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, ir, startable};
use precedent::diff::counterfactual_start::{By, StartFacts, StartWith, most_of};
use precedent::diff::edits::{EditId, EndpointFacts};
use precedent::diff::rows::Rows;
use precedent::diff::sessions::CellSide;
use precedent::diff::{Diff, Side};
use precedent::ir::Ir;
use precedent::matrix::{Matrix, StartValue, SubjectRef};
use std::sync::Arc;

const UPGRADES: [(&str, &str); 2] = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];

fn for_each_revision(compile: impl Fn(&[(String, String)]) -> Arc<Ir>, holds: impl Fn(&Diff)) {
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES) {
        for (cases, unknown) in [(12, 0), (6, 20)] {
            law(cases, revisions(old, new), |(a, b)| {
                let ir = |plan: Plan| compile(&workspace(&Plan { unknown, ..plan }));
                let [old, new] = [a, b].map(|plan| Arc::new(Matrix::new(&ir(plan))));
                holds(&Diff::new(&old, &new));
            });
        }
    }
}

fn all_edits(diff: &Diff) -> Vec<EditId> {
    (0..diff.edits.list.len() as u32).map(EditId).collect()
}

/// `start` of a joint subject with some edits applied.
fn start(
    diff: &Diff,
    subject: u32,
    endpoint: &EndpointFacts,
    applied: &[EditId],
) -> (StartWith, By) {
    let facts = StartFacts { diff, applied };
    match diff.subject(&diff.sessions.subjects[subject as usize]).1 {
        SubjectRef::User(_) => facts.of_user(diff.user_number(subject), endpoint),
        SubjectRef::Invite(_) => {
            let all: Vec<u32> = diff.edits.users.iter().map(|(number, _)| number).collect();
            (most_of(all.iter().filter_map(|user| facts.of_inviter(*user, endpoint))), By::Nothing)
        }
    }
}

fn endpoint_facts(diff: &Diff, endpoint: u32) -> Option<EndpointFacts> {
    let at = diff.sessions.endpoints[endpoint as usize].at.both()?;
    let [old, new] = [(Side::Old, at.old), (Side::New, at.new)]
        .map(|(side, at)| diff.matrix(side).endpoints[at as usize].0);
    Some(diff.edits.endpoint_facts(&old, &new))
}

/// A value of a side's matrix, its jump policies by number.
fn numbered(diff: &Diff, side: Side, value: StartValue) -> StartWith {
    match value {
        StartValue::Deny => StartWith::Deny,
        StartValue::Unknown => StartWith::Unknown,
        StartValue::Allow => StartWith::Allow,
        StartValue::With(list) => {
            let starts = diff.matrix(side).starts.as_ref().expect("a profile with `start`");
            let number = |at: u32| diff.edits.jump_policies.number(side, at);
            let mut numbers: Vec<u32> =
                starts.policies(list).iter().map(|policy| number(policy.0)).collect();
            numbers.sort_unstable();
            StartWith::With(numbers)
        }
    }
}

#[test]
fn no_edit_starts_as_in_old_and_all_edits_as_in_new() {
    for_each_revision(ir, |diff| {
        let all = all_edits(diff);
        for (subject, joint) in (0..).zip(&diff.sessions.subjects) {
            let Some(subjects) = joint.at.both() else { continue };
            for (endpoint, joint) in (0..).zip(&diff.sessions.endpoints) {
                let Some(endpoints) = joint.at.both() else { continue };
                let facts = endpoint_facts(diff, endpoint).expect("both sides");
                for (side, applied) in [(Side::Old, &[][..]), (Side::New, &all[..])] {
                    let matrix = diff.matrix(side);
                    let value = matrix.start(
                        matrix.subjects[subjects[side] as usize].1,
                        matrix.endpoints[endpoints[side] as usize].1,
                    );
                    let found = start(diff, subject, &facts, applied).0;
                    assert_eq!(
                        found,
                        numbered(diff, side, value),
                        "{side:?}, {}",
                        diff.subject_name(subject)
                    );
                }
            }
        }
    });
}

fn causes_are_enough_and_needed(diff: &Diff) {
    let all = all_edits(diff);
    for row in Rows::new(diff).sessions {
        let is_start = |side: &CellSide| matches!(side, CellSide::Start(_));
        let starts = row.changes.iter().any(|found| is_start(&found.change.sides.latest().1));
        let Some(facts) = endpoint_facts(diff, row.witness.1).filter(|_| starts) else { continue };
        if !diff.sessions.subjects[row.witness.0 as usize].at.is_both() {
            continue;
        }
        // Of a session that is unknown on both sides, the decider counts, and what is written.
        let value = |applied: &[EditId]| start(diff, row.witness.0, &facts, applied).0;
        let is_hidden = [&[][..], &all].map(value) == [StartWith::Unknown, StartWith::Unknown];
        let found = |applied: &[EditId]| {
            let (value, by) = start(diff, row.witness.0, &facts, applied);
            let written = diff.written.as_ref().filter(|_| is_hidden);
            let written = written.map(|diff| start(diff, row.witness.0, &facts, applied).0);
            (value, is_hidden.then_some(by), written)
        };
        // Of a whole session that begins, what it allows counts, too.
        let begins =
            row.changes.iter().all(|found| found.change.sides.only_side() == Some(Side::New));
        let cells = |applied: &[EditId]| -> Vec<Option<String>> {
            let Some(who) = facts_of(diff, row.witness.0 as usize).filter(|_| begins) else {
                return Vec::new();
            };
            let who = diff.edits.subject_policies(&who, applied);
            let numbers = diff.aligned.permissions.iter().map(|(_, number)| *number as u16);
            let cell = |number| diff.edits.cell(&who, &facts, number, applied);
            numbers.map(|number| Some(format!("{:?}", cell(number)?.value?.1))).collect()
        };
        let (cause, after) = (&row.cause, found(&all));
        assert_eq!(found(&cause.edits), after, "{cause:?} is not enough");
        for at in 0..(1u32 << cause.edits.len().min(8)) - 1 {
            let some = cause.edits.iter().enumerate().filter(|(place, _)| at >> place & 1 == 1);
            let some: Vec<EditId> = some.map(|(_, edit)| *edit).collect();
            let is_looked_at = !begins || some.len() + 1 == cause.edits.len();
            if some.len() < cause.edits.len() && is_looked_at {
                let same = (found(&some), cells(&some)) == (after.clone(), cells(&cause.edits));
                assert!(!same, "{some:?} would do");
            }
        }
        let kept = |edit: &EditId| !cause.edits.contains(edit) && !cause.alternative.contains(edit);
        let without: Vec<EditId> = all.iter().copied().filter(kept).collect();
        assert_eq!(found(&without), found(&[]), "without {cause:?} it still changes");
    }
}

#[test]
fn a_cause_of_start_is_enough_and_none_of_it_is_too_much() {
    for_each_revision(ir, causes_are_enough_and_needed);
    for_each_revision(startable, causes_are_enough_and_needed);
}

/// What one group policy opens and another policy allows there needs both edits, so that nobody
/// accepts the first one alone.
#[test]
fn what_a_new_session_allows_by_another_edit_needs_both() {
    let site = |members: &str, shell: &str| {
        format!(
            "session policy \"B\" {{\n  available = [users]\n  shell = {shell}\n}}\n\
             jump item role \"Start\" {{\n  allows = [start]\n}}\n\
             group policy \"G1\" {{\n  members = [{members}]\n  jump group \"P\" as \"Start\"\n}}\n\
             group policy \"G2\" {{\n  members = [user \"kim\"]\n  access.allowed = allow\n  \
             jump.jump_client = allow\n  session_policy = \"B\"\n}}\n\
             order group policies {{\n  \"G1\"\n  \"G2\"\n}}\nuser \"kim\"\njump group \"P\"\n\
             jump item \"j\" {{\n  kind = jump_client\n  group = \"P\"\n}}\n"
        )
    };
    let matrix = |members: &str, shell: &str| {
        Arc::new(Matrix::new(&startable(&[("a.prec", site(members, shell))])))
    };
    let causes = |old: (&str, &str), new: (&str, &str)| -> Vec<usize> {
        let diff = Diff::new(&matrix(old.0, old.1), &matrix(new.0, new.1));
        let rows = Rows::new(&diff);
        rows.sessions.iter().map(|row| row.cause.edits.len()).collect()
    };
    let kim = "user \"kim\"";
    assert_eq!(causes(("", "deny"), (kim, "allow")), [2]);
    assert_eq!(causes(("", "allow"), (kim, "allow")), [1]);
    // What is allowed no longer is no reason for what begins.
    assert_eq!(causes(("", "allow"), (kim, "deny")), [1]);
    assert_eq!(causes((kim, "allow"), ("", "deny")), [1]);
}
