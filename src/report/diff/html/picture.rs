//! A picture of an entry that changes which sessions can be started: people × jump groups, each
//! with how much of the group they could start before and can start after.

use super::text::escaped;
use crate::diff::entries::{Entry, RowId};
use crate::diff::rows::Rows;
use crate::diff::{Diff, Direction, Side, Sided};
use crate::matrix::{StartValue, TargetRef};
use crate::report::diff::names::Names;
use crate::text::count;
use std::collections::{BTreeMap, BTreeSet};

/// A picture with more people, or more jump groups, shows nothing at a glance.
const MAX_SUBJECTS: usize = 12;
const MAX_PLACES: usize = 10;
/// The most targets that are gone through.
const MAX_ENDPOINTS: usize = 20_000;

/// Sizes in units of the picture.
const LEFT: usize = 190;
const TOP: usize = 96;
const COLUMN: usize = 74;
const LINE: usize = 30;
const BAR: usize = 56;

/// Sessions that could be started before, that can be started after, and that there are.
#[derive(Clone, Copy, Default)]
struct Field {
    can: Sided<u64>,
    all: u64,
}

/// The picture; empty where there would be little to see, or too much.
pub(super) fn picture(diff: &Diff, names: &Names, rows: &Rows, entry: &Entry) -> String {
    let sessions = &diff.sessions;
    let mut subjects: BTreeSet<u32> = BTreeSet::new();
    for row in &entry.rows {
        let RowId::Session(at) = *row else { continue };
        let row = &rows.sessions[at];
        if matches!(row.direction, Direction::Added | Direction::Removed) {
            let classes = row.subjects.iter().map(|at| &sessions.subject_classes[*at as usize]);
            subjects.extend(classes.flat_map(|class| &class.members));
        }
    }
    let too_many = subjects.len() > MAX_SUBJECTS || sessions.endpoints.len() > MAX_ENDPOINTS;
    if subjects.is_empty() || too_many {
        return String::new();
    }
    let subjects: Vec<u32> = subjects.into_iter().collect();
    let mut places: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    for endpoint in &sessions.endpoints {
        let place = place(diff, endpoint.at.latest());
        let fields = places.entry(place).or_insert_with(|| vec![Field::default(); subjects.len()]);
        for (field, subject) in fields.iter_mut().zip(&subjects) {
            field.all += 1;
            for side in Side::BOTH {
                let subject = sessions.subjects[*subject as usize].at.get(side);
                let found = subject.zip(endpoint.at.get(side));
                let can = found.is_some_and(|(subject, endpoint)| {
                    let matrix = diff.matrix(side);
                    let classes = (
                        matrix.subjects[subject as usize].1,
                        matrix.endpoints[endpoint as usize].1,
                    );
                    matrix.start(classes.0, classes.1) != StartValue::Deny
                });
                field.can[side] += u64::from(can);
            }
        }
    }
    places.retain(|_, fields| fields.iter().any(|field| field.can.old != field.can.new));
    if places.is_empty() || places.len() > MAX_PLACES {
        return String::new();
    }
    drawn(names, &subjects, &places)
}

/// Where a target is found.
fn place(diff: &Diff, (side, at): (Side, u32)) -> String {
    let matrix = diff.matrix(side);
    let tables = &matrix.ir.tables;
    match matrix.endpoints[at as usize].0.target {
        TargetRef::JumpItem(id) => {
            let item = &tables.jump_items[id.index()];
            match (item.group, item.owner) {
                (Some(group), _) => tables[group].name.clone(),
                (None, Some((owner, _))) => format!("list of {}", tables[owner].object.name),
                (None, None) => "no jump group".into(),
            }
        }
        TargetRef::Portal(_) => "portals".into(),
    }
}

fn drawn(names: &Names, subjects: &[u32], places: &BTreeMap<String, Vec<Field>>) -> String {
    let (width, height) = (LEFT + COLUMN * places.len() + 60, TOP + LINE * subjects.len() + 8);
    let mut out = format!(
        "<figure class=\"picture\">\n<svg viewbox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"sessions that could be started before, and \
         can be started after\">\n"
    );
    for (at, place) in places.keys().enumerate() {
        let (x, y) = (LEFT + COLUMN * at + 8, TOP - 10);
        out.push_str(&format!(
            "<text x=\"{x}\" y=\"{y}\" transform=\"rotate(-32 {x} {y})\">{}</text>\n",
            escaped(&short(place))
        ));
    }
    for (line, subject) in subjects.iter().enumerate() {
        let y = TOP + LINE * line;
        let name = names.subject(*subject);
        out.push_str(&format!(
            "<text class=\"who\" x=\"{}\" y=\"{}\">{}</text>\n",
            LEFT - 10,
            y + 17,
            escaped(&short(name))
        ));
        for (at, (place, fields)) in places.iter().enumerate() {
            out.push_str(&field(LEFT + COLUMN * at, y, name, place, &fields[line]));
        }
    }
    out.push_str(
        "</svg>\n<figcaption>of each jump group, the sessions that could be started before (upper \
         bar) and can be started after (lower bar)</figcaption>\n</figure>\n",
    );
    out
}

/// Two bars: before and after.
fn field(x: usize, y: usize, name: &str, place: &str, field: &Field) -> String {
    let bar = |can: u64| (BAR as u64 * can).div_ceil(field.all.max(1));
    let class = match field.can.new.cmp(&field.can.old) {
        std::cmp::Ordering::Greater => "more",
        std::cmp::Ordering::Less => "less",
        std::cmp::Ordering::Equal => "same",
    };
    let title = format!(
        "{name} in {place}: {} before, {} after, of {}",
        field.can.old,
        field.can.new,
        count(field.all, "session")
    );
    let mut out = format!("<g><title>{}</title>\n", escaped(&title));
    for (class, dy, width) in [
        ("all", 5, BAR as u64),
        ("before", 5, bar(field.can.old)),
        ("all", 15, BAR as u64),
        (class, 15, bar(field.can.new)),
    ] {
        if width > 0 {
            out.push_str(&format!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" \
                 height=\"8\"></rect>\n",
                y + dy
            ));
        }
    }
    out.push_str("</g>\n");
    out
}

/// A name that fits beside the bars.
fn short(name: &str) -> String {
    const MAX: usize = 24;
    crate::report::words::markup::truncate(name, MAX).into_owned()
}
