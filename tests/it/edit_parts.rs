//! Edits of one of two session policies, of the defaults of blocks, of one of several jump items with
//! a name, and edits that are made under a condition.

use crate::edits::{SITE, edited_text, refusal, text_after};
use crate::support::{compile_input, raw};
use precedent::edit::Edits;
use precedent::workspace::Input;

const SPLIT: &str = "\
profile \"rs-25.3\"
session policy \"A\" {
  shell = allow
}
session policy \"B\"
group policy \"G\" {
  final session_policy = \"A\"
}
group policy \"H\" {
  final session_policy.attended = \"A\"
  session_policy.unattended = \"B\"
}
order group policies, last defined wins {
  \"G\"
  \"H\"
}
user \"ada\" {
  session_policy.attended = \"A\" # for now
  session_policy.unattended = \"B\"
}
user \"bob\" {
  session_policy = custom {
    shell = deny
  }
}
jump group \"P\"
jump item \"db01\" {
  kind = jump_client
  group = \"P\"
  session_policy = \"A\"
}
";

/// The text after an edit, as what it replaces in the text before.
fn becomes(site: &str, edit: &str, replaced: &[(&str, &str)]) {
    let mut expected = site.to_owned();
    for (before, after) in replaced {
        assert!(expected.contains(before), "{before}");
        expected = expected.replacen(before, after, 1);
    }
    assert_eq!(text_after(site, &[edit]), expected, "{edit}");
}

#[test]
fn one_of_two_session_policies_is_assigned_and_the_other_one_stays() {
    becomes(
        SPLIT,
        "assign group policy \"G\" attended \"B\"",
        &[(
            "  final session_policy = \"A\"\n",
            "  final session_policy.unattended = \"A\"\n  final session_policy.attended = \"B\"\n",
        )],
    );
    becomes(SPLIT, "assign group policy \"G\" attended \"A\"", &[]);
    becomes(
        SPLIT,
        "assign jump item \"db01\" present none",
        &[(
            "  group = \"P\"\n  session_policy = \"A\"\n",
            "  group = \"P\"\n  session_policy.absent = \"A\"\n  session_policy.present = none\n",
        )],
    );
    becomes(
        SPLIT,
        "assign user \"bob\" unattended \"B\"",
        &[
            ("session_policy = custom", "session_policy.attended = custom"),
            (
                "    shell = deny\n  }\n",
                "    shell = deny\n  }\n  session_policy.unattended = \"B\"\n",
            ),
        ],
    );
    becomes(
        SPLIT,
        "assign user \"ada\" not defined",
        &[(
            "  session_policy.attended = \"A\" # for now\n  session_policy.unattended = \"B\"\n",
            "  session_policy = not defined # for now\n",
        )],
    );
}

#[test]
fn one_policy_for_both_is_refused_where_one_of_two_is_final() {
    let found = refusal(SPLIT, "assign group policy \"H\" \"B\"");
    assert_eq!(
        found,
        "one of the two session policies is final, and the other one is not / assign each by \
         itself, with `attended` and `unattended` before the name"
    );
}

#[test]
fn what_is_not_defined_is_not_final() {
    let (text, notes) = edited_text(SPLIT, &["assign group policy \"G\" not defined"]);
    assert!(text.contains("\"G\" {\n  session_policy = not defined\n"), "{text}");
    assert_eq!(notes, ["group policy \"G\": `session_policy` is no longer final"]);
    let (text, notes) = edited_text(SPLIT, &["assign group policy \"H\" not defined"]);
    assert!(text.contains("\"H\" {\n  session_policy = not defined\n}"), "{text}");
    assert_eq!(notes, ["group policy \"H\": `session_policy` is no longer final"]);
    let (text, notes) = edited_text(SPLIT, &["assign group policy \"G\" attended not defined"]);
    let both =
        "  final session_policy.unattended = \"A\"\n  session_policy.attended = not defined\n";
    assert!(text.contains(both), "{text}");
    assert_eq!(notes, ["group policy \"G\": `session_policy.attended` is no longer final"]);
}

