//! What `diff` and `edit` show of a comparison.

use super::error::{About, CliError, failure};
use super::output::Output;
use super::{FINDINGS, FINE, Of, Rows, Sessions};
use clap::ValueEnum;
use precedent::diff::Diff;
use precedent::diff::rows;
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::diff as diff_report;
use precedent::review::acceptance::Acceptances;
use precedent::review::gate::{self, Gate, Gates, Mistake};
use precedent::review::{Parts, Reviewed, Summary};
use std::sync::Arc;

/// What is shown, how, and what must not be.
#[derive(clap::Args)]
pub struct Shown {
    /// Show only sessions or only accounts; by default, both (in CSV, sessions)
    #[arg(long, value_enum)]
    pub of: Option<Of>,
    /// How to divide the report
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    /// The output format
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub format: DiffFormat,
    /// Which pairs of a subject and a target to compare; the default is what the manifests say:
    /// all, if one of them does, else those that can be started
    #[arg(long, value_enum)]
    sessions: Option<Sessions>,
    /// Also show sessions with unchanged values that another policy decides now
    #[arg(long)]
    deciders: bool,
    /// Show every row in full, with who decides it, not only what may be a gain
    #[arg(long)]
    details: bool,
    /// Fail if one of these gates matches; separate gates with commas, or repeat the option
    #[arg(long, value_parser = deny, value_name = "GATES")]
    deny: Vec<Denials>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    Text,
    /// A pull request comment
    Markdown,
    /// A single-file report for a browser
    Html,
    Csv,
    Json,
}

/// The gates of one argument.
#[derive(Clone)]
pub struct Denials(Vec<Gate>);

/// Reads a list of gates. Commas inside quotes belong to a name.
fn deny(list: &str) -> Result<Denials, String> {
    let one = |text: &str| {
        gate::parse(text).map_err(|mistake| format!("{}; {}", mistake.message, mistake.help))
    };
    gate::split(list).into_iter().map(one).collect::<Result<_, _>>().map(Denials)
}

/// A comparison, reviewed as far as it is shown.
pub struct Compared {
    pub diff: Arc<Diff>,
    pub reviewed: Option<Reviewed>,
    pub summary: Summary,
}

impl Compared {
    /// The exit status that the gates ask for.
    pub fn status(&self) -> u8 {
        if self.summary.fails() { FINDINGS } else { FINE }
    }
}

impl Shown {
    /// The gates of `--deny`; `None` after mistakes in them were told.
    pub fn gates(&self, old: &Ir, new: &Ir, output: &Output) -> Option<Vec<Gate>> {
        let asked: Vec<Gate> =
            self.deny.iter().flat_map(|denials| denials.0.iter().cloned()).collect();
        let mistakes: Vec<Mistake> =
            asked.iter().flat_map(|gate| gate.mistakes(old, new)).collect();
        let is_right = mistakes.is_empty();
        for Mistake { message, help, .. } in mistakes {
            output.error(&failure(About::InvalidGate, message, help));
        }
        is_right.then_some(asked)
    }

    /// Whether rows are shown, and not each cell by itself.
    fn shows_rows(&self) -> bool {
        let each = self.rows == Rows::Each && self.format == DiffFormat::Json;
        self.format != DiffFormat::Csv && !each
    }

    /// Compares two sides. Their rows are worked out where they are shown, or needed all the same.
    pub fn compare(
        &self,
        old: &Arc<Ir>,
        new: &Arc<Ir>,
        asked: &[Gate],
        accepted: &Acceptances,
        needs_rows: bool,
    ) -> Compared {
        let matrix = |ir: &Arc<Ir>| {
            let mut matrix = Matrix::new(ir);
            if let Some(sessions) = self.sessions {
                matrix.all_pairs = sessions == Sessions::All;
            }
            Arc::new(matrix)
        };
        let diff = Arc::new(Diff::new(&matrix(old), &matrix(new)));
        let reviewed = (self.shows_rows() || needs_rows).then(|| {
            let rows = Arc::new(rows::Rows::new(&diff));
            Reviewed::new(Arc::clone(&diff), rows, asked, accepted)
        });
        let summary = match &reviewed {
            Some(reviewed) => reviewed.review.summary.clone(),
            None => Summary::new(&diff, &Gates::new(&diff, asked)),
        };
        Compared { diff, reviewed, summary }
    }

    /// Prints a comparison.
    pub fn print(
        &self,
        compared: &Compared,
        title: Option<&str>,
        output: &mut Output,
    ) -> Result<(), CliError> {
        output.verdict(compared.status());
        let Compared { diff, summary, .. } = compared;
        let reviewed = compared.reviewed.as_ref().filter(|_| self.shows_rows());
        let sessions = self.of != Some(Of::Accounts);
        let parts = Parts {
            sessions,
            accounts: self.of != Some(Of::Sessions),
            deciders: sessions && self.deciders,
            details: self.details,
        };
        match (self.format, reviewed) {
            (DiffFormat::Csv, _) => {
                match self.of {
                    Some(Of::Accounts) => diff_report::csv::accounts(diff, output.writer())?,
                    _ => diff_report::csv::sessions(diff, output.writer())?,
                }
                if let (Some(verdict), true) = (summary.verdict(), summary.fails()) {
                    output.note(&verdict.plain());
                }
            }
            (DiffFormat::Markdown, Some(reviewed)) => {
                output.print(&diff_report::markdown(reviewed, parts))?;
            }
            (DiffFormat::Html, Some(reviewed)) => {
                output.print(&diff_report::html(reviewed, parts))?
            }
            (DiffFormat::Text, Some(reviewed)) => {
                if let Some(title) = title {
                    output.print(&format!("{}\n", output.style.dim(title)))?;
                }
                output.print(&diff_report::text(reviewed, parts, output.style))?;
            }
            (_, Some(reviewed)) => diff_report::json(reviewed, parts, output.writer())?,
            (_, None) => diff_report::json_each(diff, summary, parts, output.writer())?,
        }
        Ok(())
    }
}
