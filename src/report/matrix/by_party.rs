//! The matrix by one party of its sessions: what people can do where, or who can do what on a
//! machine. What a person can do nowhere is listed without its deciders, as the question is what
//! can be done.

use super::json::{Stream, head, permissions as json_permissions};
use super::markdown::{cell, permissions as markdown_permissions};
use super::start::StartLine;
use super::text::{deciders, running, start_line};
use crate::matrix::by_party::{ByParty, Entry, Group, Party};
use crate::matrix::{Endpoint, Matrix, SubjectRef};
use crate::report::words::names::Namer;
use crate::report::{Style, people_text};
use crate::text::count;
use crate::text::layout::hanging;
use serde_json::{Value, json};
use std::io::{self, Write};

/// How a report by party is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The party.
    pub party: Party,
    /// Whether all names are listed.
    pub names: bool,
    /// Whether permissions that grant nothing have their deciders, too.
    pub all: bool,
}

/// The members of both parties in words.
struct Names<'m> {
    matrix: &'m Matrix,
    own: Namer,
    others: Namer,
    party: Party,
}

impl<'m> Names<'m> {
    fn new(matrix: &'m Matrix, options: Options) -> Names<'m> {
        let (subjects, endpoints) = Namer::of_both(matrix, options.names);
        let party = options.party;
        match party {
            Party::Person => Names { matrix, own: subjects, others: endpoints, party },
            Party::Machine => Names { matrix, own: endpoints, others: subjects, party },
        }
    }

    /// What is said before the members of the party, and before those of the other one.
    fn labels(&self) -> (&'static str, &'static str) {
        match self.party {
            Party::Person => ("who", "where"),
            Party::Machine => ("where", "who"),
        }
    }

    fn own(&mut self, group: &Group) -> (u64, String) {
        (self.count(self.party, &group.classes), self.own.describe(&group.classes))
    }

    fn others(&mut self, entry: &Entry) -> String {
        self.others.describe(&entry.others)
    }

    /// How many people or targets classes have.
    fn count(&self, party: Party, classes: &[u32]) -> u64 {
        let members = |class: &u32| self.matrix.subject_classes[*class as usize].members.len();
        match party {
            Party::Person => classes.iter().map(members).sum::<usize>() as u64,
            Party::Machine => self.matrix.target_count(classes.iter().copied()),
        }
    }

    /// `12 people, 144 sessions`
    fn heading(&self, members: u64, sessions: u64) -> String {
        format!("{}, {}", people_or_targets(self.party, members), count(sessions, "session"))
    }
}

fn people_or_targets(party: Party, number: u64) -> String {
    match party {
        Party::Person => people_text(number),
        Party::Machine => count(number, "target"),
    }
}

/// The permissions of an entry that grant something, and those that grant nothing.
fn divided(matrix: &Matrix, entry: &Entry, options: Options) -> (Vec<usize>, Vec<usize>) {
    let (stack, cells) = matrix.resolve(entry.witness.0, entry.witness.1);
    let method = matrix.endpoint_classes[entry.witness.1 as usize].method;
    let permissions = matrix.visible_permissions();
    let of_entry = permissions.filter(|at| entry.permissions >> at & 1 == 1);
    of_entry.partition(|&permission| {
        let value = cells.cell(&matrix.ir, &stack, method, permission).value;
        let least = matrix.ir.profile.permissions[permission].ty.least();
        options.all || value.is_some_and(|value| least.as_ref() != Some(value))
    })
}

fn start_of(entry: &Entry) -> Option<StartLine> {
    entry.start.map(|cell| StartLine { cell, others: false })
}

/// What grants nothing in some entries, in the profile's order.
fn paths(matrix: &Matrix, mut permissions: Vec<usize>) -> Vec<String> {
    permissions.sort_unstable();
    permissions.dedup();
    permissions.into_iter().map(|at| matrix.ir.profile.permissions[at].path.clone()).collect()
}

/// As text.
pub fn text(
    matrix: &Matrix,
    options: Options,
    style: Style,
    mut out: impl Write,
) -> io::Result<()> {
    let mut names = Names::new(matrix, options);
    let mut by_party = ByParty::new(matrix, options.party);
    let groups = by_party.groups();
    let title = format!("{} · {}", matrix.ir.profile.label, total(&names, &groups));
    writeln!(out, "{}", style.bold(&hanging("", &title, style.width)))?;
    for (at, group) in groups.iter().enumerate() {
        let (own, others) = names.labels();
        let (members, described) = names.own(group);
        let heading = format!("{}. {}", at + 1, names.heading(members, group.sessions));
        let mut text = format!("\n{}\n", style.bold(&heading));
        text.push_str(&hanging(&format!("   {own:5}  "), &described, style.width));
        text.push('\n');
        let mut nothing = Vec::new();
        for entry in by_party.entries(group) {
            let (granted, not) = divided(matrix, &entry, options);
            nothing.extend(not);
            if granted.is_empty() && entry.start.is_none() {
                continue;
            }
            text.push('\n');
            let described = names.others(&entry);
            text.push_str(&hanging(&format!("   {others:5}  "), &described, style.width));
            text.push('\n');
            if let Some(line) = start_of(&entry) {
                start_line(&mut text, matrix, &line, style);
            }
            deciders(&mut text, matrix, entry.witness, granted.into_iter(), style);
        }
        if !nothing.is_empty() {
            text.push_str(&style.dim(NOTHING_TEXT));
            running(&mut text, &paths(matrix, nothing), style);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

const NOTHING_TEXT: &str = "\n   denied or not applicable in some or all of these sessions\n";

/// `12 people in 3 groups, 144 sessions`
fn total(names: &Names<'_>, groups: &[Group]) -> String {
    // A machine may be in one group with a person present, and in another one without.
    let classes: Vec<u32> = groups.iter().flat_map(|group| &group.classes).copied().collect();
    let members = names.count(names.party, &classes);
    let sessions = groups.iter().map(|group| group.sessions).sum();
    let heading = names.heading(members, sessions);
    match groups.len() as u64 {
        0 | 1 => heading,
        number => format!("{heading}, in {}", count(number, "group")),
    }
}

/// As Markdown. No name from the policies can forge markup.
pub fn markdown(matrix: &Matrix, options: Options, mut out: impl Write) -> io::Result<()> {
    let mut names = Names::new(matrix, options);
    let mut by_party = ByParty::new(matrix, options.party);
    let groups = by_party.groups();
    writeln!(out, "# {}\n", cell(&matrix.ir.profile.label))?;
    writeln!(out, "{}.", total(&names, &groups))?;
    for (at, group) in groups.iter().enumerate() {
        let (members, described) = names.own(group);
        writeln!(out, "\n## {}. {}\n", at + 1, names.heading(members, group.sessions))?;
        writeln!(out, "{}", cell(&described))?;
        for entry in by_party.entries(group) {
            let (granted, _) = divided(matrix, &entry, options);
            if granted.is_empty() && entry.start.is_none() {
                continue;
            }
            let described = names.others(&entry);
            let start = start_of(&entry);
            let table =
                markdown_permissions(matrix, entry.witness, start.as_ref(), granted.into_iter());
            write!(out, "\n### {}\n\n{table}", cell(&described))?;
        }
    }
    Ok(())
}

/// As JSON: all permissions, and all names.
pub fn json(matrix: &Matrix, party: Party, out: impl Write) -> io::Result<()> {
    let rows = match party {
        Party::Person => "person",
        Party::Machine => "machine",
    };
    let mut by_party = ByParty::new(matrix, party);
    let mut stream = Stream::new(out, &head(matrix, "sessions", rows), "groups")?;
    for group in by_party.groups() {
        let entries = by_party.entries(&group).into_iter().map(|entry| {
            let start = start_of(&entry);
            let permissions =
                matrix.visible_permissions().filter(|at| entry.permissions >> at & 1 == 1);
            let permissions =
                json_permissions(matrix, entry.witness, start.as_ref(), permissions, true);
            let others = match party {
                Party::Person => endpoints(matrix, &entry.others),
                Party::Machine => subjects(matrix, &entry.others),
            };
            match party {
                Party::Person => json!({"endpoints": others, "permissions": permissions}),
                Party::Machine => json!({"subjects": others, "permissions": permissions}),
            }
        });
        let entries: Vec<Value> = entries.collect();
        let (classes, sessions) = (&group.classes, group.sessions);
        stream.item(&match party {
            Party::Person => json!({
                "subjects": subjects(matrix, classes), "sessions": sessions, "entries": entries,
            }),
            Party::Machine => json!({
                "endpoints": endpoints(matrix, classes), "sessions": sessions, "entries": entries,
            }),
        })?;
    }
    stream.finish()
}

fn subjects(matrix: &Matrix, classes: &[u32]) -> Value {
    let classes = classes.iter().map(|class| &matrix.subject_classes[*class as usize].members);
    let mut members: Vec<u32> = classes.flatten().copied().collect();
    members.sort_unstable();
    let subject = |at: u32| {
        let subject: SubjectRef = matrix.subjects[at as usize].0;
        json!({"subject_kind": subject.kind(), "subject": matrix.subject_name(subject)})
    };
    members.into_iter().map(subject).collect()
}

fn endpoints(matrix: &Matrix, classes: &[u32]) -> Value {
    let classes = classes.iter().map(|class| &matrix.endpoint_classes[*class as usize].members);
    let mut members: Vec<u32> = classes.flatten().copied().collect();
    members.sort_unstable();
    let endpoint = |at: u32| {
        let endpoint: &Endpoint = &matrix.endpoints[at as usize].0;
        json!({
            "method": matrix.ir.profile.methods[endpoint.method].id,
            "target_kind": endpoint.target.kind(),
            "target": matrix.target_name(endpoint.target),
            "presence": crate::matrix::parties::presence_text(endpoint.present),
        })
    };
    members.into_iter().map(endpoint).collect()
}
