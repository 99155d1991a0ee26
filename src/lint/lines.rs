//! The lines of group policies, embassies and users as the group logic sees them: each gives a
//! value to one key.

use crate::ir::*;
use crate::matrix::{Accounts, Source};
use crate::profile::Value;
use crate::semantics::group_logic::{self, LineKind};
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What an account gets independently of everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// By slot.
    SessionPolicy(u8),
    Setting(u16),
    Membership(MembershipKey),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LineValue {
    SessionPolicy(Option<PolicyId>),
    Setting(ValueId),
    Membership(MemberRole),
}

/// A line of a group policy, an embassy or a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrantLine {
    pub key: Key,
    pub value: LineValue,
    pub is_final: bool,
    pub span: Span,
}

impl GrantLine {
    /// Lines that say `unknown` are left out.
    pub(super) fn kind(&self) -> LineKind {
        LineKind { is_final: self.is_final, is_unknown: false }
    }
}

/// A line of a group policy or an embassy, with its place in the group logic.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupLine {
    pub source: Source,
    pub line: GrantLine,
}

/// The lines of all group policies and embassies, and which classes of users have which.
#[derive(Default)]
pub(super) struct AccountLines {
    /// By key, and for each key in the order of the group logic, so that the numbers of lines say
    /// which comes first.
    lines: Vec<GroupLine>,
    classes: Vec<ClassLines>,
}

#[derive(Default)]
struct ClassLines {
    users: u64,
    /// Indices of lines, ascending.
    lines: Vec<u32>,
}

impl AccountLines {
    pub(super) fn new(ir: &Ir, accounts: &Accounts) -> Self {
        let (lines, of_groups) = all_lines(ir);
        let classes = accounts.classes.iter().map(|class| {
            let policies = class.groups.policies.iter().map(|id| Source::GroupPolicy(*id));
            let sources = policies.chain(class.groups.embassy.map(Source::Embassy));
            let of_sources = sources.filter_map(|source| of_groups.get(&source));
            let mut lines: Vec<u32> = of_sources.flatten().copied().collect();
            lines.sort_unstable();
            lines.shrink_to_fit();
            ClassLines { users: 0, lines }
        });
        let mut lines = AccountLines { classes: classes.collect(), lines };
        lines.leave_out_open(ir);
        for user in 0..ir.tables.users.len() as u32 {
            lines.classes[accounts.class_of(UserId(user)) as usize].users += 1;
        }
        lines
    }

    /// The indices of all classes.
    pub(super) fn classes(&self) -> std::ops::Range<usize> {
        0..self.classes.len()
    }

    /// How many users a class has.
    pub(super) fn users(&self, class: usize) -> u64 {
        self.classes[class].users
    }

    /// What a class gets from its groups, key by key.
    pub(super) fn of_class(&self, class: usize) -> impl Iterator<Item = KeyLines<'_>> {
        let same = |one: &u32, other: &u32| self.key(*one) == self.key(*other);
        let runs = self.classes[class].lines.chunk_by(same);
        runs.map(|numbers| KeyLines { lines: &self.lines, numbers })
    }

    /// The lines that give a class one key.
    pub(super) fn of_key(&self, class: usize, key: Key) -> Option<KeyLines<'_>> {
        let lines = &self.classes[class].lines;
        let from = lines.partition_point(|line| self.key(*line) < key);
        let count = lines[from..].partition_point(|line| self.key(*line) == key);
        let numbers = &lines[from..from + count];
        (count > 0).then_some(KeyLines { lines: &self.lines, numbers })
    }

    /// A line by its number.
    pub(super) fn line(&self, number: u32) -> &GroupLine {
        &self.lines[number as usize]
    }

    /// How many lines there are: their numbers are below.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    fn key(&self, number: u32) -> Key {
        self.line(number).line.key
    }

    /// Leaves out what cannot be told as long as something is unknown: which of some lines decides,
    /// and whether one of them decides anywhere.
    fn leave_out_open(&mut self, ir: &Ir) {
        let is_unknown = |group: &GroupLine| match group.line.value {
            LineValue::Setting(value) => *ir.value(value) == Value::Unknown,
            LineValue::SessionPolicy(policy) => {
                policy.is_some_and(|policy| ir.policy(policy).kind == PolicyKind::Unknown)
            }
            LineValue::Membership(_) => false,
        };
        let guessed = ir.tables.guessed_order.is_some();
        if !guessed && !self.lines.iter().any(is_unknown) {
            return;
        }
        // A line that sets the policies of both slots has two numbers.
        let mut open: FxHashSet<Span> = FxHashSet::default();
        loop {
            let known = open.len();
            for class in &mut self.classes {
                let same = |one: &u32, other: &u32| {
                    self.lines[*one as usize].line.key == self.lines[*other as usize].line.key
                };
                let mut left = Vec::new();
                for run in class.lines.chunk_by(same) {
                    let lines = || run.iter().map(|number| &self.lines[*number as usize]);
                    let is_open = (guessed && run.len() > 1)
                        || lines()
                            .any(|group| is_unknown(group) || open.contains(&group.line.span));
                    match is_open {
                        true => open.extend(lines().map(|group| group.line.span)),
                        false => left.extend(run),
                    }
                }
                class.lines = left;
            }
            if open.len() == known {
                return;
            }
        }
    }
}

