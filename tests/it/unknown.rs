//! What nobody has read yet: it never looks like Not Defined, nor like a denial.

use crate::cli::{precedent, scratch, text};
use crate::support::{World, rows, sessions_csv, startable};

/// Ada, with a session policy and a group policy.
fn world(policy: &str, group: &str) -> World {
    World::of(&format!(
        "session policy \"P\" {{\n{policy}\n}}\n\
         group policy \"G\" {{\n  members = [user \"ada\"]\n  session_policy = \"P\"\n{group}\n}}\n\
         user \"ada\" {{\n  session_policy = custom {{\n    shell = allow\n  }}\n}}\n\
         jump item \"web01\" {{\n  kind = jump_client\n}}\n"
    ))
}

#[test]
fn a_layer_whose_answer_is_unknown_ends_the_search() {
    let found = world("  shell = unknown", "");
    assert_eq!(found.says("ada", "web01", "shell").0, "unknown");
    assert_eq!(found.says("ada", "web01", "shell").3, "shell = unknown");
    let others = world("  others = unknown\n  registry = deny", "");
    assert_eq!(others.cell("ada", "web01", "shell").0, "unknown");
    assert_eq!(others.cell("ada", "web01", "registry").0, "deny");
}

#[test]
fn what_requires_something_unknown_is_unknown() {
    let found =
        world("  screen_sharing = unknown\n  screen_sharing.clipboard = both_directions", "");
    assert_eq!(found.cell("ada", "web01", "screen_sharing.clipboard").0, "unknown");
    // It is still not for this method.
    assert_eq!(found.cell("ada", "web01", "shell.commands").0, "n/a");
    let account = world("  shell = deny", "  access.allowed = unknown\n  jump.jump_client = allow");
    assert_eq!(account.account("ada", "access.allowed").0, "unknown");
    assert_eq!(account.account("ada", "jump.jump_client").0, "unknown");
}

