//! Names for what decided a value.

use crate::ir::{Ir, PolicyKind};
use crate::matrix::{Decider, Source};
use crate::profile::{Type, Value};
use crate::report::Style;
use crate::text::{escape_control_chars, quote};

/// What decides where no policy does.
pub const PRODUCT_DEFAULT: &str = "product default (not set in any policy)";

/// What decided a permission: `Jump Item · "Production servers"`, the layer's label and the policy.
pub fn decider(ir: &Ir, decider: Decider) -> String {
    match decider {
        Decider::Method => "fixed by the session method".into(),
        Decider::BuiltIn => PRODUCT_DEFAULT.into(),
        Decider::Policy(layer, id) => {
            let label = &ir.profile.layers[layer].label;
            let policy = ir.policy(id);
            match policy.kind {
                PolicyKind::Named => {
                    format!("{label} · {}", escape_control_chars(&quote(&policy.object.name)))
                }
                PolicyKind::Custom => format!("{label} · custom policy"),
                PolicyKind::GlobalDefault => label.clone(),
                PolicyKind::Unknown => format!("{label} · unknown policy"),
            }
        }
    }
}

/// The same, with the group policy or embassy that brought the policy in: `Group Policy · "Windows
/// admin", through group policy "Servers"`.
pub fn decider_via(ir: &Ir, found: Decider, via: Option<Source>) -> String {
    match (found, via) {
        (Decider::Policy(layer, _), Some(via)) if ir.profile.layers[layer].kind.is_of_groups() => {
            format!("{}, through {}", decider(ir, found), source(ir, via, false))
        }
        _ => decider(ir, found),
    }
}

/// What decided a setting of an account: `group policy "Level 2", final`.
pub fn source(ir: &Ir, source: Source, is_final: bool) -> String {
    let terms = &ir.profile.terminology;
    let named = |kind: &str, name: &str| format!("{kind} {}", escape_control_chars(&quote(name)));
    let text = match source {
        Source::GroupPolicy(id) => {
            named(&terms.group_policy, &ir.tables.group_policies[id.index()].object.name)
        }
        Source::Embassy(id) => named("embassy", &ir.tables.embassies[id.index()].object.name),
        Source::User => format!("the {}'s own account", terms.user),
        Source::Profile => PRODUCT_DEFAULT.into(),
        Source::GuessedOrder => "the order of group policies, which is a guess".into(),
    };
    if is_final { format!("{text}, final") } else { text }
}

/// A value in the colour of its effect: the least privileged value denies, `n/a` does neither, and
/// all others grant.
pub fn paint(style: Style, ty: &Type, value: Option<&Value>, text: &str) -> String {
    match value {
        None => style.dim(text),
        Some(value) if ty.least().as_ref() == Some(value) => style.deny(text),
        Some(_) if ty.least().is_none() => text.to_owned(),
        Some(_) => style.grant(text),
    }
}
