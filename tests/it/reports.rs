//! Reports that people read, each as a whole: Markdown that renders as it is meant, a session on
//! one screen, one word for one thing.

use crate::cli::{precedent, scratch, text};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

/// The rows of all tables of a page as a reader sees them: the text of each cell.
fn tables(markdown: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cell: Option<String> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableRow | Tag::TableHead) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                let cells = rows.last_mut().expect("a row");
                cells.push(cell.take().expect("a cell"));
            }
            Event::Text(text) | Event::Code(text) => {
                cell.iter_mut().for_each(|cell| cell.push_str(&text));
            }
            Event::Html(html) | Event::InlineHtml(html) => panic!("markup: {html}"),
            _ => {}
        }
    }
    rows
}

#[test]
fn the_catalog_renders_whole_and_without_stray_signs() {
    for id in crate::support::BUILTIN {
        let json = precedent(&["catalog", id, "--format", "json"]).stdout;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let markdown = precedent(&["catalog", id, "--format", "markdown"]).stdout;
        let rows = tables(&markdown);
        let entries = ["permissions", "settings"].map(|key| json[key].as_array().expect("a list"));
        for entry in entries.into_iter().flatten() {
            let of = |key: &str| entry[key].as_str().unwrap_or_default().replace('`', "");
            let row = rows.iter().find(|row| row[0].split(' ').next() == Some(&*of("path")));
            let row = row.unwrap_or_else(|| panic!("{id} has no row for {}", of("path")));
            assert_eq!(row[1], format!("{}. {}", of("label"), of("doc")), "{id}");
            assert_eq!(row[3], entry["default"].as_str().unwrap_or_default(), "{id}");
        }
        let meanings = rows.iter().filter_map(|row| row.get(1));
        let prose = meanings.filter(|cell| cell.contains(['`', '…', '&']));
        assert_eq!(prose.collect::<Vec<_>>(), Vec::<&String>::new(), "{id}");
    }
}

#[test]
fn a_table_of_accounts_counts_what_no_policy_sets() {
    let markdown =
        precedent(&["matrix", "examples/acme", "--of", "accounts", "--format", "markdown"]).stdout;
    let default = "product default (not set in any policy)";
    assert!(tables(&markdown).iter().flatten().all(|cell| !cell.contains(default)), "{markdown}");
    assert!(markdown.contains(&format!(" settings with the {default}.\n")), "{markdown}");
}

#[test]
fn no_list_of_names_is_cut_for_programs() {
    let items: String = (0..400).map(|number| format!("  item \"db{number:04}\"\n")).collect();
    let site = format!(
        "user \"ada\" {{\n  access.allowed = allow\n  jump.jump_client = allow\n  \
         jump group \"D\" as \"S\"\n}}\n\njump item role \"S\" {{\n  allows = [start]\n}}\n\n\
         jump group \"D\"\n\nsession policy \"P\" {{\n  shell = allow\n}}\n\njump items {{\n  \
         kind = jump_client\n  group = \"D\"\n{items}}}\n\njump items {{\n  kind = jump_client\n  \
         group = \"D\"\n  session_policy = \"P\"\n  item \"other\"\n}}\n"
    );
    let folder = scratch(&[("a.prec", &site)]);
    let csv = precedent(&["matrix", text(folder.path()), "--format", "csv"]).stdout;
    assert!(csv.contains("db0399") && !csv.contains(" more"), "{csv}");
}

