//! `start` in the reports of a matrix: its value for a group of sessions, and who decides it.

use super::csv::source_fields;
use crate::ir::UserId;
use crate::matrix::blocks::Block;
use crate::matrix::start::{StartDecider, StartLayer, Starts};
use crate::matrix::{Matrix, Source, StartCell, SubjectRef};
use crate::profile::START;
use crate::report::shown;
use crate::report::words::decider::{PRODUCT_DEFAULT, source};
use crate::semantics::start::Starter;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

/// `start` of one or many sessions.
pub(in crate::report) struct StartLine {
    /// Of the first of them.
    pub cell: StartCell,
    /// Whether another line decides it in some of the others.
    pub others: bool,
}

/// Works out who decides `start`, and remembers what users share.
pub(in crate::report) struct StartLines<'a> {
    matrix: &'a Matrix,
    /// By the class of accounts of those who set nothing themselves.
    starters: FxHashMap<u32, Starter<StartDecider>>,
}

impl<'a> StartLines<'a> {
    pub(in crate::report) fn new(matrix: &'a Matrix) -> Self {
        StartLines { matrix, starters: FxHashMap::default() }
    }

    /// Of one session; `None` where `start` is not shown.
    pub(in crate::report) fn of_session(
        &self,
        subject: usize,
        endpoint: usize,
    ) -> Option<StartLine> {
        let cell = self.matrix.start_cell(subject, endpoint)?;
        self.matrix.shows_start.then_some(StartLine { cell, others: false })
    }

    /// Of the sessions of a block, which all have the same value.
    pub(in crate::report) fn of_block(&mut self, block: &Block) -> Option<StartLine> {
        let matrix = self.matrix;
        let first = |members: &[u32]| members.first().map(|at| *at as usize);
        let (subject, endpoint) = block.witness;
        let cell = self.cell(
            first(&matrix.subject_classes[subject as usize].members)?,
            first(&matrix.endpoint_classes[endpoint as usize].members)?,
        )?;
        let others = block.rectangles.iter().any(|rectangle| {
            let places = rectangle.endpoint_classes.iter().map(|class| matrix.entrance(*class));
            let mut entrances: Vec<u32> = places.collect();
            entrances.sort_unstable();
            entrances.dedup();
            let subjects = rectangle.subject_classes.iter();
            let mut members =
                subjects.flat_map(|class| &matrix.subject_classes[*class as usize].members);
            // Users who set nothing themselves have the same deciders if they are in the same
            // groups.
            let mut seen: FxHashSet<u32> = FxHashSet::default();
            members.any(|&subject| match matrix.shared_class(subject as usize) {
                Some(class) if !seen.insert(class) => false,
                _ => self.differs(subject as usize, &entrances, cell.by),
            })
        });
        Some(StartLine { cell, others })
    }

    fn cell(&mut self, subject: usize, endpoint: usize) -> Option<StartCell> {
        let matrix = self.matrix;
        let starts = matrix.starts.as_ref().filter(|_| matrix.shows_start)?;
        match matrix.subjects[subject].0 {
            SubjectRef::Invite(_) => matrix.start_cell(subject, endpoint),
            SubjectRef::User(user) => {
                let endpoint = &matrix.endpoints[endpoint].0;
                Some(
                    self.with_starter(starts, subject, user, |found| {
                        starts.cell_of(found, endpoint)
                    }),
                )
            }
        }
    }

    /// Whether something else decides for a subject at one of some entrances.
    fn differs(&mut self, subject: usize, entrances: &[u32], by: StartDecider) -> bool {
        let matrix = self.matrix;
        let (Some(starts), SubjectRef::User(user)) = (&matrix.starts, matrix.subjects[subject].0)
        else {
            return by.layer != StartLayer::Invite;
        };
        self.with_starter(starts, subject, user, |starter| {
            entrances.iter().any(|&entrance| starts.cell_at(starter, entrance).by != by)
        })
    }

    /// Asks something of what a user's account says about starting sessions.
    fn with_starter<T>(
        &mut self,
        starts: &Starts,
        subject: usize,
        user: UserId,
        ask: impl FnOnce(&Starter<StartDecider>) -> T,
    ) -> T {
        let find = || starts.starter(&self.matrix.accounts.account(user), user);
        match self.matrix.shared_class(subject) {
            Some(class) => ask(self.starters.entry(class).or_insert_with(find)),
            None => ask(&find()),
        }
    }
}

/// Who decides `start`: `group policy "Servers"`.
pub(in crate::report) fn decider(matrix: &Matrix, line: &StartLine) -> String {
    let by = &line.cell.by;
    match (by.layer, by.source) {
        (StartLayer::Invite, _) => "users who may invite others".into(),
        (_, Source::Profile) => PRODUCT_DEFAULT.into(),
        (_, found) => source(&matrix.ir, found, false),
    }
}

/// Where `start` is decided: `people.prec:12`, and whether there are other lines.
pub(in crate::report) fn place(matrix: &Matrix, line: &StartLine) -> String {
    let location = line.cell.by.span.map(|span| shown(&matrix.ir.location(span)));
    match (location, line.others) {
        (Some(location), true) => format!("{location}, and other lines"),
        (location, _) => location.unwrap_or_default(),
    }
}

/// `start` as a permission of the JSON reports. In a group, `others` says whether its sessions
/// differ in who decides.
pub(in crate::report) fn json(matrix: &Matrix, cell: &StartCell) -> Value {
    let text = matrix.starts.as_ref().map(|starts| starts.text(cell.value));
    let location = cell.by.span.map(|span| matrix.ir.location(span));
    json!({
        "permission": START,
        "value": text.unwrap_or_default(),
        "layer": cell.by.layer.id(),
        "policy": source_fields(&matrix.ir, cell.by.source).1,
        "via": "",
        "location": location.unwrap_or_default(),
    })
}
