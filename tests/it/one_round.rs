//! What one run of `check --fix` makes of a text: all that is plainly meant, and nothing that a second
//! run would have to make again.

use crate::cli::{precedent, scratch, text};
use crate::support::{compile, errors};
use precedent::diagnostic::{Applicability, Code, Diagnostic};
use std::fs;

/// The text after `check --fix`, and the findings of severity error that are left.
fn fixed(before: &str) -> (String, Vec<Diagnostic>) {
    let folder = scratch(&[("a.prec", before)]);
    let run = precedent(&["check", "--fix", text(folder.path())]);
    let after = fs::read_to_string(folder.path().join("a.prec")).expect("a text");
    let left = errors(&compile(&[("a.prec", &after)]).diagnostics);
    assert_eq!(run.status, i32::from(!left.is_empty()), "{}", run.stdout);
    (after, left)
}

fn in_policy(line: &str) -> String {
    format!("session policy \"P\" {{\n  {line}\n}}\n")
}

fn in_user(line: &str) -> String {
    format!("user \"ada\" {{\n  {line}\n}}\n")
}

fn in_group(line: &str) -> String {
    format!("user \"ada\"\ndirectory group \"D\" {{\n  {line}\n}}\n")
}

fn in_test(line: &str) -> String {
    format!("user \"ada\"\ntest \"t\" {{\n  when user == \"ada\"\n  {line}\n}}\n")
}

fn in_item(line: &str) -> String {
    format!("jump group \"M\"\njump item \"web01\" {{\n  kind = jump_client\n  {line}\n}}\n")
}

