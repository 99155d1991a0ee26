//! Guesses: what is proposed as a fix, what only as a help, and what both say where two texts look
//! the same.

use crate::cli::{precedent, scratch, text};
use crate::support::compile;
use precedent::diagnostic::{Applicability, Diagnostic};
use std::fs;

/// The finding of some policies that begins with a message.
fn finding(policies: &str, message: &str) -> Diagnostic {
    let compiled = compile(&[("a.prec", policies)]);
    let found = compiled.diagnostics.iter().find(|found| found.message.starts_with(message));
    found.unwrap_or_else(|| panic!("{policies}\n{:#?}", compiled.diagnostics)).clone()
}

/// Whether the use of an undeclared team is replaced by a declared one without asking.
fn replaces(declared: &[&str], used: &str) -> bool {
    let declared: String = declared.iter().map(|name| format!("team \"{name}\"\n")).collect();
    let policies = format!("{declared}user \"u\" {{\n  team \"{used}\" as member\n}}\n");
    let found = finding(&policies, "there is no team");
    found.fixes.iter().any(|fix| fix.applicability == Applicability::Safe)
}

#[test]
fn a_name_that_may_be_another_one_is_never_written_without_asking() {
    for (declared, used) in [
        (&["srv1l"][..], "srvl1"),
        (&["adm1n"], "admln"),
        (&["x1"], "xl"),
        (&["rn1"], "m1"),
        (&["a0", "ao"], "aO"),
        (&["team01", "teamO1"], "teamo1"),
        (&["Ada"], "Ada-"),
        (&["Ada"], "A da"),
        (&["web 1", "web-1"], "web_1"),
    ] {
        assert!(!replaces(declared, used), "{declared:?} {used}");
    }
    for (declared, used) in [
        (&["Jos\u{e9}"][..], "Jose\u{301}"),
        (&["admin"], "\u{430}dmin"),
        (&["ada lovelace"], "ada\u{a0}lovelace"),
        (&["Operations"], "operations"),
        (&["Level 2"], "level-2"),
    ] {
        assert!(replaces(declared, used), "{declared:?} {used}");
    }
}

#[test]
fn a_person_is_not_another_one_with_two_letters_swapped() {
    let policies = "user \"brian\"\ngroup policy \"G\" {\n  members = [user \"brain\"]\n  \
                    access.allowed = allow\n}\n";
    let found = finding(policies, "there is no user `brain`");
    assert_eq!(found.help.as_deref(), Some("did you mean `brian`?"));
    assert!(found.fixes.iter().all(|fix| fix.applicability == Applicability::Unsafe));
}

#[test]
fn a_tab_in_a_name_is_told() {
    let policies = "jump group 'G\\test'\njump item \"a\" {\n  kind = shell_jump\n  group = \
                    \"G\\test\"\n}\n";
    let found = finding(policies, "there is no jump group");
    let help = found.help.expect("a help");
    assert_eq!(help, "did you mean `G\\test`? it has `\\` `t` in place of U+0009");
}

#[test]
fn texts_that_look_the_same_are_told_apart_everywhere() {
    let folder = scratch(&[
        ("a.prec", "# allow(unused-te\u{430}m): later\nteam \"T\"\n"),
        (
            "precedent.toml",
            "[lints]\n\"unused-te\u{430}m\" = \"allow\"\n[diff]\ndeny = [\"g\u{430}ined\"]\n",
        ),
        ("sub/b.prec", "profile \"pr\u{430}-25.3\"\n"),
    ]);
    let path = text(folder.path());
    let check = precedent(&["check", path]).stdout;
    assert!(check.contains("it has `a` in place of U+0430"), "{check}");
    let sub = precedent(&["check", &format!("{path}/sub/b.prec")]).stdout;
    assert!(sub.contains("`a` in place of U+0430"), "{sub}");
    let good = scratch(&[("a.prec", "# allow(unused-te\u{430}m): later\nteam \"T\"\n")]);
    let good = text(good.path()).to_owned();
    for arguments in [
        &["check", &good][..],
        &["diff", &good, &good, "--deny", "g\u{430}ined"],
        &["catalog", "pr\u{430}-25.3"],
        &["explain", "unused-te\u{430}m"],
    ] {
        let run = precedent(arguments);
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains("`a` in place of U+0430"), "{arguments:?}: {told}");
    }
}

#[test]
fn a_line_of_a_patch_is_not_made_a_declaration() {
    for sign in ["-", "+"] {
        let found = finding(&format!("{sign}user \"x\"\n"), "expected a declaration");
        assert!(found.fixes.iter().all(|fix| fix.applicability == Applicability::Unsafe));
    }
}

