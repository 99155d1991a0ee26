//! The inputs on which a fuzz target once failed, and seeds for those that cannot be made from the
//! examples: each target takes all of its folder. See `fuzz/README.md`.

#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 11] = [
    ("compile", targets::compile),
    ("format", targets::format),
    ("fixes", targets::fixes),
    ("manifest", targets::manifest),
    ("profile", targets::profile),
    ("compiled", targets::compiled),
    ("acceptances", targets::acceptances),
    ("questions", targets::questions),
    ("diff", targets::diff),
    ("pages", targets::pages),
    ("edits", targets::edits),
];

#[test]
fn what_once_failed_does_not_fail_again() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("tests/corpus/fuzz");
    for entry in fs::read_dir(&corpus).expect("the corpus") {
        let folder = entry.expect("an entry").path();
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let target = TARGETS.iter().find(|(target, _)| name.as_deref() == Some(*target));
        let (_, target) = target.unwrap_or_else(|| panic!("{name:?} is no target"));
        let inputs = fs::read_dir(&folder).expect("a folder").map(|entry| entry.map(|e| e.path()));
        for input in inputs {
            target(&fs::read(input.expect("an entry")).expect("a file"));
        }
    }
}

#[test]
fn each_target_is_built_and_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("a manifest");
    let page = fs::read_to_string(root.join("fuzz/README.md")).expect("a page");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
        assert!(page.contains(&format!("| `{name}` | ")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}