#[test]
fn what_is_plainly_meant_is_right_after_one_run() {
    for (within, before, after) in [
        (in_policy as fn(&str) -> String, "shell = TRUE", "shell = allow"),
        (in_policy, "shell = ALLOW", "shell = allow"),
        (in_policy, "shell = Not-Defined", "shell = not defined"),
        (in_policy, "screen_sharing = View-Only", "screen_sharing = view_only"),
        (
            in_policy,
            "screen_sharing.applications = only \"a\", 'b'  # both",
            "screen_sharing.applications = only [\"a\", 'b']  # both",
        ),
        (in_policy, "available = users, invites", "available = [users, invites]"),
        (
            in_user,
            "session_management.idle_timeout = 15min",
            "session_management.idle_timeout = 15m",
        ),
        (
            in_user,
            "session_management.idle_timeout = 120 Minutes # two hours",
            "session_management.idle_timeout = 2h # two hours",
        ),
        (
            in_user,
            "session_management.idle_timeout = 1day",
            "session_management.idle_timeout = 24h",
        ),
        (in_test, "expect shell in allow, deny", "expect shell in [allow, deny]"),
        (in_test, "expect shell not in allow", "expect shell not in [allow]"),
        (
            in_test,
            "expect screen_sharing.applications == only \"a\" # one",
            "expect screen_sharing.applications == only [\"a\"] # one",
        ),
        (
            in_test,
            "expect session_management.idle_timeout == 15 min",
            "expect session_management.idle_timeout == 15m",
        ),
        (in_test, "expect shell == ALLOW", "expect shell == allow"),
        (in_test, "expect shell = Deny  # yet", "expect shell == deny  # yet"),
        (
            in_test,
            "expect Reports.Sessions In [User-Sessions] FROM user",
            "expect reports.sessions in [user_sessions] from user",
        ),
        (in_policy, "available = users", "available = [users]"),
        (in_group, "members = \"ada\"", "members = [\"ada\"]"),
        (in_group, "members = (\"ada\")", "members = [\"ada\"]"),
        (in_group, "members = [user \"ada\"]", "members = [\"ada\"]"),
        (in_user, "Access.Allowed = deny", "access.allowed = deny"),
        (in_user, "access .allowed = deny", "access.allowed = deny"),
        (in_user, "display_name \"Ada\" # Byron", "display_name = \"Ada\" # Byron"),
        (in_user, "display_name = 7", "display_name = \"7\""),
        (in_user, "expires 2026-01-01", "expires = 2026-01-01"),
        (in_user, "id = '4711'", "id = 4711"),
        (in_policy, "shell = \"not defined\"", "shell = not defined"),
        (
            in_policy,
            "screen_sharing.applications = onlyy a.exe",
            "screen_sharing.applications = only [\"a.exe\"]",
        ),
        (in_policy, "shell = deny\n  shell = deny", "shell = deny"),
        (in_user, "display name = \"Ada\"", "display_name = \"Ada\""),
        (in_policy, "\"shell\" = deny # none", "shell = deny # none"),
        (in_policy, "shell.commands = only [\"a\" or 'b']", "shell.commands = only [\"a\", 'b']"),
        (in_item, "group = jump group \"M\" # x", "group = \"M\" # x"),
        (in_policy, "she ll = deny", "shell = deny"),
        (
            in_policy,
            "screen_sharing clipboard = both_directions",
            "screen_sharing.clipboard = both_directions",
        ),
        (
            in_policy,
            "shell.commands = only ('ls', \"x\"] # two",
            "shell.commands = only ['ls', \"x\"] # two",
        ),
        (
            in_policy,
            "shell.commands = only ['ls', \"x\") # two",
            "shell.commands = only ['ls', \"x\"] # two",
        ),
        (in_policy, "shell.commands = only ['ls', \"x\"}", "shell.commands = only ['ls', \"x\"]"),
        (in_policy, "shell.commands = only {'ls'}", "shell.commands = only ['ls']"),
        (in_policy, "shell.commands = only 'ls', 'x']", "shell.commands = only ['ls', 'x']"),
        (in_policy, "shell.commands = only ['ls']] # x", "shell.commands = only ['ls'] # x"),
        (
            in_policy,
            "shell.commands = only ['ls'\u{3001} 'x']",
            "shell.commands = only ['ls', 'x']",
        ),
        (
            in_user,
            "session_management.idle_timeout = \u{661}\u{665}m",
            "session_management.idle_timeout = 15m",
        ),
        (in_user, "display_name = \u{201c}\u{201d}", "display_name = \"\""),
        (in_policy, "shell = notdefined", "shell = not defined"),
        (in_policy, "shell =\n    not defined # yet", "shell = not defined # yet"),
        (
            in_policy,
            "shell.commands =\n    only [\n    \"a\", # one\n  ]",
            "shell.commands = only [\n    \"a\", # one\n  ]",
        ),
        (in_item, "id = 1_000", "id = 1000"),
        (in_item, "id = 12,000,000 # many", "id = 12000000 # many"),
        (in_user, "expires = 31.12.2026", "expires = 2026-12-31"),
        (in_user, "expires = '2026-12-31'", "expires = 2026-12-31"),
        (in_group, "members = [\n    \"ada\",\n  )", "members = [\n    \"ada\",\n  ]"),
        (in_item, "jump_group = \"M\"", "group = \"M\""),
        (in_item, "jump group = \"M\"", "group = \"M\""),
        (in_item, "jump group \"M\" # of two", "group = \"M\" # of two"),
    ] {
        assert_eq!(
            errors(&compile(&[("a.prec", within(before))]).diagnostics).len(),
            1,
            "{before}"
        );
        let (found, left) = fixed(&within(before));
        assert_eq!(found, within(after));
        assert!(left.is_empty(), "{before}: {left:?}");
    }
}

#[test]
fn a_header_has_no_sign_after_its_name() {
    for sign in [":", " =", ";", ","] {
        let text = format!("team \"T\"{sign}\nuser \"ada\"{sign} {{\n  team \"T\" as lead\n}}\n");
        let right = "team \"T\"\nuser \"ada\" {\n  team \"T\" as lead\n}\n";
        assert_eq!(errors(&compile(&[("a.prec", &*text)]).diagnostics).len(), 2, "{sign}");
        assert_eq!(fixed(&text), (right.to_owned(), Vec::new()));
    }
}

