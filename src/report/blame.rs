//! Which commit gave each permission or setting its value.

use crate::diff::trace::CellRef;
use crate::matrix::{Matrix, StartValue};
use crate::profile::START;
use crate::report::Style;
use crate::report::matrix::accounts;
use crate::report::matrix::json;
use crate::report::matrix::simulate::{self, Session};
use crate::report::matrix::start::{self, StartLines};
use crate::report::shown;
use crate::report::words::decider::{decider_via, paint, source};
use crate::report::words::names;
use crate::text::layout::{Cell, Table, hanging};
use serde::Serialize;
use serde_json::{Value as Json, json};

const SCHEMA: &str = "precedent-blame/1";

/// A commit, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// The full id, in hexadecimal.
    pub id: String,
    /// As many digits of the id as are unambiguous in the repository.
    pub short: String,
    /// The author date with the author's time zone: `2026-01-31T09:00:00+01:00`.
    pub date: String,
    /// The name of the author.
    pub author: String,
    /// The email address of the author.
    pub email: String,
    /// The first line of the message.
    pub subject: String,
    /// The committer date in seconds, which orders commits.
    #[serde(skip)]
    pub seconds: i64,
}

/// Where a cell may have got its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// Changes that are not committed yet.
    WorkTree,
    /// One commit.
    Commit(Commit),
}

/// What a cell was before it got its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Was {
    /// Another value, as canonical source text.
    Value(String),
    /// The session or setting did not exist.
    Absent,
    /// Not known: history ends here, or no earlier version compiles.
    Unknown,
}

/// Where a cell's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The newest first. There are several if the older ones do not compile, so that the commit
    /// cannot be determined.
    pub candidates: Vec<Candidate>,
    /// Whether it may be an older commit, which a shallow clone does not have.
    pub history_ends: bool,
    /// The commit that merged the branch with the candidates.
    pub merge: Option<Commit>,
    /// What the cell was before.
    pub was: Was,
    /// How many commits were examined before this was found, which orders commits of one second.
    pub looked_at: usize,
}

/// A cell and its origin. A cell is named by the path of its permission or setting, or by what a
/// membership is in.
#[derive(Clone, Debug)]
pub struct Blamed {
    /// The path, or what the membership is in.
    pub cell: String,
    /// Where its value comes from.
    pub origin: Origin,
}

/// The current state of a cell.
struct Now {
    value: String,
    painted: String,
    /// What decided it, and where.
    by: String,
    json: Json,
}

fn now(matrix: &Matrix, followed: CellRef, cell: &str, style: Style) -> Option<Now> {
    let ir = &matrix.ir;
    let (value, painted, by, json) = match followed {
        CellRef::Session { subject, endpoint } if cell == START => {
            let line = StartLines::new(matrix).of_session(subject, endpoint)?;
            let value = shown(&matrix.starts.as_ref()?.text(line.cell.value));
            let painted = match line.cell.value {
                StartValue::Deny => style.deny(&value),
                _ => style.grant(&value),
            };
            (value, painted, start::decider(matrix, &line), start::json(matrix, &line.cell))
        }
        CellRef::Session { subject, endpoint } => {
            let permission = ir.profile.permission(cell)?;
            let (endpoint, class) = &matrix.endpoints[endpoint];
            let subject_class = matrix.subjects[subject].1;
            let (stack, cells) = matrix.resolve(subject_class, *class);
            let via = matrix.via((subject_class, *class), &stack);
            let found = cells.cell(ir, &stack, endpoint.method, permission);
            let ty = &ir.profile.permissions[permission].ty;
            let value = shown(&found.value.map_or_else(|| "n/a".into(), |value| ty.text(value)));
            let painted = paint(style, ty, found.value, &value);
            let by = if found.value.is_some() {
                decider_via(ir, found.decider, via)
            } else {
                "not applicable".into()
            };
            (value, painted, by, json::permission(ir, permission, &found, via))
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

/// Commits, the newest first, each with the cells that got their values from it.
pub fn text(matrix: &Matrix, followed: CellRef, blamed: &[Blamed], style: Style) -> String {
    let title = match followed {
        CellRef::Session { subject, endpoint } => {
            simulate::title(matrix, Session { subject, endpoint })
        }
        CellRef::Account(user) => {
            let user_term = &matrix.ir.profile.terminology.user;
            format!("account of {user_term} {}", names::plain(accounts::name(matrix, user)))
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
                style.dim(&hanging("  ", "did not exist before", style.width))
            ));
        }
        let mut table = Table::new(2, style.width);
        for Blamed { cell, origin } in cells {
            let Some(now) = now(matrix, followed, cell, style) else { continue };
            let before = match &origin.was {
                _ if all_new => String::new(),
                Was::Value(value) => format!("{} → ", shown(value)),
                Was::Absent => "none → ".into(),
                Was::Unknown => "unknown → ".into(),
            };
            table.row(vec![
                Cell::painted(shown(cell), |name| style.bold(name)),
                Cell::painted(format!("{before}{}", now.value), |_| {
                    format!("{before}{}", now.painted)
                }),
                Cell::painted(now.by, |by| style.dim(by)),
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
        line("", "this commit or an older one: history ends here (shallow clone)", false);
    }
    for (at, candidate) in origin.candidates.iter().enumerate() {
        if at == 1 {
            line("", "or one of these commits, which do not compile", false);
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

/// JSON, in the schema `precedent-blame/1` of `docs/json.md`.
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
    crate::text::json::pretty(&document)
}
