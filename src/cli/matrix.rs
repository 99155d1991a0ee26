//! `precedent matrix`

use super::error::{CliError, usage};
use super::output::Output;
use super::selection::{By, Selection, asked};
use super::{FAILED, FINE, Of, Rows, Sessions, TableFormat, checked_side, side, write};
use precedent::diagnostic::suggest;
use precedent::ir::{Filter, Ir, Selector, SessionScope};
use precedent::lower::{self, filter::Asked, filter::Filtered};
use precedent::matrix::{Matrix, Unknowns};
use precedent::policy_test::filter as narrow;
use precedent::profile::START;
use precedent::report::Style;
use precedent::report::matrix::{
    by_party, csv, json as matrix_json, markdown, text as matrix_text,
};
use precedent::report::site;
use precedent::report::words::start::none_can_be_started;
use precedent::report::words::unknown::unknown_text;
#[cfg(feature = "xlsx")]
use precedent::report::xlsx;
use precedent::text::{count, escape_control_chars};
use std::io::{self, Write};
#[cfg(feature = "parquet")]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Show who can do what on which machine, and which line decides it
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  precedent matrix examples/acme
  precedent matrix examples/acme --permission shell,file_transfer
  precedent matrix examples/acme --of accounts
  precedent matrix examples/acme --by person --jump-group Databases \\
    --permission shell --holds 'shell == allow' --names
  precedent matrix examples/acme --by person --user amara.okafor
  precedent matrix examples/acme --by machine --jump-item lx-web01
  precedent matrix examples/acme --rows each --format csv > matrix.csv
  precedent matrix examples/acme --format html -o site.html
  precedent matrix examples/acme --format xlsx -o review.xlsx")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a git revision
    path: Option<PathBuf>,
    /// What to show
    #[arg(long, value_enum, default_value_t = Of::Sessions)]
    of: Of,
    /// How to divide the report
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    /// Which pairs of a subject and a target to show; the default is what the manifest says, else
    /// those that can be started
    #[arg(long, value_enum)]
    sessions: Option<Sessions>,
    /// From whose side to show sessions
    #[arg(long, value_enum, default_value_t = By::Sessions)]
    by: By,
    /// List everybody and everything by name, however many there are
    #[arg(long)]
    names: bool,
    /// Show only these permissions, separated by commas; sessions are grouped by them alone
    #[arg(long, value_delimiter = ',', value_name = "PERMISSION")]
    permission: Vec<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
    /// The file to write, completely or not at all; by default, standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Only sessions or accounts for which this is true, as after `expect` in a test; may be
    /// repeated
    #[arg(long, value_name = "EXPECTATION")]
    holds: Vec<String>,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    if !arguments.permission.is_empty() && arguments.of == Of::Accounts {
        let help = "accounts have settings; sessions have permissions".to_owned();
        return Err(usage("`--permission` cannot be combined with `--of accounts`", help));
    }
    let other_form = match (arguments.by, arguments.of, arguments.rows, arguments.format) {
        (By::Sessions, ..) => None,
        (_, Of::Accounts, ..) => Some("`--of accounts`"),
        (_, _, Rows::Each, _) => Some("`--rows each`"),
        (_, _, _, TableFormat::Csv) => Some("`--format csv`"),
        _ => None,
    };
    if let Some(other) = other_form {
        let help =
            "`--rows each --format csv` has a row for each session and permission".to_owned();
        return Err(usage(format!("`--by` cannot be combined with {other}"), help));
    }
    if arguments.format == TableFormat::Html && !arguments.is_of_everything() {
        let help =
            "it has all sessions and accounts, and finds what you ask for itself: leave out the \
                    options that choose or divide"
                .to_owned();
        return Err(usage("the page of `--format html` has everything", help));
    }
    if arguments.output.as_ref().is_some_and(|file| file.as_os_str() == "-") {
        let help = "without `-o`, a report is printed; a file of that name is `./-`".to_owned();
        return Err(usage("`-o` takes the name of a file", help));
    }
    arguments.fits_format()?;
    let side = side::at(arguments.path.as_deref())?;
    let ir = match checked_side(&side, None, output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let files = side.files_on_disk(&ir.sources);
    let (ir, filter) = match filter(ir, arguments, output)? {
        Ok(found) => found,
        Err(status) => return Ok(status),
    };
    let matrix = narrowed(&ir, &filter, arguments, output)?;
    match &arguments.output {
        #[cfg(feature = "parquet")]
        Some(folder) if arguments.format == TableFormat::Parquet => {
            write_tables(&matrix, folder, &files)?;
        }
        None => {
            let style = output.style;
            write(&matrix, arguments, style, output.writer())?;
        }
        Some(file) => {
            write::refuse_input("-o", file, &files)?;
            let style = Style { color: false, width: usize::MAX };
            write::whole(file, |out| {
                let mut out = io::BufWriter::new(out);
                write(&matrix, arguments, style, &mut out)?;
                out.flush()
            })?;
        }
    }
    Ok(FINE)
}

