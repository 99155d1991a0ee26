//! Whether a session can be started, and which condition decides that (docs/language.md, 4.6).

use crate::ir::{JumpGroupId, JumpPolicyId, TeamId, UserId};

/// The setting that names the role of memberships `as default role`.
pub const DEFAULT_ROLE: &str = "roles.default";
/// The setting that names the role at the items in the user's own list.
pub const PERSONAL_ROLE: &str = "roles.personal";
/// The setting that names the role at the items of users whom the user ranks above in a team.
pub const TEAMS_ROLE: &str = "roles.teams";
/// The setting that names the role at everything else.
pub const SYSTEM_ROLE: &str = "roles.system";
/// The setting that lets a user bring invites in.
pub const INVITE_EXTERNAL: &str = "session_management.invite_external";

/// Whether a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holds {
    /// It is not met.
    No,
    /// Nobody has read what would tell.
    Unknown,
    /// It is met.
    Yes,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Holds::Yes } else { Holds::No }
    }
}

/// The condition that decides among several that must all be met: the first that is not, else the
/// first that is unknown, else the last.
pub fn all_of<T: Copy>(conditions: impl IntoIterator<Item = (Holds, T)>) -> Option<(Holds, T)> {
    conditions.into_iter().reduce(|decided, next| match (decided.0, next.0) {
        (Holds::No, _) | (Holds::Unknown, Holds::Unknown | Holds::Yes) => decided,
        _ => next,
    })
}

/// The condition that decides among several of which one is enough: the first that is met, else the
/// first that is unknown, else the first.
pub fn one_of<T: Copy>(conditions: impl IntoIterator<Item = (Holds, T)>) -> Option<(Holds, T)> {
    conditions.into_iter().reduce(|decided, next| match (decided.0, next.0) {
        (Holds::No, Holds::Unknown | Holds::Yes) | (Holds::Unknown, Holds::Yes) => next,
        _ => decided,
    })
}

/// Where a target is found, which says whose role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In a jump group.
    JumpGroup(JumpGroupId),
    /// In the personal list of a user.
    Owner(UserId),
    /// In neither, as every portal.
    Open,
}

/// How a session begins: by which method, with a target in which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entrance {
    /// Index into the profile's methods.
    pub method: usize,
    /// Where the target is found.
    pub place: Place,
    /// The jump policy of the target, which holds where no membership names one.
    pub jump_policy: Option<JumpPolicyId>,
}

/// What of an account decides which sessions its user can start. `D` tells who decided each part:
/// it is `()` where only the values matter, so that accounts can be compared by them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Starter<D> {
    /// By method: the settings that the profile asks for, together. `None` where it asks nothing.
    pub settings: Vec<Option<(Holds, D)>>,
    /// Whether the user may bring invites into the sessions that it can start.
    pub invites: Holds,
    /// The roles of the user's memberships, ascending by jump group.
    pub groups: Vec<GroupRole<D>>,
    /// Who says that the user may have memberships that nobody has read.
    pub unread: Option<D>,
    /// Of items in the user's own list, and which user that is, if it has items there.
    pub personal: (Holds, D),
    /// See `personal`.
    pub user: Option<UserId>,
    /// Of items of users whom the user ranks above in a team.
    pub teams: (Holds, D),
    /// Of all other items.
    pub system: (Holds, D),
    /// The user's ranks in the teams that matter, ascending by team.
    pub ranks: Ranks,
}

/// Teams, ascending, each with the rank of a user: an index into [`crate::ir::TEAM_ROLES`], or
/// `None` where a guessed order of group policies would have to tell.
pub type Ranks = Vec<(TeamId, Option<u8>)>;

/// The user whose personal list an item is in.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'r, D> {
    /// The ranks of the owner, ascending by team.
    pub ranks: &'r [(TeamId, Option<u8>)],
    /// Who says that the owner may have memberships that nobody has read.
    pub unread: Option<D>,
}

