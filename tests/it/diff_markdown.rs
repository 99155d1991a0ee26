//! The comment on a pull request: whatever the policies hold, it has exactly the structure that it
//! is meant to have, and room in a comment.

use crate::generate::{revisions, workspace};
use crate::laws::law;
use crate::support::ir;
use precedent::diff::edits::EditId;
use precedent::diff::entries::{EntryKind, RowId};
use precedent::diff::rows::Rows;
use precedent::diff::{Counts, Diff, Direction};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::diff::markdown;
use precedent::report::diff::markdown::{MARKER, MAX};
use precedent::report::diff::view::{RowText, View};
use precedent::report::words::markup;
use precedent::review::acceptance::Acceptances;
use precedent::review::{Parts, Reviewed};
use precedent::text::{escape_control_chars, quote};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const ALL: Parts = Parts { sessions: true, accounts: true, deciders: true, details: false };

/// The counts of the sessions and accounts of a diff, from its cells.
fn counts(diff: &Diff) -> (Counts, Counts) {
    let (mut sessions, mut accounts) = (Counts::default(), Counts::default());
    let done: Result<(), ()> = diff.each_session(|_, _, changes| {
        changes.iter().for_each(|change| sessions.add(change.direction, 1));
        Ok(())
    });
    done.expect("counting");
    let done: Result<(), ()> = diff.each_account(|_, changes| {
        changes.iter().for_each(|change| accounts.add(change.direction, 1));
        Ok(())
    });
    done.expect("counting");
    (sessions, accounts)
}

/// The diff of two revisions, reviewed without gates.
pub fn reviewed(old: &Arc<Ir>, new: &Arc<Ir>) -> Reviewed {
    let (old, new) = (Arc::new(Matrix::new(old)), Arc::new(Matrix::new(new)));
    let diff = Arc::new(Diff::new(&old, &new));
    let rows = Arc::new(Rows::new(&diff));
    let reviewed = Reviewed::new(diff, rows, &[], &Acceptances::default());
    let summary = &reviewed.review.summary;
    assert_eq!((summary.sessions, summary.accounts), counts(&reviewed.diff));
    reviewed
}

fn comment(old: &Arc<Ir>, new: &Arc<Ir>) -> (String, View) {
    let reviewed = reviewed(old, new);
    (markdown(&reviewed, ALL), View::new(&reviewed))
}

/// Every construct that a service may switch on.
fn parsed(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::all().difference(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS))
}

/// Whether a text outside of code may become a mention, a reference or a link once it is rendered.
fn is_linked(text: &str) -> bool {
    let hexadecimal = text.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 7);
    let signs = ['@', '#', '/', '\\', '<', '>', '[', ']', '_', '~', '$', '`', '-'];
    hexadecimal
        || text.contains(signs)
        || text.contains("www.")
        || text.contains("GH") && text.contains('-')
}

/// The text of a document, outside of code and in it, in order. Nothing but text and code may be in
/// it.
fn plain_text(document: &str) -> String {
    let mut out = String::new();
    for event in parsed(document) {
        match event {
            Event::Text(text) => {
                assert!(!is_linked(&text), "{text:?} in {document:?}");
                out.push_str(&text);
            }
            Event::Code(text) => out.push_str(&text),
            Event::Start(
                Tag::Paragraph | Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell,
            ) => {}
            Event::End(_) => {}
            other => panic!("{other:?} in {document:?}"),
        }
    }
    out
}

/// Pieces of names that try to be something else.
pub fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "`",
        "``",
        "```",
        "|",
        "\\|",
        "\\",
        "\"",
        "'",
        "*a*",
        "_b_",
        "~~c~~",
        "[x](http://evil.example)",
        "![i](//e)",
        "<b>",
        "</details>",
        "<details>",
        "<!--",
        "-->",
        "</summary>",
        "<img src=x onerror=alert(1)>",
        "&amp;",
        "&#64;",
        "@all",
        "@org/team",
        "#12",
        "GH-12",
        "o/r#1",
        "www.evil.example",
        "http://e.example",
        "a@b.example",
        "deadbeefcafe",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567",
        ":smile:",
        "$x$",
        "$`x`$",
        "\u{202e}",
        "\u{200b}",
        "\n",
        "\r",
        "\t",
        "\u{1b}[31m",
        "\0",
        " ",
        "  ",
        "(",
        "),",
        ":",
        "1.",
        "1)",
        "- ",
        "+",
        "=",
        "# ",
        "> ",
        "[^1]",
        "[ ]",
        "{a}",
        "é",
        "עב",
        "😀",
        "word",
        "x",
        "^s^",
        "::: a",
        "---",
        "{{x}}",
        "%{x}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..8)
        .prop_map(|pieces| pieces.concat())
}

