//! What reading a revision gives, and what it must not do.

use super::{ALL, NONE, forked, user};
use crate::cli::{precedent_in, scratch, text};
use crate::dice::Dice;
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::repository::Repository;
use crate::support::BUILTIN;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every file of a folder with its bytes and the time it was changed.
fn everything(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let time = fs::symlink_metadata(&path)
                .and_then(|metadata| metadata.modified())
                .expect("a time");
            let bytes =
                if path.is_dir() { Vec::new() } else { fs::read(&path).unwrap_or_default() };
            found.insert(text(&path).to_owned(), (bytes, time));
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found
}

#[test]
fn nothing_is_written_and_nothing_is_run() {
    let Some(repository) = forked() else { return };
    let ran = repository.path("ran");
    let program = format!("touch '{}'; false", text(&ran));
    for key in [
        "core.fsmonitor",
        "filter.f.smudge",
        "filter.f.clean",
        "diff.external",
        "core.pager",
        "alias.diff",
    ] {
        repository.git(&["config", key, &program]);
    }
    repository.git(&["config", "core.autocrlf", "true"]);
    repository.write("policies/.gitattributes", "*.prec filter=f text eol=crlf\n");
    for hook in ["pre-commit", "post-index-change", "post-checkout"] {
        repository.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{program}\n"));
    }
    // An index whose times are out of date, which git itself would write anew.
    repository.write("policies/a.prec", user(ALL));
    let before = everything(&repository.path("."));
    for arguments in
        [&["HEAD"][..], &["--staged"], &["topic", "main"], &["topic...main"], &["HEAD~1:policies"]]
    {
        let run = precedent_in(&repository.path("policies"), &[&["diff"], arguments].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    assert!(before == everything(&repository.path(".")), "a file was written");
    assert!(!ran.exists());
}

#[cfg(unix)]
#[test]
fn links_lead_where_they_lead_on_disk() {
    let Some(repository) = Repository::new() else { return };
    repository.write("w/real/a.prec", "user \"a\"\n");
    repository.write("w/b.prec", "user \"b\"\n");
    repository.write("shared/c.prec", "user \"c\"\n");
    repository.write("shared/d.prec", "user \"d\"\n");
    repository.write("shared/own/precedent.toml", "");
    repository.write("shared/own/x.prec", "broken\n");
    repository.link("..", "w/real/up");
    repository.link("real", "w/again");
    repository.link("real/a.prec", "w/same.prec");
    repository.link("nowhere", "w/dangling");
    repository.link("../shared", "w/shared");
    repository.link("../../shared/c.prec", "w/real/c.prec");
    repository.link("../shared/own", "w/own");
    repository.commit("links");
    let compile = |what: &str| repository.precedent(&["compile", what, "-o", "-"]);
    let (disk, git) = (compile("w"), compile("HEAD:w"));
    assert_eq!((disk.status, git.status), (0, 0), "{}{}", disk.stderr, git.stderr);
    assert!(disk.stdout == git.stdout, "a revision with links compiles to something else");
    assert!(disk.stdout.contains("\"real/c.prec\"") && disk.stdout.contains("\"shared/d.prec\""));
    assert_eq!(repository.changes(&["HEAD:w", "w"]), (vec![], String::new()));
    // What is outside of the repository is in none of its revisions.
    let outside = scratch(&[("out.prec", "user \"out\"\n")]);
    repository.link(text(outside.path()), "w/outside");
    repository.commit("out of it");
    let (found, said) = repository.changes(&["HEAD:w", "w"]);
    assert!(found.iter().all(|row| row.starts_with("out ")) && !found.is_empty(), "{found:?}");
    assert!(
        said.contains("the link `w/outside` leads out of the repository and is left out"),
        "{said}"
    );
    repository.link("/etc/passwd", "w/outside.prec");
    repository.link("self.prec", "w/self.prec");
    repository.commit("worse");
    let run = repository.precedent(&["matrix", "HEAD:w"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    for part in ["outside.prec", "it leads out of the repository", "self.prec", "too many links"] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
}

/// The bytes of a loose object whose content is not there: zlib with one stored block.
fn loose(header: &str) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    let inverse = (!(header.len() as u16)).to_le_bytes();
    [&[0x78, 0x01, 0x01], &length[..], &inverse[..], header.as_bytes()].concat()
}

#[test]
fn what_is_too_large_is_not_unpacked() {
    let Some(repository) = forked() else { return };
    let id = "1111111111111111111111111111111111111111";
    let huge = 300 * 1024 * 1024;
    repository.write(
        &format!(".git/objects/{}/{}", &id[..2], &id[2..]),
        loose(&format!("blob {huge}\0")),
    );
    let made = |entry: &str| {
        repository.write("entry", entry);
        let file = fs::File::open(repository.path("entry")).expect("the entry");
        let mut mktree = repository.git_command(&["mktree", "--missing"]);
        mktree.stdin(file);
        String::from_utf8(mktree.output().expect("git starts").stdout)
            .expect("an id")
            .trim()
            .to_owned()
    };
    let tree = made(&format!("100644 blob {id}\ta.prec\n"));
    let run = repository.precedent(&["matrix", &format!("{tree}:")]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("this file is 300 MiB; the maximum is 256 MiB"), "{}", run.stderr);
    // Files that are not policy files are not read at all.
    let empty = repository.git(&["hash-object", "-w", "/dev/null"]);
    let tree = made(&format!("100644 blob {id}\ta.txt\n100644 blob {empty}\tb.prec\n"));
    assert_eq!(repository.precedent(&["matrix", &format!("{tree}:")]).status, 0);
}

#[test]
fn trees_made_by_hand_lead_nowhere() {
    let Some(repository) = Repository::new() else { return };
    repository.write("a.prec", user(NONE));
    repository.commit("one");
    let blob = repository.git(&["rev-parse", "HEAD:a.prec"]);
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let object = |bytes: &[u8]| {
        fs::write(repository.path("object"), bytes).expect("written");
        repository.git(&["hash-object", "-t", "tree", "--literally", "-w", "object"])
    };
    let raw = |id: &str| -> Vec<u8> {
        (0..id.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&id[at..at + 2], 16).expect("hexadecimal"))
            .collect()
    };
    for (mode, name, id) in [
        ("40000", "..", &tree),
        ("40000", ".", &tree),
        ("100644", "x/y.prec", &blob),
        ("40000", "", &tree),
        ("100644", "../../out.prec", &blob),
    ] {
        let bytes = [format!("{mode} {name}\0").as_bytes(), &raw(id)].concat();
        let run = repository.precedent(&["matrix", &format!("{}:", object(&bytes))]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{name:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("git does not check out such a name"),
            "{name:?}: {}",
            run.stderr
        );
    }
    for bytes in [&b"100644 a.prec\0short"[..], b"garbage", b"100644"] {
        let run = repository.precedent(&["matrix", &format!("{}:", object(bytes))]);
        assert_eq!(run.status, 2, "{}", run.stderr);
    }
}

/// A workspace with folders, links and another workspace in it, written into a folder of the
/// repository.
#[cfg(unix)]
fn dressed(repository: &Repository, files: &[(String, String)], dice: &mut Dice) {
    const FOLDERS: [&str; 5] = ["", "a/", "a/b/", "é x/", "policies/"];
    let root = ["", "w/", "deep/er/w/"][dice.below(3)];
    if dice.chance(60) {
        let globs = [
            "[\"**/*.prec\"]",
            "[\"a/**/*.prec\", \"*.prec\", \"é x/*\", \"policies/f[0-9].prec\"]",
        ];
        repository.write(
            &format!("{root}precedent.toml"),
            format!("policies = {}\n", globs[dice.below(2)]),
        );
    }
    for (path, text) in files {
        let folder = FOLDERS[dice.below(FOLDERS.len())];
        repository.write(&format!("{root}{folder}{path}"), text);
        if dice.chance(20) {
            repository.link(&format!("{folder}{path}"), &format!("{root}link-{path}"));
        }
    }
    repository.write(&format!("{root}a/notes.txt"), "no policy\n");
    repository.write(&format!("{root}nested/precedent.toml"), "");
    repository.write(&format!("{root}nested/broken.prec"), "broken\n");
    repository.link("a", &format!("{root}again"));
    repository.link("../..", &format!("{root}a/up"));
    repository.commit("a workspace");
    let root = root.trim_end_matches('/');
    let on_disk =
        repository.precedent(&["compile", if root.is_empty() { "." } else { root }, "-o", "-"]);
    let of_git = repository.precedent(&["compile", &format!("HEAD:{root}"), "-o", "-"]);
    let files = repository.git(&["ls-files"]);
    assert!(
        on_disk.stdout == of_git.stdout,
        "a revision of these files compiles to something else:\n{files}"
    );
    assert_eq!(
        (on_disk.status, on_disk.status),
        (0, of_git.status),
        "{}{}",
        on_disk.stderr,
        of_git.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_revision_compiles_to_what_its_files_compile_to() {
    for profile in BUILTIN {
        law(3, (plan(profile), proptest::prelude::any::<u64>()), |(plan, seed)| {
            if let Some(repository) = Repository::new() {
                dressed(&repository, &workspace(&plan), &mut Dice::of(seed, "dressed"));
            }
        });
    }
}