#[test]
fn session_policies_that_cannot_be_given_or_taken_are_explained() {
    for (edit, expected) in [
        (
            "assign jump item \"db01\" custom",
            "only users, group policies and embassies can have a `custom` session policy / `add` a \
             session policy, and assign that by its name",
        ),
        (
            "unset user \"ada\" session_policy",
            "`user \"ada\"` does not set `session_policy` / it sets `session_policy.attended` and \
             `session_policy.unattended`, for one kind of sessions: unset that",
        ),
        (
            "unset user \"bob\" session_policy.attended",
            "`user \"bob\"` does not set `session_policy.attended` / it sets `session_policy`, for \
             all sessions: unset that, or `assign` one kind another one",
        ),
    ] {
        assert_eq!(refusal(SPLIT, edit), expected, "{edit}");
    }
}

#[test]
fn a_command_that_is_proposed_is_whole() {
    let name = format!("CN={},OU=External,DC=acme,DC=example", "Vendor-".repeat(20));
    let site = format!(
        "user \"ada\"\ndirectory group \"{name}\" {{\n  members = [\"ada\"]\n}}\n\
         group policy \"G\" {{\n  members = [directory group \"{name}\"]\n}}\n"
    );
    let found = refusal(&site, "remove-member group policy \"G\" user \"ada\"");
    let command = format!("`remove-member directory group \"{name}\" user \"ada\"`");
    assert!(found.ends_with(&command), "{found}");
}

#[test]
fn an_object_is_added_in_a_new_file_that_the_workspace_reads() {
    let manifest = "policies = [\"**/*.prec\"]\nexclude = [\"old/**\"]\n";
    let input = Input {
        manifest: Some(raw("precedent.toml", manifest)),
        files: vec![raw("a.prec", "group policy \"G\"\n")],
    };
    let ir = compile_input(input.clone()).ir.expect("policies");
    let add = |path: &str| {
        let edits = [format!("add group policy \"H\" in \"{path}\"")];
        let edits = edits.map(|edit| ("edit".to_owned(), edit));
        Edits::read(edits).expect("edits").apply(&input, &ir.profile)
    };
    let applied = add("policies/new.prec").expect("added");
    let new = applied.input.files.iter().find(|file| file.path == "policies/new.prec");
    let new = new.expect("a file").content.clone().expect("read");
    assert_eq!(String::from_utf8(new).expect("text"), "group policy \"H\" {\n}\n");
    let after = compile_input(applied.input).ir.expect("policies");
    assert_eq!(after.tables.group_policies.len(), 2);
    for (path, why) in [
        ("new.txt", "the name of one ends in `.prec`"),
        ("old/new.prec", "the workspace would not read one there"),
        (".hidden/new.prec", "the workspace would not read one there"),
        ("../new.prec", "that is no path below the folder of the workspace"),
        ("/tmp/new.prec", "that is no path below the folder of the workspace"),
        ("a//b.prec", "that is no path below the folder of the workspace"),
        ("c:\\\\b.prec", "that is no path below the folder of the workspace"),
    ] {
        let refused = add(path).expect_err("a refusal");
        let message = &refused[0].findings[0].message;
        assert!(message.contains(why), "{path}: {message}");
    }
}

const ITEMS: &str = "\
jump group \"P\"
jump group \"Q\"
jump items {
\tkind = shell_jump
\tgroup = \"P\"
\titem \"db01\"
\titem \"db02\"
}
jump item \"web\" {
\tkind = shell_jump
\tgroup = \"P\"
}
user \"ada\"
";

#[test]
fn the_defaults_of_a_block_are_edited_by_one_of_its_items() {
    let of = "defaults of jump item \"db02\"";
    becomes(ITEMS, &format!("set {of} group = \"Q\""), &[("group = \"P\"", "group = \"Q\"")]);
    becomes(
        ITEMS,
        &format!("set {of} tag = \"old\""),
        &[("\titem \"db01\"", "\ttag = \"old\"\n\titem \"db01\"")],
    );
    for (edit, expected) in [
        ("set defaults of jump item \"web\" tag = \"x\"", "it stands by itself, and not in a "),
        ("remove defaults of jump item \"db01\"", "defaults cannot be removed together"),
        ("rename defaults of jump item \"db01\" to \"x\"", "this has no name"),
        ("copy defaults of jump item \"db01\" to \"x\"", "only objects with a name"),
        ("set defaults of user \"ada\" id = 1", "only jump items have the defaults of a block"),
        ("set defaults jump item \"db01\" id = 1", "expected `of`"),
    ] {
        let found = refusal(ITEMS, edit);
        assert!(found.starts_with(expected), "{edit}: {found}");
    }
}

