//! A review to sign, as a spreadsheet: who can start what where with the permissions that matter,
//! accounts, memberships, roles, policies and gaps. Beside each access and membership are columns
//! for the decision.
//!
//! Every text is written as a text: a name that looks like a formula is none. The same policies
//! make the same bytes.

mod access;

use crate::ir::{Ir, MembershipKey, PolicyKind, UserId};
use crate::matrix::{AccountRow, Matrix, RowOf, Source, SubjectRef};
use crate::report::gaps;
use crate::report::matrix::csv::source_fields;
use crate::report::show::{self, Kind};
use crate::report::words::decider::source;
use crate::text::{count, escape_control_chars, number};
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Workbook, Worksheet, XlsxError,
};
use sha2::{Digest, Sha256};

/// How many rows a sheet of Excel has, without the header.
pub const MAX_ROWS: usize = 1_048_575;

/// How long a text in a cell may be, in characters.
const MAX_TEXT: usize = 32_000;

/// What a review has.
#[derive(Clone, Debug)]
pub struct Options {
    /// The permissions that are columns, by their indices; by default, those that are severe to
    /// grant.
    pub permissions: Option<Vec<usize>>,
    /// How many rows a sheet has at most.
    pub rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { permissions: None, rows: MAX_ROWS }
    }
}

/// A cell.
#[derive(Clone, Debug)]
enum Entry {
    Text(String),
    Number(u64),
}

impl From<&str> for Entry {
    fn from(text: &str) -> Self {
        Entry::Text(text.to_owned())
    }
}

impl From<String> for Entry {
    fn from(text: String) -> Self {
        Entry::Text(text)
    }
}

/// A table, which becomes one sheet or several.
struct Sheet {
    title: &'static str,
    /// Each with its width in characters.
    columns: Vec<(String, u16)>,
    rows: Vec<Vec<Entry>>,
    /// Whether somebody decides about each row.
    is_decided: bool,
}

impl Sheet {
    fn new(title: &'static str, columns: &[(&str, u16)], is_decided: bool) -> Sheet {
        let columns = columns.iter().map(|(name, width)| ((*name).to_owned(), *width)).collect();
        Sheet { title, columns, rows: Vec::new(), is_decided }
    }
}

/// The columns of a decision.
const DECISION: [(&str, u16); 4] = [("decision", 12), ("by", 18), ("when", 12), ("why", 40)];

/// The bytes of the workbook, for a matrix whose classes are divided by who decides `start`.
///
/// # Errors
///
/// What the library for workbooks cannot write, which no policies cause.
pub fn workbook(matrix: &Matrix, options: &Options) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A workbook has a date, and the compiler has no clock.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheets = [
        access::sheet(matrix, options.permissions.as_deref()),
        accounts(matrix),
        memberships(matrix),
        listed(matrix, Kind::Role, "Roles"),
        listed(matrix, Kind::SessionPolicy, "Session policies"),
        policies(&matrix.ir),
        listed(matrix, Kind::GroupPolicy, "Group policies"),
        gaps(matrix),
    ];
    about(&mut book, matrix, &sheets)?;
    for sheet in &sheets {
        write(&mut book, sheet, options.rows)?;
    }
    book.save_to_buffer()
}

/// The first sheet: what the workbook is, and how it is used.
fn about(book: &mut Workbook, matrix: &Matrix, sheets: &[Sheet]) -> Result<(), XlsxError> {
    let ir = &matrix.ir;
    let sheet = book.add_worksheet().set_name("About")?;
    sheet.set_column_width(0, 24)?.set_column_width(1, 90)?;
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let tables = &ir.tables;
    let mut lines: Vec<(&str, String)> = vec![
        ("Access review", ir.profile.label.clone()),
        ("Accounts", count(tables.users.len() as u64, &ir.profile.terminology.user)),
        ("Invites", count(tables.invites.len() as u64, &ir.profile.terminology.invite)),
        ("Targets", number(matrix.target_count(0..matrix.endpoint_classes.len() as u32))),
        ("Sessions", number(matrix.sessions())),
        ("Files", number(ir.sources.iter().len() as u64)),
        ("Digest", format!("sha256:{}", digest(ir))),
        (
            "How to sign",
            "Filter each sheet that has a column `decision`, and choose keep or revoke in each \
             row, with who decided, when and why. A row of the sheet Access stands for all of its \
             targets."
                .to_owned(),
        ),
    ];
    for sheet in sheets {
        lines.push((sheet.title, count(sheet.rows.len() as u64, "row")));
    }
    for ((label, text), row) in lines.iter().zip(0..) {
        sheet.write_string_with_format(row, 0, *label, &bold)?;
        sheet.write_string_with_format(row, 1, clean(text), &wrapped)?;
    }
    Ok(())
}

