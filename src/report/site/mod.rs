//! The matrix as one HTML file to look at: a simulator, people, machines, policies, and who has a
//! permission where. It needs nothing else, and no network.
//!
//! What can be read without JavaScript is made here: the counts, what falls through to the global
//! default, the session policies and the group policies. The rest is looked up by the script in the
//! data of the page (`data`).

mod data;
mod links;
mod packed;

use crate::matrix::Matrix;
use crate::report::show::{self, Kind, Page, Table};
use crate::report::{csp, gaps};
use crate::text::{count, escape_control_chars, number};
use links::Links;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use rustc_hash::FxHashMap;

const STYLE: &str = concat!(include_str!("../base.css"), include_str!("page.css"));
/// One script, in parts: each knows those before it.
const SCRIPT: &str = concat!(
    include_str!("script/lookup.js"),
    include_str!("script/parts.js"),
    include_str!("script/names.js"),
    include_str!("script/simulator.js"),
    include_str!("script/parties.js"),
    include_str!("script/heat.js"),
    include_str!("script/route.js"),
);

/// More than this would make a page that opens slowly: so many users and targets, and pairs of
/// their classes.
const MAX_PARTIES: usize = 20_000;
const MAX_PAIRS: usize = 2_000_000;

/// How many objects of a kind have a section of their own.
const MAX_OBJECTS: usize = 300;

/// How many rows a list has.
const MAX_ROWS: usize = 500;

/// How many rows a table of one object has: fewer where there are many objects, so that the page
/// stays small.
fn max_object_rows(objects: usize) -> usize {
    if objects > 100 { 10 } else { 25 }
}

/// The page, for a matrix whose classes are divided by who decides `start`.
pub fn html(matrix: &Matrix) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        csp::hash(STYLE),
        csp::hash(SCRIPT)
    );
    let cut = left_out(matrix);
    let product = escape_control_chars(&matrix.ir.profile.label);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Precedent: who can do what on which machine" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "skip to the content" }
                header {
                    p class="product" { "Precedent · " (product) }
                    h1 { "Who can do what on which machine" }
                    (navigation(cut.is_none()))
                }
                main id="main" {
                    div id="app" hidden {}
                    div id="fixed" { (fixed(matrix, cut.as_deref())) }
                }
                @if cut.is_none() {
                    script type="application/json" id="data" { (PreEscaped(json(matrix))) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    };
    page.into_string() + "\n"
}

/// What is left out of a large site, if anything is.
fn left_out(matrix: &Matrix) -> Option<String> {
    let parties = matrix.subjects.len().max(matrix.endpoints.len());
    let pairs = matrix.subject_classes.len() * matrix.entrances();
    (parties > MAX_PARTIES || pairs > MAX_PAIRS).then(|| {
        format!(
            "This site has {} users and invites and {} targets: the simulator, the people and the \
             machines are left out. `precedent simulate` and `precedent matrix --by person` answer \
             for them.",
            number(matrix.subjects.len() as u64),
            number(matrix.target_count(0..matrix.endpoint_classes.len() as u32)),
        )
    })
}

fn navigation(has_data: bool) -> Markup {
    html! {
        nav aria-label="pages" {
            a href="#overview" { "Overview" }
            @if has_data {
                @for (route, name) in [
                    ("#simulator", "Simulator"),
                    ("#people", "People"),
                    ("#machines", "Machines"),
                    ("#heat", "Heat map"),
                ] {
                    // Without the script, these lead nowhere.
                    a href=(route) hidden { (name) }
                }
            }
            a href="#gaps" { "Gaps" }
            a href="#session-policies" { "Session policies" }
            a href="#group-policies" { "Group policies" }
        }
    }
}

/// What can be read without the script.
fn fixed(matrix: &Matrix, cut: Option<&str>) -> Markup {
    let words = &matrix.ir.profile.terminology;
    let tables = &matrix.ir.tables;
    let facts = [
        count(tables.users.len() as u64, &words.user),
        count(tables.invites.len() as u64, &words.invite),
        count(tables.jump_items.len() as u64, &words.jump_item),
        count(matrix.sessions(), "session"),
        count(tables.group_policies.len() as u64, &words.group_policy),
    ];
    let links = Links::new(matrix);
    let [policies, groups] = [Section::POLICIES, Section::GROUPS];
    html! {
        section id="overview" {
            h2 { "Overview" }
            p { (facts.join(" · ")) }
            noscript {
                p { "With JavaScript, this page also has a simulator, people and machines." }
            }
            @if let Some(cut) = cut { p class="nothing" { (cut) } }
        }
        (gaps(matrix, &links))
        (objects(matrix, &policies, &links))
        (objects(matrix, &groups, &links))
    }
}