#[test]
fn a_jump_item_of_another_method_is_added() {
    becomes(
        ITEMS,
        "add jump item \"web\" method web_jump",
        &[("user \"ada\"", "\njump item \"web\" {\n\tkind = web_jump\n}\nuser \"ada\"")],
    );
    let found = refusal(ITEMS, "add jump item \"web\" method shell_jump");
    assert!(found.starts_with("there is a jump item `web` already"), "{found}");
}

#[test]
fn lines_are_indented_as_the_file_is() {
    becomes(
        ITEMS,
        "set user \"ada\" jump.shell_jump = allow",
        &[("user \"ada\"", "user \"ada\" {\n\tjump.shell_jump = allow\n}")],
    );
}

#[test]
fn lines_of_several_rows_are_indented_as_the_file_is() {
    for unit in ["\t", "    ", "   "] {
        let site = |text: &str| text.replace("  ", unit);
        let before = site(
            "session policy \"S\" {\n  shell = allow\n}\nuser \"a\" {\n  session_policy = \"S\"\n}\n\
             user \"b\"\nuser \"c\" {\n  id = 1\n}\ngroup policy \"G\" {\n}\njump group \"P\"\n",
        );
        let custom = |name: &str| {
            [
                format!("assign user \"{name}\" custom"),
                format!("set custom of user \"{name}\" shell = deny"),
            ]
        };
        let mut edits: Vec<String> = ["a", "b", "c"].iter().flat_map(|name| custom(name)).collect();
        edits.push("add group policy \"H\"".to_owned());
        edits.push("add jump item \"i\" method shell_jump".to_owned());
        let body = "  session_policy = custom {\n    shell = deny\n  }\n}\n";
        let expected = format!(
            "session policy \"S\" {{\n  shell = allow\n}}\nuser \"a\" {{\n{body}user \"b\" {{\n{body}\
             user \"c\" {{\n  id = 1\n{body}group policy \"G\" {{\n}}\n\ngroup policy \"H\" {{\n}}\n\n\
             order group policies, last defined wins {{\n  \"G\"\n  \"H\"\n}}\njump group \"P\"\n\n\
             jump item \"i\" {{\n  kind = shell_jump\n}}\n"
        );
        let edits: Vec<&str> = edits.iter().map(String::as_str).collect();
        let found = text_after(&before, &edits);
        let sorted = |text: &str| {
            let mut lines: Vec<String> =
                text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&found), sorted(&site(&expected)), "{unit:?}\n{found}");
    }
}

const COMMENTED: &str = "\
profile \"rs-25.3\"
session policy \"S\" {
  screen_sharing = view_only
  # No command line, nor a list of commands.
  # Ever.
  shell = deny
  file_transfer = deny

  # allow(unconfirmed-permission): known
  annotations = deny
  # Where nothing else follows, it is about the last line.
  chat = deny
}
user \"ada\"
user \"bob\"
directory group \"D\" {
  members = [
    # the first
    \"ada\",
    # the second
    \"bob\",
  ]
}
";