#[test]
fn prose_and_code_stay_what_they_are() {
    let texts = prop_oneof![
        hostile(),
        any::<String>(),
        hostile().prop_map(|text| format!("group policy {}", quote(&text)))
    ];
    law(2_000, texts, |text| {
        let shown = escape_control_chars(&text);
        // Blanks at the ends of paragraphs and cells, and runs of them, are the format's.
        let solid = |text: &str| text.replace(' ', "");
        for (written, expected) in [
            (markup::prose(&text), markup::truncate(&shown, 400)),
            (markup::code(&text), shown.clone()),
        ] {
            assert_eq!(
                solid(&plain_text(&format!("x {written} y"))),
                solid(&format!("x{expected}y"))
            );
            let table =
                format!("| a | b | c |\n| --- | --- | --- |\n| x {written} y | {written} | z |\n");
            assert_eq!(solid(&plain_text(&table)), solid(&format!("abcx{expected}y{expected}z")));
        }
    });
}

/// Two revisions with names in every place that a report shows.
pub fn named(names: &[String; 6]) -> (Arc<Ir>, Arc<Ir>) {
    let [user, other, item, group, policy, directory] = names.each_ref().map(|name| quote(name));
    let text = |shell: &str, file_transfer: &str, role: &str, invite: &str, more: &str| {
        format!(
            r#"session policy {policy} {{
  description = {policy}
  shell = {shell}
  file_transfer = {file_transfer}
  file_transfer.user_paths = only [{item}]
}}
group policy {group} {{
  members = [directory group {directory}]
  session_policy = {policy}
  jump group {group} as {role}
  team {group} as member
}}
directory group {directory} {{
  members = [{user}]
}}
user {user}
user {other} {{
  session_policy = {policy}
}}
{invite}jump group {group}
team {group}
jump item role {user} {{
  allows = [start{more}]
}}
jump item role {other}
jump item {item} {{
  kind = jump_client
}}
"#
        )
    };
    let invite = format!("invite {other} {{\n  session_policy = {policy}\n}}\n");
    let old = ir(&[("a|`<b>.prec", text("deny", "upload", &user, "", ""))]);
    let new = ir(&[("a|`<b>.prec", text("allow", "both", &other, &invite, ", add"))]);
    (old, new)
}

/// Checks the structure of a whole comment; returns how many of its rows are shown.
fn assert_sound(document: &str) -> usize {
    assert!(document.starts_with(MARKER));
    assert!(document.encode_utf16().count() < 65_000, "{} units", document.encode_utf16().count());
    let mut open = 0;
    let mut html = String::new();
    let mut in_code = false;
    for event in parsed(document) {
        match event {
            Event::Html(text) => html.push_str(&text),
            Event::Text(text) if !in_code => {
                assert!(!is_linked(&text) || text.contains('…'), "{text:?}")
            }
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(_)
            | Event::Code(_)
            | Event::End(_)
            | Event::HardBreak
            | Event::SoftBreak => {}
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Strong
                | Tag::List(None)
                | Tag::Item
                | Tag::HtmlBlock,
            ) => {}
            other => panic!("{other:?} in\n{document}"),
        }
    }
    for line in html.lines() {
        match line {
            MARKER => {}
            "<details>" | "<details open>" => open += 1,
            "</details>" => open -= 1,
            summary => {
                let told = summary
                    .strip_prefix("<summary>")
                    .and_then(|rest| rest.strip_suffix("</summary>"));
                assert!(
                    told.is_some_and(|told| !told.contains(['<', '>', '&', '@', '#'])),
                    "{summary}"
                );
            }
        }
        assert!((0..=1).contains(&open), "details are not nested");
    }
    assert_eq!(open, 0, "details are closed");
    // A pipe is nothing but the border of a cell, and all lines of a table have as many.
    let mut borders = None;
    let mut fence: Option<&str> = None;
    for line in document.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(opened) if line == opened => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            _ => {}
        }
        let found = line.matches('|').count();
        if fence.is_none() && line.starts_with('|') {
            assert_eq!(found, *borders.get_or_insert(found), "{line}");
        } else {
            borders = None;
        }
    }
    let words = ["new", "gains", "changed", "gone", "loses", "follows"];
    let is_row = |line: &&str| words.iter().any(|word| line.starts_with(&format!("- {word} · **")));
    document.lines().filter(is_row).count()
}

/// How many rows a comment says that it leaves out.
fn left_out(document: &str) -> usize {
    let number = |text: &str| text.replace(',', "").parse::<usize>().expect("a number");
    let of_line = |line: &str| {
        let folded = line.strip_prefix("- ").and_then(|line| line.split_once(" row"));
        let cut = line.strip_prefix("**… and ").and_then(|line| line.split_once(" more row"));
        let of_edits = line.split_once(" (").filter(|(edits, _)| edits.contains(" more edit"));
        let of_edits = of_edits.and_then(|(_, rest)| rest.split_once(" row"));
        match (folded, cut, of_edits) {
            (Some((rows, rest)), ..) if rest.contains("not listed here") => number(rows),
            (_, Some((rows, _)), _) | (_, _, Some((rows, _))) => number(rows),
            _ => 0,
        }
    };
    document.lines().map(of_line).sum()
}