#[test]
fn an_unknown_setting_leaves_it_open_unless_a_final_stands_above() {
    let account = |first: &str, second: &str| {
        let text = format!(
            "user \"ada\"\n\
             group policy \"A\" {{\n  members = [user \"ada\"]\n  {first}\n}}\n\
             group policy \"B\" {{\n  members = [user \"ada\"]\n  {second}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        );
        let world = World::of(&text);
        let (value, source, policy, _) = world.account("ada", "reports.sessions");
        format!("{value} {source} {policy}")
    };
    let (unknown, plain) = ("reports.sessions = unknown", "reports.sessions = all_sessions");
    assert_eq!(account(unknown, plain), "unknown group_policy A");
    assert_eq!(account(plain, unknown), "unknown group_policy B");
    assert_eq!(account(&format!("final {plain}"), unknown), "all_sessions group_policy A");
    assert_eq!(account(unknown, &format!("final {plain}")), "unknown group_policy A");
}

#[test]
fn a_session_that_may_be_started_counts_as_one() {
    let start = |group: &str| {
        let text = format!(
            "user \"ada\"\njump group \"J\"\njump item \"web01\" {{\n  kind = jump_client\n  group = \"J\"\n}}\n\
             group policy \"G\" {{\n  members = [user \"ada\"]\n{group}}}\n"
        );
        let found = rows(&sessions_csv(&startable(&[("a.prec", text)])));
        found.first().map(|row| format!("{} {} {}", row[7], row[8], row[9])).unwrap_or_default()
    };
    let access = "  access.allowed = allow\n  jump.jump_client = allow\n";
    assert_eq!(start(&format!("{access}  memberships = unknown\n")), "unknown jump_group G");
    // What the access needs is unknown as well, since it requires the access.
    let all = "  access.allowed = unknown\n  memberships = unknown\n";
    assert_eq!(start(all), "unknown account G");
    assert_eq!(start("  access.allowed = deny\n  memberships = unknown\n"), "");
    let jump = "  access.allowed = allow\n  jump.jump_client = unknown\n  memberships = unknown\n";
    assert_eq!(start(jump), "unknown account G");
}

/// The status of `diff OLD NEW --deny gained`, and what it prints.
fn gained(old: &str, new: &str) -> (i32, String) {
    let (old, new) = (scratch(&[("a.prec", old)]), scratch(&[("a.prec", new)]));
    let run = precedent(&["diff", text(old.path()), text(new.path()), "--deny", "gained"]);
    (run.status, run.stdout)
}

/// Ada in two group policies, and a machine where she can start sessions.
fn two_groups(first: &str, second: &str, order: &str) -> String {
    format!(
        "jump item role \"Start\" {{\n  allows = [start]\n}}\n\
         jump item role \"View\" {{\n  allows = [view_report]\n}}\n\
         jump group \"J\"\n\
         jump item \"web01\" {{\n  kind = jump_client\n  group = \"J\"\n}}\n\
         session policy \"Low\" {{\n  shell = deny\n}}\n\
         session policy \"High\" {{\n  shell = allow\n}}\n\
         user \"ada\" {{\n  access.allowed = allow\n  jump.jump_client = allow\n}}\n\
         group policy \"A\" {{\n  members = [user \"ada\"]\n{first}}}\n\
         group policy \"B\" {{\n  members = [user \"ada\"]\n{second}}}\n\
         order group policies{order} {{\n  \"A\"\n  \"B\"\n}}\n"
    )
}

#[test]
fn no_gain_hides_behind_what_is_unknown_on_both_sides() {
    let start = "  jump group \"J\" as \"Start\"\n";
    let view = "  jump group \"J\" as \"View\"\n";
    let low = "  session_policy = \"Low\"\n";
    let high = "  session_policy = \"High\"\n";
    let unknown = "  session_policy = unknown\n";
    let with = |first: &str, second: &str| two_groups(&format!("{start}{first}"), second, "");
    // The same unknown, and nothing behind it.
    assert_eq!(gained(&with(unknown, ""), &with(unknown, "")).0, 0);
    // The assignment of another group policy changes behind it.
    assert_eq!(gained(&with(unknown, low), &with(unknown, low)).0, 0);
    let (status, report) = gained(&with(unknown, low), &with(unknown, high));
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("session_policy = \"High\""), "names the line: {report}");
    let behind = "shell unknown (otherwise deny) → unknown (otherwise allow)";
    assert!(report.contains(behind), "{report}");
    let behind = "unknown (otherwise \"Low\") → unknown (otherwise \"High\")";
    assert!(report.replace("\n      ", " ").contains(behind), "also of accounts: {report}");
    // The unknown comes from another group policy.
    assert_eq!(gained(&with(unknown, ""), &with("", unknown)).0, 1);
    // A line behind an unknown one.
    let lines = |shell: &str| {
        let text = with("", high);
        let item = format!("  group = \"J\"\n  session_policy = \"Open\"\n}}\n{shell}");
        text.replace("  group = \"J\"\n}\n", &item).replace(
            "session policy \"High\" {\n  shell = allow",
            "session policy \"High\" {\n  shell = deny",
        )
    };
    let open = |line: &str| {
        format!(
            "session policy \"Open\" {{\n  shell = unknown\n}}\nglobal default {{\n  others = unknown\n{line}}}\n"
        )
    };
    assert_eq!(gained(&lines(&open("")), &lines(&open(""))).0, 0);
    let denies = lines(&open(""));
    let allows = denies.replace("\"High\" {\n  shell = deny", "\"High\" {\n  shell = allow");
    assert_eq!(gained(&denies, &allows).0, 1);
    // A guessed order: which of the two it is nobody knows, but another one is new.
    let guessed =
        |first: &str, second: &str| two_groups(&format!("{start}{first}"), second, ", unknown");
    assert_eq!(gained(&guessed(low, high), &guessed(low, high)).0, 0);
    assert_eq!(gained(&guessed(low, high), &guessed(low, unknown)).0, 1);
    // A membership behind one that nobody has read.
    let unread = "  memberships = unknown\n";
    let both = |role: &str| two_groups(unread, role, "");
    assert_eq!(gained(&both(view), &both(view)).0, 0);
    assert_eq!(gained(&both(view), &both(start)).0, 1);
    assert_eq!(gained(&two_groups(unread, "", ""), &two_groups("", unread, "")).0, 1);
    // What was unknown is read, and nothing else: it is a change all the same.
    assert_eq!(gained(&with(unknown, ""), &with(low, "")).0, 1);
}

#[test]
fn a_guessed_order_decides_nothing() {
    let low = "  session_policy = \"Low\"\n  reports.sessions = user_sessions\n";
    let high = "  session_policy = \"High\"\n  reports.sessions = all_sessions\n";
    let found = World::of(&two_groups(low, high, ", unknown"));
    let account = |setting: &str| {
        let (value, source, policy, _) = found.account("ada", setting);
        format!("{value} {source} {policy}")
    };
    assert_eq!(account("session_policy"), "unknown group_policy ");
    assert_eq!(account("reports.sessions"), "unknown group_policy ");
    let (value, layer, policy, line) = found.says("ada", "web01", "shell");
    assert_eq!((value, layer, policy), ("unknown", "group_policy", ""));
    assert_eq!(line, "order group policies, unknown {");
    // Both say the same: the order does not matter.
    let same = World::of(&two_groups(low, low, ", unknown"));
    assert_eq!(same.account("ada", "reports.sessions").0, "user_sessions");
    assert_eq!(same.cell("ada", "web01", "shell").0, "deny");
    // One of them is final: it wins wherever it stands.
    let last = high.replace("  reports", "  final reports");
    let last = World::of(&two_groups(&last, low, ", unknown"));
    assert_eq!(last.account("ada", "reports.sessions").0, "all_sessions");
    // Roles that differ leave open what they allow.
    let roles = World::of(&two_groups(
        "  jump group \"J\" as \"Start\"\n",
        "  jump group \"J\" as \"View\"\n",
        ", unknown",
    ));
    assert_eq!(
        roles.account_rows("ada", "jump group"),
        [("jump group \"J\"", "unknown"), ("jump group \"J\" allows", "unknown")]
    );
    assert_eq!(roles.cell("ada", "web01", "start").0, "unknown");
}