/// A comment above an entry or an item is about it, and stays above it.
#[test]
fn comments_stay_above_what_they_are_about() {
    let site = |order: &str, members: &str| {
        format!(
            "user \"ann\"\nuser \"bob\"\nuser \"cy\"\nuser \"dan\"\ngroup policy \"A\" {{\n  members = \
             [\n{members}  ]\n}}\ngroup policy \"B\"\ngroup policy \"C\"\norder group policies \
             {{\n{order}}}\n"
        )
    };
    let each = [
        "  # about A\n  \"A\"\n",
        "  # about B\n  # and more\n  \"B\"\n",
        "  # about C\n  \"C\" # last\n",
    ];
    let [a, b, c] = each;
    let before = site(&each.concat(), "");
    for (edit, order) in [
        ("move group policy \"C\" above \"B\"", [a, c, b]),
        ("move group policy \"B\" to top", [b, a, c]),
        ("move group policy \"A\" to bottom", [b, c, a]),
        ("move group policy \"A\" below \"B\"", [b, a, c]),
    ] {
        assert_eq!(text_after(&before, &[edit]), site(&order.concat(), ""), "{edit}");
    }
    // A comment above several is a heading, and stays.
    let headed = |lines: [&str; 3]| site(&format!("  # all\n  {}\n", lines.join("\n  ")), "");
    let moved =
        text_after(&headed(["\"A\"", "\"B\"", "\"C\""]), &["move group policy \"C\" to top"]);
    assert_eq!(moved, headed(["\"C\"", "\"A\"", "\"B\""]));
    let members =
        ["bob", "cy", "dan"].map(|name| format!("    # about {name}\n    user \"{name}\",\n"));
    let with_ann = format!("    user \"ann\",\n{}", members.concat());
    let order = each.concat();
    let before = site(&order, &members.concat());
    let added = text_after(&before, &["add-member group policy \"A\" user \"ann\""]);
    assert_eq!(added, site(&order, &with_ann));
}

#[test]
fn comments_above_a_removed_line_go_where_they_can_be_about_nothing_else() {
    let of = "session policy \"S\"";
    for (edit, gone, note) in [
        (
            format!("unset {of} shell"),
            "  shell = deny\n",
            Some("a.prec:4: `# No command line, nor a list of commands.`"),
        ),
        (
            format!("unset {of} annotations"),
            "  # allow(unconfirmed-permission): known\n  annotations = deny\n",
            None,
        ),
        (
            format!("unset {of} chat"),
            "  # Where nothing else follows, it is about the last line.\n  chat = deny\n",
            None,
        ),
        (
            "remove-member directory group \"D\" user \"ada\"".to_owned(),
            "    # the first\n    \"ada\",\n",
            None,
        ),
        (
            "remove-member directory group \"D\" user \"bob\"".to_owned(),
            "    # the second\n    \"bob\",\n",
            None,
        ),
    ] {
        assert!(COMMENTED.contains(gone), "{gone}");
        let (text, notes) = edited_text(COMMENTED, &[&edit]);
        assert_eq!(text, COMMENTED.replace(gone, ""), "{edit}");
        let stays = "a comment that may have been about the removed line stays at ";
        let expected: Vec<String> = note.iter().map(|at| format!("{stays}{at}")).collect();
        assert_eq!(notes, expected, "{edit}");
    }
    // The place is the one after all edits, and a comment that goes later is not named.
    let both = ["unset session policy \"S\" shell", "unset session policy \"S\" screen_sharing"];
    let notes = edited_text(COMMENTED, &both).1;
    assert!(notes.len() == 1 && notes[0].contains("a.prec:3: `# No"), "{notes:?}");
    assert!(edited_text(COMMENTED, &[both[0], "remove session policy \"S\""]).1.is_empty());
}