/// A digest of the paths and texts of all files, so that it can be told what was signed.
fn digest(ir: &Ir) -> String {
    let mut digest = Sha256::new();
    for (_, file) in ir.sources.iter() {
        for text in [&*file.path, &*file.text] {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        }
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a table: on several sheets where one does not hold it.
fn write(book: &mut Workbook, sheet: &Sheet, most: usize) -> Result<(), XlsxError> {
    let most = most.clamp(1, MAX_ROWS);
    let parts = sheet.rows.len().div_ceil(most).max(1);
    for part in 0..parts {
        let rows = sheet.rows.iter().skip(part * most).take(most);
        let name = match part {
            0 => sheet.title.to_owned(),
            _ => format!("{} {}", sheet.title, part + 1),
        };
        write_part(book.add_worksheet().set_name(name)?, sheet, rows)?;
    }
    Ok(())
}

fn write_part<'r>(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    rows: impl Iterator<Item = &'r Vec<Entry>>,
) -> Result<(), XlsxError> {
    let header = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_background_color(Color::RGB(0xE4_E8_ED))
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::Top);
    let decided = header.clone().set_background_color(Color::RGB(0xFF_F2_CC));
    let own = sheet.columns.iter().map(|(name, width)| (&**name, *width, &header));
    let more = DECISION.iter().filter(|_| sheet.is_decided);
    let more = more.map(|(name, width)| (*name, *width, &decided));
    let mut last = 0;
    for ((name, width, format), at) in own.chain(more).zip(0..) {
        worksheet.write_string_with_format(0, at, clean(name), format)?;
        worksheet.set_column_width(at, width)?;
        last = at;
    }
    let mut end = 0;
    for (row, at) in rows.zip(1..) {
        for (entry, column) in row.iter().zip(0..) {
            match entry {
                Entry::Text(text) if text.is_empty() => continue,
                Entry::Text(text) => worksheet.write_string(at, column, clean(text))?,
                Entry::Number(number) => worksheet.write_number(at, column, *number as f64)?,
            };
        }
        end = at;
    }
    worksheet.set_freeze_panes(1, 1)?;
    worksheet.autofilter(0, 0, end, last)?;
    worksheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if sheet.is_decided && end > 0 {
        let decision = DataValidation::new().allow_list_strings(&["keep", "revoke"])?;
        let column = sheet.columns.len() as u16;
        worksheet.add_data_validation(1, column, end, column, &decision)?;
    }
    Ok(())
}

