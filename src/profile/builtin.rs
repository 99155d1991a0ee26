//! The built-in profiles: as TOML, which people read and which `extends` takes further, and as the
//! JSON of the profile that comes of it. Reading the JSON takes a fraction of the time, which is
//! half of the whole run for a small workspace. A test holds that both say the same.

use super::{Profile, load};
use crate::source::{FileId, SourceFile};

macro_rules! profiles {
    ($($id:literal)*) => {
        /// Ids and TOML texts of the built-in profiles.
        pub const BUILTIN: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("builtin/", $id, ".toml")))),*];

        /// The same profiles as JSON, in the same order.
        const READ: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("builtin/", $id, ".json")))),*];
    };
}

profiles!("pra-25.3" "pra-25.2" "rs-25.3" "rs-25.2" "bomgar-15.1");

/// A built-in profile by its id.
pub fn builtin(id: &str) -> Option<Profile> {
    let (_, json) = READ.iter().find(|(known, _)| *known == id)?;
    let profile = serde_json::from_str(json);
    debug_assert!(profile.is_ok(), "{id}: {profile:?}");
    profile.ok()
}

/// The same from its TOML, for profiles that extend it: the JSON of built-in ones is made from them.
pub(super) fn from_toml(id: &str) -> Option<Profile> {
    let (_, text) = BUILTIN.iter().find(|(known, _)| *known == id)?;
    load(FileId(0), &SourceFile::new(format!("{id}.toml"), *text)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_pra_has_the_sizes_of_its_documents() {
        let pra = builtin("pra-25.3").expect("a built-in profile");
        assert_eq!((pra.permissions.len(), pra.settings.len(), pra.methods.len()), (20, 36, 11));
    }
}
