//! Lines of group policies that decide for none of their members, and what decides in their place.
//! Where that is a `final` above, `final-hides` tells of it, else `shadowed-setting`: one cause is
//! one finding.

use super::context::Context;
use super::cover::{MAX_LOOKS, cover};
use super::lines::{GroupLine, Key, winner};
use crate::matrix::Source;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct DeadLine {
    pub source: Source,
    pub span: Span,
    pub key: Key,
    /// The classes of users that have it.
    pub classes: BTreeSet<usize>,
    /// The fewest lines that decide in its place.
    pub shadowing_lines: Vec<(Source, Span)>,
    /// Whether all of those are final ones above it.
    pub by_final: bool,
}

impl DeadLine {
    /// How many users have one of some lines.
    pub fn users<'d>(context: &Context<'_>, lines: impl IntoIterator<Item = &'d DeadLine>) -> u64 {
        let classes: BTreeSet<usize> =
            lines.into_iter().flat_map(|line| line.classes.iter().copied()).collect();
        classes.into_iter().map(|class| context.accounts()[class].users).sum()
    }
}

/// All of them, by group policy and place.
pub(super) fn dead_lines(context: &Context<'_>) -> Vec<DeadLine> {
    let classes = context.accounts();
    let mut decide: FxHashSet<Span> = FxHashSet::default();
    let mut finals: FxHashSet<Span> = FxHashSet::default();
    for lines in classes.iter().flat_map(|class| class.by_key.values()) {
        decide.insert(lines[winner(lines)].line.span);
        finals
            .extend(lines.iter().filter(|group| group.line.is_final).map(|group| group.line.span));
    }
    struct Hidden {
        key: Key,
        classes: BTreeSet<usize>,
        sets: BTreeSet<Vec<(Source, Span)>>,
    }
    let mut hidden: BTreeMap<(Source, Span), Hidden> = BTreeMap::new();
    for (index, class) in classes.iter().enumerate() {
        for (&key, lines) in class.by_key.iter().filter(|(_, lines)| lines.len() > 1) {
            for (at, group) in
                lines.iter().enumerate().filter(|(_, group)| !decide.contains(&group.line.span))
            {
                let new = || Hidden { key, classes: BTreeSet::new(), sets: BTreeSet::new() };
                let entry = hidden.entry((group.source, group.line.span)).or_insert_with(new);
                entry.classes.insert(index);
                entry.sets.insert(shadowing_lines(lines, at));
            }
        }
    }
    let mut looks = MAX_LOOKS;
    let dead = hidden.into_iter().map(|((source, span), Hidden { key, classes, sets })| {
        let shadowing_lines = cover(sets, &mut looks);
        let above = |(hider, line): &(Source, Span)| *hider < source && finals.contains(line);
        let by_final = shadowing_lines.iter().all(above);
        DeadLine { source, span, key, classes, shadowing_lines, by_final }
    });
    dead.collect()
}

/// The lines any of which keeps another one from deciding.
fn shadowing_lines(lines: &[GroupLine], at: usize) -> Vec<(Source, Span)> {
    let hides = |other: usize| match (lines[at].line.is_final, lines[other].line.is_final) {
        (true, other_final) => other_final && other < at,
        (false, other_final) => other_final || other > at,
    };
    let others = (0..lines.len()).filter(|other| *other != at && hides(*other));
    others.map(|other| (lines[other].source, lines[other].line.span)).collect()
}
