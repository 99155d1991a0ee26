//! Checks everything in a compiled file that the types of the IR do not guarantee: indices are
//! inside their tables, values have their types, lists are sorted, and spans are inside the
//! sources.

use super::*;
use crate::profile::{Entry, MAX_ENTRIES, Profile, Type};

use rustc_hash::FxHashSet;

type Check = Result<(), &'static str>;

pub(super) fn validate(ir: &Ir) -> Check {
    profile(&ir.profile)?;
    let tables = &ir.tables;
    for policy in &tables.policies {
        policy_sound(ir, policy)?;
    }
    if let Some(id) = tables.global_default {
        that(
            ir_policy(ir, id)?.kind == PolicyKind::GlobalDefault,
            "the global default is not a global default policy",
        )?;
    }
    for group in tables.group_policies.iter().chain(&tables.embassies) {
        members(ir, &group.members)?;
        grants(ir, &group.grants)?;
        group.ordered_at.map_or(Ok(()), |place| span(ir, place))?;
    }
    if let Some(guessed) = tables.guessed_order {
        span(ir, guessed.span)?;
        let kind = ir_policy(ir, guessed.policy)?.kind;
        that(kind == PolicyKind::Unknown, "a guessed order has a policy that is not unknown")?;
        let value = tables.values.get(guessed.value.index());
        that(value == Some(&Value::Unknown), "a guessed order has a value that is not unknown")?;
    }
    for user in &tables.users {
        grants(ir, &user.grants)?;
        deadline(ir, user.expires)?;
    }
    for group in &tables.directory_groups {
        users(ir, &group.members)?;
    }
    for invite in &tables.invites {
        that(invite.session_policy.policy.is_some(), "an invite has no session policy")?;
        assignment(ir, &invite.session_policy)?;
        deadline(ir, invite.expires)?;
    }
    for item in &tables.jump_items {
        let method =
            ir.profile.methods.get(item.method).ok_or("a jump item has an unknown method")?;
        that(
            method.target == crate::profile::Target::JumpItem,
            "a jump item has a method that goes to portals",
        )?;
        item.group.map_or(Ok(()), |group| within(group.index(), &tables.jump_groups))?;
        if let Some((owner, place)) = item.owner {
            that(item.group.is_none(), "a jump item has both a jump group and an owner")?;
            within(owner.index(), &tables.users)?;
            span(ir, place)?;
        }
        item.jump_policy.map_or(Ok(()), |policy| within(policy.index(), &tables.jump_policies))?;
        item.portal.map_or(Ok(()), |portal| within(portal.index(), &tables.portals))?;
        item.session_policy.iter().flatten().try_for_each(|found| assignment(ir, found))?;
    }
    for portal in &tables.portals {
        portal.session_policy.iter().try_for_each(|found| assignment(ir, found))?;
    }
    let actions = ir.profile.role_actions().len();
    for role in &tables.roles {
        that(
            role.allows.iter().all(|&action| (action as usize) < actions),
            "a role allows an unknown action",
        )?;
        ascending(role.allows.iter())?;
        role.allows_at.map_or(Ok(()), |place| span(ir, place))?;
    }
    for test in &tables.tests {
        test_sound(ir, test)?;
    }
    sorted_names(
        tables
            .policies
            .iter()
            .filter(|policy| policy.kind == PolicyKind::Named)
            .map(|policy| &policy.object),
    )?;
    let names = tables.group_policies.iter().map(|group| &*group.object.name);
    that(is_unique(names), "two group policies have one name")?;
    sorted_names(tables.users.iter().map(|user| &user.object))?;
    sorted_names(tables.invites.iter().map(|invite| &invite.object))?;
    ascending(tables.jump_items.iter().map(|item| (&item.object.name, item.method)))?;
    sorted_names(tables.portals.iter().map(|portal| &portal.object))?;
    sorted_names(tables.directory_groups.iter().map(|group| &group.object))?;
    sorted_names(tables.embassies.iter().map(|group| &group.object))?;
    sorted_names(tables.roles.iter().map(|role| &role.object))?;
    for table in [
        &tables.jump_groups,
        &tables.jump_policies,
        &tables.teams,
        &tables.jumpoints,
        &tables.vault_account_groups,
        &tables.vault_accounts,
    ] {
        sorted_names(table.iter())?;
    }
    objects(ir).try_for_each(|object| span(ir, object.span))
}

fn objects(ir: &Ir) -> impl Iterator<Item = &Object> {
    let tables = &ir.tables;
    let plain = [
        &tables.jump_groups,
        &tables.jump_policies,
        &tables.teams,
        &tables.jumpoints,
        &tables.vault_account_groups,
        &tables.vault_accounts,
    ];
    (tables.policies.iter().map(|policy| &policy.object))
        .chain(tables.group_policies.iter().chain(&tables.embassies).map(|group| &group.object))
        .chain(tables.users.iter().map(|user| &user.object))
        .chain(tables.directory_groups.iter().map(|group| &group.object))
        .chain(tables.invites.iter().map(|invite| &invite.object))
        .chain(tables.jump_items.iter().map(|item| &item.object))
        .chain(tables.portals.iter().map(|portal| &portal.object))
        .chain(tables.roles.iter().map(|role| &role.object))
        .chain(tables.tests.iter().map(|test| &test.object))
        .chain(plain.into_iter().flatten())
}

