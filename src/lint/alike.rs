//! Users whose accounts resolve to the same, so that lints look at each kind of account once.

use super::context::Context;
use super::lines::group;
use crate::ir::{Grants, Ir, UserId};
use crate::matrix::Source;
use crate::profile::Value;

/// Users with the same groups who set nothing themselves; or one user who does.
pub(super) struct Alike {
    /// The first of them.
    pub example: UserId,
    pub users: u64,
}

pub(super) fn alike(context: &Context<'_>) -> Vec<Alike> {
    let mut alike: Vec<Alike> = Vec::new();
    let mut of_class: Vec<Option<usize>> = vec![None; context.matrix.accounts.classes.len()];
    for (index, user) in (0..).map(UserId).zip(&context.ir.tables.users) {
        let shares = user.grants.settings.is_empty() && user.grants.memberships.is_empty();
        let class = context.matrix.accounts.class_of(index) as usize;
        match of_class[class] {
            Some(known) if shares => alike[known].users += 1,
            _ => {
                if shares {
                    of_class[class] = Some(alike.len());
                }
                alike.push(Alike { example: index, users: 1 });
            }
        }
    }
    alike
}

/// The value that a line of a group or of a user's own account gives a setting, whether or not it
/// has an effect there.
pub(super) fn written(ir: &Ir, user: UserId, source: Source, setting: usize) -> Option<&Value> {
    let grants: &Grants = match source {
        Source::User => &ir.tables[user].grants,
        _ => &group(ir, source)?.grants,
    };
    grants.setting(setting).map(|line| ir.value(line.value))
}

/// Whether a line allows something that its setting's default may not: it is known, and more than
/// the least value.
pub(super) fn grants_something(ir: &Ir, setting: usize, value: &Value) -> bool {
    *value != Value::Unknown && ir.profile.settings[setting].ty.least().as_ref() != Some(value)
}
