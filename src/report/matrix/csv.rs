//! The matrix as CSV (section 5 of the language): sessions and accounts, a row per cell or per
//! group.
//!
//! A row is a prefix (who, where) and a suffix (permission, value, decider) that depends only on
//! the classes. Prefixes are made once per subject and endpoint, suffixes once per policy and
//! permission.

use crate::ir::Ir;
use crate::matrix::blocks::blocks;
use crate::matrix::parties::presence_text;
use crate::matrix::start::StartDecider;
use crate::matrix::{Cells, Decider, Endpoint, Matrix, Source, Stack, StartCell, Starts};
use crate::profile::{START, UNKNOWN};
use crate::report::matrix::accounts;
use crate::report::words::names::Namer;
use crate::semantics::start::Starter;
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// The header of [`sessions`].
pub const SESSIONS_HEADER: &str = "subject_kind,subject,method,target_kind,target,presence,\
    permission,value,layer,policy,via,location\n";
/// The header of [`accounts()`].
pub const ACCOUNTS_HEADER: &str = "user,setting,value,source,policy,final,location\n";

/// Appends a field, quoted only if necessary (RFC 4180).
pub fn field(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends a row: fields, separated by commas, and a line end.
pub fn row(out: &mut Vec<u8>, fields: &[&str]) {
    for (at, text) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        field(out, text);
    }
    out.push(b'\n');
}

/// How many bytes are collected before they are written.
const CHUNK: usize = 1 << 16;

/// One row for each session and permission, in the order of the matrix.
pub fn sessions(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    let suffixes = Suffixes::new(matrix, false);
    let endpoints: Vec<Vec<u8>> =
        matrix.endpoints.iter().map(|(endpoint, _)| endpoint_fields(matrix, endpoint)).collect();
    let mut chunk = Vec::with_capacity(2 * CHUNK);
    chunk.extend_from_slice(SESSIONS_HEADER.as_bytes());
    let mut prefix = Vec::new();
    for (row, &(subject, class)) in matrix.subjects.iter().enumerate() {
        let mut starts = StartFields::new(matrix, row);
        let via = ViaFields::new(matrix, class);
        for (at, &(endpoint, endpoint_class)) in matrix.endpoints.iter().enumerate() {
            if !matrix.has_sessions(class, endpoint_class) {
                continue;
            }
            let (stack, cells) = matrix.resolve(class, endpoint_class);
            prefix.clear();
            prefix.extend_from_slice(subject.kind().as_bytes());
            prefix.push(b',');
            field(&mut prefix, matrix.subject_name(subject));
            prefix.push(b',');
            prefix.extend_from_slice(&endpoints[at]);
            starts.row(&prefix, at, &mut chunk);
            let session = Resolved { stack: &stack, cells: &cells, method: endpoint.method };
            suffixes.rows(&prefix, &session, via.of(endpoint.method), &mut chunk);
            if chunk.len() >= CHUNK {
                out.write_all(&chunk)?;
                chunk.clear();
            }
        }
    }
    out.write_all(&chunk)
}

/// `method,target_kind,target,presence,`
fn endpoint_fields(matrix: &Matrix, endpoint: &Endpoint) -> Vec<u8> {
    let mut out = Vec::new();
    field(&mut out, &matrix.ir.profile.methods[endpoint.method].id);
    out.push(b',');
    out.extend_from_slice(endpoint.target.kind().as_bytes());
    out.push(b',');
    field(&mut out, matrix.target_name(endpoint.target));
    out.push(b',');
    out.extend_from_slice(presence_text(endpoint.present).as_bytes());
    out.push(b',');
    out
}

/// The parts of rows that depend only on the permission and its decider.
struct Suffixes<'a> {
    ir: &'a Ir,
    grouped: bool,
    visible_permissions: Vec<usize>,
    /// By permission: `permission,`.
    permissions: Vec<Vec<u8>>,
    /// By policy: its name.
    names: Vec<Vec<u8>>,
    /// By policy, then by definition: the value, and `,location` with the line end.
    policies: Vec<Vec<(Vec<u8>, Vec<u8>)>>,
    /// By permission: the product default.
    defaults: Vec<Vec<u8>>,
    /// By layer: `,layer,`, and whether its policy comes through a group policy or embassy.
    layers: Vec<(Vec<u8>, bool)>,
}

/// A session as the resolver gives it.
struct Resolved<'s> {
    stack: &'s Stack,
    cells: &'s Cells,
    method: usize,
}

/// By slot: the group policy or embassy that brought in the session policy of a class of subjects.
struct ViaFields<'a> {
    matrix: &'a Matrix,
    fields: [Vec<u8>; 2],
}

impl<'a> ViaFields<'a> {
    fn new(matrix: &'a Matrix, subject_class: u32) -> Self {
        let class = &matrix.subject_classes[subject_class as usize];
        let fields = class.via.map(|via| {
            let mut out = Vec::new();
            if let Some(via) = via {
                field(&mut out, source_fields(&matrix.ir, via).1);
            }
            out
        });
        ViaFields { matrix, fields }
    }