fn that(condition: bool, why: &'static str) -> Check {
    if condition { Ok(()) } else { Err(why) }
}

fn is_unique<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut known = FxHashSet::default();
    names.into_iter().all(|name| known.insert(name))
}

fn within<T>(index: usize, table: &[T]) -> Check {
    that(index < table.len(), "an index is outside of its table")
}

fn ascending<T: PartialOrd>(items: impl Iterator<Item = T> + Clone) -> Check {
    that(items.clone().zip(items.skip(1)).all(|(a, b)| a < b), "a list is not sorted")
}

fn sorted_names<'o>(objects: impl Iterator<Item = &'o Object> + Clone) -> Check {
    ascending(objects.map(|object| &object.name))
}

fn span(ir: &Ir, span: Span) -> Check {
    that(ir.sources.contains(span), "a span is outside of the sources")
}

fn deadline(ir: &Ir, found: Option<Deadline>) -> Check {
    found.map_or(Ok(()), |(_, place)| span(ir, place))
}

fn ir_policy(ir: &Ir, id: PolicyId) -> Result<&Policy, &'static str> {
    ir.tables.policies.get(id.index()).ok_or("an index is outside of the policies")
}

fn policy_sound(ir: &Ir, policy: &Policy) -> Check {
    policy.others.map_or(Ok(()), |place| span(ir, place))?;
    if let Some((base, place)) = policy.like {
        that(ir_policy(ir, base)?.kind == PolicyKind::Named, "a policy copies an unnamed one")?;
        span(ir, place)?;
    }
    for (entry, place) in &policy.dropped {
        within(*entry as usize, &ir.profile.permissions)?;
        span(ir, *place)?;
    }
    definitions(ir, &policy.definitions, &ir.profile.permissions)
}

fn definitions(ir: &Ir, definitions: &[Definition], entries: &[Entry]) -> Check {
    ascending(definitions.iter().map(|definition| definition.entry))?;
    for definition in definitions {
        let entry = entries
            .get(definition.entry as usize)
            .ok_or("a definition has an unknown entry of the profile")?;
        value(ir, definition.value, entry)?;
        span(ir, definition.span)?;
    }
    Ok(())
}

fn value(ir: &Ir, id: ValueId, entry: &Entry) -> Check {
    let value = ir.tables.values.get(id.index()).ok_or("an index is outside of the values")?;
    that(entry.ty.holds(value), "a value does not have its type")
}

fn assignment(ir: &Ir, assignment: &Assignment) -> Check {
    if let Some(id) = assignment.policy {
        that(
            ir_policy(ir, id)?.kind != PolicyKind::GlobalDefault,
            "the global default is assigned to an object",
        )?;
    }
    span(ir, assignment.span)
}

fn grants(ir: &Ir, grants: &Grants) -> Check {
    grants.others.map_or(Ok(()), |place| span(ir, place))?;
    grants.memberships_unknown.map_or(Ok(()), |place| span(ir, place))?;
    definitions(ir, &grants.settings, &ir.profile.settings)?;
    grants.session_policy.iter().flatten().try_for_each(|found| assignment(ir, found))?;
    ascending(grants.memberships.iter().map(|membership| membership.key))?;
    for membership in &grants.memberships {
        let tables = &ir.tables;
        within(membership.key.index(), ir.members(membership.key.kind()))?;
        match (membership.key, membership.role) {
            (MembershipKey::JumpGroup(_), MemberRole::JumpItemRole(role, policy)) => {
                role.map_or(Ok(()), |role| within(role.index(), &tables.roles))?;
                policy.map_or(Ok(()), |policy| within(policy.index(), &tables.jump_policies))?;
            }
            (MembershipKey::Team(_), MemberRole::Team(role)) => within(role as usize, &TEAM_ROLES)?,
            (
                MembershipKey::VaultAccountGroup(_) | MembershipKey::VaultAccount(_),
                MemberRole::Vault(role),
            ) => within(role as usize, &VAULT_ROLES)?,
            (MembershipKey::Jumpoint(_), MemberRole::Jumpoint) => {}
            _ => return Err("a membership has a role of another kind"),
        }
        deadline(ir, membership.until)?;
        span(ir, membership.span)?;
    }
    Ok(())
}

fn users(ir: &Ir, members: &[(UserId, Span)]) -> Check {
    ascending(members.iter().map(|(user, _)| *user))?;
    members.iter().try_for_each(|(user, at)| {
        within(user.index(), &ir.tables.users).and_then(|()| span(ir, *at))
    })
}

