//! Every kind of repository.

use super::{ALL, NONE, OWN, TEAM, change, forked, upstream, user};
use crate::cli::{precedent_in, run, text};
use crate::repository::{Repository, changes_in, git_in};
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_index_as_it_is_staged() {
    let Some(repository) = forked() else { return };
    let policies = repository.path("policies");
    let staged = || changes_in(&policies, &["--staged"]);
    let added = "user \"new\"\n";
    repository.write("policies/new.prec", added);
    repository.git(&["add", "--intent-to-add", "policies/new.prec"]);
    assert_eq!(staged(), (vec![], String::new()), "what is only meant to be added is not staged");
    repository.git(&["add", "policies/new.prec"]);
    // A manifest would make another workspace of its folder.
    repository.write("policies/sub/more.prec", "user \"more\"\n");
    repository.git(&["add", "policies/sub/more.prec"]);
    repository.write("policies/sub/precedent.toml", "");
    repository.git(&["add", "--intent-to-add", "policies/sub/precedent.toml"]);
    assert!(staged().0.iter().any(|row| row.starts_with("more ")), "{:?}", staged());
    repository.git(&["rm", "--quiet", "-r", "--cached", "policies/sub"]);
    assert!(staged().0.iter().all(|row| row.starts_with("new ")) && !staged().0.is_empty());
    repository.git(&["rm", "--quiet", "--cached", "policies/a.prec"]);
    assert!(staged().0.iter().any(|row| row.starts_with(&format!("u reports.sessions {ALL}"))));
    // As a hook sees it: another index.
    repository.git(&["reset", "--quiet", "--hard"]);
    fs::copy(repository.path(".git/index"), repository.path(".git/other")).expect("an index");
    repository.write("policies/a.prec", user(NONE));
    repository.git(&["add", "."]);
    let of = |index: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
        let arguments =
            ["diff", "--staged", "--of", "accounts", "--format", "csv", "--path", "policies"];
        command
            .args(arguments)
            .current_dir(repository.path("."))
            .env("GIT_DIR", ".git")
            .env("GIT_INDEX_FILE", index);
        run(&mut command).stdout.lines().count()
    };
    assert_eq!((of(".git/index"), of(".git/other")), (2, 1));
    repository.git(&["update-index", "--split-index"]);
    assert_eq!(staged().0, change(ALL, NONE));
    repository.git(&["update-index", "--no-split-index"]);
    for version in ["2", "3", "4"] {
        repository.git(&["update-index", "--index-version", version]);
        assert_eq!(staged().0, change(ALL, NONE), "an index of version {version}");
    }
    // What is not merged is known to be neither.
    repository.git(&["reset", "--quiet", "--hard"]);
    let merge =
        repository.git_command(&["merge", "--quiet", "topic"]).output().expect("git starts");
    assert!(!merge.status.success(), "both changed the line");
    let run = precedent_in(&policies, &["diff", "--staged"]);
    assert!(
        run.status == 2 && run.stderr.contains("a.prec") && run.stderr.contains("merge conflict"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("the index does not compile"), "{}", run.stderr);
}

#[test]
fn a_sparse_checkout_is_no_removal() {
    let Some(repository) = forked() else { return };
    for folder in ["a", "b"] {
        repository.write(&format!("policies/{folder}/x.prec"), format!("user \"{folder}\"\n"));
        repository.write(&format!("other/{folder}/x.txt"), "");
    }
    repository.commit("folders");
    let policies = repository.path("policies");
    for more in [&["--no-sparse-index"][..], &["--sparse-index"]] {
        repository.git(
            &[&["sparse-checkout", "set", "--cone"], more, &["policies/a", "other/a"]].concat(),
        );
        assert!(!policies.join("b").exists());
        let (_, said) = changes_in(&policies, &["HEAD"]);
        assert!(
            said.contains("`policies/b/x.prec` is not checked out")
                && said.contains("sparse-checkout"),
            "{said}"
        );
        for command in [&["check"][..], &["test"], &["matrix"], &["compile", "-o", "-"], &["order"]]
        {
            let run = precedent_in(&policies, command);
            assert_eq!(run.status, 2, "{command:?}: {}", run.stdout);
            let said = run.stdout + &run.stderr;
            assert!(said.contains("b/x.prec") && said.contains("not checked out"), "{said}");
        }
        assert_eq!(changes_in(&policies, &["--staged"]), (vec![], String::new()));
        assert!(changes_in(&policies, &["--staged", "topic"]).0.contains(&change(OWN, ALL)[0]));
        // Files that are left out do not matter unless they are policy files.
        repository.git(&["sparse-checkout", "set", "--cone", "policies"]);
        assert!(!repository.path("other/a").exists());
        assert_eq!(changes_in(&policies, &["HEAD"]), (vec![], String::new()));
        assert_eq!(precedent_in(&policies, &["check"]).status, 0);
    }
}

