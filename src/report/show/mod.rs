//! One object of a workspace, or all of a kind: what belongs to it, what depends on it, and what it
//! decides. What an object is said to have is put into one form, which each format prints.

mod group_policies;
mod inventory;
mod objects;
mod people;
mod places;
mod session_policies;

use crate::ir::Object;
use crate::matrix::Matrix;
use crate::report::matrix::markdown::cell;
use crate::report::{Style, shown};
use crate::syntax::ast::DeclarationKind;
use crate::text::layout::{Cell, Table as Layout, hanging};
use crate::text::{count, number, plural, quote};
use objects::Shown;
use serde_json::{Value, json};

/// Declares the kinds with their ids on the command line and the declaration of each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $id:literal $declaration:ident;)*) => {
        /// The kinds of objects that can be shown.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// What the command line calls it.
            pub fn id(self) -> &'static str {
                match self {
                    $(Kind::$kind => $id,)*
                }
            }

            /// What declares such objects.
            pub fn words(self) -> &'static str {
                match self {
                    $(Kind::$kind => DeclarationKind::$declaration.words(),)*
                }
            }
        }
    };
}

kinds! {
    /// Named session policies, and the global default.
    SessionPolicy "session-policy" SessionPolicy;
    /// Group policies, in their order.
    GroupPolicy "group-policy" GroupPolicy;
    /// Embassies.
    Embassy "embassy" Embassy;
    /// Users.
    User "user" User;
    /// Directory groups.
    DirectoryGroup "directory-group" DirectoryGroup;
    /// Invites.
    Invite "invite" Invite;
    /// Jump items.
    JumpItem "jump-item" JumpItem;
    /// Jump groups.
    JumpGroup "jump-group" JumpGroup;
    /// Jump item roles.
    Role "role" JumpItemRole;
    /// Jump policies.
    JumpPolicy "jump-policy" JumpPolicy;
    /// Teams.
    Team "team" Team;
    /// Jumpoints.
    Jumpoint "jumpoint" Jumpoint;
    /// Vault account groups.
    VaultAccountGroup "vault-account-group" VaultAccountGroup;
    /// Vault accounts.
    VaultAccount "vault-account" VaultAccount;
    /// Portals.
    Portal "portal" Portal;
}

/// What is shown of an object, or of all objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// `session policy "Servers"`, or the kind.
    pub title: String,
    /// The line that declares it; empty for a list.
    pub location: String,
    /// Each with its label.
    pub facts: Vec<(&'static str, String)>,
    /// What there are several of.
    pub tables: Vec<Table>,
}

