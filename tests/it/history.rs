//! A repository with a real history: ACME's site, and pull requests of different kinds to it. What
//! the diff says about each of them, its causes above all, stands in `tests/history/`.

use crate::repository::Repository;
use std::fs;
use std::path::{Path, PathBuf};

/// A commit: what its report is called, its subject, and its edits: file, text, replacement.
type Commit = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const COMMITS: [Commit; 8] = [
    (
        "value",
        "The service desk's clipboard goes both ways",
        &[(
            "policies/session-people.prec",
            "  screen_sharing.clipboard = user_to_endpoint\n  screen_sharing.endpoint_restrictions = none\n",
            "  screen_sharing.clipboard = both_directions\n  screen_sharing.endpoint_restrictions = none\n",
        )],
    ),
    (
        "order",
        "Databases come after hosts",
        &[(
            "policies/order.prec",
            "  \"Database administrators\"\n  \"Unix administrators\"\n",
            "  \"Unix administrators\"\n  \"Database administrators\"\n",
        )],
    ),
    (
        "membership",
        "tomasz.zielinski moves to the Windows team",
        &[
            (
                "inventory/directory.prec",
                "    \"greta.nilsen\",\n    \"tomasz.zielinski\",\n",
                "    \"greta.nilsen\",\n",
            ),
            (
                "inventory/directory.prec",
                "    \"noah.feldman\",\n    \"sofia.lindqvist\",\n",
                "    \"noah.feldman\",\n    \"sofia.lindqvist\",\n    \"tomasz.zielinski\",\n",
            ),
        ],
    ),
    (
        "final",
        "Auditors are auditors first",
        &[(
            "policies/group-policies.prec",
            "  session_policy = \"Auditor read only\"\n",
            "  final session_policy = \"Auditor read only\"\n",
        )],
    ),
    (
        "assignment",
        "Domain controllers' rules hold for terminal servers too, and give no files",
        &[
            (
                "inventory/jump-items/servers.prec",
                "  kind = remote_rdp\n  group = \"Corporate servers\"\n",
                "  kind = remote_rdp\n  group = \"Corporate servers\"\n  session_policy = \"Terminal servers\"\n",
            ),
            (
                "policies/session-items.prec",
                "session policy \"Domain controllers\" {\n",
                "session policy \"Terminal servers\" {\n  available = [jump_items]\n\n  file_transfer = deny\n}\n\nsession policy \"Domain controllers\" {\n",
            ),
        ],
    ),
    (
        "refactoring",
        "Rename a policy, move a team, tidy up",
        &[
            (
                "policies/session-people.prec",
                "session policy \"Plant operations\" {",
                "session policy \"Control rooms\" {",
            ),
            (
                "policies/group-policies.prec",
                "  session_policy = \"Plant operations\"\n",
                "  session_policy = \"Control rooms\"\n",
            ),
            (
                "policies/session-people.prec",
                "\"Full work on Windows servers.\"",
                "\"Full work on Windows servers, and on nothing else.\"",
            ),
            ("inventory/access.prec", "team \"Plant operations\"\n", ""),
            (
                "inventory/invites.prec",
                "invite \"Audit firm walkthrough\" {\n",
                "team \"Plant operations\"\n\ninvite \"Audit firm walkthrough\" {\n",
            ),
            (
                "policies/order.prec",
                "order session layers, first defined wins {\n",
                "order session layers, first defined wins {\n\n",
            ),
        ],
    ),
    (
        "inventory",
        "A file server is replaced",
        &[(
            "inventory/jump-items/servers.prec",
            "  item \"srv-file02\"\n",
            "  item \"srv-file03\"\n",
        )],
    ),
    (
        "profile",
        "What if the product were still 25.2?",
        &[
            ("precedent.toml", "pra-25.3", "pra-25.2"),
            ("policies/order.prec", "  invite\n  jump_item\n", "  jump_item\n  invite\n"),
        ],
    ),
];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn copy(from: &Path, repository: &Repository, to: &str) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{to}{}", path.file_name().expect("a name").to_string_lossy());
        match path.is_dir() {
            true => copy(&path, repository, &format!("{name}/")),
            false => repository.write(&name, fs::read(&path).expect("a file")),
        }
    }
}

#[test]
fn the_causes_of_commits_of_every_kind_are_what_was_edited() {
    let Some(repository) = Repository::new() else { return };
    copy(&here("examples/acme"), &repository, "");
    repository.commit("The site as it is");
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    for (name, subject, edits) in COMMITS {
        for (file, text, replacement) in edits {
            let before = fs::read_to_string(repository.path(file)).expect("a policy file");
            assert_eq!(before.matches(text).count(), 1, "{text} in {file}");
            repository.write(file, before.replace(text, replacement));
        }
        repository.commit(subject);
        let run = repository.precedent(&["diff", "HEAD~1", "HEAD"]);
        let printed = format!("# {subject}\n$ precedent diff HEAD~1 HEAD\n{}", run.stdout);
        assert_eq!(run.stderr, "", "{name}");
        let path = here("tests/history").join(format!("{name}.txt"));
        if update {
            fs::write(&path, &printed).expect("written");
        }
        let shown = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            printed == shown,
            "{} is stale: run the tests with UPDATE_EXPECTED=1 and read the change",
            path.display()
        );
    }
}