#[test]
fn a_revision_whose_commit_is_gone_is_no_typing_error() {
    let Some(repository) = forked() else { return };
    repository.write("policies/new.prec", "user \"new\"\n");
    repository.commit("the last one");
    let id = git_in(&repository.path("."), 0, &["rev-parse", "HEAD"]);
    let id = id.trim();
    fs::remove_file(repository.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..])))
        .expect("an object");
    let (_, said) = repository.changes(&["HEAD"]);
    assert!(said.contains("the commit that `HEAD` names cannot be read"), "{said}");
    assert!(!said.contains("did you mean"), "{said}");
}

#[test]
fn worktrees_and_bare_repositories() {
    let Some(repository) = forked() else { return };
    let linked = tempfile::tempdir().expect("a scratch folder");
    let folder = linked.path().join("w");
    repository.git(&["worktree", "add", "--quiet", text(&folder), "topic"]);
    assert_eq!(changes_in(&folder.join("policies"), &["main"]).0, change(ALL, OWN));
    assert_eq!(changes_in(&folder.join("policies"), &["--staged", "main"]).0, change(ALL, OWN));
    assert_eq!(repository.changes(&["main", text(&folder.join("policies"))]).0, change(ALL, OWN));
    let bare = linked.path().join("bare.git");
    git_in(linked.path(), 0, &["clone", "--quiet", "--bare", &repository.url(), text(&bare)]);
    assert_eq!(changes_in(&bare, &["main:policies", "topic"]).0, change(ALL, OWN));
    assert_eq!(changes_in(&bare, &["main", "topic", "--path", "policies"]).0, change(ALL, OWN));
    let says = |arguments: &[&str], part: &str| {
        let (_, said) = changes_in(&bare, arguments);
        assert!(said.contains(part), "{said}");
    };
    says(&["main", "topic"], "no `precedent.toml` in `.`, but `precedent.toml` is in `policies`");
    says(&["main:policies"], "the repository is bare: it has no work tree to compare with");
    says(&["--staged", "main:policies"], "the repository is bare: it has no index");
}

