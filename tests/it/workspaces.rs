//! Which files belong to a workspace, and what a manifest says about it.

use precedent::diagnostic::{Code, Diagnostic, Severity};
use precedent::ir::SessionScope;
use precedent::workspace::Workspace;
use precedent::workspace::files::{Place, files};
use precedent::workspace::tree::Memory;
use std::path::Path;

fn tree(files: &[(&str, &str)]) -> Memory {
    Memory::new(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
}

/// The files of the workspace in a folder.
fn paths(folder: &str, texts: &[(&str, &str)]) -> Vec<String> {
    let mut paths: Vec<String> =
        files(&tree(texts), Path::new(folder)).files.into_iter().map(|file| file.path).collect();
    paths.sort();
    paths
}

/// The findings about a manifest beside one policy file.
fn findings(manifest: &str) -> Vec<Diagnostic> {
    let texts = [("precedent.toml", manifest), ("policies/a.prec", "user \"ada\"\n")];
    let of_manifest = |found: &&Diagnostic| {
        matches!(found.code, Code::BAD_GLOB | Code::NO_FILES | Code::MANIFEST_VALUE)
    };
    Workspace::from_texts(texts).diagnostics().iter().filter(of_manifest).cloned().collect()
}

fn messages(manifest: &str) -> Vec<String> {
    findings(manifest).into_iter().map(|found| found.message).collect()
}

/// The manifest with the fixes of its findings.
fn fixed(manifest: &str) -> String {
    let mut text = manifest.to_owned();
    let found = findings(manifest);
    let mut edits: Vec<_> =
        found.iter().flat_map(|found| &found.fixes).flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
    }
    text
}

#[test]
fn hidden_files_belong_to_a_workspace_only_where_a_pattern_says_so() {
    let texts = [
        ("a.prec", ""),
        ("._a.prec", ""),
        (".backup/a.prec", ""),
        ("sub/.terraform/x.prec", ""),
        ("policies/b.prec", ""),
        ("policies/notes.txt", ""),
    ];
    assert_eq!(paths("", &texts), ["a.prec", "policies/b.prec"]);
    let manifest = ("precedent.toml", "policies = [\"**/*.prec\", \".backup/*.prec\"]\n");
    let texts = [&texts[..], &[manifest]].concat();
    assert_eq!(paths("", &texts), [".backup/a.prec", "a.prec", "policies/b.prec"]);
}

#[test]
fn other_workspaces_and_checkouts_are_not_part_of_one() {
    let texts = [
        ("a.prec", ""),
        ("other/precedent.toml", ""),
        ("other/b.prec", ""),
        ("checkout/.git", "gitdir: elsewhere\n"),
        ("checkout/c.prec", ""),
    ];
    assert_eq!(paths("", &texts), ["a.prec"]);
}

#[test]
fn excluded_files_are_left_out_and_included_folders_join() {
    let texts = [
        (
            "sites/emea/precedent.toml",
            "exclude = [\"**/drafts/**\"]\ninclude = [\"../../shared\"]\n",
        ),
        ("sites/emea/a.prec", ""),
        ("sites/emea/drafts/b.prec", ""),
        ("shared/precedent.toml", "profile = \"rs-25.3\"\n"),
        ("shared/policies/x.prec", ""),
        ("shared/drafts/y.prec", ""),
        ("shared/other/precedent.toml", ""),
        ("shared/other/z.prec", ""),
    ];
    assert_eq!(paths("sites/emea", &texts), ["../../shared/policies/x.prec", "a.prec"]);
}

