//! Looking things up in the IR, and what they are called.

use super::*;
use crate::profile::START;

impl Tables {
    /// The objects of one kind, in the order of their table. Session policies include those without
    /// a name of their own.
    pub fn objects(&self, kind: DeclarationKind) -> Vec<&Object> {
        use DeclarationKind as Kind;
        match kind {
            Kind::User => self.users.iter().map(|user| &user.object).collect(),
            Kind::Invite => self.invites.iter().map(|invite| &invite.object).collect(),
            Kind::JumpItem => self.jump_items.iter().map(|item| &item.object).collect(),
            Kind::Portal => self.portals.iter().map(|portal| &portal.object).collect(),
            Kind::SessionPolicy => self.policies.iter().map(|policy| &policy.object).collect(),
            Kind::GroupPolicy => self.group_policies.iter().map(|group| &group.object).collect(),
            Kind::Embassy => self.embassies.iter().map(|group| &group.object).collect(),
            Kind::DirectoryGroup => {
                self.directory_groups.iter().map(|group| &group.object).collect()
            }
            Kind::JumpItemRole => self.roles.iter().map(|role| &role.object).collect(),
            Kind::JumpPolicy => self.jump_policies.iter().collect(),
            Kind::JumpGroup => self.jump_groups.iter().collect(),
            Kind::Team => self.teams.iter().collect(),
            Kind::Jumpoint => self.jumpoints.iter().collect(),
            Kind::VaultAccountGroup => self.vault_account_groups.iter().collect(),
            Kind::VaultAccount => self.vault_accounts.iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl Tables {
    /// Whether another jump item has the same name, and so another method.
    pub fn has_namesake(&self, item: JumpItemId) -> bool {
        let name = |at: usize| self.jump_items.get(at).map(|item| &item.object.name);
        let at = item.index();
        // The table is sorted by name.
        name(at) == name(at + 1) || at.checked_sub(1).is_some_and(|above| name(above) == name(at))
    }
}

impl Ir {
    /// What a jump item role allows: `[start, edit_tag]`.
    pub fn allows_text(&self, role: RoleId) -> String {
        let allows = self.tables[role].allows.iter();
        let words: Vec<&str> = allows.map(|at| ROLE_ACTIONS[*at as usize]).collect();
        format!("[{}]", words.join(", "))
    }

    /// Whether a jump item role allows starting sessions.
    pub fn allows_start(&self, role: RoleId) -> bool {
        self.tables[role].allows.iter().any(|at| ROLE_ACTIONS[*at as usize] == START)
    }

    /// A jump item role, by its name.
    pub fn role(&self, name: &str) -> Option<RoleId> {
        let roles = &self.tables.roles;
        let at = roles.binary_search_by(|role| (*role.object.name).cmp(name)).ok()?;
        Some(RoleId(at as u32))
    }

    /// Whether nobody has read what an assignment assigns.
    pub fn is_unknown(&self, assignment: &Assignment) -> bool {
        assignment.policy.is_some_and(|policy| self.policy(policy).kind == PolicyKind::Unknown)
    }

    /// A value of a definition.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.tables[id]
    }

    /// A session policy.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.tables[id]
    }

    /// `FILE:LINE` of a span.
    pub fn location(&self, span: Span) -> String {
        self.sources.location(span)
    }

    /// The table of the objects that memberships of a kind are in.
    pub fn members(&self, kind: MembershipKind) -> &[Object] {
        match kind {
            MembershipKind::JumpGroup => &self.tables.jump_groups,
            MembershipKind::Jumpoint => &self.tables.jumpoints,
            MembershipKind::Team => &self.tables.teams,
            MembershipKind::VaultAccountGroup => &self.tables.vault_account_groups,
            MembershipKind::VaultAccount => &self.tables.vault_accounts,
        }
    }

    /// The object that a membership is in.
    pub fn member_object(&self, key: MembershipKey) -> &Object {
        match key {
            MembershipKey::JumpGroup(id) => &self.tables[id],
            MembershipKey::Jumpoint(id) => &self.tables[id],
            MembershipKey::Team(id) => &self.tables[id],
            MembershipKey::VaultAccountGroup(id) => &self.tables[id],
            MembershipKey::VaultAccount(id) => &self.tables[id],
        }
    }

    /// A membership as reports write it: `jump group "Production"`.
    pub fn membership_text(&self, key: MembershipKey) -> String {
        format!("{} {}", key.kind().words(), crate::text::quote(&self.member_object(key).name))
    }

    /// The role of a membership: `as "Start sessions" with "Business hours"`, `as default role`,
    /// `as lead`, or `member`.
    pub fn member_role_text(&self, role: MemberRole) -> String {
        use crate::text::quote;
        match role {
            MemberRole::JumpItemRole(role, policy) => {
                let role = match role {
                    Some(role) => quote(&self.tables[role].object.name),
                    None => "default role".into(),
                };
                match policy {
                    Some(policy) => format!("as {role} with {}", quote(&self.tables[policy].name)),
                    None => format!("as {role}"),
                }
            }
            MemberRole::Team(role) => format!("as {}", TEAM_ROLES[role as usize]),
            MemberRole::Vault(role) => format!("as {}", VAULT_ROLES[role as usize]),
            MemberRole::Jumpoint => "member".into(),
            MemberRole::Unknown => crate::profile::UNKNOWN.into(),
        }
    }

    /// The policy of an assignment: `"Name"`, `none`, `custom` or `unknown`.
    pub fn assignment_text(&self, assignment: &Assignment) -> String {
        match assignment.policy.map(|policy| self.policy(policy)) {
            None => "none".into(),
            Some(policy) if policy.kind == PolicyKind::Custom => "custom".into(),
            Some(policy) if policy.kind == PolicyKind::Unknown => "unknown".into(),
            Some(policy) => crate::text::quote(&policy.object.name),
        }
    }
}

impl Policy {
    /// The definition of a permission, if the policy has one.
    pub fn definition(&self, permission: usize) -> Option<&Definition> {
        let at = self
            .definitions
            .binary_search_by_key(&permission, |definition| definition.entry as usize)
            .ok()?;
        Some(&self.definitions[at])
    }
}

impl Grants {
    /// The definition of a setting, if there is one.
    pub fn setting(&self, setting: usize) -> Option<&Definition> {
        let at = self
            .settings
            .binary_search_by_key(&setting, |definition| definition.entry as usize)
            .ok()?;
        Some(&self.settings[at])
    }
}
