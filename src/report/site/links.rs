//! Links from the cells of tables to the parts of the page that session policies and group policies
//! have. Names of people, targets and permissions lead to what the script shows: it makes those
//! links, in the columns that say what their cells name.

use super::{MAX_OBJECTS, Section, clean};
use crate::matrix::Matrix;
use crate::report::show::{self, Kind, Table};
use maud::{Markup, html};
use rustc_hash::FxHashMap;

/// The parts of the page by name.
pub(super) struct Links {
    policies: FxHashMap<String, String>,
    groups: FxHashMap<String, String>,
}

/// What the texts of a column name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing.
    Text,
    /// A user.
    User,
    /// A permission of sessions.
    Permission,
    /// A session policy or a group policy.
    Object(Kind),
    /// Something of the kind that another column says.
    OfKind(usize),
}

impl Target {
    /// What the script makes links of.
    pub(super) fn for_script(self) -> Option<&'static str> {
        match self {
            Target::User => Some("user"),
            Target::Permission => Some("permission"),
            Target::OfKind(_) => Some("kind"),
            Target::Text | Target::Object(_) => None,
        }
    }
}

impl Links {
    pub(super) fn new(matrix: &Matrix) -> Links {
        let parts = |section: &Section| {
            let names = show::all_names(matrix, section.kind);
            let ids = section.ids(&names).into_iter().take(MAX_OBJECTS);
            ids.zip(&names).map(|(id, name)| (clean(name), format!("#{id}"))).collect()
        };
        Links { policies: parts(&Section::POLICIES), groups: parts(&Section::GROUPS) }
    }

    /// What the columns of a table name. `of` is the kind of the objects that it lists.
    pub(super) fn columns(&self, table: &Table, of: Option<Kind>) -> Vec<Target> {
        let kind = table.columns.iter().position(|column| *column == "kind");
        let target = |column: &&str| match (*column, kind, of) {
            ("user", ..) => Target::User,
            ("permission", ..) => Target::Permission,
            ("name", Some(kind), _) => Target::OfKind(kind),
            ("name", None, Some(of)) => Target::Object(of),
            _ => Target::Text,
        };
        table.columns.iter().map(target).collect()
    }

    /// A cell, with a link if there is something to lead to.
    pub(super) fn cell(&self, text: &str, target: Target, row: &[String]) -> Markup {
        let part = |kind: Kind| match kind {
            Kind::SessionPolicy => self.policies.get(text),
            Kind::GroupPolicy => self.groups.get(text),
            _ => None,
        };
        let part = match target {
            Target::Object(kind) => part(kind),
            Target::OfKind(column) => match row[column].as_str() {
                "session policy" => part(Kind::SessionPolicy),
                "group policy" => part(Kind::GroupPolicy),
                _ => None,
            },
            Target::Text | Target::User | Target::Permission => None,
        };
        html! {
            @if let Some(part) = part { a href=(part) { (text) } } @else { (text) }
        }
    }
}
