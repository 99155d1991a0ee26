//! Tries edits: on the text, compiled, with the tests run on the result.

use super::Shared;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::edit::Edits;
use crate::ir::Ir;
use crate::matrix::Matrix;
use crate::policy_test::{self, Counterexample, Outcome};
use crate::source::Sources;
use crate::syntax::KnownTrees;
use crate::text::quote;
use crate::workspace::{self, Compiled, Input, RawFile};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many lines may have to go because another one makes them meaningless.
const MOST_FOLLOWING: usize = 12;

/// A workspace in which edits are tried.
#[derive(Debug)]
pub struct Workshop<'w> {
    /// The workspace, with a file for what is asked.
    input: Input,
    /// The profile file, if the workspace has one of its own.
    profile: Option<&'w RawFile>,
    /// The policies as they are.
    pub old: Shared,
    /// The names of the tests that are to pass.
    asked: BTreeSet<String>,
    /// The other tests that fail as it is, or look at nothing.
    fail_already: BTreeSet<String>,
    /// Why an asked test that is met proves nothing: none of its sessions can be started.
    unproven: Option<String>,
    edit_trees: KnownTrees,
    trees: KnownTrees,
}

/// An expectation that fails.
#[derive(Clone, Debug)]
pub struct Failing {
    /// The test that it is of.
    pub test: String,
    /// Its place among the expectations of the test.
    pub expectation: usize,
    /// The actual value, as canonical text.
    pub found: String,
    /// The first session or account that it fails for.
    pub example: Counterexample,
    /// The example in words: `amara.okafor on lx-web01`.
    pub place: String,
    /// How many sessions or accounts it fails for.
    pub count: u64,
}

/// Edits that were tried.
#[derive(Debug)]
pub struct Trial {
    /// The edits, with those that follow from them.
    pub edits: Vec<String>,
    /// The policies with the edits.
    pub matrix: Shared,
    /// What of the asked tests fails.
    pub failing: Vec<Failing>,
    /// How many sessions and accounts the asked tests look at.
    pub checked: u64,
    /// The other tests that fail or look at nothing, and did not before.
    pub broken: Vec<String>,
}

impl Trial {
    /// How many sessions or accounts fail.
    pub fn count(&self) -> u64 {
        self.failing.iter().map(|failing| failing.count).sum()
    }
}

/// What is asked of a workspace.
#[derive(Clone, Debug)]
pub enum Question {
    /// One of its tests is to pass.
    Test(String),
    /// The lines of tests, which are to pass.
    Lines(Vec<String>),
}

/// Tests with these lines, as a file.
fn file_of(lines: &[String], input: &Input) -> (RawFile, BTreeSet<String>) {
    let mut names = BTreeSet::new();
    let mut text = String::new();
    for (at, body) in lines.iter().enumerate() {
        let name = format!("~asked {}", at + 1);
        text.push_str(&format!("test {} {{\n{body}}}\n", quote(&name)));
        names.insert(name);
    }
    let mut path = "~asked.prec".to_owned();
    while input.files.iter().any(|file| file.path == path) {
        path.insert(0, '~');
    }
    (RawFile { path, content: Ok(text.into_bytes()) }, names)
}