/// Writes the tables into a folder, which need not be there yet.
#[cfg(feature = "parquet")]
fn write_tables(matrix: &Matrix, folder: &Path, inputs: &[PathBuf]) -> Result<(), CliError> {
    use precedent::report::parquet;
    let unwritable = |error| CliError::Unwritable { path: folder.to_owned(), error };
    let tables = parquet::files(matrix).map_err(|error| unwritable(io::Error::other(error)))?;
    for (name, _) in &tables {
        write::refuse_input("-o", &folder.join(name), inputs)?;
    }
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    for (name, bytes) in tables {
        write::whole(&folder.join(name), |out| out.write_all(&bytes))?;
    }
    Ok(())
}

impl Arguments {
    /// Refuses what a page, a workbook or tables cannot show.
    fn fits_format(&self) -> Result<(), CliError> {
        let written: Option<(&str, &str)> = match self.format {
            TableFormat::Xlsx if cfg!(not(feature = "xlsx")) => {
                let help = "build it with the feature `xlsx`, which is on by default".to_owned();
                return Err(usage("this build of precedent cannot write workbooks", help));
            }
            TableFormat::Parquet if cfg!(not(feature = "parquet")) => {
                let help = "build it with `cargo build --release --features parquet`".to_owned();
                return Err(usage("this build of precedent cannot write Parquet tables", help));
            }
            TableFormat::Xlsx => Some(("a workbook", "review.xlsx")),
            TableFormat::Parquet => Some(("a folder of tables", "tables")),
            _ => None,
        };
        let Some((what, example)) = written else { return Ok(()) };
        if self.output.is_none() {
            let message = format!("{what} cannot be written to standard output");
            return Err(usage(message, format!("add `-o {example}`")));
        }
        if !self.holds.is_empty() || !self.selection.conditions().is_empty() {
            let message = format!("{what} has everybody and everything");
            return Err(usage(message, "filter what was written".to_owned()));
        }
        if self.of == Of::Accounts || self.by != By::Sessions || self.rows == Rows::Each {
            let message = format!("{what} is not divided by `--of`, `--by` or `--rows`");
            return Err(usage(message, "leave these options out".to_owned()));
        }
        Ok(())
    }

    /// Whether nothing is left out of what there is.
    fn is_of_everything(&self) -> bool {
        self.of == Of::Sessions
            && self.by == By::Sessions
            && self.rows == Rows::Grouped
            && self.permission.is_empty()
            && self.holds.is_empty()
            && self.selection.conditions().is_empty()
    }
}

/// The policies and the filter of the options. The inner `Err` is the exit status after the
/// findings about the options were printed.
fn filter(
    ir: Arc<Ir>,
    arguments: &Arguments,
    output: &Output,
) -> Result<Result<(Arc<Ir>, Filter), u8>, CliError> {
    let (when, holds) = (arguments.selection.conditions(), asked("--holds", &arguments.holds));
    if when.is_empty() && holds.is_empty() {
        return Ok(Ok((ir, Filter::default())));
    }
    let found = lower::filter::filter(Arc::unwrap_or_clone(ir), &when, &holds);
    if !found.findings.is_empty() {
        output.findings_to_stderr(&found.findings, &found.sources);
        return Ok(Err(FAILED));
    }
    fits(arguments, &found, &when, &holds)?;
    unknown_tags(&found, output);
    Ok(Ok((Arc::new(found.ir), found.filter)))
}

