//! How much is unknown, and because of what.

use crate::diff::Sided;
use crate::ir::Ir;
use crate::matrix::Unknowns;
use crate::matrix::unknown::Holder;
use crate::report::shown;
use crate::text::{count, number, quote};

/// The most declarations that are named.
const MAX_HOLDERS: usize = 3;

/// `1,240 permissions and 3 settings are unknown: 1,100 because of group policy "Support"
/// (groups.prec:12), …`; `None` if nothing is unknown.
pub fn unknown_text(ir: &Ir, unknowns: &Unknowns) -> Option<String> {
    let amount = amount_text(unknowns.permissions, unknowns.settings)?;
    let one = unknowns.permissions + unknowns.settings == 1;
    let mut because: Vec<String> = unknowns
        .holders
        .iter()
        .take(MAX_HOLDERS)
        .map(|holder| {
            let cells = number(holder.permissions + holder.settings);
            format!("{cells} because of {}", holder_text(ir, holder))
        })
        .collect();
    if let Some(more) = unknowns.holders.len().checked_sub(MAX_HOLDERS).filter(|more| *more > 0) {
        because.push(format!("the rest because of {}", count(more as u64, "more declaration")));
    }
    Some(format!("{amount} {} unknown: {}", if one { "is" } else { "are" }, because.join(", ")))
}

/// `1,240 permissions and 3 settings`; `None` for none.
fn amount_text(permissions: u64, settings: u64) -> Option<String> {
    match (permissions, settings) {
        (0, 0) => None,
        (permissions, 0) => Some(count(permissions, "permission")),
        (0, settings) => Some(count(settings, "setting")),
        (permissions, settings) => {
            Some(format!("{} and {}", count(permissions, "permission"), count(settings, "setting")))
        }
    }
}

/// How much is unknown on each side: `1,300 permissions → 1,240 permissions and 3 settings`.
pub fn unknown_change(amounts: Sided<(u64, u64)>) -> String {
    let text = |(permissions, settings)| {
        amount_text(permissions, settings).unwrap_or_else(|| "nothing".into())
    };
    match amounts.old == amounts.new {
        true => format!("{}, as before", text(amounts.new)),
        false => format!("{} → {}", text(amounts.old), text(amounts.new)),
    }
}

/// `group policy "Support" (groups.prec:12)`.
fn holder_text(ir: &Ir, holder: &Holder) -> String {
    let place = ir.location(holder.span);
    let name = match &*holder.name {
        "" => format!("the {}", holder.kind),
        name => format!("{} {}", holder.kind, quote(name)),
    };
    shown(&format!("{name} ({place})"))
}
