//! Edits of the text: what they write, what they leave alone, and what they refuse.

use crate::dice::Dice;
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::layout::mess::{Extra, mess};
use crate::support::{BUILTIN, compile_input, drawn, raw};
use precedent::diagnostic::Code;
use precedent::edit::{Applied, Edits, Refused};
use precedent::ir::Ir;
use precedent::source::{FileId, SourceFile};
use precedent::syntax::ast::DeclarationKind as Kind;
use precedent::syntax::pieces::{Piece, pieces};
use precedent::syntax::{self, printer};
use precedent::text::quote;
use precedent::workspace::Input;
use proptest::prelude::*;

/// Makes edits, each of them a text.
fn edited(input: &Input, ir: &Ir, edits: &[String]) -> Result<Applied, Vec<Refused>> {
    let edits = edits.iter().map(|edit| ("edit".to_owned(), edit.clone()));
    Edits::read(edits).map_err(|refused| vec![refused])?.apply(input, &ir.profile)
}

/// The text after edits of one file; panics with the findings where one is refused.
pub fn text_after(before: &str, edits: &[&str]) -> String {
    edited_text(before, edits).0
}

/// The text after edits of one file, and the notes about them.
pub fn edited_text(before: &str, edits: &[&str]) -> (String, Vec<String>) {
    let input = Input { manifest: None, files: vec![raw("a.prec", before)] };
    let ir = compile_input(input.clone()).ir.expect("policies without errors");
    let edits: Vec<String> = edits.iter().map(|edit| (*edit).to_owned()).collect();
    match edited(&input, &ir, &edits) {
        Ok(applied) => (texts(&applied.input).remove(0), applied.notes),
        Err(refused) => panic!("{}", told(&refused)),
    }
}

/// The message and the help of what an edit is refused with.
pub fn refusal(before: &str, edit: &str) -> String {
    let input = Input { manifest: None, files: vec![raw("a.prec", before)] };
    let ir = compile_input(input.clone()).ir.expect("policies without errors");
    let refused = edited(&input, &ir, &[edit.to_owned()]).expect_err("a refusal");
    let found = &refused[0].findings[0];
    format!("{} / {}", found.message, found.help.as_deref().unwrap_or_default())
}

fn told(refused: &[Refused]) -> String {
    refused.iter().map(|one| drawn(&one.findings, &one.sources)).collect()
}

fn texts(input: &Input) -> Vec<String> {
    let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).expect("text");
    input.files.iter().map(|file| text(file.content.as_ref().expect("read"))).collect()
}

pub const SITE: &str = "\
# The site.
jump item role \"Start\" {
  allows = [start]
}

jump policy \"Hours\"
jump group \"Prod\"
team \"T\" # one
team \"Unused\"

# Who watches.
session policy \"Watch\" {
  available = [users, jump_items] # not invites
  screen_sharing = view_only

  # Nothing moves.
  file_transfer = deny
}

group policy \"G\" {
  members = [user \"ada\", directory group \"D\"]
  session_policy = \"Watch\"

  jump group \"Prod\" as \"Start\" with \"Hours\"
}

group policy \"H\" {
  members = [
    user \"ada\", # for now
    # who knows
    user \"bob\" until 2026-12-31,
  ]
  final access.allowed = allow
}

order group policies, last defined wins {
  \"G\" # first
  \"H\"
}

user \"ada\"
user \"bob\" {
  team \"T\" as member # lead later
}

directory group \"D\" {
  members = [\"ada\", \"bob\"]
}

jump items {
  kind = shell_jump
  group = \"Prod\"

  item \"db01\" # old
  item \"db02\" {
    session_policy = \"Watch\"
  }
}

test \"t\" {
  when user != \"bob\"
  expect shell == deny
}
";

