//! Lines of group policies that decide for none of their members, and the lines that decide
//! instead. If those are `final` lines above, `final-hides` reports them, otherwise
//! `shadowed-setting` does, so that one cause is one finding.

use super::cover::{MAX_LOOKS, cover};
use super::lines::{AccountLines, GroupLine, Key, KeyLines};
use crate::matrix::Source;
use crate::semantics::group_logic::decides;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct DeadLine {
    pub source: Source,
    pub span: Span,
    pub key: Key,
    /// The classes of users that it applies to.
    pub classes: BTreeSet<usize>,
    /// The fewest lines that decide instead of it in all of these classes.
    pub shadowing_lines: Vec<(Source, Span)>,
    /// Whether all of those are `final` and above it.
    pub by_final: bool,
}

impl DeadLine {
    /// The number of users that at least one of some lines applies to.
    pub(super) fn users<'d>(
        all: &AccountLines,
        lines: impl IntoIterator<Item = &'d DeadLine>,
    ) -> u64 {
        let classes: BTreeSet<usize> =
            lines.into_iter().flat_map(|line| line.classes.iter().copied()).collect();
        classes.into_iter().map(|class| all.users(class)).sum()
    }
}

/// A line that decides for none of its members, before it is known what shadows it everywhere.
struct Shadowed {
    key: Key,
    classes: BTreeSet<usize>,
    /// Of each class: the numbers of the lines any of which keeps it from deciding.
    sets: BTreeSet<Vec<u32>>,
}

/// All dead lines, by group policy and place.
pub(super) fn dead_lines(all: &AccountLines) -> Vec<DeadLine> {
    let place = |number: &u32| (all.line(*number).source, all.line(*number).line.span);
    let finals = finals(all);
    let mut looks = MAX_LOOKS;
    let dead = shadowed(all).into_iter().map(|((source, span), line)| {
        let Shadowed { key, classes, sets } = line;
        let sets = sets.iter().map(|numbers| numbers.iter().map(place).collect()).collect();
        let shadowing_lines = cover(sets, &mut looks);
        let above = |(other, line): &(Source, Span)| *other < source && finals.contains(line);
        let by_final = shadowing_lines.iter().all(above);
        DeadLine { source, span, key, classes, shadowing_lines, by_final }
    });
    dead.collect()
}

fn shadowed(all: &AccountLines) -> BTreeMap<(Source, Span), Shadowed> {
    let is_dead = dead(all);
    let mut shadowed: BTreeMap<(Source, Span), Shadowed> = BTreeMap::new();
    for class in all.classes() {
        for lines in all.of_class(class).filter(|lines| lines.len() > 1) {
            for (at, number) in
                lines.numbers().iter().enumerate().filter(|(_, number)| is_dead[**number as usize])
            {
                let GroupLine { source, line } = all.line(*number);
                let new =
                    || Shadowed { key: line.key, classes: BTreeSet::new(), sets: BTreeSet::new() };
                let entry = shadowed.entry((*source, line.span)).or_insert_with(new);
                entry.classes.insert(class);
                entry.sets.insert(shadowing_lines(lines, at));
            }
        }
    }
    shadowed
}

/// By number: whether a line decides for none of its members. A line that sets the policies of both
/// slots is alive where it decides one of them.
fn dead(all: &AccountLines) -> Vec<bool> {
    let mut decides = vec![false; all.len()];
    for lines in all.classes().flat_map(|class| all.of_class(class)) {
        if let Some(at) = lines.decider() {
            decides[lines.numbers()[at] as usize] = true;
        }
    }
    let numbers = || 0..all.len() as u32;
    let alive = numbers().filter(|number| decides[*number as usize]);
    let alive: FxHashSet<Span> = alive.map(|number| all.line(number).line.span).collect();
    numbers().map(|number| !alive.contains(&all.line(number).line.span)).collect()
}

/// The `final` lines of all group policies that have members.
fn finals(all: &AccountLines) -> FxHashSet<Span> {
    let mut has_members = vec![false; all.len()];
    for lines in all.classes().flat_map(|class| all.of_class(class)) {
        lines.numbers().iter().for_each(|number| has_members[*number as usize] = true);
    }
    let numbers = (0..all.len() as u32).filter(|number| has_members[*number as usize]);
    let lines = numbers.map(|number| all.line(number).line);
    lines.filter(|line| line.is_final).map(|line| line.span).collect()
}

/// The numbers of the lines any of which keeps another one from deciding: those that would win
/// against it alone.
fn shadowing_lines(lines: KeyLines<'_>, at: usize) -> Vec<u32> {
    let shadows = |other: usize| {
        let (first, second) = (at.min(other), at.max(other));
        let pair = [first, second].map(|place| (place, lines.at(place).line.kind()));
        decides(pair, None, |_, _| false) == Some(other)
    };
    let others = (0..lines.len()).filter(|other| *other != at && shadows(*other));
    others.map(|other| lines.numbers()[other]).collect()
}
