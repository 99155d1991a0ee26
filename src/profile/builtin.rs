//! The built-in profiles.

use super::{Profile, load};
use crate::source::{FileId, SourceFile};

/// Ids and texts of the built-in profiles.
pub const BUILTIN: &[(&str, &str)] = &[
    ("pra-25.3", include_str!("builtin/pra-25.3.toml")),
    ("pra-25.2", include_str!("builtin/pra-25.2.toml")),
    ("rs-25.3", include_str!("builtin/rs-25.3.toml")),
    ("rs-25.2", include_str!("builtin/rs-25.2.toml")),
    ("bomgar-15.1", include_str!("builtin/bomgar-15.1.toml")),
];

/// A built-in profile by its id.
pub fn builtin(id: &str) -> Option<Profile> {
    let (_, text) = BUILTIN.iter().find(|(known, _)| *known == id)?;
    let (profile, findings) = load(FileId(0), &SourceFile::new(format!("{id}.toml"), *text));
    debug_assert!(findings.is_empty(), "{findings:?}");
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_profile_is_sound() {
        for (id, text) in BUILTIN {
            let (profile, findings) = load(FileId(0), &SourceFile::new(*id, *text));
            assert_eq!(findings, [], "{id}");
            assert_eq!(profile.map(|profile| profile.id).as_deref(), Some(*id));
        }
    }

    #[test]
    fn the_catalogue_of_pra_has_the_sizes_of_its_documents() {
        let pra = builtin("pra-25.3").expect("a built-in profile");
        assert_eq!((pra.permissions.len(), pra.settings.len(), pra.methods.len()), (20, 36, 11));
    }
}
