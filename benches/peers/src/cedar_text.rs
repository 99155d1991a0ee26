//! The organisation as Cedar policies and a schema.
//!
//! A Cedar policy permits or forbids, and policies have no order. So each value of a permission has
//! a policy of its own that permits it, and its condition says what comes before what: a conditional
//! expression with the group policies in the order in which they decide.

use crate::site::Site;

/// What an expression says of a value.
#[derive(Clone, Copy)]
enum Says<'v> {
    /// The value itself.
    Value,
    /// Whether it is one of these.
    IsOneOf(&'v [String]),
}

impl Says<'_> {
    fn of_literal(self, value: &str) -> String {
        match self {
            Says::Value => quoted(value),
            Says::IsOneOf(values) => values.iter().any(|one| one == value).to_string(),
        }
    }

    fn of_attribute(self, attribute: &str) -> String {
        match self {
            Says::Value => attribute.to_owned(),
            Says::IsOneOf([value]) => format!("{attribute} == {}", quoted(value)),
            Says::IsOneOf(values) => {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                format!("[{}].contains({attribute})", values.join(", "))
            }
        }
    }
}

/// The policy that permits a value of a permission.
pub fn policy(site: &Site, permission: usize, value: &str) -> String {
    let action = quoted(&site.permissions[permission].path);
    let value = [value.to_owned()];
    let own = decided(site, permission, Says::IsOneOf(&value));
    let conditions = conditions(site, permission).map(|condition| format!(" && ({condition})"));
    let conditions: String = conditions.collect();
    format!(
        "permit (principal, action == Action::{action}, resource)\nwhen {{ ({own}){conditions} }};"
    )
}

/// The value of a permission as one expression.
pub fn expression(site: &Site, permission: usize) -> String {
    let own = decided(site, permission, Says::Value);
    let conditions: Vec<String> =
        conditions(site, permission).map(|condition| format!("({condition})")).collect();
    match conditions.is_empty() {
        true => own,
        false => format!("if {} then {own} else \"n/a\"", conditions.join(" && ")),
    }
}

/// When a permission applies at all: its kinds of jump items, and what it depends on.
fn conditions(site: &Site, permission: usize) -> impl Iterator<Item = String> {
    let applies = |at: usize| {
        let kinds: Vec<String> =
            site.permissions[at].not_for.iter().map(|kind| quoted(kind)).collect();
        (!kinds.is_empty()).then(|| format!("!([{}].contains(resource.kind))", kinds.join(", ")))
    };
    let requires = site.permissions[permission].requires.iter();
    let required = requires.flat_map(move |(at, values)| {
        applies(*at).into_iter().chain([decided(site, *at, Says::IsOneOf(values))])
    });
    applies(permission).into_iter().chain(required)
}

/// What the first layer that defines a permission says.
fn decided(site: &Site, permission: usize, says: Says<'_>) -> String {
    let path = quoted(&site.permissions[permission].path);
    let fixed = site.permissions[permission].fixed.iter().map(|(kind, value)| {
        format!("if resource.kind == {} then {} else ", quoted(kind), says.of_literal(value))
    });
    let fixed: String = fixed.collect();
    let own = |of: &str| {
        let attribute = says.of_attribute(&format!("{of}.session_policy[{path}]"));
        format!(
            "if {of} has session_policy && {of}.session_policy has {path} then {attribute} else "
        )
    };
    let of_user = own("principal") + &says.of_literal(&site.defaults[permission]);
    // The finals from the top, then the others from the bottom.
    let places = 0..site.group_policies.len();
    let is_final = |place: &usize| site.group_policies[*place].assigns.is_some_and(|(_, yes)| yes);
    let order = places.clone().filter(is_final).chain(places.rev().filter(|at| !is_final(at)));
    let groups = order.filter_map(|place| {
        let group = &site.group_policies[place];
        let defined = &site.session_policies[group.assigns?.0].defines[permission];
        let says = defined.as_ref().map_or_else(|| format!("({of_user})"), |v| says.of_literal(v));
        Some(format!("if principal in GroupPolicy::{} then {says} else ", quoted(&group.name)))
    });
    fixed + &own("resource") + &groups.collect::<String>() + &of_user
}

pub fn schema(site: &Site) -> String {
    let paths: Vec<String> =
        site.permissions.iter().map(|permission| quoted(&permission.path)).collect();
    let attributes: Vec<String> = paths.iter().map(|path| format!("{path}?: String")).collect();
    format!(
        "entity GroupPolicy;
entity DirectoryGroup in [GroupPolicy];
entity SessionPolicy {{ {} }};
entity User in [DirectoryGroup, GroupPolicy] {{ session_policy?: SessionPolicy }};
entity JumpItem {{ kind: String, session_policy?: SessionPolicy }};
action {} appliesTo {{ principal: User, resource: JumpItem }};
",
        attributes.join(", "),
        paths.join(", ")
    )
}

/// Names and values of an organisation are printable, for which both languages have the same escapes.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}