#[test]
fn shallow_and_partial_clones_say_what_to_fetch() {
    let Some(repository) = forked() else { return };
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let clones = tempfile::tempdir().expect("a scratch folder");
    let clone = |name: &str, options: &[&str]| {
        git_in(
            clones.path(),
            0,
            &[&["clone", "--quiet"], options, &[&repository.url(), name]].concat(),
        );
        clones.path().join(name)
    };
    let shallow = clone("shallow", &["--depth=1", "--no-single-branch"]);
    let policies = shallow.join("policies");
    let says = |folder: &Path, arguments: &[&str], parts: &[&str]| {
        let run = precedent_in(folder, &[&["diff"], arguments].concat());
        assert_eq!(run.status, 2, "{}", run.stdout);
        for part in parts {
            assert!(
                run.stderr.contains(part),
                "{arguments:?} says nothing of {part:?}: {}",
                run.stderr
            );
        }
    };
    assert_eq!(changes_in(&policies, &["origin/topic", "HEAD"]).0, change(OWN, ALL));
    says(
        &policies,
        &["HEAD~1", "HEAD"],
        &["there is no commit `HEAD~1`", "--deepen=1`", "depth of 2"],
    );
    says(&policies, &["HEAD^^"], &["there is no commit `HEAD^^`", "--deepen=2`", "depth of 3"]);
    says(&policies, &["origin/topic...HEAD"], &["have no merge base", "git fetch --unshallow"]);
    says(&policies, &["v9"], &["neither a path nor a revision", "git fetch --depth=1 origin v9"]);
    let single = clone("single", &["--depth=1"]);
    let fetch = "topic:refs/remotes/origin/topic";
    says(&single.join("policies"), &["origin/topic"], &[&format!("`git fetch origin {fetch}`")]);
    // The remedies do what they say.
    git_in(&single, 0, &["fetch", "--quiet", "origin", fetch]);
    assert_eq!(changes_in(&single.join("policies"), &["origin/topic"]).0, change(OWN, ALL));
    git_in(&shallow, 0, &["fetch", "--quiet", "--deepen=1"]);
    assert_eq!(changes_in(&policies, &["HEAD~1", "HEAD"]).0, change(TEAM, ALL));
    git_in(&shallow, 0, &["fetch", "--quiet", "--unshallow"]);
    assert_eq!(changes_in(&policies, &["origin/topic...HEAD"]).0, change(NONE, ALL));
    let partial = clone("partial", &["--filter=blob:none"]);
    let policies = partial.join("policies");
    assert_eq!(
        changes_in(&policies, &["HEAD"]).0,
        Vec::<String>::new(),
        "what is checked out is there"
    );
    says(
        &policies,
        &["HEAD~1", "HEAD"],
        &["a.prec", "is not in this clone", "--refetch --no-filter"],
    );
    git_in(&partial, 0, &["fetch", "--quiet", "--refetch", "--no-filter"]);
    assert_eq!(changes_in(&policies, &["HEAD~1", "HEAD"]).0, change(TEAM, ALL));
}

#[test]
fn submodules_are_left_out_and_told() {
    let (Some(repository), Some(module)) = (forked(), Repository::new()) else { return };
    module.write("m.prec", "user \"of the module\"\n");
    module.commit("a module");
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &module.url()];
    repository.git(&[&add[..], &["policies/module"]].concat());
    repository.git(&[&add[..], &["elsewhere"]].concat());
    repository.commit("two submodules");
    let (found, said) = changes_in(&repository.path("policies"), &["HEAD~1", "HEAD"]);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("HEAD (") && said.contains("the submodule `policies/module` is left out"),
        "{said}"
    );
    // A clean work tree does not differ, though the files of the module stand there.
    assert!(repository.path("policies/module/m.prec").exists());
    assert_eq!(changes_in(&repository.path("policies"), &["HEAD"]).0, Vec::<String>::new());
    let staged = changes_in(&repository.path("policies"), &["--staged"]);
    assert!(staged.0.is_empty() && staged.1.contains("the index: the submodule"), "{}", staged.1);
}

#[test]
fn sha_256_repositories() {
    let Some(repository) = Repository::with(&["--object-format=sha256"]) else { return };
    repository.write("a.prec", user(NONE));
    repository.commit("one");
    repository.write("a.prec", user(OWN));
    repository.commit("two");
    assert_eq!(repository.changes(&["HEAD~1", "HEAD"]).0, change(NONE, OWN));
    assert_eq!(repository.changes(&["--staged", "HEAD~1"]).0, change(NONE, OWN));
}

#[test]
fn a_reftable_is_reported() {
    let Some(repository) = Repository::with(&["--ref-format=reftable"]) else { return };
    repository.write("a.prec", user(NONE));
    repository.commit("one");
    repository.write("a.prec", user(OWN));
    let (_, said) = repository.changes(&["HEAD"]);
    assert!(said.contains("`HEAD` cannot be looked up: reftable is not supported"), "{said}");
    let id = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(repository.changes(&[&id]).0, change(NONE, OWN));
}

#[cfg(unix)]
#[test]
fn whose_repository_it_is_makes_no_difference() {
    let Some(repository) = forked() else { return };
    upstream(&repository);
    // Only somebody who may give files away can try this.
    let given = Command::new("chown").args(["-R", "65534", text(&repository.path("."))]).output();
    if !given.is_ok_and(|output| output.status.success()) {
        return;
    }
    assert_eq!(changes_in(&repository.path("policies"), &["@{u}"]).0, change(OWN, ALL));
}