/// The clauses of a membership stand in one order, and each has its word.
#[test]
fn the_clauses_of_a_membership_are_put_in_order() {
    let text = |line: &str| {
        format!(
            "team \"T\"\njump group \"J\"\njump policy \"P\"\n\
             jump item role \"R\" {{\n  allows = [start]\n}}\nuser \"ada\" {{\n  {line}\n}}\n"
        )
    };
    for (before, after) in [
        ("team \"T\" member", "team \"T\" as member"),
        ("team \"T\" as \"lead\"", "team \"T\" as lead"),
        ("team = \"T\" as member # of one", "team \"T\" as member # of one"),
        ("team \"T\" until 2099-01-01 as lead # x", "team \"T\" as lead until 2099-01-01 # x"),
        ("team \"T\" as lead until 31.12.2099", "team \"T\" as lead until 2099-12-31"),
        ("jump group \"J\" role \"R\"", "jump group \"J\" as \"R\""),
        ("jump group = \"J\" as \"R\"", "jump group \"J\" as \"R\""),
        ("jump group \"J\" with \"P\" as \"R\"", "jump group \"J\" as \"R\" with \"P\""),
        (
            "jump group \"J\" as default role with jump policy \"P\"",
            "jump group \"J\" as default role with \"P\"",
        ),
    ] {
        let found = errors(&compile(&[("a.prec", text(before))]).diagnostics);
        assert_eq!(found.len(), 1, "{before}: {found:?}");
        let (found, left) = fixed(&text(before));
        assert_eq!(found, text(after));
        assert!(left.is_empty(), "{before}: {left:?}");
    }
    for line in [
        "team \"T\" as member as lead",
        "team \"T\" member lead",
        "team \"T\" as member until",
        "team \"T\" member and so on",
        "jump group \"J\" \"R\" \"P\"",
    ] {
        assert_eq!(fixed(&text(line)).0, text(line));
    }
}

/// An order has names alone; what else stands before one is no reason to miss the policy in it.
#[test]
fn a_name_of_an_order_stands_alone() {
    let policies = "group policy \"G\"\ngroup policy \"H\"\ngroup policy \"I\"\n";
    let text = |[one, two, three]: [&str; 3]| {
        format!("{policies}order group policies {{\n  {one}\n  {two} # x\n  {three}\n}}\n")
    };
    let right = text(["\"G\"", "\"H\"", "\"I\""]);
    let with_signs = text(["- \"G\"", "* \"H\"", "group policy \"I\""]);
    let found = errors(&compile(&[("a.prec", &*with_signs)]).diagnostics);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(fixed(&with_signs), (right, Vec::new()));
    // Where there are numbers, another order may be meant than that of the lines.
    let numbered = text(["3. \"G\"", "2) \"H\"", "1: \"I\""]);
    let (same, found) = fixed(&numbered);
    assert_eq!((same, found.len()), (numbered, 3));
}

/// What would be an empty list, or a switch that says the opposite of its name, is for a person.
#[test]
fn what_may_allow_everything_is_left_to_a_person() {
    for text in [
        in_policy("screen_sharing.applications = except [\n    # \"cmd.exe\""),
        in_policy("screen_sharing.applications = only ["),
        "profile \"rs-25.3\"\nuser \"ada\" {\n  account.disabled = disabled\n}\n".to_owned(),
        "profile \"rs-25.3\"\nuser \"ada\" {\n  account.disabled = Enabled\n}\n".to_owned(),
        in_user("account.disabled = allow"),
    ] {
        let (same, found) = fixed(&text);
        assert_eq!((same, found.len()), (text, 1));
    }
}

/// A comment directly above a declaration belongs to it, and a `}` that is missing before it goes above
/// the comment.
#[test]
fn a_missing_brace_is_put_above_the_comments_of_the_next_declaration() {
    let head = "# first\nuser \"a\" {\n  display_name = \"A\"\n";
    for rest in [
        "# allow(unused-team): soon\n# and more\nteam \"T\"\n",
        "\n# why\nteam \"T\"\n",
        "\n\nteam \"T\"\n",
    ] {
        assert_eq!(fixed(&format!("{head}{rest}")).0, format!("{head}}}\n{rest}"));
    }
    let indented = "  # of the body\nteam \"T\"\n";
    assert_eq!(
        fixed(&format!("{head}{indented}")).0,
        format!("{head}  # of the body\n}}\nteam \"T\"\n")
    );
}

/// Where a quotation mark is missing, what stands in the strings after it is not known.
#[test]
fn strings_that_end_in_the_middle_of_a_word_are_left_to_a_person() {
    let line = "screen_sharing.applications = except ['a.exe, 'b.exe'] # don't";
    let found = errors(&compile(&[("a.prec", in_policy(line))]).diagnostics);
    let told: Vec<&str> = found.iter().map(|found| &*found.message).collect();
    assert_eq!(told, ["a quotation mark is missing here or before"]);
    assert_eq!(fixed(&in_policy(line)).0, in_policy(line));
}

