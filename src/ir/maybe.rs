//! What most objects of a large site have not: a pointer to nothing then.

use super::{Assignment, Grants};
use serde::{Deserialize, Serialize};

/// A text that most objects have not: where there is none, it takes one word, not two or three.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RareText(Box<Box<str>>);

impl std::ops::Deref for RareText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for RareText {
    fn from(text: String) -> Self {
        RareText(Box::new(text.into()))
    }
}

/// Grants that may be nothing, as those of nearly all users of a large site are. They are then a
/// pointer to nothing, not 130 bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MaybeGrants(Option<Box<Grants>>);

impl MaybeGrants {
    /// What is given, to change it; `None` where nothing is.
    pub fn written_mut(&mut self) -> Option<&mut Grants> {
        self.0.as_deref_mut()
    }
}

impl std::ops::Deref for MaybeGrants {
    type Target = Grants;

    fn deref(&self) -> &Grants {
        static NOTHING: Grants = Grants {
            settings: Vec::new(),
            session_policy: [None; 2],
            memberships: Vec::new(),
            others: None,
            memberships_unknown: None,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl From<Grants> for MaybeGrants {
    fn from(grants: Grants) -> Self {
        MaybeGrants((grants != Grants::default()).then(|| Box::new(grants)))
    }
}

impl Serialize for MaybeGrants {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MaybeGrants {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Grants::deserialize(deserializer).map(MaybeGrants::from)
    }
}

/// The session policies of a jump item, of which most items of a large site have none. They are
/// then a pointer to nothing, not 50 bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MaybeAssignments(Option<Box<[Option<Assignment>; 2]>>);

impl MaybeAssignments {
    /// What is assigned, to change it; `None` where nothing is.
    pub fn written_mut(&mut self) -> Option<&mut [Option<Assignment>; 2]> {
        self.0.as_deref_mut()
    }
}

impl std::ops::Deref for MaybeAssignments {
    type Target = [Option<Assignment>; 2];

    fn deref(&self) -> &[Option<Assignment>; 2] {
        self.0.as_deref().unwrap_or(&[None; 2])
    }
}

impl From<[Option<Assignment>; 2]> for MaybeAssignments {
    fn from(assignments: [Option<Assignment>; 2]) -> Self {
        MaybeAssignments((assignments != [None; 2]).then(|| Box::new(assignments)))
    }
}

impl Serialize for MaybeAssignments {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MaybeAssignments {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <[Option<Assignment>; 2]>::deserialize(deserializer).map(MaybeAssignments::from)
    }
}