/// A table of a page. All rows have as many texts as there are columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the rows are.
    pub title: &'static str,
    /// What the texts of a row are.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// For people: a column that says nothing in any row is left out.
    fn without_empty_columns(&self) -> Table {
        // What the title says of all rows is no column either.
        let says = |at: &usize| {
            self.columns[*at] != self.title && self.rows.iter().any(|row| !row[*at].is_empty())
        };
        let kept: Vec<usize> = (0..self.columns.len()).filter(says).collect();
        let row = |row: &Vec<String>| kept.iter().map(|at| row[*at].clone()).collect();
        Table {
            title: self.title,
            columns: kept.iter().map(|at| self.columns[*at]).collect(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

impl Page {
    fn of(matrix: &Matrix, kind: Kind, object: &Object) -> Page {
        let mut page = Page {
            title: format!("{} {}", kind.words(), quote(&object.name)),
            location: matrix.ir.location(object.span),
            ..Page::default()
        };
        page.fact("id", object.id.map(|id| id.to_string()));
        page.fact("code name", object.code_name.as_deref());
        page.fact("description", object.description.as_deref());
        page
    }

    /// Adds a fact, if there is something to say.
    fn fact(&mut self, label: &'static str, text: Option<impl Into<String>>) {
        self.facts.extend(text.map(|text| (label, text.into())));
    }

    fn table(&mut self, title: &'static str, columns: &[&'static str], rows: Vec<Vec<String>>) {
        self.tables.push(Table { title, columns: columns.to_vec(), rows });
    }
}

/// The column of a list that says what nothing uses.
const UNUSED: &str = "can be deleted";

/// What a list says of an object that nothing gives an effect: it can be deleted, unless a test or
/// a gate names it.
fn unused(matrix: &Matrix, is_unused: bool, shown: Shown<'_>) -> String {
    let is_free = is_unused && shown.named_by(matrix).is_empty();
    if is_free { "yes".to_owned() } else { String::new() }
}

/// Which objects a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter<'f> {
    /// Those that can be deleted alone.
    pub unused: bool,
    /// Those that have a text in their name, description, tag or the like; in any letter case.
    pub find: Option<&'f str>,
}

/// The objects of all kinds that a filter lets through, with a page for each kind that has some.
pub fn found(matrix: &Matrix, kinds: &[Kind], filter: Filter<'_>) -> Vec<Page> {
    let pages = kinds.iter().map(|kind| filtered(matrix, *kind, filter));
    pages.filter(|page| page.tables.iter().any(|table| !table.rows.is_empty())).collect()
}

/// The list of a kind with the rows that a filter lets through, and where it found its text.
fn filtered(matrix: &Matrix, kind: Kind, filter: Filter<'_>) -> Page {
    let mut page = list(matrix, kind);
    let wanted = filter.find.map(str::to_lowercase);
    let places = |shown: &Shown<'_>| {
        let Some(wanted) = &wanted else { return String::new() };
        let texts = shown.texts(matrix).into_iter();
        let found = texts.filter(|(_, text)| text.to_lowercase().contains(&**wanted));
        let place = |(label, text): (&str, &str)| match label {
            "name" => label.to_owned(),
            _ => format!("{label}: {text}"),
        };
        found.map(place).collect::<Vec<_>>().join("; ")
    };
    for table in &mut page.tables {
        table.title = if filter.unused { UNUSED } else { "found" };
        let deleted = table.columns.iter().position(|column| *column == UNUSED);
        let is_unused = |row: &[String]| deleted.is_some_and(|at| !row[at].is_empty());
        let rows = std::mem::take(&mut table.rows).into_iter();
        let rows = rows.zip(objects::all(matrix, kind)).filter_map(|(mut row, shown)| {
            let found = places(&shown);
            let is_shown =
                (wanted.is_none() || !found.is_empty()) && (!filter.unused || is_unused(&row));
            row.extend(wanted.is_some().then_some(found));
            is_shown.then_some(row)
        });
        table.rows = rows.collect();
        table.columns.extend(wanted.is_some().then_some("found in"));
    }
    page
}

/// All objects of a kind, and for each whether something uses it.
pub fn list(matrix: &Matrix, kind: Kind) -> Page {
    let (columns, rows) = match kind {
        Kind::SessionPolicy => session_policies::list(matrix),
        Kind::GroupPolicy => group_policies::list(matrix),
        Kind::Embassy => group_policies::embassies(matrix),
        Kind::User => people::users(matrix),
        Kind::DirectoryGroup => people::directory_groups(matrix),
        Kind::JumpItem => inventory::jump_items(matrix),
        Kind::JumpGroup => inventory::jump_groups(matrix),
        Kind::Role => inventory::roles(matrix),
        Kind::Portal => inventory::portals(matrix),
        Kind::Invite => places::invites(matrix),
        Kind::JumpPolicy => places::jump_policies(matrix),
        Kind::Team | Kind::Jumpoint | Kind::VaultAccountGroup | Kind::VaultAccount => {
            places::list(matrix, kind)
        }
    };
    let mut page = Page { title: plural(kind.words()), ..Page::default() };
    page.table("all", &columns, rows);
    page
}

/// The objects of a kind with a name: none, one, or several jump items of different kinds. The name
/// of the global default is `global default`.
pub fn pages(matrix: &Matrix, kind: Kind, name: &str) -> Vec<Page> {
    let mut pages = match kind {
        Kind::SessionPolicy => session_policies::pages(matrix, name),
        Kind::GroupPolicy => group_policies::pages(matrix, name),
        Kind::Embassy => group_policies::embassy_pages(matrix, name),
        Kind::User => people::user_pages(matrix, name),
        Kind::DirectoryGroup => people::directory_group_pages(matrix, name),
        Kind::JumpItem => inventory::jump_item_pages(matrix, name),
        Kind::JumpGroup => inventory::jump_group_pages(matrix, name),
        Kind::Role => inventory::role_pages(matrix, name),
        Kind::Portal => inventory::portal_pages(matrix, name),
        Kind::Invite => places::invite_pages(matrix, name),
        Kind::JumpPolicy => places::jump_policy_pages(matrix, name),
        Kind::Team | Kind::Jumpoint | Kind::VaultAccountGroup | Kind::VaultAccount => {
            places::pages(matrix, kind, name)
        }
    };
    let objects = objects::all(matrix, kind).into_iter();
    let objects = objects.filter(|shown| shown.object.name == name);
    for (page, shown) in pages.iter_mut().zip(objects) {
        let named_by = shown.named_by(matrix);
        if !named_by.is_empty() {
            page.table("named by", &["kind", "name", "at"], named_by);
        }
    }
    pages
}

