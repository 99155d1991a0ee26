//! Lines of group policies that decide for none of their members, and the lines that decide
//! instead. If those are `final` lines above, `final-hides` reports them, otherwise
//! `shadowed-setting` does, so that one cause is one finding.

use super::cover::{MAX_LOOKS, cover};
use super::lines::{ClassLines, GroupLine, Key, decider};
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
        all: &[ClassLines],
        lines: impl IntoIterator<Item = &'d DeadLine>,
    ) -> u64 {
        let classes: BTreeSet<usize> =
            lines.into_iter().flat_map(|line| line.classes.iter().copied()).collect();
        classes.into_iter().map(|class| all[class].users).sum()
    }
}

/// A line that decides for none of its members, before it is known what shadows it everywhere.
struct Shadowed {
    key: Key,
    classes: BTreeSet<usize>,
    /// By class: the lines any of which keeps it from deciding.
    sets: BTreeSet<Vec<(Source, Span)>>,
}

/// All dead lines, by group policy and place.
pub(super) fn dead_lines(classes: &[ClassLines]) -> Vec<DeadLine> {
    let finals = finals(classes);
    let mut looks = MAX_LOOKS;
    let dead = shadowed(classes).into_iter().map(|((source, span), line)| {
        let Shadowed { key, classes, sets } = line;
        let shadowing_lines = cover(sets, &mut looks);
        let above = |(other, line): &(Source, Span)| *other < source && finals.contains(line);
        let by_final = shadowing_lines.iter().all(above);
        DeadLine { source, span, key, classes, shadowing_lines, by_final }
    });
    dead.collect()
}

fn shadowed(classes: &[ClassLines]) -> BTreeMap<(Source, Span), Shadowed> {
    let all = classes.iter().flat_map(|class| class.by_key.values());
    let deciding: FxHashSet<Span> =
        all.filter_map(|lines| Some(lines[decider(lines)?].line.span)).collect();
    let mut shadowed: BTreeMap<(Source, Span), Shadowed> = BTreeMap::new();
    for (index, class) in classes.iter().enumerate() {
        for (&key, lines) in class.by_key.iter().filter(|(_, lines)| lines.len() > 1) {
            for (at, group) in
                lines.iter().enumerate().filter(|(_, group)| !deciding.contains(&group.line.span))
            {
                let new = || Shadowed { key, classes: BTreeSet::new(), sets: BTreeSet::new() };
                let entry = shadowed.entry((group.source, group.line.span)).or_insert_with(new);
                entry.classes.insert(index);
                entry.sets.insert(shadowing_lines(lines, at));
            }
        }
    }
    shadowed
}

/// The `final` lines of all group policies that have members.
fn finals(classes: &[ClassLines]) -> FxHashSet<Span> {
    let lines = classes.iter().flat_map(|class| class.by_key.values()).flatten();
    lines.filter(|group| group.line.is_final).map(|group| group.line.span).collect()
}

/// The lines any of which keeps another one from deciding: those that would win against it alone.
fn shadowing_lines(lines: &[GroupLine], at: usize) -> Vec<(Source, Span)> {
    let shadows = |other: usize| {
        let (first, second) = (at.min(other), at.max(other));
        let pair = [first, second].map(|place| (place, lines[place].line.kind()));
        decides(pair, None, |_, _| false) == Some(other)
    };
    let others = (0..lines.len()).filter(|other| *other != at && shadows(*other));
    others.map(|other| (lines[other].source, lines[other].line.span)).collect()
}
