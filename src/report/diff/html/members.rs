//! Who and where exactly: the members of rows, as lists to read and as ranges for the filters.

use super::text::escaped;
use crate::diff::Diff;
use crate::diff::joint::JointClass;
use crate::diff::rows::Rows;
use crate::report::diff::names::Names;
use crate::text::{count, number};
use std::collections::BTreeSet;

/// The most names of one side that filters know.
const MAX_NAMES: usize = 10_000;
/// The most names of a list, and the most characters of all lists and of all ranges of a page.
const MAX_LISTED: usize = 200;
const MAX_LIST_TEXT: usize = 2_000_000;
const MAX_RANGE_TEXT: usize = 2_000_000;

/// Subjects or endpoints of a diff, as far as they are in rows.
struct Known {
    /// Joint numbers, ascending, and their names.
    known: Vec<u32>,
    names: Vec<String>,
    /// How many there are in all.
    all: usize,
}

impl Known {
    fn new(members: BTreeSet<u32>, name: impl Fn(u32) -> String) -> Known {
        let all = members.len();
        let known: Vec<u32> = members.into_iter().take(MAX_NAMES).collect();
        Known { names: known.iter().map(|&at| name(at)).collect(), known, all }
    }

    /// Members as places in the table of names: `0-7 12`. Nothing if not all of them are known.
    fn ranges(&self, members: &[u32]) -> Option<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for member in members {
            let at = self.known.binary_search(member).ok()?;
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == at => *last = at,
                _ => runs.push((at, at)),
            }
        }
        let runs =
            runs.into_iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
        Some(runs.collect::<Vec<_>>().join(" "))
    }

    fn datalist(&self, id: &str) -> String {
        let mut out = format!("<datalist id=\"{id}\">\n");
        self.names
            .iter()
            .for_each(|name| out.push_str(&format!("<option value=\"{}\">\n", escaped(name))));
        out.push_str("</datalist>\n");
        out
    }
}

/// All members, and how much room they have taken.
pub(super) struct Members {
    sides: [Known; 2],
    lists: usize,
    ranges: usize,
    /// Whether some row cannot be filtered by name.
    pub is_cut: bool,
}

/// What a row is of, ascending: subjects, and endpoints unless it is of accounts.
pub(super) type Of = (Vec<u32>, Option<Vec<u32>>);

/// The members of session rows, then of account rows.
pub(super) fn of_rows(diff: &Diff, rows: &Rows) -> (Vec<Of>, Vec<Of>) {
    let members = |classes: &[u32], table: &[JointClass]| {
        let all: BTreeSet<u32> =
            classes.iter().flat_map(|&class| &table[class as usize].members).copied().collect();
        all.into_iter().collect::<Vec<_>>()
    };
    let sessions = rows.sessions.iter().map(|row| {
        let subjects = members(&row.subjects, &diff.sessions.subject_classes);
        (subjects, Some(members(&row.endpoints, &diff.sessions.endpoint_classes)))
    });
    let accounts = rows.accounts.iter().map(|row| {
        let users: BTreeSet<u32> = row.users.iter().copied().collect();
        (users.into_iter().collect(), None)
    });
    (sessions.collect(), accounts.collect())
}

impl Members {
    pub(super) fn new<'o>(diff: &Diff, all: impl Iterator<Item = &'o Of> + Clone) -> Members {
        let names = Names::new(diff);
        let subjects = all.clone().flat_map(|(subjects, _)| subjects).copied().collect();
        let endpoints =
            all.filter_map(|(_, endpoints)| endpoints.as_ref()).flatten().copied().collect();
        let sides = [
            Known::new(subjects, |at| names.subject(at).to_owned()),
            Known::new(endpoints, |at| names.endpoint(at).to_owned()),
        ];
        Members { sides, lists: 0, ranges: 0, is_cut: false }
    }

    /// The names that filters know, as lists to choose from.
    pub(super) fn datalists(&self) -> String {
        self.sides[0].datalist("who-names") + &self.sides[1].datalist("where-names")
    }

    /// The attributes by which a row is filtered. What is missing makes it a row that may match any
    /// name.
    pub(super) fn attributes(&mut self, (subjects, endpoints): &Of) -> String {
        let mut out = String::new();
        let members = [("who", Some(subjects)), ("where", endpoints.as_ref())];
        for ((name, members), side) in members.into_iter().zip(&self.sides) {
            let ranges = match members {
                // An account has no target.
                None => Some(String::new()),
                Some(members) => side.ranges(members),
            };
            match ranges {
                Some(ranges) if self.ranges + ranges.len() <= MAX_RANGE_TEXT => {
                    self.ranges += ranges.len();
                    out.push_str(&format!(" data-{name}=\"{ranges}\""));
                }
                _ => self.is_cut = true,
            }
        }
        out
    }

    /// The names, folded.
    pub(super) fn lists(&mut self, (subjects, endpoints): &Of) -> String {
        let mut out = String::from("<details class=\"exactly\">\n<summary>who exactly");
        out.push_str(if endpoints.is_some() { ", and where</summary>\n" } else { "</summary>\n" });
        for (title, members, side) in [("who", Some(subjects), 0), ("where", endpoints.as_ref(), 1)]
        {
            let Some(members) = members else { continue };
            let side = &self.sides[side];
            let mut list = String::new();
            let mut shown = 0;
            for member in members.iter().take(MAX_LISTED) {
                let Ok(at) = side.known.binary_search(member) else { break };
                let item = format!("<li>{}</li>\n", escaped(&side.names[at]));
                if self.lists + list.len() + item.len() > MAX_LIST_TEXT {
                    break;
                }
                list.push_str(&item);
                shown += 1;
            }
            self.lists += list.len();
            if shown < members.len() {
                let more = count((members.len() - shown) as u64, "more name");
                list.push_str(&format!("<li class=\"cut\">and {more} not shown</li>\n"));
            }
            out.push_str(&format!(
                "<h4>{title}: {}</h4>\n<ul>\n{list}</ul>\n",
                number(members.len() as u64)
            ));
        }
        out.push_str("</details>\n");
        out
    }

    /// A note for readers, where the filters do not know everything.
    pub(super) fn note(&self) -> Option<String> {
        let sides = [("users and invites", &self.sides[0]), ("targets", &self.sides[1])];
        let cut = sides.into_iter().filter(|(_, side)| side.names.len() < side.all);
        let mut notes: Vec<String> = cut
            .map(|(word, side)| {
                let (known, all) = (number(side.names.len() as u64), number(side.all as u64));
                format!("The filters know the names of {known} of {all} {word}.")
            })
            .collect();
        if self.is_cut {
            notes.push("Rows whose members are not all known stay in view for every name.".into());
        }
        (!notes.is_empty()).then(|| notes.join(" "))
    }
}