/// A text in which nothing is hidden, no longer than a cell holds.
fn clean(text: &str) -> String {
    let text = escape_control_chars(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// What accounts have that is not the product's default.
fn accounts(matrix: &Matrix) -> Sheet {
    let columns = [
        ("user", 24),
        ("setting", 40),
        ("value", 30),
        ("decided by", 30),
        ("final", 8),
        ("line", 36),
    ];
    let mut sheet = Sheet::new("Accounts", &columns, true);
    for_each_row(matrix, |_, name, row| {
        let is_setting = matches!(
            row.cell,
            RowOf::SessionPolicy(_) | RowOf::Setting(_) | RowOf::SettingAllows(_)
        );
        if is_setting && row.source != Source::Profile {
            sheet.rows.push(account_row(&matrix.ir, name, row));
        }
    });
    sheet
}

/// Who is a member of what, with what the roles allow.
fn memberships(matrix: &Matrix) -> Sheet {
    let columns = [
        ("user", 24),
        ("membership", 40),
        ("role", 30),
        ("allows", 40),
        ("until", 12),
        ("decided by", 30),
        ("final", 8),
        ("line", 36),
    ];
    let mut sheet = Sheet::new("Memberships", &columns, true);
    for_each_row(matrix, |user, name, row| {
        match row.cell {
            RowOf::Membership(key) => {
                let mut cells = account_row(&matrix.ir, name, row);
                let until = until(matrix, user, key).unwrap_or_default();
                cells.splice(3..3, [Entry::from(""), until.into()]);
                sheet.rows.push(cells);
            }
            // It comes after the membership whose role it is about.
            RowOf::MembershipAllows(_) => {
                if let Some(allows) = sheet.rows.last_mut().and_then(|row| row.get_mut(3)) {
                    *allows = row.text(&matrix.ir).into();
                }
            }
            _ => {}
        }
    });
    sheet
}

/// The day after which a membership of a user ends.
fn until(matrix: &Matrix, user: UserId, key: MembershipKey) -> Option<String> {
    let mut memberships = matrix.accounts.memberships(user).into_iter();
    let (_, found) = memberships.find(|(_, found)| found.key == key)?;
    found.until.map(|until| until.0.to_string())
}

fn for_each_row(matrix: &Matrix, mut look: impl FnMut(UserId, &str, &AccountRow<'_>)) {
    for (subject, _) in &matrix.subjects {
        if let SubjectRef::User(user) = *subject {
            let name = matrix.subject_name(*subject);
            let rows = matrix.accounts.account(user).rows();
            rows.iter().for_each(|row| look(user, name, row));
        }
    }
}

fn account_row(ir: &Ir, user: &str, row: &AccountRow<'_>) -> Vec<Entry> {
    let by = match row.source {
        Source::User | Source::Profile | Source::GuessedOrder => source(ir, row.source, false),
        Source::GroupPolicy(_) | Source::Embassy(_) => source_fields(ir, row.source).1.to_owned(),
    };
    let location = row.span.map(|span| ir.location(span)).unwrap_or_default();
    vec![
        user.into(),
        row.name(ir).into(),
        row.text(ir).into(),
        by.into(),
        if row.is_final { "final" } else { "" }.into(),
        location.into(),
    ]
}

/// The objects of a kind, as `precedent show` lists them.
fn listed(matrix: &Matrix, kind: Kind, title: &'static str) -> Sheet {
    let page = show::list(matrix, kind);
    let mut sheet = Sheet::new(title, &[], false);
    for table in page.tables {
        sheet.columns = table.columns.iter().map(|name| ((*name).to_owned(), 24)).collect();
        for row in table.rows {
            // The name comes first, and may look like a count.
            let mut cells = row.into_iter();
            let name = cells.next().map(Entry::Text);
            sheet.rows.push(name.into_iter().chain(cells.map(number_or_text)).collect());
        }
    }
    sheet
}

/// A count as a number, so that it can be sorted.
fn number_or_text(text: String) -> Entry {
    let is_count = !text.is_empty()
        && text.len() < 16
        && text.chars().all(|c| c.is_ascii_digit() || c == ',')
        && crate::text::number(text.replace(',', "").parse().unwrap_or(0)) == text;
    match is_count {
        true => Entry::Number(text.replace(',', "").parse().unwrap_or(0)),
        false => Entry::Text(text),
    }
}

/// Every line of every session policy.
fn policies(ir: &Ir) -> Sheet {
    let columns = [("session policy", 32), ("permission", 40), ("value", 40), ("line", 36)];
    let mut sheet = Sheet::new("Policy lines", &columns, false);
    for policy in &ir.tables.policies {
        let name = match policy.kind {
            PolicyKind::Custom => format!("custom ({})", ir.location(policy.object.span)),
            _ => policy.object.name.clone(),
        };
        for line in &policy.definitions {
            let entry = &ir.profile.permissions[line.entry as usize];
            sheet.rows.push(vec![
                name.as_str().into(),
                entry.path.as_str().into(),
                entry.ty.text(ir.value(line.value)).into(),
                ir.location(line.span).into(),
            ]);
        }
    }
    sheet
}

/// What falls through to the global default.
fn gaps(matrix: &Matrix) -> Sheet {
    let table = gaps::table(matrix);
    let mut sheet = Sheet::new("Gaps", &[], false);
    sheet.columns = table.columns.iter().map(|name| ((*name).to_owned(), 36)).collect();
    for mut row in table.rows {
        let sessions = row.pop().unwrap_or_default();
        let mut row: Vec<Entry> = row.into_iter().map(Entry::Text).collect();
        row.push(number_or_text(sessions));
        sheet.rows.push(row);
    }
    sheet
}
