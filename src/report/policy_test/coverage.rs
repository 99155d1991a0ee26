//! The coverage of lines by tests: as text, as JSON, and as JUnit for CI.

use crate::ir::Ir;
use crate::policy_test::Share;
use crate::policy_test::coverage::{Coverage, State};
use crate::report::Style;
use crate::report::policy_test::lines::{
    gate, grouped, junit_suite, line_json, percent, put, share_json, written,
};
use crate::report::shown;
use crate::source::FileId;
use crate::text::layout::{Cell, Table};
use crate::text::{count, number};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The most files that the text lists.
const MAX_FILES: usize = 20;
/// The most lines that the text lists of those that decide nowhere.
const MAX_UNREACHED: usize = 5;

fn summary(share: Share) -> String {
    let (part, lines) = (number(share.part), count(share.whole, "line"));
    format!("coverage {}: tests cover {part} of {lines}", percent(share.tenths()))
}

/// The coverage of each file, the lines that are not covered by declaration, the largest groups
/// first, and the total at the end. `minimum` is the value of `--min-coverage`, in tenths of a
/// percent.
pub(super) fn text(ir: &Ir, coverage: &Coverage, minimum: Option<u32>, style: Style) -> String {
    let mut out = String::new();
    let share = coverage.share();
    if share.whole > 0 {
        out.push_str(&format!("{}\n", style.bold("covered lines by file")));
        by_file(&mut out, ir, coverage, style);
    }
    if share.part < share.whole {
        out.push_str(&format!("\n{}\n", style.bold("lines that no test covers")));
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        for (line, _) in coverage.lines.iter().filter(|(_, state)| *state != State::Unreached) {
            *lines.entry(shown(&line.declaration(ir))).or_default() += 1;
        }
        let heading = |declaration: &str, rows: usize| {
            let of = lines.get(declaration).copied().unwrap_or(rows) as u64;
            format!("{declaration}: {} of {}", number(rows as u64), count(of, "line"))
        };
        let rows = coverage.of(State::Uncovered).map(|line| (line, written(ir, line))).collect();
        grouped(&mut out, ir, rows, heading, style);
    }
    not_counted(&mut out, ir, coverage, style);
    out.push_str(&format!("\n{}\n", style.bold(&summary(share))));
    gate(&mut out, share, minimum, "--min-coverage", style);
    out
}

fn by_file(out: &mut String, ir: &Ir, coverage: &Coverage, style: Style) {
    let mut files: BTreeMap<FileId, Share> = BTreeMap::new();
    for (line, state) in coverage.lines.iter().filter(|(_, state)| *state != State::Unreached) {
        let share = files.entry(line.span.file).or_insert(Share { part: 0, whole: 0 });
        share.whole += 1;
        share.part += u64::from(*state == State::Covered);
    }
    let mut files: Vec<(FileId, Share)> = files.into_iter().collect();
    files.sort_by_key(|(file, share)| (Reverse(share.whole - share.part), *file));
    let mut table = Table::new(2, style.width);
    for (file, share) in files.iter().take(MAX_FILES) {
        let of = format!("{} of {}", number(share.part), number(share.whole));
        table.row(vec![
            Cell::new(percent(share.tenths())),
            Cell::new(of),
            Cell::new(shown(&ir.sources.file(*file).path)),
        ]);
    }
    table.render(out);
    if let Some(more) = files.len().checked_sub(MAX_FILES).filter(|more| *more > 0) {
        put(out, "  ", &format!("and {}", count(more as u64, "more file")), style);
    }
}

fn not_counted(out: &mut String, ir: &Ir, coverage: &Coverage, style: Style) {
    let unreached: Vec<_> = coverage.of(State::Unreached).collect();
    if !unreached.is_empty() {
        let head = format!(
            "not counted: {} without effect on anything that a test could check",
            count(unreached.len() as u64, "line")
        );
        out.push_str(&format!("\n{}\n", style.bold(&head)));
        let most =
            if unreached.len() == MAX_UNREACHED + 1 { MAX_UNREACHED + 1 } else { MAX_UNREACHED };
        for line in unreached.iter().take(most) {
            let text = format!("{} · {}", shown(&written(ir, line)), shown(&line.declaration(ir)));
            put(out, &format!("  {}  ", shown(&ir.location(line.span))), &text, style);
        }
        if let Some(more) = unreached.len().checked_sub(most).filter(|more| *more > 0) {
            put(
                out,
                "  ",
                &format!("and {} more; `--format json` lists all", number(more as u64)),
                style,
            );
        }
    }
    if coverage.unchecked_memberships > 0 {
        let memberships = count(coverage.unchecked_memberships, "membership");
        let text = format!("{memberships} that no test can check");
        out.push('\n');
        put(out, "not counted: ", &text, style);
    }
}

/// The value of the key `coverage`: see `docs/json.md`.
pub(super) fn json(ir: &Ir, coverage: &Coverage, minimum: Option<u32>) -> Value {
    let share = coverage.share();
    let lines = |state| coverage.of(state).map(|line| line_json(ir, line)).collect::<Vec<_>>();
    let mut out = share_json(share, minimum);
    out.insert("covered".into(), json!(share.part));
    out.insert("lines".into(), json!(share.whole));
    out.insert("uncovered".into(), json!(lines(State::Uncovered)));
    out.insert("unreached".into(), json!(lines(State::Unreached)));
    out.insert("memberships".into(), json!(coverage.unchecked_memberships));
    Value::Object(out)
}

/// A suite with one case, which fails if the coverage is below the minimum.
pub(super) fn junit(ir: &Ir, coverage: &Coverage, minimum: Option<u32>) -> String {
    let share = coverage.share();
    let lines: Vec<String> = coverage
        .of(State::Uncovered)
        .map(|line| format!("{}: {}", ir.location(line.span), written(ir, line)))
        .collect();
    junit_suite("coverage", &summary(share), &lines, share, minimum)
}