/// The rows that a comment shows or counts: all but those of people and machines under the rules of
/// others, which the heads of their entries tell about.
fn told(view: &View) -> usize {
    let others = view.entries.iter().filter(|entry| entry.kind != EntryKind::Inventory);
    let rows = others.flat_map(|entry| &entry.rows);
    // A date has no row, but is an edit.
    rows.filter(|row| !matches!(row, RowId::Date(_))).count()
}

#[test]
fn no_name_forges_markup() {
    let names = prop::collection::vec(hostile(), 6).prop_map(|names| {
        let mut at = 0;
        // Names are unique and not empty.
        <[String; 6]>::try_from(names).expect("six names").map(|name| {
            at += 1;
            format!("{name}{at}")
        })
    });
    law(200, names, |names| {
        let (old, new) = named(&names);
        let (document, view) = comment(&old, &new);
        assert_eq!(assert_sound(&document) + left_out(&document), told(&view));
        // The view is of what was asked for: a widened shell, an invite that came, a role that now
        // allows something else.
        assert!(view.sessions.iter().any(|row| row.direction == Direction::Widened));
        assert!(view.sessions.iter().any(|row| row.direction == Direction::Added));
        assert_eq!(view.outside_matrix.len(), 0);
        let allows =
            |row: &RowText| row.changes.iter().any(|found| found.path.ends_with(" allows"));
        assert!(view.accounts.iter().any(allows));
    });
}

/// Many users, each with a policy of its own, so that nothing can be told together.
pub fn many(users: usize, name: &str) -> (Arc<Ir>, Arc<Ir>) {
    let text = |value: &str, paths: usize| {
        let mut text = String::from("jump item \"i\" {\n  kind = jump_client\n}\n");
        for at in 0..users {
            let path = quote(&format!("{name}{at}"));
            text.push_str(&format!(
                "user {path} {{\n  session_policy = custom {{\n    shell = {value}\n    file_transfer = both\n    \
                 file_transfer.user_paths = only [\"{paths}\", {path}]\n  }}\n}}\n"
            ));
        }
        text
    };
    (ir(&[("a.prec", text("deny", 1))]), ir(&[("a.prec", text("allow", 2))]))
}

#[test]
fn a_comment_has_room_and_counts_what_it_leaves_out() {
    let long = "|`".repeat(120);
    for (users, name) in
        [(3, "u"), (300, "user.of.the.site"), (300, "😀😀😀"), (40, &long), (3000, "u")]
    {
        let (old, new) = many(users, name);
        let (document, view) = comment(&old, &new);
        let shown = assert_sound(&document);
        assert!(document.encode_utf16().count() <= MAX, "{}", document.encode_utf16().count());
        let left_out = left_out(&document);
        assert_eq!(shown + left_out, told(&view), "{users} of {name:?}");
        assert!(shown > 0);
        assert_eq!(users > 3, left_out > 0);
        // What is gravest is kept, and the whole is counted.
        assert!(document.contains("- gains · **"));
        let sum = format!("| **sessions** | {} |", precedent::text::number(users as u64));
        assert!(document.contains(&sum), "{document}");
    }
}

#[test]
fn tallies_add_up_to_the_counts() {
    for (old, new) in [("pra-25.3", "pra-25.3"), ("rs-25.2", "rs-25.3")] {
        law(24, revisions(old, new), |(a, b)| {
            let (old, new) = (ir(&workspace(&a)), ir(&workspace(&b)));
            let reviewed = reviewed(&old, &new);
            let view = View::new(&reviewed);
            let (sessions, accounts) = counts(&reviewed.diff);
            let mut sums: BTreeMap<(bool, Direction), u64> = BTreeMap::new();
            for tally in &view.tallies {
                for direction in Direction::ALL {
                    *sums.entry((tally.of_accounts, direction)).or_default() +=
                        tally.counts.of(direction);
                }
            }
            for direction in Direction::ALL {
                let sum =
                    |of_accounts| sums.get(&(of_accounts, direction)).copied().unwrap_or_default();
                assert_eq!(sum(false), sessions.of(direction));
                assert_eq!(sum(true), accounts.of(direction));
            }
            let document = markdown(&reviewed, ALL);
            let shown = assert_sound(&document);
            assert_eq!(shown + left_out(&document), told(&view));
        });
    }
}

#[test]
fn every_edit_of_a_shown_row_is_named() {
    let (old, new) = many(3, "u");
    let (document, view) = comment(&old, &new);
    for id in view.sessions.iter().flat_map(|row| &row.because) {
        let edit = view.edit(EditId(id.0));
        for part in [&edit.owner, &edit.detail] {
            assert!(document.contains(&markup::prose(part)), "{part}");
        }
        assert!(edit.lines.iter().all(|line| document.contains(&line.text)));
    }
}
