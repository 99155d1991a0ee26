//! Which commit made cells what they are.

use crate::diff::trace::CellRef;
use crate::matrix::Matrix;
use crate::report::Style;
use crate::report::matrix::accounts;
use crate::report::matrix::json;
use crate::report::matrix::simulate::{self, Session};
use crate::report::shown;
use crate::report::words::decider::{decider, paint, source};
use crate::report::words::names;
use crate::text::layout::{Table, hanging};
use serde::Serialize;
use serde_json::{Value as Json, json};

const SCHEMA: &str = "precedent-blame/1";

/// A commit as git has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    pub id: String,
    pub short: String,
    /// When the author wrote it, in the author's own zone: `2026-01-31T09:00:00+01:00`.
    pub date: String,
    pub author: String,
    pub email: String,
    pub subject: String,
    /// When it was committed, in seconds, to tell newer from older.
    #[serde(skip)]
    pub seconds: i64,
}

/// What may have made a cell what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// What is not committed yet.
    WorkTree,
    Commit(Commit),
}

/// What a cell was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Was {
    Value(String),
    /// It did not exist.
    Absent,
    /// Nobody can say: history ends, or what is before does not compile.
    Unknown,
}

/// Where a cell's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The newest first. There are several where the older ones, which do not compile, hide which
    /// it was.
    pub candidates: Vec<Candidate>,
    /// Whether it may be older than all of them, since the clone has no more of history.
    pub history_ends: bool,
    /// The commit that merged the branch on which it was made.
    pub merge: Option<Commit>,
    pub was: Was,
    /// How many commits were looked at before it was found, to order those of one second.
    pub looked_at: usize,
}

/// A cell by the path of its permission, or by what its line of an account begins with.
#[derive(Clone, Debug)]
pub struct Blamed {
    pub cell: String,
    pub origin: Origin,
}

/// What a cell is now.
struct Now {
    value: String,
    painted: String,
    /// Who decided, and where.
    by: String,
    json: Json,
}

fn now(matrix: &Matrix, followed: CellRef, cell: &str, style: Style) -> Option<Now> {
    let ir = &matrix.ir;
    let (value, painted, by, json) = match followed {
        CellRef::Session { subject, endpoint } => {
            let permission = ir.profile.permission(cell)?;
            let (endpoint, class) = &matrix.endpoints[endpoint];
            let (stack, cells) = matrix.resolve(matrix.subjects[subject].1, *class);
            let found = cells.cell(ir, &stack, endpoint.method, permission);
            let ty = &ir.profile.permissions[permission].ty;
            let value = shown(&found.value.map_or_else(|| "n/a".into(), |value| ty.text(value)));
            let painted = paint(style, ty, found.value, &value);
            let by = if found.value.is_some() {
                decider(ir, found.decider)
            } else {
                "does not apply".into()
            };
            (value, painted, by, json::permission(ir, permission, &found))
        }
        CellRef::Account(user) => {
            let line =
                accounts::lines(matrix, user).into_iter().find(|line| line.setting == cell)?;
            let by = source(ir, line.source, line.is_final);
            (shown(&line.value), accounts::paint(ir, style, &line), by, json::setting(ir, &line))
        }
    };
    let location = json["location"].as_str().unwrap_or_default();
    let by = if location.is_empty() || json["value"] == "n/a" {
        by
    } else {
        format!("{by} · {}", shown(location))
    };
    Some(Now { value, painted, by, json })
}