/// The lines of a unified diff that change, without the places.
fn changed(edits: &[&str]) -> String {
    let after = text_after(SITE, edits);
    let mut out = String::new();
    for line in precedent::text::line_diff::patch("a.prec", SITE, &after).lines() {
        if line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn a_verb_changes_its_lines_and_no_others() {
    for (edits, expected) in [
        (
            &["set session policy \"Watch\" file_transfer = allow"][..],
            "-  file_transfer = deny\n+  file_transfer = allow\n",
        ),
        // In the order of the profile, after the lines that come before it there.
        (&["set session policy 'Watch'   annotations=deny"], "+  annotations = deny\n"),
        (
            &["set user \"ada\" jump.shell_jump = allow"],
            "-user \"ada\"\n+user \"ada\" {\n+  jump.shell_jump = allow\n+}\n",
        ),
        (&["set team \"T\" id = 4"], "-team \"T\" # one\n+team \"T\" { # one\n+  id = 4\n+}\n"),
        (
            &["set group policy \"G\" jump group \"Prod\" as \"Start\""],
            "-  jump group \"Prod\" as \"Start\" with \"Hours\"\n+  jump group \"Prod\" as \"Start\"\n",
        ),
        (
            &["set group policy \"G\" final session_policy = none # so"],
            "-  session_policy = \"Watch\"\n+  final session_policy = none\n",
        ),
        (&["unset group policy \"G\" session_policy"], "-  session_policy = \"Watch\"\n"),
        (
            &["unset group policy \"G\" jump group \"Prod\""],
            "-  jump group \"Prod\" as \"Start\" with \"Hours\"\n",
        ),
        (
            &["unset group policy \"H\" final access.allowed"],
            "-  final access.allowed = allow\n+  access.allowed = allow\n",
        ),
        (
            &["unset user \"bob\" team \"T\""],
            "-user \"bob\" {\n-  team \"T\" as member # lead later\n-}\n+user \"bob\"\n",
        ),
        (
            &["assign jump item \"db01\" \"Watch\""],
            "-  item \"db01\" # old\n+  item \"db01\" { # old\n+    session_policy = \"Watch\"\n+  }\n",
        ),
        (
            &["assign user \"ada\" custom", "set custom of user \"ada\" shell = allow"],
            "-user \"ada\"\n+user \"ada\" {\n+  session_policy = custom {\n+    shell = allow\n+  }\n+}\n",
        ),
        (&["add-member directory group \"D\" user \"ada\""], ""),
        (
            &["add-member group policy \"G\" user \"bob\" until 2027-01-31"],
            "-  members = [user \"ada\", directory group \"D\"]\n+  members = [user \"ada\", directory group \"D\", user \"bob\" until 2027-01-31]\n",
        ),
        (
            &["add-member group policy \"H\" user \"bob\" until 2027-01-31"],
            "-    user \"bob\" until 2026-12-31,\n+    user \"bob\" until 2027-01-31,\n",
        ),
        (&["add-member group policy \"H\" directory group \"D\""], "+    directory group \"D\",\n"),
        (
            &["remove-member group policy \"G\" user \"ada\""],
            "-  members = [user \"ada\", directory group \"D\"]\n+  members = [directory group \"D\"]\n",
        ),
        (
            &["remove-member group policy \"G\" directory group \"D\""],
            "-  members = [user \"ada\", directory group \"D\"]\n+  members = [user \"ada\"]\n",
        ),
        (&["remove-member group policy \"H\" user \"ada\""], "-    user \"ada\", # for now\n"),
        (&["move group policy \"G\" below \"H\""], "-  \"G\" # first\n+  \"G\" # first\n"),
        (&["move group policy \"H\" to top", "move group policy \"G\" above \"H\""], ""),
        (
            &["rename team \"T\" to \"Servers\""],
            "-team \"T\" # one\n+team \"Servers\" # one\n-  team \"T\" as member # lead later\n+  team \"Servers\" as member # lead later\n",
        ),
        (
            &["remove team \"T\""],
            "-team \"T\" # one\n-user \"bob\" {\n-  team \"T\" as member # lead later\n-}\n+user \"bob\"\n",
        ),
        (&["remove jump item \"db01\""], "-  item \"db01\" # old\n"),
        (
            &["add team \"U\"", "set team \"U\" description = \"x\""],
            "+team \"U\" {\n+  description = \"x\"\n+}\n",
        ),
        (
            &["copy user \"bob\" to \"eve\""],
            "-    user \"bob\" until 2026-12-31,\n+    user \"bob\" until 2026-12-31,\n+    user \"eve\" until 2026-12-31,\n+user \"eve\" {\n+  team \"T\" as member # lead later\n+}\n+\n-  members = [\"ada\", \"bob\"]\n+  members = [\"ada\", \"bob\", \"eve\"]\n",
        ),
        (
            &["copy session policy \"Watch\" to \"W2\" by like"],
            "+session policy \"W2\" {\n+  like \"Watch\"\n+  available = [users, jump_items] # not invites\n+}\n+\n",
        ),
        (
            &["copy group policy \"H\" to \"I\""],
            "+group policy \"I\" {\n+  members = [\n+    user \"ada\", # for now\n+    # who knows\n+    user \"bob\" until 2026-12-31,\n+  ]\n+  final access.allowed = allow\n+}\n+\n+  \"I\"\n",
        ),
    ] {
        let found = changed(edits);
        // A line that moves is a pair in any order.
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines.retain(|line| line != "+" && line != "-");
            lines
        };
        let unchanged = |text: Vec<String>| {
            let (minus, plus): (Vec<_>, Vec<_>) =
                text.into_iter().partition(|line| line.starts_with('-'));
            let has = |lines: &[String], line: &String| lines.iter().any(|l| l[1..] == line[1..]);
            let gone: Vec<String> =
                minus.iter().filter(|line| !has(&plus, line)).cloned().collect();
            let new: Vec<String> = plus.iter().filter(|line| !has(&minus, line)).cloned().collect();
            (gone, new)
        };
        assert_eq!(unchanged(sorted(&found)), unchanged(sorted(expected)), "{edits:?}\n{found}");
    }
}

#[test]
fn lists_keep_what_stands_between_their_items() {
    let site = |list: &str| {
        format!(
            "user \"a\"\nuser \"b\"\nuser \"c\"\ndirectory group \"D\" {{\n  members = {list}\n}}\n"
        )
    };
    for (before, edit, after) in [
        // All entries of a member go.
        ("[\"a\", \"b\", \"a\"]", "remove-member directory group \"D\" user \"a\"", "[\"b\"]"),
        // Comments stay, also those about the next item.
        (
            "[\"a\", # first\n     # about b\n     \"b\"]",
            "remove-member directory group \"D\" user \"a\"",
            "[ # first\n     # about b\n     \"b\"]",
        ),
        (
            "[\n    \"a\", \"b\", # two on a line\n    \"c\",\n  ]",
            "remove-member directory group \"D\" user \"b\"",
            "[\n    \"a\",  # two on a line\n    \"c\",\n  ]",
        ),
        (
            "[\n    \"a\" # first\n    , # odd\n    \"b\",\n  ]",
            "remove-member directory group \"D\" user \"b\"",
            "[\n    \"a\" # first\n    , # odd\n  ]",
        ),
    ] {
        assert_eq!(text_after(&site(before), &[edit]), site(after), "{edit}");
    }
}

#[test]
fn an_edit_that_says_more_than_it_does_is_refused() {
    for edit in [
        "unset group policy \"G\" jump group \"Prod\" as \"Other\"",
        "unset group policy \"G\" jump group 'Prod' as 'Start'",
        "unset session policy \"Watch\" like \"Other\"",
        "remove-member group policy \"H\" user \"bob\" until 2030-01-01",
    ] {
        let found = refusal(SITE, edit);
        let is_told = found.starts_with("this says more than which line")
            || found.starts_with("a date says nothing here");
        assert!(is_told, "{edit}: {found}");
    }
    let found = refusal(SITE, "rename jump item \"db01\" method rdp to \"x\"");
    assert!(
        found.starts_with(
            "no jump item of this name has the method `rdp` / there is one of `shell_jump`"
        ),
        "{found}"
    );
    let edits = ["assign user \"ada\" custom", "set custom of user \"ada\" shell = deny"];
    let once = text_after(SITE, &edits);
    assert_eq!(text_after(SITE, &[&edits[..], &[edits[0]]].concat()), once, "what it has stays");
}

#[test]
fn the_whole_text_after_an_offboarding() {
    let after = text_after(SITE, &["remove user \"bob\"", "remove session policy \"Watch\""]);
    for gone in ["bob", "# lead later", "session_policy = \"Watch\"", "when user", "view_only"] {
        assert!(!after.contains(gone), "{gone} is left:\n{after}");
    }
    for kept in ["# The site.", "# for now", "session_policy = none", "# old"] {
        assert!(after.contains(kept), "{kept} is gone:\n{after}");
    }
    // It was about the policy alone.
    assert!(!after.contains("# Who watches."), "{after}");
}

#[test]
fn what_would_be_a_decision_is_refused() {
    for (edit, message) in [
        (
            "remove jump policy \"Hours\"",
            "the jump policy `Hours` cannot be removed: some of its uses have to be decided first",
        ),
        ("remove jump item role \"Start\"", "the jump item role `Start` cannot be removed"),
        ("remove jump group \"Prod\"", "the jump group `Prod` cannot be removed"),
        ("remove user \"eve\"", "there is no user `eve`"),
        ("rename user \"ada\" to \"bob\"", "there is a user `bob` already"),
        ("copy user \"ada\" to \"bob\"", "there is a user `bob` already"),
        ("add user \"ada\"", "there is a user `ada` already"),
        ("unset user \"bob\" shell", "`user \"bob\"` does not set `shell`"),
        (
            "unset jump item \"db01\" group",
            "`item \"db01\"` does not set `group` / a default of the block sets it",
        ),
        (
            "remove-member group policy \"G\" user \"bob\"",
            "group policy `G` does not list the user `bob` as a member / the directory group `D` brings this user in: `remove-member directory group \"D\" user \"bob\"`",
        ),
        ("add-member team \"T\" user \"ada\"", "a team has no list of members"),
        ("add-member group policy \"G\" user \"eve\"", "there is no user `eve` / declare it first"),
        ("move group policy \"X\" to top", "there is no group policy `X`"),
        ("set custom of user \"ada\" shell = allow", "it has no `custom` session policy"),
        ("copy user \"ada\" to \"eve\" by like", "only a session policy can be a copy by `like`"),
        (
            "add portal \"P\" in \"b.txt\"",
            "there is no policy file `b.txt`, and the name of one ends in `.prec` / the policy files are a.prec",
        ),
        // What cannot be read.
        ("delete user \"ada\"", "there is no edit `delete`"),
        ("remov user \"ada\"", "there is no edit `remov` / did you mean `remove`?"),
        ("remove usr \"ada\"", "expected a kind of object, found `usr` / did you mean `user`?"),
        (
            "remove user ada",
            "expected the name of a user in quotes, found `ada` / names stand in quotes: `\"ada\"`",
        ),
        ("remove user \"ada\" now", "unexpected `now`"),
        ("rename user \"ada\" \"eve\"", "expected `to`"),
        ("set user \"ada\"", "expected a line"),
        ("set user \"ada\" shell = \"x", "unterminated string"),
        ("set user \"ada\" when user == \"x\"", "this is not a line that can be set"),
        ("move user \"ada\" to top", "only group policies have an order that can change"),
        ("set team \"a\\q\" id = 1", "invalid escape"),
    ] {
        let found = refusal(SITE, edit);
        assert!(found.starts_with(message), "{edit}: {found}");
    }
}

#[test]
fn edits_of_a_file_are_lines_and_all_that_is_wrong_is_told() {
    let lines = "# onboarding\n\nadd user \"x\" # new\n  set user \"x\" access.allowed = allow\n";
    let edits = Edits::read([("edits".to_owned(), lines.to_owned())]).expect("edits");
    assert_eq!(edits.len(), 2);
    let wrong = "add usr\nadd user \"x\"\nremove\n";
    let refused = Edits::read([("edits".to_owned(), wrong.to_owned())]).expect_err("two findings");
    let lines: Vec<String> =
        refused.findings.iter().map(|found| refused.sources.location(found.primary.span)).collect();
    assert_eq!(lines, ["edits:1", "edits:3"]);
    let input = Input { manifest: None, files: vec![raw("a.prec", SITE)] };
    let ir = compile_input(input.clone()).ir.expect("policies");
    let both = ["remove user \"eve\"", "unset team \"T\" id", "remove user \"ada\""];
    let refused = edited(&input, &ir, &both.map(str::to_owned)).expect_err("two refusals");
    assert_eq!(refused.len(), 2, "{}", told(&refused));
}

#[test]
fn a_gate_of_the_manifest_follows_a_name() {
    let manifest = "[diff]\ndeny = [\n  \"gained on jump group \\\"Prod\\\"\", # ours\n  'any for user \"ada\"',\n]\n";
    let input =
        Input { manifest: Some(raw("precedent.toml", manifest)), files: vec![raw("a.prec", SITE)] };
    let ir = compile_input(input.clone()).ir.expect("policies");
    let edits = ["rename jump group \"Prod\" to \"P's\"", "rename user \"ada\" to \"a\""];
    let applied = edited(&input, &ir, &edits.map(str::to_owned)).expect("edited");
    let after = applied.input.manifest.clone().expect("a manifest").content.expect("read");
    assert_eq!(
        String::from_utf8(after).expect("text"),
        "[diff]\ndeny = [\n  \"gained on jump group \\\"P's\\\"\", # ours\n  'any for user \"a\"',\n]\n"
    );
    assert!(compile_input(applied.input).ir.is_some());
    let refused = edited(&input, &ir, &["remove user \"ada\"".to_owned()]).expect_err("refused");
    assert!(told(&refused).contains("a gate names it"));
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let before = "\u{feff}team \"T\"\r\nuser \"ada\"\r\n";
    let edits = ["set user \"ada\" team \"T\" as lead", "copy user \"ada\" to \"b\""];
    let after = text_after(before, &edits);
    let body = |name: &str| format!("user \"{name}\" {{\r\n  team \"T\" as lead\r\n}}\r\n");
    assert_eq!(after, format!("\u{feff}team \"T\"\r\n{}\r\n{}", body("ada"), body("b")));
}

const KINDS: [Kind; 15] = [
    Kind::User,
    Kind::Invite,
    Kind::SessionPolicy,
    Kind::GroupPolicy,
    Kind::DirectoryGroup,
    Kind::JumpItem,
    Kind::JumpGroup,
    Kind::JumpItemRole,
    Kind::JumpPolicy,
    Kind::Team,
    Kind::Jumpoint,
    Kind::VaultAccountGroup,
    Kind::VaultAccount,
    Kind::Portal,
    Kind::Embassy,
];

/// A random workspace with comments everywhere, and one object of it.
struct Case {
    input: Input,
    ir: Ir,
    object: String,
}

impl Case {
    fn new(files: &[(String, String)], seed: u64) -> Option<Case> {
        let mut dice = Dice::of(seed, "edits");
        let mut file = |(path, text): &(String, String)| {
            let text = if dice.chance(50) {
                mess(text, Extra::CommentsAndBlankLines, &mut dice)
            } else {
                canonical(text)
            };
            raw(path, text)
        };
        let files = files.iter().map(&mut file).collect();
        let input = Input { manifest: None, files };
        let ir = (*compile_input(input.clone()).ir?).clone();
        let kind = KINDS[dice.below(KINDS.len())];
        let objects = ir.tables.objects(kind);
        let named = |name: &&str| !["custom", "global default"].contains(name) && !name.is_empty();
        let names: Vec<&str> = objects.iter().map(|object| &*object.name).filter(named).collect();
        let name = *names.get(dice.below(names.len().max(1)))?;
        let object = format!("{} {}", kind.words(), quote(name));
        Some(Case { input, ir, object })
    }

    fn edit(&self, edits: &[String]) -> Option<Input> {
        edited(&self.input, &self.ir, edits).ok().map(|applied| applied.input)
    }
}

fn canonical(text: &str) -> String {
    let file = SourceFile::new("", text);
    let (tree, findings) = syntax::parse(FileId(0), &file);
    assert!(findings.is_empty(), "{text}");
    printer::print(&tree, &file)
}

/// The lines of a text in canonical layout that say something.
fn lines(text: &str) -> Vec<String> {
    canonical(text).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn comments(input: &Input) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts(input) {
        for (piece, at) in pieces(&text) {
            if piece == Piece::Comment {
                found.push(text[at.start as usize..at.end as usize].to_owned());
            }
        }
    }
    found.sort();
    found
}

/// What every edit must leave: files that have no new error of syntax, and canonical ones canonical.
fn assert_sound(before: &Input, after: &Input) {
    for (old, new) in texts(before).iter().zip(texts(after)) {
        let old = old.strip_prefix('\u{feff}').unwrap_or(old).replace("\r\n", "\n");
        let new = new.strip_prefix('\u{feff}').unwrap_or(&new).replace("\r\n", "\n");
        if canonical(&old) == old {
            assert_eq!(canonical(&new), new);
        }
    }
}

fn laws(cases: u32, holds: impl Fn(&Case)) {
    for profile in BUILTIN {
        law(cases, (plan(profile), any::<u64>()), |(plan, seed)| {
            if let Some(case) = Case::new(&workspace(&plan), seed) {
                holds(&case);
            }
        });
    }
}

#[test]
fn a_renamed_object_is_used_by_its_new_name_everywhere() {
    laws(24, |case| {
        let kind = case.object.split(" \"").next().unwrap_or_default();
        let there = format!("rename {} to \"new \\\"name\\\"\"", case.object);
        let back =
            format!("rename {kind} \"new \\\"name\\\"\" to {}", &case.object[kind.len() + 1..]);
        let Some(renamed) = case.edit(std::slice::from_ref(&there)) else { return };
        assert_sound(&case.input, &renamed);
        assert_eq!(comments(&case.input), comments(&renamed));
        let compiled = compile_input(renamed);
        assert!(
            compiled.ir.is_some(),
            "{there}\n{}",
            drawn(&compiled.diagnostics, &compiled.sources)
        );
        let again = case.edit(&[there.clone(), back]).expect("renamed back");
        for (old, new) in texts(&case.input).iter().zip(texts(&again)) {
            assert_eq!(canonical(old), canonical(&new), "{there}");
        }
    });
}

#[test]
fn a_copy_that_is_removed_leaves_nothing() {
    laws(24, |case| {
        let kind = case.object.split(" \"").next().unwrap_or_default();
        let copy = format!("copy {} to \"new\"", case.object);
        let remove = format!("remove {kind} \"new\"");
        let copied = case.edit(std::slice::from_ref(&copy)).expect("copied");
        assert_sound(&case.input, &copied);
        let compiled = compile_input(copied);
        assert!(
            compiled.ir.is_some(),
            "{copy}\n{}",
            drawn(&compiled.diagnostics, &compiled.sources)
        );
        let again = case.edit(&[copy.clone(), remove]).expect("removed");
        assert_sound(&case.input, &again);
        // A second group policy needs an order, which stays.
        if texts(&again).concat().matches("order group").count()
            > texts(&case.input).concat().matches("order group").count()
        {
            return;
        }
        for (old, new) in texts(&case.input).iter().zip(texts(&again)) {
            assert_eq!(lines(old), lines(&new), "{copy}");
        }
    });
}

#[test]
fn a_removed_object_is_named_nowhere() {
    laws(24, |case| {
        let remove = format!("remove {}", case.object);
        let Some(removed) = case.edit(std::slice::from_ref(&remove)) else { return };
        assert_sound(&case.input, &removed);
        let compiled = compile_input(removed);
        let is_left = |code: Code| code == Code::UNKNOWN_NAME || code.is_syntax();
        let left: Vec<_> =
            compiled.diagnostics.iter().filter(|found| is_left(found.code)).cloned().collect();
        assert!(left.is_empty(), "{remove}\n{}", drawn(&left, &compiled.sources));
    });
}

#[test]
fn a_line_that_is_set_and_unset_leaves_nothing() {
    laws(24, |case| {
        let set = format!("set {} description = \"for the law\"", case.object);
        let unset = format!("unset {} description", case.object);
        // Where it had one already, the edits take it away.
        let Err(_) = edited(&case.input, &case.ir, std::slice::from_ref(&unset)) else { return };
        let Some(with) = case.edit(std::slice::from_ref(&set)) else { return };
        assert_sound(&case.input, &with);
        assert_eq!(comments(&case.input), comments(&with));
        let again = case.edit(&[set.clone(), unset]).expect("unset");
        assert_sound(&case.input, &again);
        for (old, new) in texts(&case.input).iter().zip(texts(&again)) {
            let bare = |text: &str| -> Vec<String> {
                lines(text).iter().map(|line| line.replace(" {}", "")).collect()
            };
            assert_eq!(bare(old), bare(&new), "{set}");
        }
    });
}
