//! The matrix as tables for an engine that answers SQL: subjects, endpoints, who can start what,
//! and resolved permissions, by classes. A view joins them, so that nothing is written out for each
//! session.

use super::numbered::{Numbered, Stacks, endpoint_of_place};
use crate::matrix::session::merged;
use crate::matrix::{Decider, Matrix, StartValue, SubjectRef, TargetRef};
use crate::report::matrix::csv::source_fields;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// The view that joins the tables.
const VIEW: &str = include_str!("matrix.sql");

/// How many rows are written at a time.
const GROUP: usize = 1 << 20;

/// The columns of a table that is written.
enum Column {
    Number(&'static str, Vec<i32>),
    Text(&'static str, Texts),
    Flag(&'static str, Vec<bool>),
}

/// The files, by name, for a matrix whose classes are divided by who decides `start`.
///
/// # Errors
///
/// What the library for Parquet cannot write, which no policies cause.
pub fn files(matrix: &Matrix) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let stacks = Stacks::new(matrix);
    Ok(vec![
        ("subjects.parquet", written(&subjects(matrix, &stacks))?),
        ("endpoints.parquet", written(&endpoints(matrix, &stacks))?),
        ("starts.parquet", written(&starts(matrix))?),
        ("cells.parquet", written(&cells(matrix, &stacks))?),
        ("matrix.sql", VIEW.as_bytes().to_vec()),
    ])
}

/// Texts of rows, of which many are the same.
struct Texts {
    known: Numbered<String>,
    rows: Vec<u32>,
}

impl Texts {
    fn new() -> Texts {
        Texts { known: Numbered::new(), rows: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        let number = self.known.number(text.to_owned());
        self.rows.push(number);
    }
}

/// A row for each subject and slot (attended, unattended).
fn subjects(matrix: &Matrix, stacks: &Stacks) -> Vec<Column> {
    let ir = &matrix.ir;
    let (mut kinds, mut names, mut displays) = (Texts::new(), Texts::new(), Texts::new());
    let (mut slots, mut classes, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let mut vias = Texts::new();
    for (subject, class) in &matrix.subjects {
        let display = match subject {
            SubjectRef::User(id) => ir.tables.users[id.index()].display_name.as_deref(),
            SubjectRef::Invite(_) => None,
        };
        let of_class = &matrix.subject_classes[*class as usize];
        for slot in 0..ir.profile.slots() {
            kinds.push(subject.kind());
            names.push(matrix.subject_name(*subject));
            displays.push(display.unwrap_or_default());
            slots.push(slot as i32);
            classes.push(*class as i32);
            numbers.push(stacks.of_subjects[*class as usize][slot] as i32);
            vias.push(of_class.via[slot].map_or("", |via| source_fields(ir, via).1));
        }
    }
    vec![
        Column::Text("subject_kind", kinds),
        Column::Text("subject", names),
        Column::Text("display_name", displays),
        Column::Number("slot", slots),
        Column::Number("start_class", classes),
        Column::Number("subject_stack", numbers),
        Column::Text("via", vias),
    ]
}

fn endpoints(matrix: &Matrix, stacks: &Stacks) -> Vec<Column> {
    let (profile, tables) = (&matrix.ir.profile, &matrix.ir.tables);
    let (mut methods, mut kinds, mut names, mut presence) =
        (Texts::new(), Texts::new(), Texts::new(), Texts::new());
    let (mut groups, mut tags) = (Texts::new(), Texts::new());
    let (mut slots, mut places, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (endpoint, class) in &matrix.endpoints {
        let (group, tag) = match endpoint.target {
            TargetRef::Portal(_) => (None, None),
            TargetRef::JumpItem(id) => {
                let item = &tables.jump_items[id.index()];
                (
                    item.group.map(|group| &*tables.jump_groups[group.index()].name),
                    item.tag.as_deref(),
                )
            }
        };
        methods.push(&profile.methods[endpoint.method].id);
        kinds.push(endpoint.target.kind());
        names.push(matrix.target_name(endpoint.target));
        presence.push(crate::matrix::parties::presence_text(endpoint.present));
        groups.push(group.unwrap_or_default());
        tags.push(tag.unwrap_or_default());
        slots.push(profile.slot_of(endpoint.method) as i32);
        places.push(matrix.entrance(*class) as i32);
        numbers.push(stacks.of_endpoints[*class as usize] as i32);
    }
    vec![
        Column::Text("method", methods),
        Column::Text("target_kind", kinds),
        Column::Text("target", names),
        Column::Text("presence", presence),
        Column::Text("jump_group", groups),
        Column::Text("tag", tags),
        Column::Number("slot", slots),
        Column::Number("place", places),
        Column::Number("endpoint_stack", numbers),
    ]
}

/// A row for each class of subjects and place where sessions begin.
fn starts(matrix: &Matrix) -> Vec<Column> {
    let ir = &matrix.ir;
    let places = endpoint_of_place(matrix);
    let (mut classes, mut numbers, mut sessions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut values, mut layers, mut policies, mut locations) =
        (Texts::new(), Texts::new(), Texts::new(), Texts::new());
    for (class, at) in matrix.subject_classes.iter().zip(0..) {
        for (endpoint, place) in places.iter().zip(0..) {
            let subject = class.members.first().map_or(0, |member| *member as usize);
            let known = !matrix.endpoints.is_empty();
            let cell = known.then(|| matrix.start_cell(subject, *endpoint)).flatten();
            let is_denied = cell.is_some_and(|cell| cell.value == StartValue::Deny);
            classes.push(at);
            numbers.push(place);
            sessions.push(matrix.all_pairs || !is_denied);
            let (value, layer, policy, location) = match (cell, &matrix.starts) {
                (Some(cell), Some(starts)) => (
                    starts.text(cell.value),
                    cell.by.layer.id(),
                    source_fields(ir, cell.by.source).1,
                    cell.by.span.map(|span| ir.location(span)).unwrap_or_default(),
                ),
                _ => Default::default(),
            };
            values.push(&value);
            layers.push(layer);
            policies.push(policy);
            locations.push(&location);
        }
    }
    vec![
        Column::Number("start_class", classes),
        Column::Number("place", numbers),
        Column::Flag("is_session", sessions),
        Column::Text("value", values),
        Column::Text("layer", layers),
        Column::Text("policy", policies),
        Column::Text("location", locations),
    ]
}

/// A row for each pair of policies of subjects and of endpoints, and each permission.
fn cells(matrix: &Matrix, stacks: &Stacks) -> Vec<Column> {
    let ir = &matrix.ir;
    let (mut subjects, mut endpoints, mut of_groups) = (Vec::new(), Vec::new(), Vec::new());
    let (mut paths, mut values, mut layers, mut policies, mut locations) =
        (Texts::new(), Texts::new(), Texts::new(), Texts::new(), Texts::new());
    for (subject, subject_at) in stacks.subjects.iter().zip(0..) {
        for ((method, endpoint), endpoint_at) in stacks.endpoints.iter().zip(0..) {
            let stack = merged(subject, endpoint);
            let resolved = matrix.rules.resolve(&stack, *method);
            for permission in matrix.visible_permissions() {
                let entry = &ir.profile.permissions[permission];
                let cell = resolved.cell(ir, &stack, *method, permission);
                let value = cell.value.map(|value| entry.ty.text(value));
                let (layer, policy, is_of_groups) = match cell.decider {
                    Decider::Method => ("method", "", false),
                    Decider::BuiltIn => ("global_default", "", false),
                    Decider::Policy(layer, id) => {
                        let kind = ir.profile.layers[layer].kind;
                        (kind.id(), &*ir.policy(id).object.name, kind.is_of_groups())
                    }
                };
                let location = cell.definition.map(|line| ir.location(line.span));
                subjects.push(subject_at);
                endpoints.push(endpoint_at);
                paths.push(&entry.path);
                values.push(value.as_deref().unwrap_or("n/a"));
                layers.push(layer);
                policies.push(policy);
                of_groups.push(is_of_groups);
                locations.push(&location.unwrap_or_default());
            }
        }
    }
    vec![
        Column::Number("subject_stack", subjects),
        Column::Number("endpoint_stack", endpoints),
        Column::Text("permission", paths),
        Column::Text("value", values),
        Column::Text("layer", layers),
        Column::Text("policy", policies),
        Column::Flag("of_groups", of_groups),
        Column::Text("location", locations),
    ]
}

/// A table as the bytes of a file.
fn written(columns: &[Column]) -> Result<Vec<u8>> {
    let mut schema = "message matrix {".to_owned();
    let mut rows = 0;
    for column in columns {
        let (field, length) = match column {
            Column::Number(name, values) => (format!("INT32 {name}"), values.len()),
            Column::Text(name, values) => (format!("BYTE_ARRAY {name} (UTF8)"), values.rows.len()),
            Column::Flag(name, values) => (format!("BOOLEAN {name}"), values.len()),
        };
        schema.push_str(&format!(" REQUIRED {field};"));
        rows = length;
    }
    schema.push('}');
    let schema = Arc::new(parse_message_type(&schema)?);
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties)?;
    for start in (0..rows).step_by(GROUP) {
        let end = rows.min(start + GROUP);
        let mut group = file.next_row_group()?;
        for column in columns {
            let Some(mut writer) = group.next_column()? else { break };
            match column {
                Column::Number(_, values) => {
                    writer.typed::<Int32Type>().write_batch(&values[start..end], None, None)?;
                }
                Column::Text(_, values) => {
                    let known: Vec<ByteArray> =
                        values.known.things.iter().map(|text| text.as_str().into()).collect();
                    let rows = values.rows[start..end].iter();
                    let rows: Vec<ByteArray> = rows.map(|at| known[*at as usize].clone()).collect();
                    writer.typed::<ByteArrayType>().write_batch(&rows, None, None)?;
                }
                Column::Flag(_, values) => {
                    writer.typed::<BoolType>().write_batch(&values[start..end], None, None)?;
                }
            }
            writer.close()?;
        }
        group.close()?;
    }
    file.into_inner()
}
