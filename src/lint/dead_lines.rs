//! Lines of group policies that decide for none of their members, and the lines that decide
//! instead. If those are `final` lines above, `final-hides` reports them, otherwise
//! `shadowed-setting` does, so that one cause is one finding.

use super::cover::{MAX_LOOKS, cover};
use super::lines::{AccountLines, GroupLine, Key, KeyLines};
use crate::matrix::Source;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many lines of classes are looked at in search of the fewest that shadow others, before those
/// that decide are taken. What one other line shadows everywhere takes a few steps, so that
/// realistic workspaces need some thousands in all.
const MAX_STEPS: usize = 50_000_000;

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

/// The lines that give one class one key.
struct Run<'l> {
    class: usize,
    lines: KeyLines<'l>,
    /// Where the `final` ones among them are.
    finals: Vec<usize>,
}

/// A line that decides for none of its members, before it is known what shadows it everywhere.
struct Shadowed {
    key: Key,
    /// The indices of the runs that it is in, each with its place there.
    places: Vec<(usize, usize)>,
}

/// All dead lines, by group policy and place.
pub(super) fn dead_lines(all: &AccountLines) -> Vec<DeadLine> {
    let finals = finals(all);
    let runs = runs(all);
    let mut looks = MAX_LOOKS;
    let mut steps = MAX_STEPS;
    // The sets of one line at a time: those of all lines may not fit into the memory.
    let dead = shadowed(&runs, &dead(all)).into_iter().map(|((source, span), line)| {
        let Shadowed { key, places } = line;
        let sets: Vec<Shadowing> =
            places.iter().map(|(run, at)| Shadowing { run: &runs[*run], at: *at }).collect();
        let shadowing_lines = shadowing_lines(&sets, &mut steps, &mut looks);
        let above = |(other, line): &(Source, Span)| *other < source && finals.contains(line);
        let by_final = shadowing_lines.iter().all(above);
        let classes = sets.iter().map(|set| set.run.class).collect();
        DeadLine { source, span, key, classes, shadowing_lines, by_final }
    });
    dead.collect()
}

/// The runs of several lines.
fn runs(all: &AccountLines) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    for class in all.classes() {
        for lines in all.of_class(class).filter(|lines| lines.len() > 1) {
            let finals = lines.iter().enumerate().filter(|(_, group)| group.line.is_final);
            let finals = finals.map(|(at, _)| at).collect();
            runs.push(Run { class, lines, finals });
        }
    }
    runs
}