/// A list that is not closed does not take in the declarations after it.
#[test]
fn a_declaration_after_an_open_list_stays_one() {
    let group = "group policy \"G\" {\n  members = [user \"ann\"";
    let order = "order group policies {\n  \"G\"\n}\n";
    let text = format!("user \"ann\"\n{group}\n\nuser \"eve\"\n{order}");
    let (after, left) = fixed(&text);
    assert_eq!(after, format!("user \"ann\"\n{group}]\n}}\n\nuser \"eve\"\n{order}"));
    assert!(left.is_empty(), "{left:?}");
    let directory = "directory group \"D\" {\n  members = [\n\"ann\",\n";
    let people = "user \"ann\"\nuser \"bob\" {\n  display_name = \"Bob\"\n}\n";
    let (after, _) = fixed(&format!("{directory}{people}"));
    assert!(after.ends_with(people), "{after}");
    // Members in the first column are no declarations where the list goes on.
    let closed = "user \"ann\"\nuser \"bob\"\ngroup policy \"G\" {\n  members = [\nuser \"ann\" # lead\n\
                  , # and\nuser \"bob\"\n  ]\n}\norder group policies {\n  \"G\"\n}\n";
    assert!(errors(&compile(&[("a.prec", closed)]).diagnostics).is_empty());
}

/// A `}` after a statement may be one too many, where the body goes on.
#[test]
fn a_brace_in_the_middle_of_a_body_is_left_to_a_person() {
    let text = "user \"bob\" {\n  display_name = \"Bob\" }\n  session_policy = custom {\n    \
                shell = allow\n  }\n}\n";
    assert_eq!(fixed(text).0, text);
    let last = "user \"bob\" {\n  display_name = \"Bob\" }\n\nuser \"eve\"\n";
    assert_eq!(fixed(last).0, last.replace(" }", "\n}"));
}

#[test]
fn a_statement_after_the_brace_gets_a_line() {
    for (line, right) in [
        ("{ access.allowed = deny", "{\n  access.allowed = deny"),
        ("{   team \"T\" as member # of one", "{\n  team \"T\" as member # of one"),
    ] {
        let text =
            |line: &str| format!("team \"T\"\nuser \"ada\" {line}\n  display_name = \"Ada\"\n}}\n");
        let (found, left) = fixed(&text(line));
        assert_eq!(found, text(right));
        assert!(left.is_empty(), "{line}: {left:?}");
    }
    // What the statement says is told with it, once.
    let text = "session policy \"P\" { shel = allow bar = \"x\n  shell = maybe\n}\n";
    let found = errors(&compile(&[("a.prec", text)]).diagnostics);
    let told: Vec<&str> = found.iter().map(|found| &*found.message).collect();
    assert_eq!(
        told,
        [
            "unexpected text after `{`",
            "`shel` is not available in a session policy",
            "unterminated string",
            "invalid value `maybe` for `shell`",
        ]
    );
}

#[test]
fn roles_without_quotes_get_them_where_they_are_declared() {
    let roles = "jump item role \"Start\"\njump item role \"Start sessions\"\n";
    let text = |line: &str| format!("{roles}user \"u\" {{\n  {line}\n}}\n");
    for name in ["Start", "Start sessions"] {
        let (found, left) = fixed(&text(&format!("roles.system = {name}")));
        assert_eq!(found, text(&format!("roles.system = \"{name}\"")));
        assert!(left.is_empty(), "{left:?}");
    }
    let unknown = text("roles.system = Stop");
    assert_eq!(fixed(&unknown).0, unknown);
}

#[test]
fn what_may_mean_several_things_is_left_to_a_person() {
    for text in [
        in_policy("screen_sharing = ALLOW"),
        in_policy("screen_sharing.applications = only [any]"),
        in_user("session_management.idle_timeout = 90"),
        // There is no such duration, however it is written.
        in_user("session_management.idle_timeout = 7min"),
        in_item("jump group \"M\" as default role"),
        in_user("session_management.idle_timeout = 0"),
        in_user("session_management.idle_timeout = -1"),
        in_user("session_management.idle_timeout = \"-1\""),
        in_policy("shell = deny\n  shell = allow"),
        in_policy("shell = deny # one\n  shell = deny # two"),
        in_policy("frobnicate \"x\""),
        in_policy("shell yes = allow"),
        // The list goes on in the next line.
        in_policy("screen_sharing.applications = only \"a\",\n    \"b\""),
    ] {
        let (after, left) = fixed(&text);
        assert_eq!(after, text);
        assert!(!left.is_empty(), "{text}");
    }
}