#[test]
fn a_session_fits_on_one_screen() {
    let session = ["simulate", "examples/acme", "--user", "amara.okafor", "--jump-item"];
    let lines = |more: &[&str]| {
        let run = precedent(&[&session[..], more].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    let short = lines(&["lx-web01"]);
    assert!(short.lines().count() <= 45, "{short}");
    let long = lines(&["lx-web01", "--all-layers"]);
    assert!(long.lines().count() > 100, "{long}");
    // Everything is there: each permission, whether it applies or not.
    let json: Value =
        serde_json::from_str(&lines(&["lx-web01", "--format", "json"])).expect("JSON");
    for permission in json["permissions"].as_array().expect("permissions") {
        let path = permission["permission"].as_str().expect("a path");
        assert!(short.contains(&format!(" {path}")), "{path} is missing:\n{short}");
    }
    let one = lines(&["lx-web01", "--permission", "shell"]);
    assert!(one.contains("Global Default") && one.contains("shadowed"), "{one}");
}

#[test]
fn an_invite_has_the_word_of_its_product_everywhere() {
    let site = |value: &str| {
        format!(
            "user \"ada\" {{\n  support.allowed = allow\n  jump.jump_client = allow\n  \
             session_management.invite_external = allow\n  jump group \"D\" as \"S\"\n}}\n\n\
             jump item role \"S\" {{\n  allows = [start]\n}}\n\njump group \"D\"\n\n\
             session policy \"P\" {{\n  shell = {value}\n}}\n\ninvite \"Vendor\" {{\n  \
             session_policy = \"P\"\n}}\n\njump item \"web01\" {{\n  kind = jump_client\n  \
             group = \"D\"\n}}\n"
        )
    };
    let manifest = ("precedent.toml", "profile = \"rs-25.3\"\n");
    let old = scratch(&[("a.prec", &site("deny")), manifest]);
    let new = scratch(&[("a.prec", &site("allow")), manifest]);
    let (old, new) = (text(old.path()), text(new.path()));
    let matrix = precedent(&["matrix", old]).stdout;
    assert!(matrix.contains("rep invite Vendor"), "{matrix}");
    assert!(matrix.contains("where  the only jump item"), "{matrix}");
    assert!(diff_of(old, new).contains("rep invite Vendor"));
    for report in [matrix, diff_of(old, new)] {
        assert!(!report.contains("all 1 "), "{report}");
    }
}

fn diff_of(old: &str, new: &str) -> String {
    precedent(&["diff", old, new]).stdout
}

/// Three group policies that all give the same, and the user who joins them.
fn joins(groups: [&str; 3], order: [&str; 3], joined: &[&str]) -> String {
    let mut site = "user \"kim\"\n\nuser \"lee\"\n".to_owned();
    for group in groups {
        let kim = if joined.contains(&group) { ", user \"kim\"" } else { "" };
        site.push_str(&format!(
            "\ngroup policy \"{group}\" {{\n  members = [user \"lee\"{kim}]\n  \
             reports.sessions = user_sessions\n}}\n"
        ));
    }
    let order: String = order.iter().map(|name| format!("  \"{name}\"\n")).collect();
    site + &format!("\norder group policies {{\n{order}}}\n")
}

#[test]
fn a_cause_names_the_decider_first() {
    let names = ["Alpha", "Beta", "Gamma"];
    for decider in names {
        let mut order = names;
        order.sort_by_key(|name| *name == decider);
        let old = scratch(&[("a.prec", &joins(names, order, &[]))]);
        let new = scratch(&[("a.prec", &joins(names, order, &names))]);
        let diff = precedent(&["diff", text(old.path()), text(new.path())]).stdout;
        let first = format!("1. \"kim\" joins group policy \"{decider}\"");
        assert!(diff.contains(&first), "{decider} decides:\n{diff}");
    }
}

#[test]
fn an_edit_of_the_order_says_where_the_entry_went() {
    let names = ["Alpha", "Beta", "Gamma"];
    let site = |order| joins(names, order, &names).replace("user_sessions", "all_sessions");
    let old = scratch(&[("a.prec", &site(names))]);
    for (order, moved) in [
        (["Gamma", "Alpha", "Beta"], "\"Gamma\": moved up in the order, now above \"Alpha\""),
        (["Beta", "Gamma", "Alpha"], "\"Alpha\": moved down in the order, now below \"Gamma\""),
    ] {
        let new = scratch(&[("a.prec", &site(order))]);
        for format in ["text", "markdown"] {
            let arguments = ["diff", text(old.path()), text(new.path()), "--format", format];
            let diff = precedent(&arguments).stdout.replace('`', "");
            assert!(diff.contains(moved), "{diff}");
        }
    }
    // Those that one passed the other way are below it, or above, and named where they are told of.
    let new = scratch(&[("a.prec", &site(["Gamma", "Beta", "Alpha"]))]);
    let diff = precedent(&["diff", text(old.path()), text(new.path())]).stdout;
    let moved: Vec<&str> = diff.lines().filter(|line| line.contains("in the order")).collect();
    assert_eq!(moved.len(), 2, "{diff}");
    for line in moved {
        let (name, rest) = line.split_once(": moved ").expect("where it went");
        let at = |name: &str| ["Gamma", "Beta", "Alpha"].iter().position(|one| name.contains(one));
        for other in ["Alpha", "Beta", "Gamma"].into_iter().filter(|other| rest.contains(other)) {
            assert_eq!(rest.contains("now below"), at(name) > at(other), "{line}");
        }
    }
}
