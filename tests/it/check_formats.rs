//! `check` for other programs, and `check --fix`: what is written, and what is left alone.

use crate::cli::{Run, precedent};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with files, by path and bytes.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a path in the folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    let folder = folder.to_str().expect("a scratch path is UTF-8");
    precedent(&[&["check", folder], arguments].concat())
}

/// All files of a folder with their bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.map(|path| (path.clone(), fs::read(&path).expect("a file"))).collect();
    files.sort();
    files
}

/// A missing `=`, and a name that is nearly another, in a file with a byte order mark and CRLF.
const BROKEN: &str = "\u{feff}session policy \"Vendor\" {\r\n  screen_sharing view_only\r\n}\r\n";
const FIXED: &str = "\u{feff}session policy \"Vendor\" {\r\n  screen_sharing = view_only\r\n}\r\n";
const USES: &str = "jump item \"plc\" {\n  kind = jump_client\n  session_policy = \"Vendro\"\n}\n";

#[test]
fn fixes_are_made_and_what_is_left_is_shown() {
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let run = check(folder.path(), &["--fix"]);
    assert_eq!(fs::read_to_string(folder.path().join("a.prec")).expect("a text"), FIXED);
    assert_eq!(
        fs::read_to_string(folder.path().join("b.prec")).expect("a text"),
        USES.replace("Vendro", "Vendor")
    );
    assert!(run.stdout.starts_with("2 fixes in 2 files\n"), "{}", run.stdout);
    assert_eq!(contents(folder.path()).len(), 2, "no temporary file is left");
    let again = check(folder.path(), &["--fix"]);
    assert!(again.stdout.starts_with("0 fixes in 0 files\n"), "{}", again.stdout);
    assert_eq!(again.status, run.status);
}

#[test]
fn a_file_with_other_errors_gets_its_fixes() {
    // Another line of the file has no safe fix; those of the file and of others are made.
    let hopeless = BROKEN.replace("\r\n}", "\r\n  what is this?\r\n}");
    let folder = folder(&[
        ("a.prec", &hopeless),
        ("b.prec", USES),
        ("c.prec", &BROKEN.replace("Vendor", "Other")),
    ]);
    let uses = USES.replace("\"plc\"", "\"plc\" ");
    fs::write(folder.path().join("b.prec"), &uses).expect("a file");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("3 fixes in 3 files\n"), "{}", run.stdout);
    let better = FIXED.replace("\r\n}", "\r\n  what is this?\r\n}");
    let texts = ["a.prec", "b.prec", "c.prec"]
        .map(|name| fs::read_to_string(folder.path().join(name)).expect("a text"));
    assert_eq!(texts, [better, uses.replace("Vendro", "Vendor"), FIXED.replace("Vendor", "Other")]);
}

#[test]
fn a_guess_is_shown_and_not_made() {
    // Another policy, another person, what a list means, and as what one is a member: all for a
    // person to say.
    let guesses = "session policy \"Level 2\" {\n  screen_sharing = view_only\n  \
                   screen_sharing.applications = [\"a\"]\n}\nteam \"T\"\nuser \"jan.novak\" {\n  \
                   session_policy = \"Level 3\"\n  team \"T\"\n}\ngroup policy \"G\" {\n  \
                   members = [user \"jana.novak\"]\n}\n";
    let folder = folder(&[("a.prec", guesses)]);
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("0 fixes in 0 files\n"), "{}", run.stdout);
    assert_eq!(fs::read_to_string(folder.path().join("a.prec")).expect("a text"), guesses);
    let found: Value =
        serde_json::from_str(&check(folder.path(), &["--format", "json"]).stdout).expect("JSON");
    let fixes =
        found.as_array().expect("findings").iter().filter_map(|found| found["fixes"].get(0));
    let applicability: Vec<&Value> = fixes.map(|fix| &fix["applicability"]).collect();
    assert_eq!(applicability, ["unsafe"; 4], "{found}");
}

#[test]
fn a_diff_writes_nothing() {
    let folder = folder(&[("b.prec", USES), ("a.prec", BROKEN)]);
    let before = contents(folder.path());
    for arguments in [&["--diff"][..], &["--diff", "--fix"]] {
        let run = check(folder.path(), arguments);
        assert_eq!(run.status, 1, "the files are as they were");
        assert!(
            run.stdout.contains("-  screen_sharing view_only\r\n+  screen_sharing = view_only\r\n")
        );
        assert!(run.stdout.contains("--- b.prec\n+++ b.prec\n"), "{}", run.stdout);
        assert_eq!(run.stderr, "would make 2 fixes in 2 files; nothing was written\n");
        assert_eq!(contents(folder.path()), before);
    }
    assert_eq!(check(folder.path(), &["--diff", "--format", "json"]).status, 2);
}

