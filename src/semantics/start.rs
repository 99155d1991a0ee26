//! Whether a session can be started, and which condition decides that (docs/language.md, 4.6).

use crate::ir::{JumpGroupId, JumpPolicyId, TeamId, UserId};

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

/// Teams, ascending, each with the rank of a user: an index into [`crate::ir::TEAM_ROLES`].
pub type Ranks = Vec<(TeamId, u8)>;

/// What the role of a membership says about starting sessions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Resolves one entrance. `ranks_of` tells the ranks of the owner of an item.
    pub fn start<'r>(
        &self,
        entrance: Entrance,
        ranks_of: impl Fn(UserId) -> &'r [(TeamId, u8)],
    ) -> Started<D> {
        let (role, own_policy) = self.role(entrance.place, ranks_of);
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
        ranks_of: impl Fn(UserId) -> &'r [(TeamId, u8)],
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
            Place::Owner(owner) if self.user == Some(owner) => (Some(self.personal), None),
            Place::Owner(owner) if ranks_above(&self.ranks, ranks_of(owner)) => {
                (Some(self.teams), None)
            }
            Place::Owner(_) => (Some(self.system), None),
        }
    }

    /// The same without who decided.
    pub fn values(&self) -> Starter<()> {
        Starter {
            settings: self
                .settings
                .iter()
                .map(|found| found.map(|(holds, _)| (holds, ())))
                .collect(),
            invites: self.invites,
            groups: self.groups.iter().map(GroupRole::value).collect(),
            unread: self.unread.map(|_| ()),
            personal: (self.personal.0, ()),
            user: self.user,
            teams: (self.teams.0, ()),
            system: (self.system.0, ()),
            ranks: self.ranks.clone(),
        }
    }
}

impl<D> GroupRole<D> {
    fn value(&self) -> GroupRole<()> {
        let GroupRole { group, starts, jump_policy, .. } = *self;
        GroupRole { group, starts, jump_policy, by: () }
    }
}

/// Whether one user ranks above another in some team that both are in.
pub fn ranks_above(ranks: &[(TeamId, u8)], other: &[(TeamId, u8)]) -> bool {
    ranks.iter().any(|(team, rank)| {
        let at = other.binary_search_by_key(team, |(team, _)| *team);
        at.is_ok_and(|at| other[at].1 < *rank)
    })
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
        assert!(ranks_above(&[(a, 1)], &[(a, 0)]));
        assert!(!ranks_above(&[(a, 1)], &[(a, 1)]));
        assert!(!ranks_above(&[(a, 2)], &[(b, 0)]));
        assert!(ranks_above(&[(a, 0), (b, 1)], &[(a, 2), (b, 0)]));
    }
}