fn gaps(matrix: &Matrix, links: &Links) -> Markup {
    let table = gaps::table(matrix);
    html! {
        section id="gaps" {
            h2 { "Gaps" }
            p class="nothing" {
                "What no policy of the session decides falls through to the global default."
            }
            (self::table(&table, links, None, MAX_ROWS))
        }
    }
}

/// A section with the objects of a kind.
struct Section {
    kind: Kind,
    id: &'static str,
    title: &'static str,
    /// What the id of each object begins with.
    prefix: &'static str,
}

impl Section {
    const POLICIES: Section = Section {
        kind: Kind::SessionPolicy,
        id: "session-policies",
        title: "Session policies",
        prefix: "policy",
    };
    const GROUPS: Section = Section {
        kind: Kind::GroupPolicy,
        id: "group-policies",
        title: "Group policies",
        prefix: "group",
    };

    /// The ids of objects, made of their names so that a bookmark holds while others come and go.
    /// Names that give the same id are told apart by numbers.
    fn ids(&self, names: &[String]) -> Vec<String> {
        let mut seen: FxHashMap<String, u64> = FxHashMap::default();
        let id = |name: &String| {
            let name = name.to_ascii_lowercase();
            let words = name.split(|c: char| !c.is_ascii_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let id = format!("{}-{}", self.prefix, words.join("-"));
            let nth = seen.entry(id.clone()).and_modify(|nth| *nth += 1).or_insert(1);
            if *nth == 1 { id } else { format!("{id}.{nth}") }
        };
        names.iter().map(id).collect()
    }
}

/// The objects of a kind: a list, and a part for each.
fn objects(matrix: &Matrix, section: &Section, links: &Links) -> Markup {
    let kind = section.kind;
    let names = show::all_names(matrix, kind);
    let list = show::list(matrix, kind);
    html! {
        section id=(section.id) {
            h2 { (section.title) }
            @for table in &list.tables { (self::table(table, links, Some(kind), MAX_ROWS)) }
            @for (name, id) in names.iter().zip(section.ids(&names)).take(MAX_OBJECTS) {
                @for page in show::pages(matrix, kind, name) {
                    details class="object" id=(id) data-name=(clean(name)) {
                        summary {
                            h3 { (clean(&page.title)) } " " small { (clean(&page.location)) }
                        }
                        (self::page(&page, links, max_object_rows(names.len())))
                    }
                }
            }
            @if names.len() > MAX_OBJECTS {
                p class="nothing" {
                    "and " (number((names.len() - MAX_OBJECTS) as u64)) " more: "
                    code { "precedent show" } " has all"
                }
            }
        }
    }
}

fn page(page: &Page, links: &Links, most: usize) -> Markup {
    html! {
        dl class="facts" {
            @for (label, text) in &page.facts { dt { (label) } dd { (clean(text)) } }
        }
        @for table in &page.tables {
            h4 { (table.title) }
            (self::table(table, links, None, most))
        }
    }
}

/// A table; `of` is the kind of the objects that its column of names lists, if it has no column for
/// the kind.
fn table(table: &Table, links: &Links, of: Option<Kind>, most: usize) -> Markup {
    let targets = links.columns(table, of);
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(table.title) {
            table {
                thead {
                    tr {
                        @for (column, target) in table.columns.iter().zip(&targets) {
                            th scope="col" data-of=[target.for_script()] { (column) }
                        }
                    }
                }
                tbody {
                    @for row in table.rows.iter().take(most) {
                        tr {
                            @for (cell, target) in row.iter().zip(&targets) {
                                td { (links.cell(&clean(cell), *target, row)) }
                            }
                        }
                    }
                }
            }
        }
        @if table.rows.len() > most {
            p class="nothing" {
                "and " (number((table.rows.len() - most) as u64)) " more rows"
            }
        }
    }
}

/// A text in which nothing is hidden.
fn clean(text: &str) -> String {
    escape_control_chars(text).into_owned()
}

/// The data as JSON that cannot end the element that it stands in.
fn json(matrix: &Matrix) -> String {
    let text = serde_json::to_string(&data::data(matrix)).unwrap_or_default();
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