#[test]
fn no_fix_of_a_pattern_excludes_everything() {
    for manifest in [
        "exclude = [\"\"]\n",
        "exclude = [\"./\"]\n",
        "policies = [\"**/*.prec\", \"!\"]\n",
        "policies = [\"**/*.prec\", \"!**\"]\n",
        "policies = [\"!**/*.prec\"]\n",
    ] {
        let folder = scratch(&[("precedent.toml", manifest), ("a.prec", "user \"a\"\n")]);
        let run = precedent(&["check", "--fix", text(folder.path())]);
        assert_ne!(run.status, 0, "{manifest}");
        let after = fs::read_to_string(folder.path().join("precedent.toml")).expect("a manifest");
        assert_eq!(after, manifest);
    }
    let excluded = "policies = [\"*.prec\"]\nexclude = [\"a.prec\"]\n";
    let folder = scratch(&[("precedent.toml", excluded), ("a.prec", "user \"a\"\n")]);
    let run = precedent(&["check", text(folder.path())]);
    assert!(run.stdout.contains("`exclude` leaves out whatever it matches"), "{}", run.stdout);
}

#[test]
fn a_brace_after_a_comment_of_another_language_opens_its_body() {
    let policies = "user \"ada\" // lead {\n  acces.allowed = allow\n}\n";
    let folder = scratch(&[("a.prec", policies)]);
    let run = precedent(&["check", text(folder.path())]);
    assert_eq!(run.stdout.matches("error[").count(), 2, "{}", run.stdout);
    precedent(&["check", "--fix", text(folder.path())]);
    let after = fs::read_to_string(folder.path().join("a.prec")).expect("a text");
    assert!(after.starts_with("user \"ada\" // lead {\n"), "{after}");
}

#[test]
fn the_only_pattern_of_a_workspace_moves_to_exclude_whole() {
    let folder = scratch(&[
        ("precedent.toml", "policies = [ \"!vendor/**\", ] # ours\n"),
        ("a.prec", "user \"u\"\n"),
        ("vendor/b.prec", "user \"v\"\n"),
    ]);
    precedent(&["check", text(folder.path()), "--fix"]);
    let manifest = std::fs::read_to_string(folder.path().join("precedent.toml")).expect("a file");
    assert_eq!(manifest, "exclude = [\"vendor/**\"] # ours\n");
}

#[test]
fn a_hidden_character_between_two_words_of_a_keyword_is_a_space() {
    for (written, right) in [
        ("group\u{200b}policy \"G\" {\n}\n", "group policy \"G\" {\n}\n"),
        ("session\u{2011}policy \"x\" {\n}\n", "session policy \"x\" {\n}\n"),
        ("jump\u{200b}item\u{200b}role \"R\" {\n}\n", "jump item role \"R\" {\n}\n"),
        ("te\u{200b}am \"T\"\n", "team \"T\"\n"),
    ] {
        let folder = scratch(&[("a.prec", written)]);
        let found = precedent(&["check", text(folder.path()), "--level", "error"]).stdout;
        assert_eq!(found.matches("error[").count(), 1, "{found}");
        precedent(&["check", text(folder.path()), "--fix"]);
        let after = std::fs::read_to_string(folder.path().join("a.prec")).expect("a file");
        assert_eq!(after, right);
    }
}

#[test]
fn a_membership_without_quotes_gets_them() {
    for (line, right) in [
        ("team Level 2 as member", "team \"Level 2\" as member"),
        ("jumpoint Prod", "jumpoint \"Prod\""),
    ] {
        let policies = format!("user \"u\" {{\n  {line}\n}}\n");
        let found = finding(&policies, "expected a name in quotes after");
        let folder = scratch(&[("a.prec", &policies)]);
        precedent(&["check", text(folder.path()), "--fix"]);
        let after = std::fs::read_to_string(folder.path().join("a.prec")).expect("a file");
        assert_eq!(after, policies.replace(line, right), "{found:?}");
    }
}

#[test]
fn what_a_name_says_is_not_run_by_a_shell() {
    let folder = scratch(&[(
        "a.prec",
        "user \"$(touch x)\"\njump group \"G\"\njump item role \"R\" {\n  allows = [start]\n}\n\
         group policy \"P\" {\n  members = [user \"$(touch x)\"]\n  account.enabled = allow\n  \
         access.allowed = allow\n  jump.shell_jump = allow\n  jump.jump_client = allow\n  jump group \"G\" \
         as \"R\"\n}\njump item \"web\" {\n  kind = shell_jump\n  group = \"G\"\n}\njump item \"web\" {\n  \
         kind = jump_client\n  group = \"G\"\n}\n",
    )]);
    let found = precedent(&["check", text(folder.path())]).stdout;
    let command =
        found.lines().find(|line| line.contains("precedent simulate")).expect("an example");
    assert!(command.contains("--user '$(touch x)' --jump-item web --method "), "{command}");
}

#[test]
fn a_number_in_place_of_a_duration_gets_a_unit_that_fits() {
    for (line, begins) in [
        ("session_management.idle_timeout = 15", "a duration needs a unit, such as `15m`; write `"),
        ("session_management.idle_timeout = 0", "write `never`, which the product's API"),
        ("session_management.idle_timeout = 7", "a duration needs a unit; write `site_default`"),
    ] {
        let found =
            finding(&format!("group policy \"G\" {{\n  {line}\n}}\n"), "expected `site_default`");
        assert!(found.help.as_deref().is_some_and(|help| help.starts_with(begins)), "{found:?}");
    }
}
