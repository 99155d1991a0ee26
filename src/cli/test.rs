//! `precedent test`

use super::error::{CliError, unknown};
use super::output::Output;
use super::progress::Progress;
use super::{FINDINGS, FINE, checked};
use clap::ValueEnum;
use precedent::diagnostic::{Code, Severity, junit};
use precedent::lint;
use precedent::matrix::Matrix;
use precedent::policy_test::change::LineChanges;
use precedent::policy_test::coverage::Coverage;
use precedent::policy_test::mutate::Mutation;
use precedent::policy_test::{self, Outcome};
use precedent::report::policy_test::{self as report, Measures};
use precedent::text::{escape_control_chars, in_shell};
use std::path::PathBuf;

/// Run the policy tests over every session or account that they select.
#[derive(clap::Args)]
#[command(after_help = "\
A test that selects no session or account fails, since it proves nothing. One that selects only
sessions that cannot be started is empty: it passes with a warning. To let it fail, deny the lint
empty-test in the manifest. One that depends on an `unknown` value is UNPROVEN: it does not pass,
but nothing says that it fails.

--coverage counts the lines that set a permission, a setting or a session policy, and memberships in
jump groups. A line is covered if it decides something that an `expect` line checks. Lines without
effect on anything that a test could check are listed separately and not counted.

--mutate changes these lines one at a time: it removes the line, and then sets the next value
instead. It lists the changes that survive: those after which all tests still pass. All tests must
pass first. Changes without effect on anything that a test could check are not counted.

Exit status: 1 if a test fails or is unproven, if one is empty and the manifest denies that, or if
the coverage or the mutation score is below --min-coverage or --min-killed, or if there was nothing
to measure. Without these two options, both are informational.

Examples:
  precedent test examples/acme
  precedent test --filter vendors --format junit > report.xml
  precedent test --min-coverage 80
  precedent test --mutate --filter vendors   the score of these tests alone")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a git revision.
    path: Option<PathBuf>,
    /// Run only the tests whose name contains this text.
    #[arg(long, default_value = "", value_name = "TEXT")]
    filter: String,
    /// Show which lines the tests cover, and which they do not.
    #[arg(long)]
    coverage: bool,
    /// Exit with status 1 if the tests cover less than this percentage of the lines; implies
    /// --coverage.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<u32>,
    /// Change each line in turn, and list the changes after which all tests still pass.
    #[arg(long)]
    mutate: bool,
    /// Exit with status 1 if the tests kill less than this percentage of the changes; implies
    /// --mutate.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_killed: Option<u32>,
    /// The format of the report.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    format: TestFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    Text,
    Json,
    Junit,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let compiled = super::compiled(arguments.path.as_ref(), output)?;
    if compiled.ir.is_none() && arguments.format == TestFormat::Junit {
        // A build server that gets no report does not say why.
        let errors = compiled.diagnostics.iter();
        let errors: Vec<_> =
            errors.filter(|found| found.severity == Severity::Error).cloned().collect();
        output.print(&junit::suite("precedent test", &errors, &compiled.sources))?;
    }
    let mut ir = match checked(compiled, output) {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let filter = &*arguments.filter;
    let wants_mutation = arguments.mutate || arguments.min_killed.is_some();
    let changes = wants_mutation.then(|| LineChanges::new(&mut ir));
    let matrix = Matrix::new(&ir);
    let mut outcomes = policy_test::run(&matrix, filter);
    if outcomes.is_empty() && !filter.is_empty() {
        let names = matrix.ir.tables.tests.iter().map(|test| &*test.object.name);
        return Err(unknown("test whose name contains", filter, names));
    }
    let empty = lint::admitted(&matrix.ir, Code::EMPTY_TEST, policy_test::empty(&outcomes));
    policy_test::deny(&mut outcomes, &empty);
    let passed = outcomes.iter().all(Outcome::passed);
    let wants_coverage = arguments.coverage || arguments.min_coverage.is_some();
    let coverage = wants_coverage.then(|| Coverage::new(&matrix, filter));
    let mutation = changes.as_ref().filter(|_| passed).map(|changes| {
        let mut progress = Progress::new("changes tried", changes.changes.len());
        Mutation::new(&matrix, changes, filter, &mut |done| progress.at(done))
    });
    let measures = Measures {
        coverage: coverage.as_ref().map(|coverage| (coverage, arguments.min_coverage)),
        mutation: wants_mutation.then_some((mutation.as_ref(), arguments.min_killed)),
    };
    let text = match arguments.format {
        TestFormat::Text => report::text(&matrix, &outcomes, measures, output.style),
        TestFormat::Json => report::json(&matrix, &outcomes, measures)
            .map_err(|error| CliError::Output(error.into()))?,
        TestFormat::Junit => report::junit(&matrix, &outcomes, measures),
    };
    let status = if passed && measures.passed() { FINE } else { FINDINGS };
    output.verdict(status);
    output.print(&text)?;
    if arguments.format == TestFormat::Text {
        offer_repair(arguments, &outcomes, output)?;
    }
    if !empty.is_empty() {
        output.all_findings_to_stderr(&empty, &matrix.ir.sources);
    }
    Ok(status)
}

/// Says which command searches for edits after which a failed test passes.
fn offer_repair(
    arguments: &Arguments,
    outcomes: &[Outcome<'_>],
    output: &mut Output,
) -> Result<(), CliError> {
    let can_be_repaired = |outcome: &&Outcome<'_>| {
        !outcome.passed() && outcome.selected > 0 && !outcome.is_denied && !outcome.is_unproven()
    };
    // A revision and a compiled file have no text to edit.
    let path = arguments.path.as_deref();
    let is_text =
        path.is_none_or(|path| path.is_dir() || path.extension() == Some("prec".as_ref()));
    let Some(failed) = outcomes.iter().find(can_be_repaired).filter(|_| is_text) else {
        return Ok(());
    };
    let path = path.map(|path| format!(" --path {}", in_shell(&path.to_string_lossy())));
    let (path, name) = (path.unwrap_or_default(), in_shell(&failed.test.object.name));
    output.finish()?;
    output.note(&escape_control_chars(&format!(
        "for edits after which it passes, try `precedent repair{path} --test {name}`"
    )));
    Ok(())
}

/// A percentage with one decimal at most, in tenths of a percent.
fn percent(text: &str) -> Result<u32, String> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        let fits =
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| fits)
    };
    let tenths = digits(whole, 3).zip(digits(tenth, 1)).map(|(whole, tenth)| whole * 10 + tenth);
    tenths.filter(|tenths| *tenths <= 1000).ok_or_else(|| {
        "expected a number from 0 to 100 with at most one decimal, such as `80` or `99.5`".into()
    })
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_have_one_decimal_at_most() {
        let read = |text| percent(text).ok();
        assert_eq!(
            ["80", "99.5", "0", "100", "100.0"].map(read),
            [Some(800), Some(995), Some(0), Some(1000), Some(1000)]
        );
        let wrong = [
            "",
            "80%",
            "-1",
            "+1",
            "100.1",
            "101",
            "99.55",
            ".5",
            "5.",
            "1e2",
            "4294967299",
            "80,5",
        ];
        assert_eq!(wrong.map(read), [None; 12]);
    }
}