fn shadowed(runs: &[Run<'_>], is_dead: &[bool]) -> BTreeMap<(Source, Span), Shadowed> {
    let mut shadowed: BTreeMap<(Source, Span), Shadowed> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for (at, number) in run.lines.numbers().iter().enumerate() {
            if is_dead[*number as usize] {
                let GroupLine { source, line } = run.lines.at(at);
                let new = || Shadowed { key: line.key, places: Vec::new() };
                let entry = shadowed.entry((*source, line.span)).or_insert_with(new);
                entry.places.push((index, at));
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

/// The lines of a run any of which keeps the one at a place from deciding: those that would win
/// against it alone. These are the `final` ones above it; and if it is not `final`, all below it.
struct Shadowing<'r> {
    run: &'r Run<'r>,
    at: usize,
}

impl Shadowing<'_> {
    fn place(&self, at: usize) -> (Source, Span) {
        let GroupLine { source, line } = self.run.lines.at(at);
        (*source, line.span)
    }

    fn above(&self) -> &[usize] {
        let finals = &self.run.finals;
        &finals[..finals.partition_point(|at| *at < self.at)]
    }

    fn below(&self) -> Range<usize> {
        let is_final = self.run.lines.at(self.at).line.is_final;
        let end = self.run.lines.len();
        if is_final { end..end } else { self.at + 1..end }
    }

    fn len(&self) -> usize {
        self.above().len() + self.below().len()
    }

    fn numbers(&self) -> impl Iterator<Item = u32> {
        let places = self.above().iter().copied().chain(self.below());
        places.map(|at| self.run.lines.numbers()[at])
    }

    /// The first of them that does not come before another line.
    fn first_from(&self, least: Option<(Source, Span)>) -> Option<(Source, Span)> {
        let is_before = |at: usize| Some(self.place(at)) < least;
        let above = self.above();
        if let Some(at) = above.get(above.partition_point(|at| is_before(*at))) {
            return Some(self.place(*at));
        }
        let Range { mut start, end } = self.below();
        let mut stop = end;
        while start < stop {
            let middle = start.midpoint(stop);
            match is_before(middle) {
                true => start = middle + 1,
                false => stop = middle,
            }
        }
        (start < end).then(|| self.place(start))
    }

    /// The one that decides.
    fn decider(&self) -> (Source, Span) {
        let last = self.run.lines.len() - 1;
        self.place(self.run.finals.first().copied().unwrap_or(last))
    }
}

/// The fewest lines of which one is in each set, or nearly the fewest, in their order.
fn shadowing_lines(
    sets: &[Shadowing<'_>],
    steps: &mut usize,
    looks: &mut usize,
) -> Vec<(Source, Span)> {
    let size: usize = sets.iter().map(Shadowing::len).sum();
    match first_common(sets, steps) {
        Some(Some(line)) => return vec![line],
        Some(None) if size <= *steps => *steps -= size,
        _ => {
            let deciding: BTreeSet<_> = sets.iter().map(Shadowing::decider).collect();
            return deciding.into_iter().collect();
        }
    }
    let numbers: BTreeSet<Vec<u32>> = sets.iter().map(|set| set.numbers().collect()).collect();
    let Some(Shadowing { run, .. }) = sets.first() else { return Vec::new() };
    let place = |number: u32| run.lines.place_of(number);
    let places = numbers.into_iter().map(|numbers| numbers.into_iter().map(place).collect());
    cover(places.collect(), looks)
}

/// The first line that is in all of the sets: from each set, the next one that does not come before
/// those of the sets before it, until all have the same. `None` where the steps are not enough.
fn first_common(sets: &[Shadowing<'_>], steps: &mut usize) -> Option<Option<(Source, Span)>> {
    let mut candidate = None;
    loop {
        *steps = steps.checked_sub(sets.len())?;
        let mut next = candidate;
        for set in sets {
            let Some(line) = set.first_from(next) else { return Some(None) };
            next = Some(line);
        }
        if next == candidate {
            return Some(candidate);
        }
        candidate = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::lines::LineValue;
    use crate::lint::testing::{compiled, messages};
    use crate::matrix::Matrix;
    use crate::semantics::group_logic::decides;
    use std::fmt::Write;

    /// Group policies in their order, each with its members, some with a `final` line.
    fn text(users: usize, groups: &[(Vec<usize>, bool)]) -> String {
        let mut text = String::from("order group policies {\n");
        (0..groups.len()).for_each(|at| text.push_str(&format!("  \"{at}\"\n")));
        text.push_str("}\n");
        (0..users).for_each(|user| text.push_str(&format!("user \"{user}\"\n")));
        for (at, (members, is_final)) in groups.iter().enumerate() {
            let members: String = members.iter().map(|user| format!("user \"{user}\", ")).collect();
            let line = if *is_final { "final access.allowed" } else { "access.allowed" };
            let _ = writeln!(
                text,
                "group policy \"{at}\" {{\n  members = [{members}]\n  {line} = allow\n}}"
            );
        }
        text
    }

    /// The same by trying each pair of lines in each class.
    fn slowly(all: &AccountLines) -> Vec<(Source, Vec<(Source, Span)>)> {
        let is_dead = dead(all);
        let mut sets: BTreeMap<u32, BTreeSet<Vec<(Source, Span)>>> = BTreeMap::new();
        for lines in all.classes().flat_map(|class| all.of_class(class)) {
            for (at, number) in lines.numbers().iter().enumerate() {
                let wins = |other: &usize| {
                    let pair = [at.min(*other), at.max(*other)];
                    let pair = pair.map(|place| (place, lines.at(place).line.kind()));
                    decides(pair, None, |_, _| false) == Some(*other)
                };
                let others = (0..lines.len()).filter(|other| *other != at).filter(wins);
                let others = others.map(|other| lines.place_of(lines.numbers()[other])).collect();
                if is_dead[*number as usize] {
                    sets.entry(*number).or_default().insert(others);
                }
            }
        }
        let cover = |sets| cover(sets, &mut MAX_LOOKS.clone());
        sets.into_iter().map(|(line, sets)| (all.line(line).source, cover(sets))).collect()
    }

    #[test]
    fn what_shadows_a_line_is_what_wins_against_it_in_pairs() {
        let mut state = 1u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        let mut several = 0;
        for _ in 0..150 {
            let finals = random(3);
            let groups: Vec<(Vec<usize>, bool)> = (0..8)
                .map(|_| {
                    let members = (0..4).filter(|_| random(2) == 0).collect();
                    (members, finals > 0 && random(4) == 0)
                })
                .collect();
            let ir = compiled(&text(4, &groups), "").ir.expect("an IR");
            let all = AccountLines::new(&ir, &Matrix::new(&ir).accounts);
            let found: Vec<_> = dead_lines(&all)
                .into_iter()
                .inspect(|line| several += usize::from(line.shadowing_lines.len() > 1))
                .map(|line| (line.source, line.shadowing_lines))
                .collect();
            assert_eq!(found, slowly(&all));
        }
        assert!(several > 10, "some lines need several to shadow them");
    }

    #[test]
    fn many_group_policies_with_one_member_are_not_compared_in_pairs() {
        let mut groups = vec![(vec![0], false); 3_000];
        groups[2_000].1 = true;
        let ir = compiled(&text(1, &groups), "").ir.expect("an IR");
        let all = AccountLines::new(&ir, &Matrix::new(&ir).accounts);
        let sets: Vec<usize> = {
            let runs = runs(&all);
            let sets = shadowed(&runs, &dead(&all)).into_values().map(|line| line.places.len());
            sets.collect()
        };
        assert_eq!(sets, [1; 2_999], "there is a place per line and class, and no more");
        let found = dead_lines(&all);
        assert_eq!(found.iter().filter(|line| line.by_final).count(), 999);
        assert!(found.iter().all(|line| line.shadowing_lines.len() == 1));
        assert!(matches!(all.line(0).line.value, LineValue::Setting(_)));
    }

    #[test]
    fn without_time_to_look_the_lines_that_decide_are_taken() {
        let groups = [(vec![0, 1], false), (vec![0], false), (vec![1], false), (vec![1], false)];
        let ir = compiled(&text(2, &groups), "").ir.expect("an IR");
        let all = AccountLines::new(&ir, &Matrix::new(&ir).accounts);
        let runs = runs(&all);
        let sets: Vec<Shadowing<'_>> = runs.iter().map(|run| Shadowing { run, at: 0 }).collect();
        let of = |lines: Vec<(Source, Span)>| lines.into_iter().map(|(of, _)| of).collect();
        let policy = |at: u32| Source::GroupPolicy(crate::ir::GroupPolicyId(at));
        let hurried: Vec<Source> = of(shadowing_lines(&sets, &mut 0, &mut MAX_LOOKS.clone()));
        assert_eq!(hurried, [policy(1), policy(3)]);
        let found: Vec<Source> =
            of(shadowing_lines(&sets, &mut MAX_STEPS.clone(), &mut MAX_LOOKS.clone()));
        assert_eq!(found, [policy(1), policy(2)]);
        assert_eq!(messages("shadowed-setting", &text(2, &groups)).len(), 2);
    }
}
