//! Edits of one of two session policies, of the defaults of blocks, and of one of several jump items
//! with a name.

use crate::edits::{refusal, text_after};

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
        &[("user \"ada\"", "\njump item \"web\" {\n  kind = web_jump\n}\nuser \"ada\"")],
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