fn members(ir: &Ir, members: &Members) -> Check {
    users(ir, &members.users)?;
    ascending(members.directory_groups.iter().map(|(group, _)| *group))?;
    ascending(members.users_until.iter().map(|(user, _)| *user))?;
    ascending(members.directory_groups_until.iter().map(|(group, _)| *group))?;
    for (user, found) in &members.users_until {
        within(user.index(), &ir.tables.users)?;
        deadline(ir, Some(*found))?;
    }
    for (group, found) in &members.directory_groups_until {
        within(group.index(), &ir.tables.directory_groups)?;
        deadline(ir, Some(*found))?;
    }
    members.directory_groups.iter().try_for_each(|(group, at)| {
        within(group.index(), &ir.tables.directory_groups).and_then(|()| span(ir, *at))
    })
}

fn test_sound(ir: &Ir, test: &Test) -> Check {
    let tables = &ir.tables;
    for when in &test.when {
        span(ir, when.span)?;
        match when.selector {
            Selector::User(id) => within(id.index(), &tables.users)?,
            Selector::InGroupPolicy(id) => within(id.index(), &tables.group_policies)?,
            Selector::InDirectoryGroup(id) => within(id.index(), &tables.directory_groups)?,
            Selector::Invite(id) => within(id.index(), &tables.invites)?,
            Selector::JumpItems(first, last) => {
                that(first <= last, "a list is not sorted")?;
                within(last.index(), &tables.jump_items)?;
            }
            Selector::InJumpGroup(id) => within(id.index(), &tables.jump_groups)?,
            Selector::Portal(id) => within(id.index(), &tables.portals)?,
            Selector::Method(index) => within(index, &ir.profile.methods)?,
            Selector::InTeam(id) => within(id.index(), &tables.teams)?,
            Selector::Tag(id) => within(id.index(), &tables.tags)?,
            Selector::Presence(_) => {}
        }
    }
    for expectation in &test.expect {
        span(ir, expectation.span)?;
        let entry = match expectation.subject {
            Subject::Permission(entry) => {
                Some(ir.profile.permissions.get(entry as usize).ok_or("no such permission")?)
            }
            Subject::Setting(entry) => {
                Some(ir.profile.settings.get(entry as usize).ok_or("no such setting")?)
            }
            Subject::Start => {
                that(ir.profile.start.is_some(), "the profile has no `start`")?;
                None
            }
            Subject::SessionPolicy(slot) => {
                that((slot as usize) < ir.profile.slots(), "no such session policy setting")?;
                None
            }
        };
        for expected in &expectation.values {
            match (expected, entry) {
                (Expected::Value(id), Some(entry)) => value(ir, *id, entry)?,
                (Expected::Start(start), _) => {
                    let ExpectedStart::With(policies) = start else { continue };
                    that(policies.is_sorted(), "a list is not sorted")?;
                    for id in policies {
                        within(id.index(), &tables.jump_policies)?;
                    }
                }
                (Expected::Value(_), None) => {
                    return Err("an expectation has a value of another type");
                }
                _ => {}
            }
        }
        match expectation.from {
            Some(DecidedBy::Layer(layer)) => within(layer, &ir.profile.layers)?,
            Some(DecidedBy::SessionPolicy(id)) => within(id.index(), &tables.policies)?,
            Some(DecidedBy::GroupPolicy(id)) => within(id.index(), &tables.group_policies)?,
            _ => {}
        }
    }
    Ok(())
}

/// What [`crate::profile::load`] guarantees for a profile.
fn profile(profile: &Profile) -> Check {
    that(
        profile.permissions.len() <= MAX_ENTRIES && profile.settings.len() <= MAX_ENTRIES,
        "the profile is too large",
    )?;
    that(profile.methods.len() <= 64, "the profile is too large")?;
    that(crate::profile::sound(profile), "the profile describes a product that cannot work")?;
    let permissions = profile.permissions.iter().map(|entry| (entry, &profile.permissions));
    let settings = profile.settings.iter().map(|entry| (entry, &profile.settings));
    for entries in [&profile.permissions, &profile.settings] {
        let paths = entries.iter().map(|entry| &*entry.path);
        that(is_unique(paths), "two entries of the profile have one path")?;
    }
    for (entry, beside) in permissions.chain(settings) {
        if let Type::Choice { words, order } | Type::Duration { words, order, .. } = &entry.ty {
            let inside =
                order.pairs().iter().all(|&(low, high)| (low.max(high) as usize) < words.len());
            that(inside && !order.has_cycle(), "an order of the profile is broken")?;
            that(
                is_unique(words.iter().map(|word| &**word)),
                "a word of the profile is there twice",
            )?;
        }
        that(entry.default != Value::Unknown, "a default of the profile is unknown")?;
        that(entry.ty.holds(&entry.default), "a default of the profile does not have its type")?;
        let fixed = entry
            .fixed
            .iter()
            .all(|(method, value)| *method < profile.methods.len() && entry.ty.holds(value));
        that(
            fixed && entry.not_for.iter().all(|&method| method < profile.methods.len()),
            "a rule for methods of the profile is broken",
        )?;
        if let Some(requirement) = &entry.requires {
            within(requirement.entry, beside)?;
        }
        if let Some(implication) = &entry.implied_by {
            within(implication.entry, beside)?;
            that(
                implication.values.iter().all(|(_, value)| entry.ty.holds(value)),
                "an implied value of the profile does not have its type",
            )?;
        }
    }
    Ok(())
}