    fn of(&self, method: usize) -> &[u8] {
        &self.fields[self.matrix.ir.profile.slot_of(method)]
    }
}

/// The rows of `start` of one subject.
struct StartFields<'a> {
    matrix: &'a Matrix,
    subject: usize,
    starter: Option<Starter<StartDecider>>,
    /// By entrance: `start,value,layer,policy,via,location` with the line end.
    known: FxHashMap<u32, Vec<u8>>,
}

impl<'a> StartFields<'a> {
    fn new(matrix: &'a Matrix, subject: usize) -> Self {
        let starter = matrix.starter(subject).filter(|_| matrix.shows_start);
        StartFields { matrix, subject, starter, known: FxHashMap::default() }
    }

    fn row(&mut self, prefix: &[u8], endpoint: usize, out: &mut Vec<u8>) {
        let matrix = self.matrix;
        let Some(starts) = matrix.starts.as_ref().filter(|_| matrix.shows_start) else { return };
        let (at, class) = &matrix.endpoints[endpoint];
        let (subject, starter) = (self.subject, &self.starter);
        let suffix = self.known.entry(matrix.entrance(*class)).or_insert_with(|| {
            let cell = match starter {
                Some(starter) => Some(starts.cell_of(starter, at)),
                None => matrix.start_cell(subject, endpoint),
            };
            cell.map(|cell| start_fields(matrix, starts, &cell)).unwrap_or_default()
        });
        out.extend_from_slice(prefix);
        out.extend_from_slice(suffix);
    }
}

fn start_fields(matrix: &Matrix, starts: &Starts, cell: &StartCell) -> Vec<u8> {
    let location = cell.by.span.map(|span| matrix.ir.location(span)).unwrap_or_default();
    let (_, policy) = source_fields(&matrix.ir, cell.by.source);
    let mut out = Vec::new();
    row(&mut out, &[START, &starts.text(cell.value), cell.by.layer.id(), policy, "", &location]);
    out
}

impl<'a> Suffixes<'a> {
    fn new(matrix: &'a Matrix, grouped: bool) -> Self {
        let ir = &matrix.ir;
        let encode = |text: &str| {
            let mut out = Vec::new();
            field(&mut out, text);
            out
        };
        let entries = &ir.profile.permissions;
        let policies = ir.tables.policies.iter().map(|policy| {
            let definitions = policy.definitions.iter().map(|definition| {
                let value =
                    encode(&entries[definition.entry as usize].ty.text(ir.value(definition.value)));
                let mut line = vec![b','];
                field(&mut line, &ir.location(definition.span));
                line.push(b'\n');
                (value, line)
            });
            definitions.collect()
        });
        Suffixes {
            ir: &matrix.ir,
            grouped,
            visible_permissions: matrix.visible_permissions().collect(),
            permissions: entries
                .iter()
                .map(|entry| encode(&entry.path))
                .map(|mut text| {
                    text.push(b',');
                    text
                })
                .collect(),
            names: ir.tables.policies.iter().map(|policy| encode(&policy.object.name)).collect(),
            policies: policies.collect(),
            defaults: entries.iter().map(|entry| encode(&entry.ty.text(&entry.default))).collect(),
            layers: ir
                .profile
                .layers
                .iter()
                .map(|layer| {
                    (format!(",{},", layer.kind.id()).into_bytes(), layer.kind.is_of_groups())
                })
                .collect(),
        }
    }

    /// The rows of one session. In a group, a permission that does not apply has no decider,
    /// because the sessions of the group may differ in it.
    fn rows(&self, prefix: &[u8], session: &Resolved<'_>, via: &[u8], out: &mut Vec<u8>) {
        let Resolved { stack, cells, method } = *session;
        let last = self.layers.len() - 1;
        for &permission in &self.visible_permissions {
            let path = &self.permissions[permission];
            out.extend_from_slice(prefix);
            out.extend_from_slice(path);
            let applies = cells.not_applicable >> permission & 1 == 0;
            if !applies && self.grouped {
                out.extend_from_slice(b"n/a,,,,\n");
                continue;
            }
            match cells.decider(stack, permission) {
                Decider::Policy(layer, id) => {
                    // Definitions ascend by permission.
                    let definitions = &self.ir.policy(id).definitions;
                    let at = definitions
                        .partition_point(|definition| (definition.entry as usize) < permission);
                    let (value, line) = &self.policies[id.index()][at];
                    let (layer, is_of_groups) = &self.layers[layer];
                    let is_unknown = cells.unknown >> permission & 1 == 1;
                    out.extend_from_slice(match (applies, is_unknown) {
                        (_, true) => UNKNOWN.as_bytes(),
                        (true, _) => value,
                        (false, _) => b"n/a",
                    });
                    out.extend_from_slice(layer);
                    out.extend_from_slice(&self.names[id.index()]);
                    out.push(b',');
                    out.extend_from_slice(if *is_of_groups { via } else { b"" });
                    out.extend_from_slice(line);
                }
                Decider::BuiltIn => {
                    let is_unknown = cells.unknown >> permission & 1 == 1;
                    out.extend_from_slice(match (applies, is_unknown) {
                        (_, true) => UNKNOWN.as_bytes(),
                        (true, _) => &self.defaults[permission],
                        (false, _) => b"n/a",
                    });
                    out.extend_from_slice(&self.layers[last].0);
                    out.extend_from_slice(b",,\n");
                }
                Decider::Method => {
                    let cell = cells.cell(self.ir, stack, method, permission);
                    let ty = &self.ir.profile.permissions[permission].ty;
                    field(out, &cell.value.map_or_else(|| "n/a".into(), |value| ty.text(value)));
                    out.extend_from_slice(b",method,,,\n");
                }
            }
        }
    }
}