#[test]
fn a_policy_is_made_available_only_by_a_person() {
    for (available, added) in [
        ("[jump_items]", "[jump_items, users]"),
        ("[ # nobody yet\n  ]", "[users # nobody yet\n  ]"),
        ("[invites,]", "[invites, users,]"),
    ] {
        let with = |available: &str| {
            let policy = format!("session policy \"P\" {{\n  available = {available}\n}}\n");
            policy + &in_user("session_policy = \"P\"")
        };
        let compiled = compile(&[("a.prec", with(available))]);
        let found = errors(&compiled.diagnostics);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, Code::NOT_AVAILABLE);
        let fix = &found[0].fixes[0];
        assert_eq!(fix.applicability, Applicability::Unsafe);
        let texts = precedent::diagnostic::fix::apply(&[fix], &compiled.sources);
        let after = texts.into_values().next().expect("a text");
        assert_eq!(after, with(added));
        assert!(errors(&compile(&[("a.prec", after)]).diagnostics).is_empty());
        assert_eq!(fixed(&with(available)).0, with(available));
    }
}

/// Characters that other programs show as the end of a line.
#[test]
fn a_line_that_another_character_ends_becomes_a_line() {
    for separator in ["\u{2028}", "\u{2029}", "\u{85}", "\u{c}", "\u{b}", "\u{2028}\u{2028}"] {
        for (parts, glue) in [
            (&["user \"ada\"", "user \"ben\"\n"][..], "\n"),
            (&["user \"ada\" {", "display_name = \"Ada\"", "}", "team \"T\"\n"], "\n"),
            (
                &["team \"T\"\nuser \"ada\" {\n  team \"T\" as lead", "team \"T\" as member\n}\n"],
                "\n",
            ),
            (&["", "user \"ada\"\n", "user \"ben\"\n"], " "),
            (&["user \"ada\" {\n  display_name =", "\"Ada\"\n}\n"], " "),
            (&["user \"ada\"\ndirectory group", "\"D\" {\n  members = [\"ada\",", "]\n}\n"], " "),
        ] {
            // The second membership in a team is one too many, and no matter of line ends.
            let expected: Vec<Code> = errors(&compile(&[("a.prec", parts.join(glue))]).diagnostics)
                .iter()
                .map(|found| found.code)
                .collect();
            let (after, left) = fixed(&parts.join(separator));
            assert_eq!(after, parts.join(glue), "{separator:?}");
            let left: Vec<Code> = left.iter().map(|found| found.code).collect();
            assert_eq!(left, expected, "{separator:?}: {after}");
        }
        let text = format!(
            "user \"ada\"\ntest \"t\" {{\n  when user == \"ada\"\n  \
             expect reports.sessions == not_allowed from{separator}group policy \"G\"\n}}\n\
             group policy \"G\" {{\n  members = [user \"ada\"]\n}}\n"
        );
        assert_eq!(fixed(&text).0, text.replace(separator, " "));
        // In a string it is a character like any other.
        let text =
            format!("user \"ada\" {{\n  display_name = \"a{separator}user \\\"b\\\"\"\n}}\n");
        assert_eq!(fixed(&text).0, text);
    }
}

#[test]
fn comments_of_html_become_comments() {
    for (before, after) in [
        ("<!-- one -->\nuser \"ada\"\n", "# one\nuser \"ada\"\n"),
        ("user \"ada\" <!-- one -- two -->\n", "user \"ada\" # one -- two\n"),
        (
            "user \"ada\" {\n  <!-- one\n  display_name = \"A\"\n  -->\n}\n",
            "user \"ada\" {\n  # one\n  # display_name = \"A\"\n\n}\n",
        ),
    ] {
        let (found, left) = fixed(before);
        assert_eq!(found, after);
        assert!(left.is_empty(), "{left:?}");
    }
    let (after, left) = fixed("user \"ada\" <!-- one\nuser \"ben\"\n");
    assert_eq!(after, "user \"ada\" <!-- one\nuser \"ben\"\n");
    assert_eq!(left.len(), 1, "{left:?}");
}

/// The marks under a line end with its code.
#[test]
fn a_comment_is_not_underlined() {
    let text = "jump group \"M\"\njump item \"a\" {\n  kind = jump_client\n  \
                team \"M\" as lead   # a comment\n}\n";
    let compiled = compile(&[("a.prec", text)]);
    let found = errors(&compiled.diagnostics);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(compiled.sources.written(found[0].primary.span), "team \"M\" as lead");
}