#[test]
fn an_expectation_about_an_unknown_value_is_unproven() {
    let test = |body: &str| {
        let site = two_groups("  session_policy = unknown\n", "", "");
        let site = site.replace(
            "jump.jump_client = allow\n}",
            "jump.jump_client = allow\n  jump group \"J\" as \"Start\"\n}",
        );
        let folder = scratch(&[("a.prec", &format!("{site}test \"t\" {{\n{body}}}\n"))]);
        let run = |format: &str| precedent(&["test", text(folder.path()), "--format", format]);
        (run("text"), run("junit"), run("json"))
    };
    let (shown, junit, json) = test("  expect shell != allow\n");
    assert_eq!((shown.status, junit.status, json.status), (1, 1, 1));
    assert!(shown.stdout.contains("UNPROVEN  t (1 session)"), "{}", shown.stdout);
    assert!(shown.stdout.contains("0 passed, 1 UNPROVEN"), "{}", shown.stdout);
    assert!(junit.stdout.contains("failures=\"0\" errors=\"1\""), "{}", junit.stdout);
    assert!(junit.stdout.contains("<error type=\"unproven\" message="), "{}", junit.stdout);
    assert!(json.stdout.contains("\"unproven\": 1"), "{}", json.stdout);
    for (body, status) in [
        ("  expect shell == unknown\n", 0),
        ("  expect shell != unknown\n", 1),
        ("  expect session_policy == unknown\n", 0),
        ("  expect session_policy == \"Low\"\n", 1),
        ("  expect start == allow\n", 0),
        ("  expect start != unknown\n", 0),
        ("  expect start in [unknown, allow]\n", 0),
    ] {
        let (shown, ..) = test(body);
        assert_eq!(shown.status, status, "{body}{}", shown.stdout);
    }
    // Only `==` and `!=` ask whether a value is unknown.
    for body in [
        "  expect shell in [unknown]\n",
        "  expect shell not in [unknown]\n",
        "  expect shell in [allow, deny, unknown]\n",
        "  expect session_policy in [unknown]\n",
    ] {
        let (shown, ..) = test(body);
        assert!(shown.stdout.contains("0 passed, 1 UNPROVEN"), "{body}{}", shown.stdout);
    }
    // A failure is a failure, whatever else is unproven.
    let (shown, junit, _) = test("  expect shell == deny\n  expect start == deny\n");
    assert!(shown.stdout.contains("0 passed, 1 FAILED"), "{}", shown.stdout);
    assert!(junit.stdout.contains("failures=\"1\" errors=\"0\""), "{}", junit.stdout);
}

#[test]
fn reports_say_how_much_is_unknown_and_because_of_what() {
    let with =
        |group: &str| two_groups(&format!("  jump group \"J\" as \"Start\"\n{group}"), "", "");
    let policy = "  session_policy = unknown\n";
    let site = with(&format!("{policy}  reports.sessions = unknown\n"));
    let folder = scratch(&[("a.prec", &site)]);
    let matrix = |of: &str| precedent(&["matrix", text(folder.path()), "--of", of]).stderr;
    assert!(
        matrix("sessions").contains(" are unknown: ")
            && matrix("sessions").contains(" because of group policy \"A\" (a.prec:"),
        "{}",
        matrix("sessions")
    );
    assert!(
        matrix("accounts").starts_with("2 settings are unknown: 2 because of group policy \"A\""),
        "{}",
        matrix("accounts")
    );
    let (_, diff) = gained(&site, &with(policy));
    assert!(diff.contains("2 settings →"), "{diff}");
    assert!(diff.contains("and 1 setting\n"), "{diff}");
}

#[test]
fn a_filter_says_what_it_leaves_out_because_of_something_unknown() {
    let site = two_groups("  session_policy = unknown\n  reports.sessions = unknown\n", "", "");
    let site = site.replace(
        "jump.jump_client = allow\n}",
        "jump.jump_client = allow\n  jump group \"J\" as \"Start\"\n}",
    );
    let folder = scratch(&[("a.prec", &*site)]);
    let note = "1 session is left out, since something unknown decides";
    let of_accounts = "1 account is left out, since something unknown decides";
    for (arguments, expected) in [
        (&["--holds", "shell == allow"][..], Some(note)),
        (&["--holds", "shell != deny"], Some(note)),
        (&["--holds", "shell == unknown"], None),
        (&["--holds", "shell == allow", "--holds", "start != allow"], None),
        (&["--of", "accounts", "--holds", "reports.sessions == all_sessions"], Some(of_accounts)),
        (&["--of", "accounts", "--holds", "reports.sessions == unknown"], None),
    ] {
        let run = precedent(&[&["matrix", text(folder.path())], arguments].concat());
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.stderr);
        match expected {
            Some(expected) => {
                assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr)
            }
            None => assert!(!run.stderr.contains("left out"), "{arguments:?}: {}", run.stderr),
        }
    }
}