/// One row for each user and setting, in the order of the contract.
pub fn accounts(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(2 * CHUNK);
    chunk.extend_from_slice(ACCOUNTS_HEADER.as_bytes());
    for user in crate::report::matrix::accounts::users(matrix) {
        let name = crate::report::matrix::accounts::name(matrix, user);
        for line in accounts::lines(matrix, user) {
            let (source, policy) = source_fields(&matrix.ir, line.source);
            let location = line.span.map(|span| matrix.ir.location(span)).unwrap_or_default();
            let is_final = if line.is_final { "final" } else { "" };
            row(
                &mut chunk,
                &[name, &line.setting, &line.value, source, policy, is_final, &location],
            );
        }
        if chunk.len() >= CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
    }
    out.write_all(&chunk)
}

/// Groups of sessions with identical permissions: a row for each group and permission, with a
/// description of the sessions.
pub fn sessions_grouped(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    out.write_all(b"block,sessions,who_and_where,permission,value,layer,policy,via,location\n")?;
    let suffixes = Suffixes::new(matrix, true);
    let mut names = (Namer::subjects(matrix).uncut(), Namer::endpoints(matrix).uncut());
    let mut chunk = Vec::new();
    for (at, block) in blocks(matrix).iter().enumerate() {
        let rectangles = block.rectangles.iter().map(|rectangle| {
            let who = names.0.describe(&rectangle.subject_classes);
            format!("{who} × {}", names.1.describe(&rectangle.endpoint_classes))
        });
        let mut prefix = format!("{},{},", at + 1, block.sessions).into_bytes();
        field(&mut prefix, &rectangles.collect::<Vec<_>>().join("; "));
        prefix.push(b',');
        let (stack, cells) = matrix.resolve(block.witness.0, block.witness.1);
        let method = matrix.endpoint_classes[block.witness.1 as usize].method;
        chunk.clear();
        let (subject, endpoint) = block.witness;
        let first = matrix.subject_classes[subject as usize].members[0] as usize;
        let there = matrix.endpoint_classes[endpoint as usize].members[0] as usize;
        StartFields::new(matrix, first).row(&prefix, there, &mut chunk);
        let via = ViaFields::new(matrix, subject);
        let session = Resolved { stack: &stack, cells: &cells, method };
        suffixes.rows(&prefix, &session, via.of(method), &mut chunk);
        out.write_all(&chunk)?;
    }
    Ok(())
}

/// Groups of identical accounts: a row for each group and setting.
pub fn accounts_grouped(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    out.write_all(b"block,accounts,users,setting,value,source,policy,final,location\n")?;
    let groups = accounts::groups(matrix);
    let mut names = accounts::namer(matrix, &groups, false).uncut();
    let mut chunk = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let (number, size) = ((at + 1).to_string(), group.users.len().to_string());
        let users = names.describe(&[at as u32]);
        chunk.clear();
        for line in &accounts::lines(matrix, group.first()) {
            let (source, policy) = source_fields(&matrix.ir, line.source);
            let location = line.span.map(|span| matrix.ir.location(span)).unwrap_or_default();
            let is_final = if line.is_final { "final" } else { "" };
            row(
                &mut chunk,
                &[
                    &number,
                    &size,
                    &users,
                    &line.setting,
                    &line.value,
                    source,
                    policy,
                    is_final,
                    &location,
                ],
            );
        }
        out.write_all(&chunk)?;
    }
    Ok(())
}

/// The `source` and `policy` columns of an account.
pub fn source_fields(ir: &Ir, source: Source) -> (&'static str, &str) {
    match source {
        Source::GroupPolicy(id) => {
            ("group_policy", &ir.tables.group_policies[id.index()].object.name)
        }
        Source::Embassy(id) => ("embassy", &ir.tables.embassies[id.index()].object.name),
        Source::User => ("user", ""),
        Source::Profile => ("profile", ""),
        Source::GuessedOrder => ("group_policy", ""),
    }
}
