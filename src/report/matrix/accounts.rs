//! The settings and memberships of an account, in the order of the contract: session policies,
//! settings, then memberships by bytes.

use crate::ir::{Ir, RoleId, UserId};
use crate::matrix::account::FoundRole;
use crate::matrix::{Matrix, Source};
use crate::profile::{UNKNOWN, Value};
use crate::report::Style;
use crate::report::words::names::{Namer, plain};
use crate::source::Span;
use rustc_hash::FxHashMap;

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
    let ir = &matrix.ir;
    let accounts = &matrix.accounts;
    let mut lines = Vec::with_capacity(ir.profile.settings.len() + 2);
    for slot in 0..ir.profile.slots() {
        let chosen = accounts.session_policy(user, slot);
        lines.push(AccountLine {
            setting: ir.profile.slot_path(slot).to_owned(),
            value: chosen
                .assignment
                .as_ref()
                .map_or_else(|| "not defined".into(), |found| ir.assignment_text(found)),
            source: chosen.source,
            is_final: chosen.assignment.is_some_and(|found| found.is_final),
            span: chosen.assignment.map(|found| found.span),
        });
    }
    for (at, entry) in ir.profile.settings.iter().enumerate() {
        let setting = accounts.setting(user, at);
        let line = AccountLine {
            setting: entry.path.clone(),
            value: setting.text(&entry.ty),
            source: setting.source,
            is_final: setting.is_final,
            span: setting.span,
        };
        let role = match setting.value {
            Some(Value::Role(Some(name))) => ir.role(name),
            _ => None,
        };
        let allows = role.map(|role| allows(ir, &line, Some(role)));
        lines.push(line);
        lines.extend(allows);
    }
    let account = accounts.account(user);
    let mut memberships: Vec<(AccountLine, Option<AccountLine>)> = account
        .memberships()
        .into_iter()
        .map(|(source, membership)| {
            let line = AccountLine {
                setting: ir.membership_text(membership.key),
                value: ir.member_role_text(membership.role),
                source,
                is_final: membership.is_final,
                span: Some(membership.span),
            };
            let allows = match account.role_of(&membership) {
                FoundRole::Role(role) => Some(allows(ir, &line, Some(role))),
                FoundRole::Unknown => Some(allows(ir, &line, None)),
                FoundRole::None | FoundRole::NoAccess => None,
            };
            (line, allows)
        })
        .collect();
    memberships.sort_by(|a, b| a.0.setting.cmp(&b.0.setting));
    for (line, allows) in memberships {
        lines.push(line);
        lines.extend(allows);
    }
    lines
}

/// The row below a membership or setting that gives a role: what that role allows. `None` is a role
/// that nobody has read.
fn allows(ir: &Ir, given: &AccountLine, role: Option<RoleId>) -> AccountLine {
    AccountLine {
        setting: allows_text(&given.setting),
        value: role.map_or_else(|| UNKNOWN.into(), |role| ir.allows_text(role)),
        source: given.source,
        is_final: given.is_final,
        span: role.and_then(|role| ir.tables[role].allows_at),
    }
}

/// What the row is called that says what a role allows.
pub fn allows_text(given: &str) -> String {
    format!("{given} allows")
}

/// Users with identical settings and memberships.
pub struct Group {
    /// By name.
    pub users: Vec<UserId>,
    /// What all of them have.
    pub lines: Vec<AccountLine>,
}

/// Groups of identical accounts, in the order of their first users.
pub fn groups(matrix: &Matrix) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_lines: FxHashMap<Vec<AccountLine>, usize> = FxHashMap::default();
    // Users of one class whose accounts set nothing are identical: no need to compare their lines.
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
        let found = lines(matrix, user);
        let at = match by_lines.get(&found) {
            Some(&at) => at,
            None => {
                by_lines.insert(found.clone(), groups.len());
                groups.push(Group { users: Vec::new(), lines: found });
                groups.len() - 1
            }
        };
        groups[at].users.push(user);
        if !own {
            by_class.insert(class, at);
        }
    }
    groups
}

/// Describes groups of accounts, which are its classes.
pub fn namer(matrix: &Matrix, groups: &[Group]) -> Namer {
    let named = crate::report::words::names::named_users(&matrix.ir);
    let names = matrix.ir.tables.users.iter().map(|user| plain(&user.object.name)).collect();
    let classes =
        groups.iter().map(|group| group.users.iter().map(|user| user.0).collect()).collect();
    Namer::new(named, names, classes)
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