/// Notes tags that no jump item has. A tag needs no declaration, so that it may be a mistake.
fn unknown_tags(Filtered { ir, filter, .. }: &Filtered, output: &Output) {
    let of_items = || ir.tables.jump_items.iter().filter_map(|item| item.tag.as_deref());
    for condition in filter.when.iter().flatten() {
        let Selector::Tag(id) = condition.selector else { continue };
        let tag = &*ir.tables.tags[id.index()];
        if of_items().all(|other| other != tag) {
            let close = suggest::closest_name(tag, of_items());
            let close = close.map(|close| format!("; {}", suggest::question(close, tag)));
            let shown = escape_control_chars(tag);
            output
                .note(&format!("no jump item has the tag `{shown}`{}", close.unwrap_or_default()));
        }
    }
}

/// Whether the conditions and expectations are about what is shown.
fn fits(
    arguments: &Arguments,
    Filtered { ir, filter, .. }: &Filtered,
    when: &[Vec<Asked>],
    holds: &[Asked],
) -> Result<(), CliError> {
    let of_accounts = arguments.of == Of::Accounts;
    for (expectation, Asked { text, .. }) in filter.holds.iter().zip(holds) {
        match (expectation.subject.is_of_sessions(), of_accounts) {
            (true, true) => {
                let message = format!("`--holds {text}` is about sessions, not about accounts");
                return Err(usage(message, "leave out `--of accounts`".to_owned()));
            }
            (false, false) => {
                let message = format!("`--holds {text}` is about accounts, not about sessions");
                return Err(usage(message, "add `--of accounts`".to_owned()));
            }
            _ => {}
        }
        if expectation.holds_only_for_denied() && !all_pairs(ir, arguments) {
            let message = format!("`--holds {text}` would keep nothing");
            let help = "the matrix has the sessions that can be started; `--sessions all` adds all \
                        other pairs of a subject and a target";
            return Err(usage(message, help.to_owned()));
        }
    }
    let pairs = filter.when.iter().zip(when).flat_map(|(any, asked)| any.iter().zip(asked));
    for (condition, asked) in pairs {
        if of_accounts && !condition.selector.is_of_users() {
            let written = match asked.option {
                "--when" => format!("`--when {}`", asked.text),
                short => format!("`{short}`"),
            };
            let message = format!("{written} does not select accounts");
            let help = "accounts are selected by `user == …` and `user in …`, or by the options \
                        `--user`, `--group-policy`, `--directory-group` and `--team`";
            return Err(usage(message, help.to_owned()));
        }
    }
    Ok(())
}

fn all_pairs(ir: &Ir, arguments: &Arguments) -> bool {
    match arguments.sessions {
        Some(sessions) => sessions == Sessions::All,
        None => ir.tables.sessions == SessionScope::All,
    }
}

/// The part of the matrix that is shown.
fn narrowed(
    ir: &Arc<Ir>,
    filter: &Filter,
    arguments: &Arguments,
    output: &Output,
) -> Result<Matrix, CliError> {
    let mut matrix = Matrix::new(ir);
    matrix.all_pairs = all_pairs(ir, arguments);
    if !arguments.permission.is_empty() {
        let paths = arguments.permission.iter().filter(|path| *path != START);
        let wanted = paths.map(|path| super::permission(ir, path));
        matrix.retain_permissions(&wanted.collect::<Result<Vec<_>, _>>()?);
        matrix.shows_start &= arguments.permission.iter().any(|path| path == START);
    }
    narrow::select(&mut matrix, filter);
    // Pages and workbooks say who decides `start`.
    let divides = !matches!(
        arguments.format,
        TableFormat::Text | TableFormat::Markdown | TableFormat::Csv | TableFormat::Json
    );
    if arguments.by != By::Sessions || divides {
        matrix.divide_by_deciders_of_start();
    }
    let (open, one) = if arguments.of == Of::Accounts {
        (narrow::keep_accounts(&mut matrix, filter), "account")
    } else {
        if let Some(reason) = none_can_be_started(&matrix) {
            output.note(&reason);
        }
        (narrow::keep_sessions(&mut matrix, filter), "session")
    };
    if open > 0 {
        let (are, open) = (if open == 1 { "is" } else { "are" }, count(open, one));
        output.note(&format!(
            "{open} {are} left out, since something unknown decides whether `--holds` holds there"
        ));
    }
    let mut unknowns = Unknowns::new(&matrix);
    match arguments.of {
        Of::Accounts => unknowns.keep_settings(),
        Of::Sessions => unknowns.keep_permissions(),
    }
    if let Some(text) = unknown_text(&matrix.ir, &unknowns) {
        output.note(&text);
    }
    Ok(matrix)
}

