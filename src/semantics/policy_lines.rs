//! What the lines of one session policy mean for each other: requirements, implied lines, and
//! lines that a complete policy still lacks (docs/language.md, 3.2).
//!
//! `value` always tells the value that the policy sets for a permission, by its index in the
//! profile.

use crate::profile::{Profile, Requirement, Value};

/// Whether the value of a required permission satisfies what a permission requires; `true` if it
/// requires nothing.
pub fn satisfies(profile: &Profile, permission: usize, required: &Value) -> bool {
    profile.permissions[permission].requires.as_ref().is_none_or(|requirement| {
        is_met_by(requirement, profile.permissions[requirement.entry].ty.first_word(required))
    })
}

/// Whether a requirement is met by a value of the required permission that begins with a word.
pub fn is_met_by(requirement: &Requirement, word: &str) -> bool {
    requirement.words.iter().any(|known| known == word)
}

/// Whether the policy satisfies what a permission requires: `None` if the permission requires
/// nothing, or the policy leaves the required one Not Defined.
pub fn requirement<'v>(
    profile: &Profile,
    permission: usize,
    value: impl Fn(usize) -> Option<&'v Value>,
) -> Option<bool> {
    let requirement = profile.permissions[permission].requires.as_ref()?;
    // What nobody has read yet counts as Not Defined here.
    let required = value(requirement.entry).filter(|value| **value != Value::Unknown)?;
    Some(satisfies(profile, permission, required))
}

/// Whether a policy that sets a permission to `own`, and the one that it requires to `required`,
/// cannot be entered in the product. Its least value and the profile's default are no more than
/// writing down that nothing is granted or restricted; and where some method fixes the required
/// permission to a value that is fine, the line is about the sessions of that method.
pub fn conflicts(profile: &Profile, permission: usize, own: &Value, required: &Value) -> bool {
    let entry = &profile.permissions[permission];
    let Some(requirement) = &entry.requires else { return false };
    let is_idle = || {
        entry.ty.is_same(own, &entry.default)
            || entry.ty.least().is_some_and(|least| entry.ty.is_same(own, &least))
    };
    let mut fixed = profile.permissions[requirement.entry].fixed.iter();
    !satisfies(profile, permission, required)
        && !is_idle()
        && !fixed.any(|(_, value)| satisfies(profile, permission, value))
}

/// The permissions that a permission requires: its parent, the parent's parent, and so on.
pub fn ancestors(profile: &Profile, permission: usize) -> impl Iterator<Item = usize> + '_ {
    let parent =
        |at: usize| profile.permissions[at].requires.as_ref().map(|requirement| requirement.entry);
    // A sound profile has no circle; the bound keeps a broken one from hanging.
    std::iter::successors(parent(permission), move |&at| parent(at)).take(profile.permissions.len())
}

/// The value that another line of the policy gives a permission, and the permission of that line.
pub fn implied<'p, 'v>(
    profile: &'p Profile,
    permission: usize,
    value: impl Fn(usize) -> Option<&'v Value>,
) -> Option<(usize, &'p Value)> {
    let implication = profile.permissions[permission].implied_by.as_ref()?;
    let by = value(implication.entry)?;
    let word = profile.permissions[implication.entry].ty.first_word(by);
    let (_, value) = implication.values.iter().find(|(known, _)| known == word)?;
    Some((implication.entry, value))
}

/// The next permission that a complete policy must still set. Not asked for are those whose
/// required permission the policy leaves out or sets to something else, and those that are implied.
/// Adding the profile's default for each until none is left completes the policy: permissions that
/// may be implied come last, since a line that is added may imply them.
///
/// `is_open` tells which permissions the policy neither sets nor tries to.
pub fn next_missing<'v>(
    profile: &Profile,
    value: impl Fn(usize) -> Option<&'v Value>,
    is_open: impl Fn(usize) -> bool,
) -> Option<usize> {
    let lacks = |at: &usize| {
        is_open(*at)
            && (profile.permissions[*at].requires.is_none()
                || requirement(profile, *at, &value) == Some(true))
            && implied(profile, *at, &value).is_none()
    };
    let may_be_implied = |at: &usize| profile.permissions[*at].implied_by.is_some();
    let all = 0..profile.permissions.len();
    all.clone()
        .find(|at| !may_be_implied(at) && lacks(at))
        .or_else(|| all.clone().find(|at| may_be_implied(at) && lacks(at)))
}