/// The names of all objects of a kind.
pub fn all_names(matrix: &Matrix, kind: Kind) -> Vec<String> {
    objects::all(matrix, kind).into_iter().map(|shown| shown.object.name.clone()).collect()
}

/// How many rows of a table are shown where not all are asked for.
const MAX_ROWS: usize = 30;

/// As text; `in_full` shows all rows.
pub fn text(page: &Page, in_full: bool, style: Style) -> String {
    let mut out = style.bold(&hanging("", &shown(&page.title), style.width));
    if !page.location.is_empty() {
        out.push_str(&format!("  {}", style.dim(&shown(&page.location))));
    }
    out.push('\n');
    let label = page.facts.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
    for (name, text) in &page.facts {
        out.push_str(&hanging(&format!("   {name:label$}  "), &shown(text), style.width));
        out.push('\n');
    }
    for table in page.tables.iter().map(Table::without_empty_columns) {
        let heading = format!("\n   {} ({})", table.title, number(table.rows.len() as u64));
        out.push_str(&format!("{}\n", style.bold(&heading)));
        let mut layout = Layout::new(5, style.width);
        if !table.rows.is_empty() {
            let columns = table.columns.iter();
            layout.row(columns.map(|name| Cell::painted(*name, |text| style.dim(text))).collect());
        }
        let rows = if in_full { usize::MAX } else { MAX_ROWS };
        for row in table.rows.iter().take(rows) {
            layout.row(row.iter().map(|text| Cell::new(shown(or_dash(text)))).collect());
        }
        layout.render(&mut out);
        if let Some(more) = table.rows.len().checked_sub(rows).filter(|more| *more > 0) {
            let more = format!("     and {} more; `--names` lists all\n", number(more as u64));
            out.push_str(&style.dim(&more));
        }
    }
    out
}

/// A cell of a table of text: nothing is a dash, so that columns stay in their places.
fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// As Markdown. No name from the policies can forge markup.
pub fn markdown(page: &Page) -> String {
    let mut out = format!("# {}\n", cell(&page.title));
    if !page.location.is_empty() {
        out.push_str(&format!("\n{}\n", cell(&page.location)));
    }
    if !page.facts.is_empty() {
        out.push('\n');
    }
    for (label, text) in &page.facts {
        out.push_str(&format!("- {label}: {}\n", cell(text)));
    }
    for table in page.tables.iter().map(Table::without_empty_columns) {
        out.push_str(&format!("\n## {} ({})\n", table.title, number(table.rows.len() as u64)));
        if table.rows.is_empty() {
            continue;
        }
        out.push_str(&format!("\n| {} |\n", table.columns.join(" | ")));
        out.push_str(&format!("|{}\n", " --- |".repeat(table.columns.len())));
        for row in &table.rows {
            let row: Vec<String> = row.iter().map(|text| cell(text)).collect();
            out.push_str(&format!("| {} |\n", row.join(" | ")));
        }
    }
    out
}

/// As JSON: `precedent-show/1` of `docs/json.md`.
pub fn json(pages: &[Page]) -> Value {
    let page = |page: &Page| {
        let facts: serde_json::Map<String, Value> =
            page.facts.iter().map(|(label, text)| ((*label).to_owned(), json!(text))).collect();
        let tables = page.tables.iter().map(|table| {
            let row = |row: &Vec<String>| -> serde_json::Map<String, Value> {
                let cells = table.columns.iter().zip(row);
                cells.map(|(column, text)| ((*column).to_owned(), json!(text))).collect()
            };
            json!({"title": table.title, "rows": table.rows.iter().map(row).collect::<Vec<_>>()})
        });
        json!({
            "title": page.title,
            "location": page.location,
            "facts": facts,
            "tables": tables.collect::<Vec<_>>(),
        })
    };
    json!({"schema": "precedent-show/1", "pages": pages.iter().map(page).collect::<Vec<_>>()})
}

/// `12 of 36 sessions`
fn of_all(part: u64, all: u64, one: &str) -> String {
    format!("{} of {}", number(part), count(all, one))
}

/// A day as a cell has it.
fn date(until: Option<&crate::ir::Deadline>) -> String {
    until.map(|until| until.0.to_string()).unwrap_or_default()
}

/// A word for a final line.
fn final_word(is_final: bool) -> String {
    if is_final { "final".to_owned() } else { String::new() }
}
