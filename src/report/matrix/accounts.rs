//! The settings and memberships of an account, in the order of the contract: session policies,
//! settings, then memberships by bytes.

use crate::ir::{Ir, UserId};
use crate::matrix::{AccountRow, Matrix, RowOf, Source};
use crate::report::Style;
use crate::report::words::names::{Namer, plain};
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

/// One setting or membership of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountLine {
    /// The path of the setting, or what a membership is in: `jump group "Production"`.
    pub setting: String,
    /// Canonical source text.
    pub value: String,
    /// Who decided.
    pub source: Source,
    /// Whether the deciding line is final.
    pub is_final: bool,
    /// The deciding line; none for a product default.
    pub span: Option<Span>,
}

/// The users that the matrix has, ordered by name.
pub fn users(matrix: &Matrix) -> impl Iterator<Item = UserId> {
    let all = (0..matrix.ir.tables.users.len() as u32).map(UserId);
    all.filter(|&user| matrix.has_user(user))
}

/// A user's name.
pub fn name(matrix: &Matrix, user: UserId) -> &str {
    &matrix.ir.tables.users[user.index()].object.name
}

/// All settings and memberships of a user.
pub fn lines(matrix: &Matrix, user: UserId) -> Vec<AccountLine> {
    in_words(&matrix.ir, rows(matrix, user))
}

/// Those that a policy or the account sets, and how many others have the product's default, which
/// is the same for everyone.
pub fn lines_set(matrix: &Matrix, user: UserId) -> (Vec<AccountLine>, u64) {
    let mut rows = rows(matrix, user);
    let all = rows.len();
    rows.retain(|row| row.source != Source::Profile);
    let defaults = (all - rows.len()) as u64;
    (in_words(&matrix.ir, rows), defaults)
}

fn rows(matrix: &Matrix, user: UserId) -> Vec<AccountRow<'_>> {
    matrix.accounts.account(user).rows()
}

fn in_words(ir: &Ir, rows: Vec<AccountRow<'_>>) -> Vec<AccountLine> {
    let line = |row: &AccountRow<'_>| AccountLine {
        setting: row.name(ir),
        value: row.text(ir),
        source: row.source,
        is_final: row.is_final,
        span: row.span,
    };
    let is_membership = |row: &AccountRow<'_>| {
        matches!(row.cell, RowOf::Membership(_) | RowOf::MembershipAllows(_))
    };
    let memberships = rows.iter().position(is_membership).unwrap_or(rows.len());
    let mut lines: Vec<AccountLine> = rows.iter().map(line).collect();
    // By name; what a role allows, which sorts behind the quote that ends the name, stays below its
    // membership.
    lines[memberships..].sort_by(|a, b| a.setting.cmp(&b.setting));
    lines
}

/// Users with identical settings and memberships, by name. Never empty.
pub struct Group {
    /// By name.
    pub users: Vec<UserId>,
}

impl Group {
    /// The first of the users: all have the same lines.
    pub fn first(&self) -> UserId {
        self.users[0]
    }
}

/// Groups of identical accounts, in the order of their first users.
pub fn groups(matrix: &Matrix) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // By hash of their rows. A large site has too many different accounts to keep their rows: those
    // of a group are worked out again where the hash is the same.
    let mut by_hash: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    // Users of one class whose accounts set nothing are identical: no need to compare their rows.
    let mut by_class: FxHashMap<u32, usize> = FxHashMap::default();
    for user in users(matrix) {
        let grants = &matrix.ir.tables.users[user.index()].grants;
        let own = !grants.settings.is_empty()
            || !grants.memberships.is_empty()
            || grants.session_policy != [None; 2];
        let class = matrix.accounts.class_of(user);
        if !own && let Some(&at) = by_class.get(&class) {
            groups[at].users.push(user);
            continue;
        }
        let found = rows(matrix, user);
        let alike = by_hash.entry(hash(&found)).or_default();
        let known = alike.iter().copied().find(|&at| rows(matrix, groups[at].first()) == found);
        let at = known.unwrap_or(groups.len());
        match known {
            Some(at) => groups[at].users.push(user),
            None => {
                alike.push(at);
                groups.push(Group { users: vec![user] });
            }
        }
        if !own {
            by_class.insert(class, at);
        }
    }
    groups
}

/// Equal for equal rows. Where a line sets the value, the line tells it.
fn hash(rows: &[AccountRow<'_>]) -> u64 {
    let mut hasher = FxHasher::default();
    for row in rows {
        (row.cell, row.source, row.is_final, row.span).hash(&mut hasher);
    }
    hasher.finish()
}

/// Describes groups of accounts, which are its classes.
pub fn namer(matrix: &Matrix, groups: &[Group], in_full: bool) -> Namer {
    let named = crate::report::words::names::named_users(&matrix.ir);
    let names = matrix.ir.tables.users.iter().map(|user| plain(&user.object.name)).collect();
    let classes =
        groups.iter().map(|group| group.users.iter().map(|user| user.0).collect()).collect();
    let namer = Namer::new(named, names, classes);
    if in_full { namer.in_full() } else { namer }
}

/// The value of a line in the colour of its effect.
pub fn paint(ir: &Ir, style: Style, line: &AccountLine) -> String {
    let text = crate::report::shown(&line.value);
    match ir.profile.setting(&line.setting).map(|at| &ir.profile.settings[at].ty) {
        Some(ty) => match ty.least().map(|least| ty.text(&least)) {
            Some(least) if least == line.value => style.deny(&text),
            Some(_) => style.grant(&text),
            None => text,
        },
        None => text,
    }
}