#[test]
fn many_edits_make_what_each_after_the_other_makes() {
    let site = "\
profile \"rs-25.3\"
user \"ada\"
user \"bob\" {
  id = 1

  # Not for long.
  reports.sessions = not_allowed
}
user \"eve\"
jump group \"P\"
jump items {
  kind = shell_jump
  group = \"P\"

  item \"db01\"
  item \"db02\" # old
}
directory group \"D\"
";
    let edits = [
        "set user \"ada\" id = 7",
        "set jump item \"db01\" tag = \"a\"",
        "set user \"ada\" description = \"x\"",
        "set jump item \"db02\" tag = \"b\"",
        "unset user \"bob\" reports.sessions",
        "add-member directory group \"D\" user \"ada\"",
        "set user \"eve\" id = 8",
        "unset user \"bob\" id",
        "add-member directory group \"D\" user \"eve\"",
        "assign user \"bob\" custom",
        "set custom of user \"bob\" shell = deny",
        "add user \"new\"",
        "set user \"new\" id = 9",
        "add jump item \"n1\" method shell_jump",
        "set jump item \"n1\" group = \"P\"",
        "add jump item \"n2\" method shell_jump",
        "set jump item \"n2\" group = \"P\"",
        "set jump item \"n2\" tag = \"n\"",
        "add jump item \"n2\" method jump_client",
        "add jump item \"n3\" method shell_jump",
        "set jump item \"n3\" group = \"P\"",
        "set jump item \"n2\" method jump_client group = \"P\"",
        "set jump item \"n2\" method shell_jump tag = \"m\"",
        "unset user \"ada\" id",
        "set user \"ada\" description = \"x\"",
        "set defaults of jump item \"db01\" comments = \"c\"",
        "set jump item \"db01\" comments = \"d\"",
    ];
    for layout in ["  ", "    "] {
        let site = site.replace("  ", layout);
        let mut one_by_one = site.clone();
        for edit in edits {
            one_by_one = text_after(&one_by_one, &[edit]);
        }
        assert_eq!(text_after(&site, &edits), one_by_one);
    }
}

#[test]
fn a_member_keeps_its_end_unless_another_one_is_asked_for() {
    const DATED: &str = "user \"ada\"\ndirectory group \"D\" {\n  members = []\n}\n\
        group policy \"G\" {\n  members = [user \"ada\" until 2027-01-31]\n}\n";
    let add = |until: &str| format!("add-member group policy \"G\" user \"ada\"{until}");
    assert_eq!(text_after(DATED, &[&add("")]), DATED);
    let later = DATED.replace("2027-01-31", "2027-02-28");
    assert_eq!(text_after(DATED, &[&add(" until 2027-02-28")]), later);
    let without = [&*add("").replace("add-", "remove-"), &*add("")];
    assert_eq!(text_after(DATED, &without), DATED.replace(" until 2027-01-31", ""));
    let refused = "add-member directory group \"D\" user \"ada\" until 2027-01-31";
    let found = refusal(DATED, refused);
    assert!(found.starts_with("a member of a directory group has no end"), "{found}");
}

/// What a script makes every night is made once.
#[test]
fn an_edit_with_a_condition_is_made_once() {
    for (edit, condition) in [
        ("add user \"zoe\"", "if missing"),
        ("add jump item \"db01\" method remote_vnc", "if missing"),
        ("copy user \"ada\" to \"zoe\"", "if  missing"),
        ("remove user \"bob\"", "if there"),
        ("remove jump item \"db01\" method shell_jump", "if there"),
        ("remove-member group policy \"H\" user \"bob\"", "if there"),
        ("unset group policy \"H\" access.allowed", "if there"),
        ("unset group policy \"H\" final access.allowed", "if there"),
        ("unset group policy \"G\" jump group \"Prod\"", "if\tthere"),
    ] {
        let once = text_after(SITE, &[edit]);
        let conditional = format!("{edit} {condition} # nightly");
        assert_eq!(text_after(SITE, &[&conditional]), once, "{edit}");
        assert_eq!(text_after(SITE, &[&conditional, &conditional]), once, "{edit}");
        assert_eq!(text_after(&once, &[&conditional]), once, "{edit}");
        // Without the condition, it is refused where there is nothing to do.
        assert_ne!(refusal(&once, edit), "");
    }
    // What an edit only passes by has to be there.
    let found = refusal(SITE, "remove-member group policy \"Z\" user \"bob\" if there");
    assert!(found.starts_with("there is no group policy `Z`"), "{found}");
    for (edit, help) in [
        ("set user \"ada\" id = 1 if missing", "only `add` and `copy` can have it"),
        ("add user \"zoe\" if there", "only `remove`, `remove-member` and `unset` can have it"),
    ] {
        let read = Edits::read([("edit".to_owned(), edit.to_owned())]);
        let found = read.expect_err("no such edit").findings;
        assert_eq!(found[0].help.as_deref(), Some(help), "{edit}");
    }
}
