//! What can be edited, and how far the edit of it can reach.

/// What was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EditKind {
    /// A line of a session policy or the global default.
    Permission,
    /// A line that gives accounts a setting.
    Setting,
    /// A line that makes accounts members of a jump group, team, jumpoint or vault account group.
    Membership,
    /// A `session_policy` line.
    Assignment,
    /// Who is in a group policy or an embassy.
    Members,
    /// Who is in a directory group.
    DirectoryMembers,
    /// A group policy moved in the order.
    Order,
    /// Which portal a jump item names.
    Portal,
    /// Which portal is the default one.
    DefaultPortal,
    /// The kind of a jump item, which is the method of its sessions.
    JumpItemKind,
    /// A user, invite, jump item or portal was added.
    Added,
    /// A user, invite, jump item or portal was removed.
    Removed,
    /// The profile of the product.
    Profile,
    /// What a jump item role allows.
    Role,
    /// Where a jump item is found: its jump group, or the user who owns it.
    JumpGroup,
    /// The jump policy of a jump item.
    JumpPolicy,
    /// A day up to which a membership, a user or an invite is meant to last.
    Date,
    /// What a session policy is available for.
    Availability,
    /// An object has another name and is otherwise the same.
    Renamed,
    /// An object of which the matrix knows only the name was added or removed.
    Declaration,
    /// Descriptions, tags, code names, display names, ids.
    Words,
    /// A declaration moved to another file.
    MovedFile,
    /// A test.
    Test,
    /// Gates, inventory, sessions or lint levels of the manifest.
    Manifest,
}

/// How far an edit can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It may change a cell of the matrix.
    Matrix,
    /// It decides on something that the matrix does not show.
    OutsideMatrix,
    /// It changes nobody's permissions.
    Nothing,
}

impl EditKind {
    /// The name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            EditKind::Permission => "permission",
            EditKind::Setting => "setting",
            EditKind::Membership => "membership",
            EditKind::Assignment => "assignment",
            EditKind::Members => "members",
            EditKind::DirectoryMembers => "directory_members",
            EditKind::Order => "order",
            EditKind::Portal => "portal",
            EditKind::DefaultPortal => "default_portal",
            EditKind::JumpItemKind => "kind",
            EditKind::Added => "added",
            EditKind::Removed => "removed",
            EditKind::Profile => "profile",
            EditKind::Role => "role",
            EditKind::JumpGroup => "jump_group",
            EditKind::JumpPolicy => "jump_policy",
            EditKind::Date => "date",
            EditKind::Availability => "availability",
            EditKind::Renamed => "renamed",
            EditKind::Declaration => "declaration",
            EditKind::Words => "words",
            EditKind::MovedFile => "moved",
            EditKind::Test => "test",
            EditKind::Manifest => "manifest",
        }
    }

    /// How far an edit of this kind can reach.
    pub fn reach(self) -> Reach {
        match self {
            EditKind::Permission
            | EditKind::Setting
            | EditKind::Membership
            | EditKind::Assignment
            | EditKind::Members
            | EditKind::DirectoryMembers
            | EditKind::Order
            | EditKind::Portal
            | EditKind::DefaultPortal
            | EditKind::JumpItemKind
            | EditKind::Added
            | EditKind::Removed
            | EditKind::Role
            | EditKind::JumpGroup
            | EditKind::JumpPolicy
            | EditKind::Profile => Reach::Matrix,
            EditKind::Date | EditKind::Manifest => Reach::OutsideMatrix,
            EditKind::Availability
            | EditKind::Renamed
            | EditKind::Declaration
            | EditKind::Words
            | EditKind::MovedFile
            | EditKind::Test => Reach::Nothing,
        }
    }

    /// Where several sets of edits explain a cell, those of a lower rank are preferred: the more
    /// specific the line, the better it explains.
    pub fn rank(self) -> u8 {
        match self {
            EditKind::Permission => 0,
            EditKind::Setting => 1,
            EditKind::Membership => 2,
            EditKind::Assignment => 3,
            EditKind::Members => 4,
            EditKind::DirectoryMembers => 5,
            EditKind::Order => 6,
            EditKind::Portal => 7,
            EditKind::DefaultPortal => 8,
            EditKind::JumpItemKind => 9,
            EditKind::Added => 10,
            EditKind::Removed => 11,
            EditKind::Profile => 12,
            EditKind::Role => 2,
            EditKind::JumpGroup | EditKind::JumpPolicy => 7,
            // These change no cell, and so explain none.
            EditKind::Date
            | EditKind::Availability
            | EditKind::Renamed
            | EditKind::Declaration
            | EditKind::Words
            | EditKind::MovedFile
            | EditKind::Test
            | EditKind::Manifest => 13,
        }
    }
}