/// What the role of a membership says about starting sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupRole<D> {
    /// Where it counts.
    pub group: JumpGroupId,
    /// Whether it allows `start`.
    pub starts: Holds,
    /// The jump policy of the membership.
    pub jump_policy: Option<JumpPolicyId>,
    /// Who gave the membership.
    pub by: D,
}

/// Whether a session can be started, and under which jump policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started<D> {
    /// Whether all conditions are met.
    pub holds: Holds,
    /// The jump policy that applies, if one does.
    pub jump_policy: Option<JumpPolicyId>,
    /// Who decided; `None` where there is no condition.
    pub by: Option<D>,
}

impl<D: Copy> Starter<D> {
    /// Resolves one entrance. `owner` tells about the owner of an item.
    pub fn start<'r>(
        &self,
        entrance: Entrance,
        owner: impl Fn(UserId) -> Owner<'r, D>,
    ) -> Started<D> {
        self.start_with(entrance, self.role(entrance.place, owner))
    }

    /// The same, where the role in the entrance's place is known: see [`Starter::role`].
    pub fn start_with(
        &self,
        entrance: Entrance,
        (role, own_policy): (Option<(Holds, D)>, Option<JumpPolicyId>),
    ) -> Started<D> {
        let conditions = self.settings[entrance.method].into_iter().chain(role);
        let decided = all_of(conditions);
        Started {
            holds: decided.map_or(Holds::Yes, |(holds, _)| holds),
            jump_policy: own_policy.or(entrance.jump_policy),
            by: decided.map(|(_, by)| by),
        }
    }

    /// Whether the role that the user has in a place allows starting sessions, if that is asked,
    /// and the jump policy of the membership that gives the role.
    pub fn role<'r>(
        &self,
        place: Place,
        owner: impl Fn(UserId) -> Owner<'r, D>,
    ) -> (Option<(Holds, D)>, Option<JumpPolicyId>) {
        match place {
            Place::Open => (None, None),
            Place::JumpGroup(group) => {
                let (role, jump_policy) =
                    match self.groups.binary_search_by_key(&group, |role| role.group) {
                        Ok(at) => {
                            let role = &self.groups[at];
                            ((role.starts, role.by), role.jump_policy)
                        }
                        Err(_) => (self.system, None),
                    };
                // A membership that nobody has read may give a role that starts sessions.
                match (role.0, self.unread) {
                    (Holds::No, Some(by)) => (Some((Holds::Unknown, by)), None),
                    _ => (Some(role), jump_policy),
                }
            }
            Place::Owner(user) if self.user == Some(user) => (Some(self.personal), None),
            Place::Owner(user) => {
                let owner = owner(user);
                let above = ranks_above(&self.ranks, owner.ranks);
                let unread = self.unread.or(owner.unread);
                (Some(role_at_others(above, self.teams, self.system, unread)), None)
            }
        }
    }

    /// The same without who decided.
    pub fn values(&self) -> Starter<()> {
        self.map(|_| ())
    }

    /// The same, with who decided told otherwise.
    pub fn map<E>(&self, of: impl Fn(D) -> E) -> Starter<E> {
        let told = |(holds, by): (Holds, D)| (holds, of(by));
        let group = |role: &GroupRole<D>| {
            let GroupRole { group, starts, jump_policy, by } = *role;
            GroupRole { group, starts, jump_policy, by: of(by) }
        };
        Starter {
            settings: self.settings.iter().map(|found| found.map(told)).collect(),
            invites: self.invites,
            groups: self.groups.iter().map(group).collect(),
            unread: self.unread.map(&of),
            personal: told(self.personal),
            user: self.user,
            teams: told(self.teams),
            system: told(self.system),
            ranks: self.ranks.clone(),
        }
    }
}

/// Whether one user ranks above another in some team that both are in. It is unknown where no rank
/// that is known says so, and one that is not might.
pub fn ranks_above(ranks: &[(TeamId, Option<u8>)], other: &[(TeamId, Option<u8>)]) -> Holds {
    let in_team = |(team, rank): &(TeamId, Option<u8>)| {
        let at = other.binary_search_by_key(team, |(team, _)| *team).ok()?;
        Some(match (rank, other[at].1) {
            (Some(rank), Some(other)) => Holds::from(*rank > other),
            _ => Holds::Unknown,
        })
    };
    ranks.iter().filter_map(in_team).max().unwrap_or(Holds::No)
}

