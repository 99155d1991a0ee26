//! `precedent diff` with gates, acceptances and an OLD that does not compile: what is printed, and
//! the exit statuses.

use crate::cli::{Run, precedent, scratch, text};
use serde_json::Value as Json;
use std::fs;
use tempfile::TempDir;

const OLD: &str = "user \"ada\"\nuser \"bob, the builder\"\nsession policy \"open\" {\n  shell = allow\n}\n\
    jump group \"P\"\njump item \"web\" {\n  kind = jump_client\n  group = \"P\"\n}\n";

fn new() -> String {
    OLD.replace("  group = \"P\"\n", "  group = \"P\"\n  session_policy = \"open\"\n")
}

fn workspace(policies: &str, deny: &str) -> TempDir {
    let manifest = format!("sessions = \"all\"\n[diff]\ndeny = [{deny}]\n");
    scratch(&[("a.prec", policies), ("precedent.toml", &manifest)])
}

fn diff(old: &TempDir, new: &TempDir, more: &[&str]) -> Run {
    precedent(&[&["diff", text(old.path()), text(new.path())], more].concat())
}

fn json(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

#[test]
fn a_change_cannot_switch_off_its_own_gate() {
    let gate = "'gained shell on jump group \"P\"'";
    let (plain, wide) = (workspace(OLD, ""), workspace(&new(), ""));
    let (gated, gated_wide) = (workspace(OLD, gate), workspace(&new(), gate));
    assert_eq!(diff(&plain, &wide, &[]).status, 0);
    assert_eq!(diff(&gated, &wide, &[]).status, 1);
    assert_eq!(diff(&plain, &gated_wide, &[]).status, 1);
    // Nor by naming another group by the old name, nor by taking the group away.
    let renamed = workspace(&(new().replace("\"P\"", "\"R\"") + "jump group \"P\"\n"), "");
    assert_eq!(diff(&gated, &renamed, &[]).status, 1);
    let gone =
        workspace(&new().replace("  group = \"P\"\n", "").replace("jump group \"P\"\n", ""), "");
    assert_eq!(diff(&gated, &gone, &[]).status, 1);
    let run = diff(&gated, &wide, &[]);
    assert!(
        run.stdout.starts_with("FAILED: 2 changes match `gained shell on jump group \"P\"`\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("   FAILED    gained shell on jump group \"P\" (2 changes)\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn gates_of_the_command_line_are_cut_at_commas_outside_of_names() {
    let (old, wide) = (workspace(OLD, ""), workspace(&new(), ""));
    let status = |deny: &[&str]| {
        let arguments: Vec<&str> = deny.iter().flat_map(|gates| ["--deny", gates]).collect();
        diff(&old, &wide, &arguments).status
    };
    assert_eq!(status(&["narrowed,gained for user \"bob, the builder\""]), 1);
    assert_eq!(status(&["narrowed for user 'bob, the builder',removed"]), 0);
    assert_eq!(status(&["narrowed", "widened shell"]), 1);
    assert_eq!(status(&["narrowed", "widened file_transfer"]), 0);
    for wrong in [
        "gaind",
        "",
        "gained,",
        "gained for user \"bob",
        "gained for user bob",
        "any on jump group \"Q\"",
        "any shel",
    ] {
        let run = diff(&old, &wide, &["--deny", wrong]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{wrong}: {}", run.stderr);
    }
    let run =
        diff(&old, &wide, &["--deny", "any on jump group \"Q\",any shel,any for user 'adaa'"]);
    for said in [
        "a jump group `Q`",
        "setting `shel`",
        "did you mean `shell`?",
        "a user `adaa`",
        "did you mean `ada`?",
    ] {
        assert!(run.stderr.contains(said), "no {said} in {}", run.stderr);
    }
}

#[test]
fn an_error_on_either_side_never_passes() {
    let (fine, broken) =
        (workspace(OLD, ""), workspace("user \"ada\" {\n  shell = allow\n}\n", "\"gaind\""));
    for more in [&[][..], &["--deny", "removed"], &["--format", "json"]] {
        for (old, new) in [(&fine, &broken), (&broken, &fine), (&broken, &broken)] {
            let run = diff(old, new, more);
            assert_eq!((run.status, &*run.stdout), (1, ""));
            assert!(
                run.stderr.contains("P0105") && run.stderr.contains("P0403"),
                "all findings: {}",
                run.stderr
            );
        }
    }
    let nowhere = precedent(&["diff", "no/such/folder", text(fine.path())]);
    assert_eq!(nowhere.status, 2);
    // A gate that this version cannot read, in a compiled file, is a failure of its own.
    let file = broken.path().join("old.json");
    assert_eq!(
        precedent(&["compile", text(workspace(OLD, "\"gained\"").path()), "-o", text(&file)])
            .status,
        0
    );
    let compiled = fs::read_to_string(&file)
        .expect("compiled")
        .replace("[\"gained\"]", "[\"gained twice as much\"]");
    fs::write(&file, compiled).expect("written");
    let run = precedent(&["diff", text(&file), text(fine.path())]);
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.contains("FAILED: cannot evaluate `gained twice as much`"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_old_that_does_not_compile_is_let_through_aloud() {
    let (fine, broken) =
        (workspace(&new(), "\"any\""), workspace("user \"ada\" {\n  shell = allow\n}\n", ""));
    for format in ["text", "markdown", "json", "csv"] {
        let arguments = ["--allow-broken-old", "--deny", "any", "--format", format];
        let run = diff(&broken, &fine, &arguments);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stderr.contains("P0105"), "OLD's findings: {}", run.stderr);
        match format {
            "json" => {
                let found = json(&run);
                assert_eq!(
                    (&found["compared"], &found["gate"]["failed"]),
                    (&Json::from(false), &Json::from(false))
                );
            }
            "csv" => {
                assert_eq!(run.stdout.lines().count(), 1);
                assert!(run.stderr.contains("NOTHING WAS COMPARED"), "{}", run.stderr);
            }
            _ => assert!(
                run.stdout.contains("NOTHING WAS COMPARED, and no gate was evaluated"),
                "{}",
                run.stdout
            ),
        }
        // NEW must compile all the same, and so must what is accepted; what compiles is compared.
        assert_eq!(diff(&fine, &broken, &arguments).status, 1);
        assert_eq!(diff(&broken, &broken, &arguments).status, 1);
        assert_eq!(diff(&workspace(OLD, ""), &fine, &arguments).status, 1);
    }
    let missing = precedent(&["diff", "no/such/folder", text(fine.path()), "--allow-broken-old"]);
    // A name that stands for nothing may be a slip of the keyboard: that passes nothing.
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("no/such/folder"), "{}", missing.stderr);
    assert_eq!(
        precedent(&["diff", text(fine.path()), "no/such/folder", "--allow-broken-old"]).status,
        2
    );
    let accept = broken.path().join("accept.toml");
    fs::write(&accept, "[[accept]]\n").expect("written");
    assert_eq!(diff(&broken, &fine, &["--allow-broken-old", "--accept", text(&accept)]).status, 1);
    let compared = diff(&fine, &fine, &["--format", "json"]);
    assert_eq!(json(&compared)["compared"], true);
}

/// What `--accept-template` offers for two workspaces.
fn offered(old: &TempDir, new: &TempDir) -> String {
    let folder = crate::cli::scratch(&[]);
    let file = folder.path().join("offered.toml");
    let run = diff(old, new, &["--accept-template", text(&file)]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("to review to"), "{}", run.stderr);
    let written = fs::read_to_string(&file).expect("a file");
    // It is not written twice.
    let again = diff(old, new, &["--accept-template", text(&file), "--format", "csv"]);
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&file).expect("a file"), written);
    written
}

/// An offer with the name of whoever has reviewed it, and why.
fn filled(offered: &str, by: &str, why: &str) -> String {
    offered
        .replace("by = \"\"", &format!("by = \"{by}\""))
        .replace("why = \"\"", &format!("why = \"{why}\""))
}

#[test]
fn what_is_accepted_passes_and_says_who_and_why() {
    let (old, wide) = (workspace(OLD, "\"gained\""), workspace(&new(), ""));
    let file = old.path().join("accepted.toml");
    let accept = ["--accept", text(&file)];
    let denied = diff(&old, &wide, &[]);
    assert_eq!(denied.status, 1);
    assert!(denied.stdout.contains("--accept-template FILE"), "{}", denied.stdout);
    let offered = offered(&old, &wide);
    // As it is offered it says nothing, and accepts nothing.
    fs::write(&file, &offered).expect("written");
    let run = diff(&old, &wide, &accept);
    assert_eq!((run.status, &*run.stdout), (1, ""));
    assert!(run.stderr.contains("P0423") && run.stderr.contains("2 errors"), "{}", run.stderr);
    fs::write(&file, filled(&offered, "Jane Doe", "agreed|<b>\\u001b")).expect("written");
    let place = offered.lines().position(|line| line.starts_with("edit = ")).expect("an edit") + 1;
    let place = format!("accepted.toml:{place}");
    let run = diff(&old, &wide, &accept);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("accepted  by Jane Doe: agreed|<b>\\u{1B} ("), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("passed: the 2 changes that match `gained` are accepted\n"),
        "{}",
        run.stdout
    );
    assert!(
        !run.stdout.contains("--accept") && !run.stdout.contains("   FAILED"),
        "{}",
        run.stdout
    );
    let markdown = diff(&old, &wide, &[&accept[..], &["--format", "markdown"]].concat());
    assert!(markdown.stdout.contains("accepted by Jane Doe"), "{}", markdown.stdout);
    assert!(
        !markdown.stdout.contains("|<b>") && !markdown.stdout.contains('\x1b'),
        "{}",
        markdown.stdout
    );
    for (format, rows) in [("csv", "each"), ("json", "each"), ("json", "grouped")] {
        let arguments =
            [&accept[..], &["--format", format, "--rows", rows, "--of", "accounts"]].concat();
        assert_eq!(
            diff(&old, &wide, &arguments).status,
            0,
            "{format}: it counts whatever is shown"
        );
    }
    let found = json(&diff(&old, &wide, &[&accept[..], &["--format", "json"]].concat()));
    let row = &found["sessions"][0];
    assert_eq!(
        (&row["accepted"]["by"], &row["denied"][0]["changes"]),
        (&Json::from("Jane Doe"), &Json::from(2))
    );
    assert!(
        row["accepted"]["location"].as_str().is_some_and(|found| found.ends_with(&place)),
        "{row}"
    );
    assert_eq!(found["gate"]["accepted_rows"], 1);
    // Another gain is another row, beside it or in its place.
    let wider =
        workspace(&new().replace("shell = allow", "shell = allow\n  elevated_tools = allow"), "");
    let run = diff(&old, &wider, &accept);
    assert_eq!((run.status, &*run.stderr), (1, ""));
    assert!(run.stdout.starts_with("FAILED: 2 changes match `gained`\n"), "{}", run.stdout);
    let third = "user \"eve\"\n";
    let run =
        diff(&workspace(&format!("{OLD}{third}"), ""), &workspace(&(new() + third), ""), &accept);
    assert_eq!(run.status, 1);
    assert!(
        run.stderr.contains("P0425") && run.stderr.contains(&format!("{place}:8")),
        "{}",
        run.stderr
    );
}

#[test]
fn an_acceptance_of_an_edit_is_of_all_its_rows_and_of_no_wider_effect() {
    let site = |users: &[&str]| {
        let policy = "session policy \"p\" {\n  shell = SHELL\n}\n";
        let item = "jump item \"j\" {\n  kind = jump_client\n}\n";
        let users = users.iter().map(|name| {
            format!("user \"{name}\" {{\n  session_policy = \"p\"\n  reports.sessions = all_sessions\n}}\n")
        });
        format!("{policy}{item}{}", users.collect::<String>())
    };
    let sides = |users: &[&str]| {
        let text = site(users);
        ["deny", "allow"].map(|shell| workspace(&text.replace("SHELL", shell), ""))
    };
    let [old, new] = sides(&["ada", "bob"]);
    fs::write(
        old.path().join("precedent.toml"),
        "sessions = \"all\"\n[diff]\ndeny = [\"gained\"]\n",
    )
    .expect("written");
    let file = old.path().join("accepted.toml");
    let text_of = filled(&offered(&old, &new), "Jane", "agreed");
    assert_eq!(text_of.matches("[[accept]]").count(), 1);
    fs::write(&file, &text_of).expect("written");
    assert_eq!(diff(&old, &new, &["--accept", text(&file)]).status, 0);
    // A day on which it ends: it holds on that day, and not after it. There is no clock.
    let until = text_of.replace("why = ", "until = 2026-12-31\nwhy = ");
    fs::write(&file, &until).expect("written");
    for (as_of, status) in [(None, 0), (Some("2026-12-31"), 0), (Some("2027-01-01"), 1)] {
        let as_of = as_of.map(|day| ["--as-of", day]);
        let more = as_of.iter().flatten().copied().chain(["--accept", text(&file)]);
        let run = diff(&old, &new, &more.collect::<Vec<_>>());
        assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
        assert_eq!(run.stderr.contains("P0426"), status == 1, "{}", run.stderr);
        assert_eq!(run.stdout.contains("by Jane until 2026-12-31"), status == 0, "{}", run.stdout);
    }
    // The same edit, and one more person whom it reaches.
    let [_, wider] = sides(&["ada", "bob", "cy"]);
    let [more, _] = sides(&["ada", "bob", "cy"]);
    fs::write(&file, &text_of).expect("written");
    let run = diff(&more, &wider, &["--accept", text(&file), "--deny", "gained"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("P0425"), "{}", run.stderr);
    // A block may name rows instead.
    let found = json(&diff(&old, &new, &["--format", "json"]));
    let rows = ["sessions", "accounts"].map(|kind| found[kind].as_array().expect("rows").clone());
    let rows: Vec<String> =
        rows.iter().flatten().map(|row| row["fingerprint"].to_string()).collect();
    let block = format!("[[accept]]\nrows = [{}]\nby = \"J\"\nwhy = \"w\"\n", rows.join(", "));
    fs::write(&file, block).expect("written");
    assert_eq!(diff(&old, &new, &["--accept", text(&file)]).status, 0);
}

#[test]
fn what_is_accepted_and_not_there_is_a_finding() {
    let (old, wide) = (workspace(OLD, ""), workspace(&new(), ""));
    let (one, two) = (old.path().join("one.toml"), old.path().join("two.toml"));
    let entry = |what: &str| format!("[[accept]]\n{what}\nby = \"Jane\"\nwhy = \"x\"\n");
    let edit = "edit = \"0123456789abcdef0123456789abcdef\"";
    fs::write(&one, entry(edit) + &entry("rows = [\"00000000000000000000000000000001\"]"))
        .expect("written");
    fs::write(&two, entry(edit)).expect("written");
    for format in ["text", "csv", "json", "markdown"] {
        let run = diff(&old, &wide, &["--accept", text(&one), "--format", format]);
        assert_eq!(run.status, 1, "there is no gate, and yet");
        assert_eq!(run.stderr.matches("P0425").count(), 2, "{}", run.stderr);
        assert!(
            run.stderr.contains("one.toml:2:8") && run.stderr.contains("one.toml:6:9"),
            "{}",
            run.stderr
        );
        assert!(
            format == "csv" || run.stdout.contains("00000000000000000000000000000001"),
            "{}",
            run.stdout
        );
    }
    let twice = diff(&old, &wide, &["--accept", text(&one), "--accept", text(&two)]);
    assert_eq!((twice.status, &*twice.stdout), (1, ""));
    assert!(twice.stderr.contains("P0424"), "{}", twice.stderr);
    // The findings of files, and of policies, all at once; what cannot be read weighs more.
    fs::write(&two, "[[accept\n").expect("written");
    let broken = workspace("user \"ada\" {\n  shell = allow\n}\n", "");
    let run = diff(&broken, &wide, &["--accept", text(&two), "--accept", "no/such/file.toml"]);
    assert_eq!(run.status, 2);
    for code in ["P0105", "P0421", "P0012"] {
        assert!(run.stderr.contains(code), "no {code} in {}", run.stderr);
    }
}

#[test]
fn hostile_names_in_gates_do_not_act() {
    let name = "\\u{1b}[31mred\\u{202E} <b>|@all";
    let policies =
        |more: &str| format!("{}user \"{name}\"\n", OLD.replace("  group = \"P\"\n", more));
    let old = workspace(
        &policies("  group = \"P\"\n"),
        &format!("'gained for user \"{name}\"', 'any shell'"),
    );
    let wide = workspace(&policies("  session_policy = \"open\"\n"), "");
    for format in ["text", "markdown"] {
        let run = diff(&old, &wide, &["--format", format]);
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert!(!run.stdout.contains(['\x1b', '\u{202e}']), "{format}: {}", run.stdout);
        // In Markdown a name stands in code, where nothing acts but a backtick and a table's bar.
        assert!(format == "text" || run.stdout.contains(" <b>`&#124;`@all\"`"), "{}", run.stdout);
    }
    let shown = diff(&old, &wide, &[]).stdout;
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("(1 change); any shell (3 changes)"), "each gate is told: {shown}");
    let details = diff(&old, &wide, &["--details"]).stdout;
    let details = details.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(details.contains("(1 of 3 changes); any shell"), "a part of a row: {details}");
    assert!(details.contains("accounts no change shell 3 widened"), "the counts: {details}");
}

#[test]
fn json_says_by_which_gates_each_row_is_denied() {
    let (old, wide) = (workspace(OLD, ""), workspace(&new(), ""));
    let run = diff(
        &old,
        &wide,
        &["--deny", "gained for user 'ada',narrowed,any shell", "--format", "json"],
    );
    let found = json(&run);
    let gates = |value: &Json| -> Vec<(String, u64)> {
        let list = value.as_array().expect("a list").iter();
        list.map(|hit| {
            (
                hit["deny"].as_str().expect("text").to_owned(),
                hit["changes"].as_u64().expect("a count"),
            )
        })
        .collect()
    };
    let ada = "gained for user \"ada\"".to_owned();
    assert_eq!(
        gates(&found["gate"]["denied"]),
        [(ada.clone(), 1), ("narrowed".into(), 0), ("any shell".into(), 2)]
    );
    assert_eq!(gates(&found["sessions"][0]["denied"]), [(ada, 1), ("any shell".into(), 2)]);
    assert_eq!(found["sessions"][0]["accepted"], Json::Null);
    assert_eq!(found["gate"]["failed"], true);
}

#[test]
fn what_follows_from_an_accepted_row_is_accepted_with_it_and_nothing_more() {
    let base = "session policy \"p\" {\n  screen_sharing = view_only\n}\nuser \"u\" {\n  session_policy = \"p\"\n}\njump item \"j\" {\n  kind = jump_client\n}\n";
    let with = |clipboard: &str| {
        let lines = format!(
            "  screen_sharing = view_and_control\n  screen_sharing.clipboard = {clipboard}\n"
        );
        workspace(&base.replace("  screen_sharing = view_only\n", &lines), "")
    };
    let (old, reviewed, wider) =
        (workspace(base, "\"gained\""), with("not_allowed"), with("both_directions"));
    let file = old.path().join("accepted.toml");
    fs::write(&file, filled(&offered(&old, &reviewed), "J", "w")).expect("written");
    let accept = ["--accept", text(&file)];
    assert_eq!(diff(&old, &reviewed, &accept).status, 0);
    let run = diff(&old, &wider, &accept);
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stderr.contains("P0425"), "{}", run.stderr);
    // A gate of the dependent permission alone hears of it too.
    let alone = ["--deny", "gained screen_sharing.clipboard"];
    let free = workspace(base, "");
    assert_eq!(diff(&free, &reviewed, &alone).status, 0);
    assert_eq!(diff(&free, &wider, &alone).status, 1);
}