impl<'w> Workshop<'w> {
    /// Prepares a workspace without errors. `profile` is its profile file, if it has one.
    ///
    /// # Errors
    ///
    /// The findings where the lines that are asked for are wrong.
    pub fn new(
        input: &Input,
        profile: Option<&'w RawFile>,
        question: &Question,
    ) -> Result<Workshop<'w>, (Vec<Diagnostic>, Sources)> {
        let mut input = input.clone();
        let asked = match question {
            Question::Test(name) => BTreeSet::from([name.clone()]),
            Question::Lines(lines) => {
                let (file, names) = file_of(lines, &input);
                input.files.push(file);
                names
            }
        };
        let mut trees = KnownTrees::default();
        let compiled = compile(&input, profile, &mut trees);
        let Some(ir) = compiled.ir else { return Err((compiled.diagnostics, compiled.sources)) };
        let mut workshop = Workshop {
            input,
            profile,
            old: Arc::new(Matrix::new(&ir)),
            asked,
            fail_already: BTreeSet::new(),
            unproven: None,
            edit_trees: KnownTrees::default(),
            trees,
        };
        let Run { others, unproven, .. } = workshop.run(&workshop.old);
        workshop.fail_already = others;
        workshop.unproven = unproven;
        Ok(workshop)
    }

    /// What is asked for and fails as it is.
    pub fn failing_now(&self) -> Vec<Failing> {
        self.as_it_is().map(|trial| trial.failing).unwrap_or_default()
    }

    /// Whether what is asked for selects no session and no account.
    pub fn selects_nothing(&self) -> bool {
        self.as_it_is().is_none()
    }

    /// Why one of the asked tests is met, but proves nothing: none of the sessions that it selects
    /// can be started.
    pub fn unproven(&self) -> Option<&str> {
        self.unproven.as_deref()
    }

    /// The workspace without any edit; `None` where what is asked for selects nothing.
    pub(super) fn as_it_is(&self) -> Option<Trial> {
        let (failing, checked) = self.run(&self.old).asked?;
        let matrix = Arc::clone(&self.old);
        Some(Trial { edits: Vec::new(), matrix, failing, checked, broken: Vec::new() })
    }

    /// The workspace with edits; `None` where they cannot be made, change nothing, leave errors, or
    /// leave nothing that the asked tests select.
    pub fn attempt(&self, edits: &[String]) -> Option<Trial> {
        let mut edits = edits.to_vec();
        let ir = self.compiled(&mut edits)?;
        let matrix = Arc::new(Matrix::new(&ir));
        let run = self.run(&matrix);
        let broken = run.others.difference(&self.fail_already).cloned().collect();
        let (failing, checked) = run.asked?;
        Some(Trial { edits, matrix, failing, checked, broken })
    }

    /// The policies with edits. Lines of the same object that make no sense beside the last one are
    /// taken away by further edits.
    fn compiled(&self, edits: &mut Vec<String>) -> Option<Arc<Ir>> {
        let object = edits.last().and_then(|edit| object_of(edit));
        for _ in 0..MOST_FOLLOWING {
            let read = Edits::read([("edits".to_owned(), edits.join("\n"))]).ok()?;
            let mut known = self.edit_trees.clone();
            let profile = &self.old.ir.profile;
            let applied = read.apply_with(&self.input, profile, &mut known).ok()?;
            if !applied.without_effect.is_empty() {
                return None;
            }
            let mut known = self.trees.clone();
            let compiled = compile(&applied.input, self.profile, &mut known);
            if let Some(ir) = compiled.ir {
                return Some(ir);
            }
            let object = object.as_ref()?;
            let before = edits.len();
            for found in &compiled.diagnostics {
                match found.code {
                    Code::REQUIREMENT => {
                        let line = line_of(&compiled.sources, found);
                        edits.push(format!("unset {object} {line}"));
                    }
                    _ if found.severity == Severity::Error => return None,
                    _ => {}
                }
            }
            if edits.len() == before {
                return None;
            }
        }
        None
    }

    /// Runs the tests of the workspace, and the asked ones.
    fn run(&self, matrix: &Matrix) -> Run {
        let mut failing = Vec::new();
        let mut others = BTreeSet::new();
        let mut selects = true;
        let mut checked = 0;
        let mut unproven = None;
        for outcome in policy_test::run(matrix, "") {
            let name = &outcome.test.object.name;
            if !self.asked.contains(name) {
                others.extend((!outcome.passed() || outcome.is_empty()).then(|| name.clone()));
                continue;
            }
            selects &= outcome.selected > 0;
            checked += outcome.checked;
            if outcome.is_empty() && unproven.is_none() {
                unproven = Some(outcome.nothing_to_check());
            }
            failing.extend(failures(matrix, &outcome));
        }
        Run { asked: selects.then_some((failing, checked)), others, unproven }
    }
}

/// What came of the tests.
struct Run {
    /// What of the asked tests fails, and how much they look at; `None` where one of them selects
    /// nothing.
    asked: Option<(Vec<Failing>, u64)>,
    /// The names of the other tests that fail, or look at nothing.
    others: BTreeSet<String>,
    /// Why an asked test that is met proves nothing.
    unproven: Option<String>,
}

fn failures(matrix: &Matrix, outcome: &Outcome<'_>) -> Vec<Failing> {
    let of = |failure: &policy_test::Failure| Failing {
        test: outcome.test.object.name.clone(),
        expectation: failure.expectation,
        found: failure.found.clone(),
        example: failure.counterexample,
        place: match failure.counterexample {
            Counterexample::Session(subject, endpoint) => {
                let subject = matrix.subject_name(matrix.subjects[subject].0);
                let endpoint = &matrix.endpoints[endpoint].0;
                let method = &matrix.ir.profile.methods[endpoint.method].id;
                format!("{subject} on {} ({method})", matrix.target_name(endpoint.target))
            }
            Counterexample::Account(user) => {
                matrix.ir.tables.users[user.index()].object.name.clone()
            }
        },
        count: failure.count,
    };
    outcome.failures.iter().map(of).collect()
}

fn compile(input: &Input, profile: Option<&RawFile>, known: &mut KnownTrees) -> Compiled {
    let mut load = |path: &str| match profile {
        Some(file) if file.path == path => file.clone(),
        _ => RawFile { path: path.to_owned(), content: Ok(Vec::new()) },
    };
    workspace::compile_without_lints(input.clone(), None, Some(known), &mut load)
}

/// The path that the line of a finding sets.
fn line_of(sources: &Sources, found: &Diagnostic) -> String {
    let file = sources.file(found.primary.span.file);
    let line = file.line_range(file.line(found.primary.span.start));
    let line = file.text[line].trim_start();
    let line = line.strip_prefix("final ").unwrap_or(line);
    line.split([' ', '=']).next().unwrap_or_default().to_owned()
}

/// The object of an edit that sets a line.
fn object_of(edit: &str) -> Option<String> {
    let rest = edit.strip_prefix("set ")?;
    if let Some(rest) = rest.strip_prefix("global default ") {
        return (!rest.is_empty()).then(|| "global default".to_owned());
    }
    let start = rest.find('"')?;
    let end = crate::syntax::pieces::end_of_string(rest, start)?;
    Some(rest[..end].to_owned())
}