/// The lines of all groups, and the numbers of those that each group has.
fn all_lines(ir: &Ir) -> (Vec<GroupLine>, BTreeMap<Source, Vec<u32>>) {
    let policies = (0..ir.tables.group_policies.len() as u32).map(GroupPolicyId);
    let embassies = (0..ir.tables.embassies.len() as u32).map(EmbassyId);
    let sources = policies.map(Source::GroupPolicy).chain(embassies.map(Source::Embassy));
    let mut all: Vec<GroupLine> = Vec::new();
    for source in sources {
        let Some(group) = group(ir, source) else { continue };
        all.extend(lines(&group.grants).map(|line| GroupLine { source, line }));
    }
    // Stable, so that lines with one key stay in the order of their groups.
    all.sort_by_key(|group| group.line.key);
    let mut of_groups: BTreeMap<Source, Vec<u32>> = BTreeMap::new();
    for (group, number) in all.iter().zip(0..) {
        of_groups.entry(group.source).or_default().push(number);
    }
    (all, of_groups)
}

/// The lines that give a class one key, in the order of the group logic. Never empty.
#[derive(Clone, Copy)]
pub(super) struct KeyLines<'l> {
    lines: &'l [GroupLine],
    numbers: &'l [u32],
}

impl<'l> KeyLines<'l> {
    pub(super) fn key(self) -> Key {
        self.at(0).line.key
    }

    pub(super) fn len(self) -> usize {
        self.numbers.len()
    }

    pub(super) fn at(self, place: usize) -> &'l GroupLine {
        &self.lines[self.numbers[place] as usize]
    }

    /// The group policy or embassy and the place of any line, by its number.
    pub(super) fn place_of(self, number: u32) -> (Source, Span) {
        let GroupLine { source, line } = &self.lines[number as usize];
        (*source, line.span)
    }

    /// The numbers of the lines among all.
    pub(super) fn numbers(self) -> &'l [u32] {
        self.numbers
    }

    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = &'l GroupLine> + ExactSizeIterator {
        self.numbers.iter().map(move |number| &self.lines[*number as usize])
    }

    /// Where the line that decides for the members is; `None` only where there are no lines.
    pub(super) fn decider(self) -> Option<usize> {
        self.decider_without(None)
    }

    /// The same as if one of the lines did not exist.
    pub(super) fn decider_without(self, without: Option<usize>) -> Option<usize> {
        let kinds = self.iter().map(|group| group.line.kind()).enumerate();
        let left = kinds.filter(|(place, _)| Some(*place) != without);
        group_logic::decides(left, None, |_, _| false)
    }
}

pub(super) fn lines(grants: &Grants) -> impl Iterator<Item = GrantLine> {
    let policies = grants.session_policy.iter().zip(0u8..).filter_map(|(assignment, slot)| {
        let Assignment { policy, is_final, span } = (*assignment)?;
        Some(GrantLine {
            key: Key::SessionPolicy(slot),
            value: LineValue::SessionPolicy(policy),
            is_final,
            span,
        })
    });
    let settings = grants.settings.iter().map(|&Definition { entry, value, is_final, span }| {
        GrantLine { key: Key::Setting(entry), value: LineValue::Setting(value), is_final, span }
    });
    let memberships =
        grants.memberships.iter().map(|&Membership { key, role, is_final, span, .. }| {
            let value = LineValue::Membership(role);
            GrantLine { key: Key::Membership(key), value, is_final, span }
        });
    policies.chain(settings).chain(memberships)
}

/// The group policy or embassy that a source is.
pub(super) fn group(ir: &Ir, source: Source) -> Option<&Group> {
    match source {
        Source::GroupPolicy(id) => ir.tables.group_policies.get(id.index()),
        Source::Embassy(id) => ir.tables.embassies.get(id.index()),
        Source::User | Source::Profile | Source::GuessedOrder => None,
    }
}

/// A key as the user wrote it.
pub(super) fn key_text(ir: &Ir, key: Key) -> String {
    match key {
        Key::SessionPolicy(slot) => ir.profile.slot_path(slot as usize).into(),
        Key::Setting(entry) => ir.profile.settings[entry as usize].path.clone(),
        Key::Membership(key) => ir.membership_text(key),
    }
}

/// `group policy `Vendors``, as messages name it.
pub(super) fn group_text(ir: &Ir, source: Source) -> String {
    let term = match source {
        Source::Embassy(_) => "embassy",
        _ => &ir.profile.terminology.group_policy,
    };
    group(ir, source)
        .map(|group| format!("{term} {}", super::text::name(&group.object)))
        .unwrap_or_default()
}