fn write(
    matrix: &Matrix,
    arguments: &Arguments,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let names = arguments.names;
    if let Some(party) = arguments.by.party() {
        let all = !arguments.permission.is_empty();
        let options = by_party::Options { party, names, all };
        return match arguments.format {
            TableFormat::Markdown => by_party::markdown(matrix, options, out),
            TableFormat::Json => by_party::json(matrix, party, out),
            _ => by_party::text(matrix, options, style, out),
        };
    }
    match (arguments.format, arguments.of, arguments.rows) {
        (TableFormat::Html, ..) => out.write_all(site::html(matrix).as_bytes()),
        // They are files of a folder.
        (TableFormat::Parquet, ..) => Ok(()),
        #[cfg(not(feature = "xlsx"))]
        (TableFormat::Xlsx, ..) => Ok(()),
        #[cfg(feature = "xlsx")]
        (TableFormat::Xlsx, ..) => {
            let permissions: Vec<usize> = matrix.visible_permissions().collect();
            let chosen = !arguments.permission.is_empty();
            let permissions = chosen.then_some(permissions);
            let options = xlsx::Options { permissions, ..xlsx::Options::default() };
            let book = xlsx::workbook(matrix, &options).map_err(io::Error::other)?;
            out.write_all(&book)
        }
        (TableFormat::Text, Of::Sessions, Rows::Grouped) => {
            matrix_text::sessions(matrix, names, style, out)
        }
        (TableFormat::Text, Of::Sessions, Rows::Each) => {
            matrix_text::sessions_each(matrix, style, out)
        }
        (TableFormat::Text, Of::Accounts, Rows::Grouped) => {
            matrix_text::accounts(matrix, names, style, out)
        }
        (TableFormat::Text, Of::Accounts, Rows::Each) => {
            matrix_text::accounts_each(matrix, style, out)
        }
        (TableFormat::Markdown, Of::Sessions, Rows::Grouped) => {
            markdown::sessions_grouped(matrix, names, out)
        }
        (TableFormat::Markdown, Of::Sessions, Rows::Each) => markdown::sessions_each(matrix, out),
        (TableFormat::Markdown, Of::Accounts, Rows::Grouped) => {
            markdown::accounts_grouped(matrix, names, out)
        }
        (TableFormat::Markdown, Of::Accounts, Rows::Each) => markdown::accounts_each(matrix, out),
        (TableFormat::Json, Of::Sessions, Rows::Grouped) => {
            matrix_json::sessions_grouped(matrix, out)
        }
        (TableFormat::Json, Of::Sessions, Rows::Each) => matrix_json::sessions_each(matrix, out),
        (TableFormat::Json, Of::Accounts, Rows::Grouped) => {
            matrix_json::accounts_grouped(matrix, out)
        }
        (TableFormat::Json, Of::Accounts, Rows::Each) => matrix_json::accounts_each(matrix, out),
        (TableFormat::Csv, Of::Sessions, Rows::Grouped) => csv::sessions_grouped(matrix, out),
        (TableFormat::Csv, Of::Sessions, Rows::Each) => csv::sessions(matrix, out),
        (TableFormat::Csv, Of::Accounts, Rows::Grouped) => csv::accounts_grouped(matrix, out),
        (TableFormat::Csv, Of::Accounts, Rows::Each) => csv::accounts(matrix, out),
    }
}