#[test]
fn policies_that_are_lost_pass_no_gate() {
    let (old, empty) = (workspace(OLD, "\"gained\""), crate::cli::scratch(&[]));
    let run = diff(&old, &empty, &[]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(run.stderr.contains("the workspace has no policy file"), "{}", run.stderr);
    // Nor do policies that OLD lacks, which is more than a broken OLD.
    for more in [&["--deny", "any"][..], &[], &["--allow-broken-old"]] {
        let run = diff(&empty, &old, more);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains("the workspace has no policy file"), "{}", run.stderr);
    }
}

#[test]
fn a_profile_cannot_turn_a_gain_into_a_loss() {
    let profile = "extends = \"pra-25.3\"\nid = \"ours\"\n\n[[permissions]]\npath = \"shell\"\n\
        label = \"Shell\"\ndoc = \"A shell.\"\ntype = \"choice\"\nvalues = [\"allow\", \"deny\"]\norder = [[\"allow\", \"deny\"]]\ndefault = \"deny\"\n";
    let site = |profile_line: &str, shell: &str| {
        let manifest = format!("{profile_line}sessions = \"all\"\n[diff]\ndeny = [\"gained\"]\n");
        let policies = OLD.replace("shell = allow", &format!("shell = {shell}"));
        let policies =
            policies.replace("user \"ada\"\n", "user \"ada\" {\n  session_policy = \"open\"\n}\n");
        scratch(&[("a.prec", &*policies), ("precedent.toml", &manifest), ("ours.toml", profile)])
    };
    let (old, new) = (site("", "deny"), site("profile = \"ours.toml\"\n", "allow"));
    let run = diff(&old, &new, &[]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("FAILED"), "{}{}", run.stdout, run.stderr);
    // The profile alone changes nothing today, but is to be looked at.
    let run = diff(&old, &site("profile = \"ours.toml\"\n", "deny"), &[]);
    assert!(run.stdout.contains("not covered by gates"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_template_goes_to_a_file_and_not_to_standard_output() {
    let (old, wide) = (workspace(OLD, "\"gained\""), workspace(&new(), ""));
    let run = diff(&old, &wide, &["--accept-template", "-"]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`--accept-template` needs the name of a file"), "{}", run.stderr);
    assert!(!std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("-").exists());
}

#[test]
fn a_reviewer_whose_name_cannot_be_seen_is_none() {
    let (old, wide) = (workspace(OLD, "\"gained\""), workspace(&new(), ""));
    let file = old.path().join("accepted.toml");
    let template = offered(&old, &wide);
    for (by, why) in [("\\u200b", "agreed"), (" \\u00a0\\u2060", "agreed"), ("Jo", "\\u200b")] {
        fs::write(&file, filled(&template, by, why)).expect("written");
        let run = diff(&old, &wide, &["--accept", text(&file)]);
        assert_eq!(run.status, 1, "{}", run.stdout);
        assert!(run.stderr.contains("is empty"), "{}", run.stderr);
    }
    fs::write(&file, filled(&template, "Jo\\u200b", "agreed")).expect("written");
    assert_eq!(diff(&old, &wide, &["--accept", text(&file)]).status, 0);
}

/// Both sides may have files of the same names, or none at all.
#[test]
fn findings_of_a_diff_name_the_side_as_it_was_typed() {
    let folder = scratch(&[
        ("good/a.prec", "user \"ada\"\n"),
        ("bad/a.prec", "user ada\n"),
        ("empty/notes.txt", ""),
        ("unlisted/precedent.toml", "policies = [\"none/*.prec\"]\n"),
    ]);
    for (old, new, place) in [
        ("good", "empty", "empty"),
        ("./empty/", "good", "./empty"),
        ("good", "unlisted", "unlisted/precedent.toml:1:1"),
        ("bad", "good", "bad/a.prec:1:6"),
        ("good", "bad/a.prec", "bad/a.prec:1:6"),
    ] {
        let run = crate::cli::precedent_in(folder.path(), &["diff", old, new]);
        assert!(run.status > 0);
        let line = format!("┌─ {place}");
        assert!(run.stderr.lines().any(|found| found.trim() == line), "{line}: {}", run.stderr);
    }
    let run =
        crate::cli::precedent_in(folder.path(), &["check", "good", "empty", "--format", "json"]);
    assert!(run.stdout.contains("\"file\": \"empty\""), "{}", run.stdout);
}

/// Values that a reader cannot tell apart.
#[test]
fn values_that_look_alike_say_how_they_differ() {
    let list = |entry: &str| {
        format!(
            "{OLD}global default {{\n  others = unknown\n  screen_sharing = view_and_control\n  \
             screen_sharing.applications = only [\"{entry}\"]\n}}\n"
        )
    };
    let (old, new) = (workspace(&list("app.exe"), ""), workspace(&list("\u{430}pp.exe"), ""));
    for format in ["text", "markdown"] {
        let run = diff(&old, &new, &["--format", format]);
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("it has U+0430 in place of `a`"), "{}", run.stdout);
    }
    // The name has gone over to another object.
    let policy = |name: &str, id: u8, shell: &str| {
        format!("session policy \"{name}\" {{\n  id = {id}\n  shell = {shell}\n}}\n")
    };
    let assigned = "user \"ada\" {\n  session_policy = \"P\"\n}\n";
    let old = format!("{assigned}{}{}", policy("P", 1, "allow"), policy("Q", 2, "deny"));
    let new = format!("{assigned}{}{}", policy("Q", 1, "allow"), policy("P", 2, "deny"));
    let run = diff(&workspace(&old, ""), &workspace(&new, ""), &["--of", "accounts"]);
    assert!(run.stdout.contains("(another object of that name)"), "{}", run.stdout);
}

#[test]
fn a_gate_over_nothing_fails() {
    let [empty, also] = ["", "# nothing yet\n\n"].map(|text| scratch(&[("a.prec", text)]));
    let gate = ["--deny", "gained"];
    let run = diff(&empty, &also, &gate);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("there is nothing to compare"), "{}", run.stdout);
    let some = scratch(&[("a.prec", "user \"ada\"\n")]);
    assert_eq!(diff(&some, &empty, &gate).status, 0, "what is removed is looked at");
    assert_eq!(diff(&empty, &also, &[]).status, 0, "no gate was asked for");
}

/// U+212A looks like a K and is written in small letters like one, and Windows tells it from `k`.
#[test]
fn a_program_with_a_look_alike_name_is_another_one() {
    let with = |name: &str| {
        let limit = format!("  screen_sharing.applications = except [\"{name}\"]\n");
        let site = new()
            .replace("  shell = allow\n", &format!("  screen_sharing = view_and_control\n{limit}"));
        workspace(&site, "\"any\"")
    };
    assert_eq!(diff(&with("mimikatz.exe"), &with("mimi\u{212a}atz.exe"), &[]).status, 1);
    assert_eq!(diff(&with("mimikatz.exe"), &with("MimiKatz.exe"), &[]).status, 0);
    assert_eq!(diff(&with("\u{c4}.exe"), &with("\u{e4}.exe"), &[]).status, 0);
}