/// Commits, the newest first, each with the cells that it made what they are.
pub fn text(matrix: &Matrix, followed: CellRef, blamed: &[Blamed], style: Style) -> String {
    let title = match followed {
        CellRef::Session { subject, endpoint } => {
            simulate::title(matrix, Session { subject, endpoint })
        }
        CellRef::Account(user) => {
            let words = &matrix.ir.profile.terminology;
            format!("account of {} {}", words.user, names::plain(accounts::name(matrix, user)))
        }
    };
    let mut out = format!("{}\n", style.bold(&hanging("", &title, style.width)));
    let mut groups: Vec<(&Origin, Vec<&Blamed>)> = Vec::new();
    for blamed in blamed {
        let same = |origin: &Origin| {
            let (a, b) = (origin, &blamed.origin);
            a.candidates == b.candidates && a.history_ends == b.history_ends && a.merge == b.merge
        };
        match groups.iter_mut().find(|(origin, _)| same(origin)) {
            Some((_, cells)) => cells.push(blamed),
            None => groups.push((&blamed.origin, vec![blamed])),
        }
    }
    groups.sort_by_key(|(origin, _)| {
        let seconds = match origin.candidates.first() {
            Some(Candidate::Commit(commit)) => commit.seconds,
            Some(Candidate::WorkTree) | None => i64::MAX,
        };
        (std::cmp::Reverse(seconds), origin.looked_at)
    });
    for (origin, cells) in groups {
        out.push('\n');
        heading(&mut out, origin, style);
        let all_new = cells.iter().all(|blamed| blamed.origin.was == Was::Absent);
        if all_new {
            out.push_str(&format!(
                "{}\n",
                style.dim(&hanging("  ", "not there before", style.width))
            ));
        }
        let mut table = Table::new(2, style.width);
        for Blamed { cell, origin } in cells {
            let Some(now) = now(matrix, followed, cell, style) else { continue };
            let before = match &origin.was {
                _ if all_new => String::new(),
                Was::Value(value) => format!("{} → ", shown(value)),
                Was::Absent => "not there → ".into(),
                Was::Unknown => "unknown → ".into(),
            };
            let name = shown(cell);
            table.row(vec![
                (name.clone(), style.bold(&name)),
                (format!("{before}{}", now.value), format!("{before}{}", now.painted)),
                (now.by.clone(), style.dim(&now.by)),
            ]);
        }
        table.render(&mut out);
    }
    out
}

fn heading(out: &mut String, origin: &Origin, style: Style) {
    let mut line = |label: &str, text: &str, bold: bool| {
        let text = hanging(label, text, style.width);
        out.push_str(&if bold { style.bold(&text) } else { style.dim(&text) });
        out.push('\n');
    };
    let commit = |commit: &Commit| {
        let day = commit.date.get(..10).unwrap_or(&commit.date);
        let label = format!("{}  {day}  ", commit.short);
        (label, format!("{}: {}", shown(&commit.author), shown(&commit.subject)))
    };
    let several = origin.candidates.len() > 1;
    if origin.history_ends {
        line(
            "",
            "this commit or an older one, for history ends here: it is a shallow clone",
            false,
        );
    }
    for (at, candidate) in origin.candidates.iter().enumerate() {
        if at == 1 {
            line("", "or made by one of these, which do not compile", false);
        }
        match candidate {
            Candidate::WorkTree => line("", "not committed yet", !several || at == 0),
            Candidate::Commit(found) => {
                let (label, text) = commit(found);
                line(&label, &text, at == 0);
            }
        }
    }
    if let Some(merge) = &origin.merge {
        let (label, text) = commit(merge);
        line(&format!("merged by {label}"), &text, false);
    }
}

/// JSON, schema `precedent-blame/1`: see `docs/json.md`.
pub fn json(matrix: &Matrix, followed: CellRef, blamed: &[Blamed]) -> serde_json::Result<String> {
    let plain = Style { color: false, width: 80 };
    let candidate = |candidate: &Candidate| match candidate {
        Candidate::WorkTree => Json::Null,
        Candidate::Commit(commit) => json!(commit),
    };
    let cells = blamed.iter().filter_map(|Blamed { cell, origin }| {
        let mut cell = now(matrix, followed, cell, plain)?.json;
        cell["origin"] = json!({
            "kind": match (&*origin.candidates, origin.history_ends) {
                (_, true) => "at_or_before",
                ([Candidate::WorkTree], _) => "not_committed",
                ([_], _) => "commit",
                _ => "one_of",
            },
            "commits": origin.candidates.iter().map(candidate).collect::<Vec<_>>(),
            "merge": origin.merge,
            "before": match &origin.was {
                Was::Value(value) => Some(value),
                Was::Absent | Was::Unknown => None,
            },
            "before_known": origin.was != Was::Unknown,
        });
        Some(cell)
    });
    let mut document = json!({"schema": SCHEMA, "profile": matrix.ir.profile.id});
    match followed {
        CellRef::Session { subject, endpoint } => {
            let (subject, endpoint) = (matrix.subjects[subject].0, &matrix.endpoints[endpoint].0);
            document["session"] = json!(simulate::session_fields(matrix, subject, endpoint));
            document["permissions"] = cells.collect();
        }
        CellRef::Account(user) => {
            document["user"] = json!(accounts::name(matrix, user));
            document["settings"] = cells.collect();
        }
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