#[test]
fn files_that_are_no_text_are_left_alone() {
    let folder = folder(&[]);
    let bytes = [BROKEN.as_bytes(), b"# \xff\r\n"].concat();
    fs::write(folder.path().join("a.prec"), &bytes).expect("a file");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("0 fixes in 0 files\n"), "{}", run.stdout);
    assert_eq!(fs::read(folder.path().join("a.prec")).expect("a file"), bytes);
}

#[test]
fn the_manifest_is_fixed_unless_that_uncovers_more() {
    const MANIFEST: &str = "[lints]\ntest-without-expct = \"allow\"\n";
    let good = folder(&[("precedent.toml", MANIFEST), ("a.prec", FIXED)]);
    let run = check(good.path(), &["--fix"]);
    assert!(run.stdout.starts_with("1 fix in 1 file\n"), "{}", run.stdout);
    let text = fs::read_to_string(good.path().join("precedent.toml")).expect("a text");
    assert_eq!(text, MANIFEST.replace("expct", "expect"));

    // Another profile makes other policies wrong: that is for a person to decide.
    let policy = "session policy \"Vendor\" {\n  screen_sharing.clipboard = not_allowed\n}\n";
    let policy = format!("{policy}{}", policy.replace("Vendor", "Other"));
    let bad = folder(&[("precedent.toml", "profil = \"bomgar-15.1\"\n"), ("a.prec", &policy)]);
    let before = contents(bad.path());
    let run = check(bad.path(), &["--fix"]);
    let summary = "0 fixes in 0 files; 1 more would have made other errors, and was left out\n";
    assert!(run.stdout.starts_with(summary), "{}", run.stdout);
    assert_eq!(contents(bad.path()), before);
}

#[test]
fn reports_for_programs_stand_alone_on_standard_output() {
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let run = check(folder.path(), &["--fix", "--format", "json"]);
    let left: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert!(
        left.as_array().is_some_and(|left| left.iter().all(|found| found["severity"] != "error")),
        "{left}"
    );
    assert_eq!((run.status, run.stderr.as_str()), (0, "2 fixes in 2 files\n"));
}

#[cfg(unix)]
#[test]
fn a_read_only_file_keeps_all_files_as_they_are() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let guarded = folder.path().join("b.prec");
    fs::set_permissions(&guarded, fs::Permissions::from_mode(0o444)).expect("set");
    let before = contents(folder.path());
    let run = check(folder.path(), &["--fix"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("b.prec` cannot be written: it is read-only"), "{}", run.stderr);
    assert_eq!(contents(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let elsewhere = folder(&[("a.txt", USES)]);
    let folder = folder(&[("b.prec", FIXED)]);
    let (link, target) = (folder.path().join("a.prec"), elsewhere.path().join("a.txt"));
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("1 fix in 1 file\n"), "{}", run.stdout);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("a text"), USES.replace("Vendro", "Vendor"));
}

#[test]
fn a_compiled_file_cannot_be_fixed() {
    let folder = folder(&[]);
    let compiled = folder.path().join("compiled.json");
    let compiled = compiled.to_str().expect("a scratch path is UTF-8");
    assert_eq!(precedent(&["compile", "examples/acme", "-o", compiled]).status, 0);
    for option in ["--fix", "--diff"] {
        let run = precedent(&["check", compiled, option]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("a compiled file cannot be fixed"), "{}", run.stderr);
    }
    assert_eq!(precedent(&["check", compiled, "--format", "sarif"]).status, 0);
}

/// Paths lead from the current folder, which is the repository's in these tests and in CI.
#[test]
fn other_programs_find_the_files_from_the_current_folder() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a scratch folder");
    fs::write(folder.path().join("ä b.prec"), USES).expect("a file");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let json = |format: &str| -> Value {
        let run = check(folder.path(), &["--format", format]);
        assert_eq!((run.status, run.stderr.as_str()), (1, ""));
        serde_json::from_str(&run.stdout).expect("JSON")
    };
    let path = json("rdjson")["diagnostics"][0]["location"]["path"].clone();
    let path = path.as_str().expect("a path").to_owned();
    assert!(here.join(&path).is_file(), "{path}");
    let location =
        json("sarif")["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone();
    assert_eq!(
        location["artifactLocation"]["uri"],
        path.replace('ä', "%C3%A4").replace(' ', "%20")
    );
    assert_eq!(location["region"]["startLine"], 3);
    let github = check(folder.path(), &["--format", "github"]).stdout;
    assert!(github.starts_with(&format!("::error file={path},line=3,col=20,")), "{github}");
    let junit = check(folder.path(), &["--format", "junit"]).stdout;
    assert!(junit.contains(&format!("<testcase name=\"{path}\"")), "{junit}");
}
