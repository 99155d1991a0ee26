//! The built-in profiles are sound, and the JSON that the program reads says what their TOML says.

use precedent::profile::{BUILTIN, builtin, load};
use precedent::source::{FileId, SourceFile};
use std::fs;
use std::path::Path;

/// `UPDATE_EXPECTED=1` writes the JSON anew.
#[test]
fn the_json_of_a_profile_says_what_its_toml_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/profile/builtin");
    for (id, text) in BUILTIN {
        let (profile, findings) = load(FileId(0), &SourceFile::new(*id, *text));
        assert_eq!(findings, [], "{id}");
        let profile = profile.expect("a profile without findings");
        assert_eq!(profile.id, *id);
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let json = serde_json::to_string(&profile).expect("a profile has a JSON form");
            fs::write(folder.join(format!("{id}.json")), json + "\n").expect("the source");
        } else {
            assert_eq!(builtin(id), Some(profile), "{id}: `UPDATE_EXPECTED=1` writes the JSON");
        }
    }
}
