//! Who is a member of which group policy or embassy, directly or through directory groups
//! (docs/language.md, 4.3).

use crate::ir::{DirectoryGroupId, EmbassyId, Group, GroupPolicyId, Tables, UserId};

/// The group policies of a user in their order, or its embassy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups {
    /// Ascending, which is from top to bottom.
    pub policies: Vec<GroupPolicyId>,
    /// Stands in place of the group policies.
    pub embassy: Option<EmbassyId>,
}

/// The members of a group policy or embassy: those that it lists, then those of the directory
/// groups that it lists. Who is in several of them comes several times.
pub fn members<'t>(tables: &'t Tables, group: &'t Group) -> impl Iterator<Item = UserId> + 't {
    let through = group
        .members
        .directory_groups
        .iter()
        .flat_map(|(id, _)| &tables.directory_groups[id.index()].members);
    group.members.users.iter().chain(through).map(|(user, _)| *user)
}

/// Whether a user is in a directory group.
pub fn is_in_directory_group(tables: &Tables, group: DirectoryGroupId, user: UserId) -> bool {
    let members = &tables.directory_groups[group.index()].members;
    members.binary_search_by_key(&user, |(member, _)| *member).is_ok()
}

/// By user: its group policies, or its embassy.
pub fn groups_of_users(tables: &Tables) -> Vec<Groups> {
    let mut groups = vec![Groups::default(); tables.users.len()];
    for (group, id) in tables.group_policies.iter().zip((0..).map(GroupPolicyId)) {
        for user in members(tables, group) {
            let policies = &mut groups[user.index()].policies;
            if policies.last() != Some(&id) {
                policies.push(id);
            }
        }
    }
    for (embassy, id) in tables.embassies.iter().zip((0..).map(EmbassyId)) {
        members(tables, embassy).for_each(|user| groups[user.index()].embassy = Some(id));
    }
    groups
}
