//! The index types of the tables.

use super::{DirectoryGroup, Group, Invite, JumpItem, Object, Policy, Portal, Role, Tables, User};
use crate::profile::Value;
use serde::{Deserialize, Serialize};

/// Declares an index type for each table, so that no table is indexed with another one's index.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $table:ident: $entry:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(
                Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            )]
            #[serde(transparent)]
            pub struct $name(pub u32);

            impl $name {
                /// The position in the table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }

            impl std::ops::Index<$name> for Tables {
                type Output = $entry;

                fn index(&self, id: $name) -> &$entry {
                    &self.$table[id.index()]
                }
            }
        )*
    };
}

ids! {
    /// Identifies a value of [`Tables::values`].
    ValueId => values: Value;
    /// Identifies a session policy of [`Tables::policies`].
    PolicyId => policies: Policy;
    /// Identifies a user of [`Tables::users`].
    UserId => users: User;
    /// Identifies a group policy of [`Tables::group_policies`]; lower ids are above.
    GroupPolicyId => group_policies: Group;
    /// Identifies an embassy of [`Tables::embassies`].
    EmbassyId => embassies: Group;
    /// Identifies a directory group of [`Tables::directory_groups`].
    DirectoryGroupId => directory_groups: DirectoryGroup;
    /// Identifies an invite of [`Tables::invites`].
    InviteId => invites: Invite;
    /// Identifies a jump item of [`Tables::jump_items`].
    JumpItemId => jump_items: JumpItem;
    /// Identifies a portal of [`Tables::portals`].
    PortalId => portals: Portal;
    /// Identifies a jump group of [`Tables::jump_groups`].
    JumpGroupId => jump_groups: Object;
    /// Identifies a jump item role of [`Tables::roles`].
    RoleId => roles: Role;
    /// Identifies a jump policy of [`Tables::jump_policies`].
    JumpPolicyId => jump_policies: Object;
    /// Identifies a team of [`Tables::teams`].
    TeamId => teams: Object;
    /// Identifies a jumpoint of [`Tables::jumpoints`].
    JumpointId => jumpoints: Object;
    /// Identifies a vault account group of [`Tables::vault_account_groups`].
    VaultAccountGroupId => vault_account_groups: Object;
    /// Identifies a vault account of [`Tables::vault_accounts`].
    VaultAccountId => vault_accounts: Object;
    /// Identifies a tag of [`Tables::tags`].
    TagId => tags: String;
}