#[test]
fn folders_that_cannot_be_included_are_reported() {
    let say = |include: &str| {
        let manifest = format!("include = {include}\n");
        let texts = [
            ("a/site/precedent.toml", &*manifest),
            ("a/site/a.prec", "user \"ada\"\n"),
            ("a/shared/b.prec", "user \"ben\"\n"),
        ];
        let found = Workspace::read(&tree(&texts), Path::new("a/site"));
        let messages = found.diagnostics().iter().filter(|found| found.code == Code::BAD_GLOB);
        messages.map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(say("[\"../shared\"]"), [""; 0]);
    assert_eq!(
        say("[\"../../../out\"]"),
        ["the folder `../../../out` is outside of the repository"]
    );
    assert_eq!(say("[\"..\"]"), ["the folder `..` contains the workspace itself"]);
    assert_eq!(say("[\".\"]"), ["the folder `.` contains the workspace itself"]);
    assert_eq!(say("[\"../nowhere\"]"), ["the folder `../nowhere` is not a folder"]);
    assert_eq!(
        say("[\"../shared\", \"../shared/\"]"),
        ["the folder `../shared/` is included twice"]
    );
    assert_eq!(
        say("[\"../shared\", \"../../a/shared\"]"),
        ["the folder `../../a/shared` is included twice"]
    );
    assert_eq!(say("[\"/etc\"]"), ["the folder `/etc` is not a relative path"]);
    assert_eq!(say("['..\\shared']"), ["the folder `..\\shared` is not a relative path"]);
    assert_eq!(fixed("include = ['..\\shared']\n"), "include = [\"../shared\"]\n");
}

#[test]
fn patterns_that_cannot_be_meant_are_errors_with_a_fix() {
    for (manifest, message, after) in [
        (
            "policies = [\"policies\"]\n",
            "the pattern `policies` names a folder",
            "policies = [\"policies/**/*.prec\"]\n",
        ),
        (
            "policies = [\"policies/\"]\n",
            "the pattern `policies/` names a folder",
            "policies = [\"policies/**/*.prec\"]\n",
        ),
        (
            "policies = ['policies\\**\\*.prec']\n",
            "the pattern `policies\\**\\*.prec` contains a backslash",
            "policies = [\"policies/**/*.prec\"]\n",
        ),
        (
            "policies = [\"**/*.prec\", \"!vendor/**\"]\n",
            "the pattern `!vendor/**` cannot exclude files",
            "exclude = [\"vendor/**\"]\npolicies = [\"**/*.prec\"]\n",
        ),
        (
            "policies = [\"!vendor/**\", \"**/*.prec\"]\n",
            "the pattern `!vendor/**` cannot exclude files",
            "exclude = [\"vendor/**\"]\npolicies = [\"**/*.prec\"]\n",
        ),
        (
            "policies = [\"**/*.prec\", \"!vendor/**\"]\nexclude = [ ]\n",
            "the pattern `!vendor/**` cannot exclude files",
            "policies = [\"**/*.prec\"]\nexclude = [ \"vendor/**\"]\n",
        ),
        (
            "exclude = ['old/**',]\npolicies = [\"!vendor/**\"]\n",
            "the pattern `!vendor/**` cannot exclude files",
            "exclude = ['old/**',\"vendor/**\"]\n\n",
        ),
        (
            "policies = 'policies/**/*.prec' # all\n",
            "expected a list, found a string",
            "policies = ['policies/**/*.prec'] # all\n",
        ),
        (
            "policies = [\"policies/./**/*.prec\"]\n",
            "the pattern `policies/./**/*.prec` has a name that no file or folder has",
            "policies = [\"policies/**/*.prec\"]\n",
        ),
    ] {
        let found = messages(manifest);
        assert!(found.contains(&message.to_owned()), "{manifest}: {found:?}");
        let after_fix = fixed(manifest);
        assert_eq!(after_fix, after);
        assert_eq!(messages(&after_fix), [""; 0]);
    }
    // Each of two changes the other list, so they are mended one after the other.
    let two = "policies = [\"**/*.prec\", \"!vendor/**\", '!old/**']\n";
    assert_eq!(messages(two).len(), 2);
    let after = "exclude = [\"vendor/**\", \"old/**\"]\npolicies = [\"**/*.prec\"]\n";
    assert_eq!(fixed(&fixed(two)), after);
    assert_eq!(messages("policies = [\"./policies/*.prec\"]\n"), [""; 0]);
}

#[test]
fn each_pattern_without_files_is_a_warning_and_no_file_at_all_an_error() {
    let found = findings("policies = [\"policies/**/*.prec\", \"Policies/**\"]\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "the pattern `Policies/**` matches no policy file");
    assert_eq!(found[0].severity, Severity::Warning);
    let found = findings("policies = [\"{policies,polices}/**/*.prec\"]\n");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "the part `polices` of the pattern `{policies,polices}/**/*.prec` matches no policy file"
    );
    assert_eq!(found[0].severity, Severity::Warning);
    let found = findings("policies = [\"polices/**/*.prec\"]\n");
    let of = |severity| found.iter().filter(|found| found.severity == severity).count();
    assert_eq!((of(Severity::Warning), of(Severity::Error)), (1, 1), "{found:?}");
}

#[test]
fn the_manifest_says_which_sessions_and_what_is_inventory() {
    let text =
        "sessions = \"all\"\n[diff]\ninventory = [\"./inventory/**\", \"../shared/*.prec\"]\n";
    let texts = [("precedent.toml", text), ("a.prec", "user \"ada\"\n")];
    let workspace = Workspace::from_texts(texts);
    let policies = workspace.policies().expect("fine policies");
    let tables = &policies.ir().tables;
    assert_eq!(tables.sessions, SessionScope::All);
    assert_eq!(tables.inventory, ["inventory/**", "../shared/*.prec"]);
    assert_eq!(messages("sessions = \"some\"\n"), ["invalid value `some`"]);
}

#[test]
fn a_folder_inside_a_workspace_stands_for_it() {
    let texts = [
        ("site/precedent.toml", "policies = [\"policies/**/*.prec\"]\n"),
        ("site/policies/a.prec", ""),
        ("site/drafts/b.prec", ""),
    ];
    let tree = tree(&texts);
    let of = |folder: &str| Place::of_folder(&tree, Path::new(folder));
    assert_eq!(of("site/policies"), Place::Folder("site".into()));
    assert_eq!(of("site/drafts"), Place::Folder("site/drafts".into()));
    assert_eq!(of("site"), Place::Folder("site".into()));
}

/// What is asked for and has nothing in it does not pass in silence.
#[test]
fn a_folder_that_has_nothing_to_include_is_told() {
    let say = |manifest: &str, shared: &[(&str, &str)]| {
        let texts = [("site/precedent.toml", manifest), ("site/a.prec", "user \"ada\"\n")];
        let found = Workspace::read(&tree(&[&texts, shared].concat()), Path::new("site"));
        let files = found.diagnostics().iter().filter(|found| found.code == Code::NO_FILES);
        files.map(|found| (found.severity, found.message.clone())).collect::<Vec<_>>()
    };
    let plain = "include = [\"../shared\"]\n";
    let message = "the folder `../shared` has no policy file".to_owned();
    let expected = [(Severity::Warning, message)];
    assert_eq!(say(plain, &[("shared/x.prec", "")]), []);
    assert_eq!(say(plain, &[("shared/notes.txt", "")]), expected);
    assert_eq!(say(plain, &[("shared/.old/x.prec", "")]), expected);
    assert_eq!(say(plain, &[("shared/in/precedent.toml", ""), ("shared/in/x.prec", "")]), expected);
    let without = "include = [\"../shared\"]\nexclude = [\"../shared/**\"]\n";
    assert_eq!(say(without, &[("shared/x.prec", "")]), expected);
}

#[test]
fn names_that_no_file_has_are_taken_out_of_patterns() {
    for (written, right) in [
        ("policies//*.prec", "policies/*.prec"),
        ("policies/x/../*.prec", "policies/*.prec"),
        (" policies/*.prec", "policies/*.prec"),
        ("policies / *.prec ", "policies/*.prec"),
    ] {
        let manifest = format!("policies = [\"{written}\"]\n");
        let message = format!("the pattern `{written}` has a name that no file or folder has");
        assert!(messages(&manifest).contains(&message), "{:?}", messages(&manifest));
        let after = fixed(&manifest);
        assert_eq!(after, format!("policies = [\"{right}\"]\n"));
        assert_eq!(messages(&after), [""; 0]);
    }
    // What stands before it is the manifest's own folder.
    assert_eq!(messages("policies = [\".//policies/*.prec\"]\n"), [""; 0]);
    for (written, right) in
        [("policies/*.perc", "policies/*.prec"), ("**/policies", "**/policies/**/*.prec")]
    {
        let manifest = format!("policies = [\"{written}\"]\n");
        assert_eq!(fixed(&manifest), format!("policies = [\"{right}\"]\n"));
    }
    let found = findings("policies = [\"../*.prec\"]\n");
    let outside = found.iter().find(|found| found.code == Code::BAD_GLOB).expect("a bad pattern");
    assert_eq!(outside.message, "the pattern `../*.prec` leads outside of the workspace");
    assert!(outside.fixes.is_empty());
    let [exclude, inventory] =
        ["exclude = [\"a//b.prec\"]\n", "[diff]\ninventory = [\"a//b.prec\"]\n"];
    for manifest in [exclude, inventory] {
        assert_eq!(
            messages(manifest),
            ["the pattern `a//b.prec` has a name that no file or folder has"]
        );
    }
}
