//! Which session policy a layer of the profile contributes to a session (docs/language.md, 4.2).

use crate::profile::{LayerKind, Profile};

/// What the objects of one session assign: the invite or the user with its group policies, and the
/// jump item or portal. `None` where the session lacks the object, or it assigns nothing.
#[derive(Clone, Copy, Debug)]
pub struct Contributions<T> {
    /// The invite's policy; a session has an invite or a user.
    pub invite: Option<T>,
    /// The one that the group logic chooses.
    pub group_policies: Option<T>,
    /// The user's own.
    pub user: Option<T>,
    /// The jump item's, for the presence of the session.
    pub jump_item: Option<T>,
    /// That of the portal that [`portal`] names.
    pub portal: Option<T>,
    /// The global default.
    pub global_default: Option<T>,
}

impl<T> Default for Contributions<T> {
    fn default() -> Self {
        Contributions {
            invite: None,
            group_policies: None,
            user: None,
            jump_item: None,
            portal: None,
            global_default: None,
        }
    }
}

impl<T: Copy> Contributions<T> {
    /// What a layer contributes.
    pub fn of_layer(&self, profile: &Profile, layer: LayerKind) -> Option<T> {
        match layer {
            LayerKind::Invite => self.invite,
            LayerKind::JumpItem => self.jump_item,
            LayerKind::Portal => self.portal,
            LayerKind::GroupPolicy => self.group_policies,
            LayerKind::User => self.user,
            // What the group policies define replaces the user's own policy as a whole, `none`
            // too. Where invites have no layer of their own, they stand here.
            LayerKind::Representative => {
                let invite = self.invite.filter(|_| !profile.has_layer(LayerKind::Invite));
                invite.or(super::group_logic::setting(self.group_policies, self.user))
            }
            LayerKind::GlobalDefault => self.global_default,
        }
    }
}

/// The portal that a session belongs to: the target, else the one that the jump item names, else
/// the default one.
pub fn portal<T>(target_or_named: Option<T>, default: Option<T>) -> Option<T> {
    target_or_named.or(default)
}