/// The role that a user has at an item of somebody else. `above` tells whether the user ranks above
/// the owner by what is written, and `unread` who says that one of the two may have memberships
/// that nobody has read.
pub fn role_at_others<D: Copy>(
    above: Holds,
    teams: (Holds, D),
    system: (Holds, D),
    unread: Option<D>,
) -> (Holds, D) {
    match (above, unread) {
        (Holds::Yes, _) => teams,
        _ if teams.0 == system.0 => system,
        (_, Some(by)) => (Holds::Unknown, by),
        (Holds::Unknown, None) => (Holds::Unknown, teams.1),
        (Holds::No, None) => system,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_condition_that_is_not_met_decides() {
        use Holds::{No, Unknown, Yes};
        assert_eq!(all_of([(Yes, 1), (Yes, 2)]), Some((Yes, 2)));
        assert_eq!(all_of([(Yes, 1), (Unknown, 2), (Unknown, 3), (Yes, 4)]), Some((Unknown, 2)));
        assert_eq!(all_of([(Unknown, 1), (No, 2), (No, 3)]), Some((No, 2)));
        assert_eq!(all_of::<u8>([]), None);
    }

    #[test]
    fn of_alternatives_the_first_that_is_met_decides() {
        use Holds::{No, Unknown, Yes};
        assert_eq!(one_of([(No, 1), (No, 2)]), Some((No, 1)));
        assert_eq!(one_of([(No, 1), (Unknown, 2), (Unknown, 3)]), Some((Unknown, 2)));
        assert_eq!(one_of([(Unknown, 1), (Yes, 2), (Yes, 3)]), Some((Yes, 2)));
    }

    #[test]
    fn a_rank_counts_only_in_a_shared_team() {
        let [a, b] = [TeamId(0), TeamId(1)];
        let known = |ranks: &[(TeamId, u8)]| -> Ranks {
            ranks.iter().map(|&(team, rank)| (team, Some(rank))).collect()
        };
        let above = |a: &[(TeamId, u8)], b: &[(TeamId, u8)]| ranks_above(&known(a), &known(b));
        assert_eq!(above(&[(a, 1)], &[(a, 0)]), Holds::Yes);
        assert_eq!(above(&[(a, 1)], &[(a, 1)]), Holds::No);
        assert_eq!(above(&[(a, 2)], &[(b, 0)]), Holds::No);
        assert_eq!(above(&[(a, 0), (b, 1)], &[(a, 2), (b, 0)]), Holds::Yes);
        // A rank that nobody has read leaves it open, unless another team tells.
        assert_eq!(ranks_above(&[(a, None)], &[(a, Some(0))]), Holds::Unknown);
        assert_eq!(ranks_above(&[(a, None)], &[(b, Some(0))]), Holds::No);
        assert_eq!(
            ranks_above(&[(a, None), (b, Some(1))], &[(a, Some(0)), (b, Some(0))]),
            Holds::Yes
        );
    }

    #[test]
    fn what_is_unread_matters_only_where_it_would_make_a_difference() {
        use Holds::{No, Unknown, Yes};
        let role = |above, teams, system, unread| {
            role_at_others(above, (teams, "teams"), (system, "system"), unread)
        };
        assert_eq!(role(Yes, No, Yes, Some("unread")), (No, "teams"));
        assert_eq!(role(No, Yes, Yes, Some("unread")), (Yes, "system"));
        assert_eq!(role(No, Yes, No, Some("unread")), (Unknown, "unread"));
        assert_eq!(role(No, No, Yes, Some("unread")), (Unknown, "unread"));
        assert_eq!(role(Unknown, Yes, No, None), (Unknown, "teams"));
        assert_eq!(role(Unknown, No, No, None), (No, "system"));
        assert_eq!(role(No, Yes, No, None), (No, "system"));
    }
}
