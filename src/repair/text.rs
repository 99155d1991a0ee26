//! What came of a search, as text.

use super::{Found, Repair};
use crate::diff::{Counts, Direction};
use crate::ir::Ir;
use crate::report::Style;
use crate::text::layout::hanging;
use crate::text::{count, escape_control_chars, in_shell, number};

/// How many repairs are shown unless all are asked for.
const SHOWN: usize = 5;

/// What an edit changes, in words: `12 permissions of sessions narrowed`.
pub(super) fn change(repair: &Repair) -> String {
    let parts = [(&repair.sessions, "sessions"), (&repair.accounts, "accounts")];
    let mut words: Vec<String> = Vec::new();
    for (counts, of) in parts {
        let cells = |counts: &Counts| {
            let found = Direction::ALL.into_iter().map(|one| (counts.of(one), one));
            let found = found.filter(|(cells, _)| *cells > 0);
            found.map(|(cells, one)| format!("{} {}", number(cells), one.id())).collect::<Vec<_>>()
        };
        let cells = cells(counts);
        if !cells.is_empty() {
            words.push(format!("{of} {}", cells.join(", ")));
        }
    }
    if !repair.broken.is_empty() {
        let names: Vec<String> =
            repair.broken.iter().map(|name| format!("`{}`", escape_control_chars(name))).collect();
        words.push(format!("tests that would then fail or select nothing: {}", names.join(", ")));
    }
    match words.is_empty() {
        true => "no value".to_owned(),
        false => words.join("; "),
    }
}

/// Edits as a command line.
fn command(edits: &[String], path: Option<&str>) -> String {
    let all: Vec<String> = edits.iter().map(|edit| in_shell(edit)).collect();
    let path = path.map(|path| format!("--path {} ", in_shell(path))).unwrap_or_default();
    escape_control_chars(&format!("precedent edit {path}{}", all.join(" "))).into_owned()
}

/// What came of a search. `path` is what the commands name as the workspace.
pub fn text(found: &Found, ir: &Ir, path: Option<&str>, all: bool, style: Style) -> String {
    let mut out = String::new();
    for failing in &found.failing {
        let test = ir.tables.tests.iter().find(|test| test.object.name == failing.test);
        let line = test.and_then(|test| test.expect.get(failing.expectation));
        let line = line.map(|line| ir.sources.text(line.span).trim().to_owned());
        let line = escape_control_chars(&line.unwrap_or_default()).into_owned();
        let line = format!(
            "`{line}` fails {}, such as {}: it is {}",
            count(failing.count, "time"),
            escape_control_chars(&failing.place),
            escape_control_chars(&failing.found),
        );
        out.push_str(&hanging("", &line, style.width));
        out.push('\n');
    }
    if let (Some(why), true) = (&found.unproven, found.failing.is_empty()) {
        let line = format!(
            "nothing is proven: {}; `precedent simulate` says what a session lacks",
            escape_control_chars(why)
        );
        out.push_str(&hanging("", &line, style.width));
        out.push('\n');
        return out;
    }
    if found.failing.is_empty() {
        out.push_str("it holds already: there is nothing to repair\n");
        return out;
    }
    let shown = if all { found.repairs.len() } else { SHOWN.min(found.repairs.len()) };
    for (repair, at) in found.repairs[..shown].iter().zip(1..) {
        out.push_str(&format!("\n{at}. {}\n", style.bold(&command(&repair.edits, path))));
        let ends = if repair.ends_sessions { "; some of the sessions asked about end" } else { "" };
        let besides = match repair.others {
            0 => "nothing else changes".to_owned(),
            others => format!("{} besides what is asked for", count(others, "cell")),
        };
        out.push_str(&hanging("   ", &format!("{}; {besides}{ends}", change(repair)), style.width));
        out.push('\n');
    }
    let hidden = found.repairs.len() - shown;
    out.push('\n');
    if hidden > 0 {
        let line = format!(
            "{} not shown: --all{}",
            count(hidden as u64, "repair"),
            least(&found.repairs, shown)
        );
        out.push_str(&hanging("", &line, style.width));
        out.push('\n');
    }
    out.push_str(&hanging("", &conclusion(found), style.width));
    out.push('\n');
    out
}

/// What there is to say of a repair that is not shown and changes less than those that are.
fn least(repairs: &[Repair], shown: usize) -> String {
    let (shown, hidden) = repairs.split_at(shown);
    let Some(fewest) = shown.iter().map(|repair| repair.others).min() else { return String::new() };
    let numbered = hidden.iter().zip(shown.len() + 1..);
    let smaller = numbered.filter(|(repair, _)| repair.others < fewest);
    let Some((repair, at)) = smaller.min_by_key(|(repair, _)| repair.others) else {
        return String::new();
    };
    let why = if !repair.broken.is_empty() {
        "other tests would fail"
    } else if repair.ends_sessions && !shown.iter().all(|shown| shown.ends_sessions) {
        "some of the sessions asked about would end"
    } else {
        "it may give somebody more"
    };
    format!("; number {at} changes only {} besides, but {why}", count(repair.others, "cell"))
}

/// How far the search went.
fn conclusion(found: &Found) -> String {
    let tried = count(found.tried as u64, "edit");
    let together = match found.together {
        0 | 1 => "each by itself".to_owned(),
        together => {
            format!("each by itself, and up to {together} together from the most promising ones")
        }
    };
    let cut = match found.is_cut {
        true => "; more of them together would take too long on this site",
        false => "",
    };
    match found.repairs.is_empty() {
        false => format!("{tried} tried, {together}{cut}; those that change least come first"),
        true => format!("no edit was found: {tried} tried, {together}{cut}"),
    }
}
