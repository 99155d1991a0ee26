//! `precedent repair`

use super::error::{CliError, unknown, usage};
use super::output::Output;
use super::progress::Progress;
use super::selection::{Selection, asked};
use super::texts::Texts;
use super::{FAILED, FINDINGS, FINE, TextOrJson};
use precedent::ir::Ir;
use precedent::repair::{self, Question, Workshop};
use precedent::workspace::{Input, RawFile};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Find the smallest edits after which an expectation holds
#[derive(clap::Args)]
#[command(after_help = "\
What --expect and the options below select is checked as a policy test would: over the sessions
that can be started, or over accounts. Each repair is shown as a command that makes it, with what it
changes; those that fail no other test, give nobody more, and change least come first.

All single edits of these kinds are tried: each value of the permission or setting, and of those
that it depends on, in each session policy, group policy and account that the first failure depends
on; other session policies; other places in the order, with and without `final`; memberships, and
who is a member; roles and jump groups. Where none does, two and three edits are searched for, from
those that leave the fewest failures: that search may miss some.

Exit status:
  0  it holds, or a repair was found
  1  no repair was found, or none of the sessions can be started
  2  wrong usage, or something could not be read

Examples:
  precedent repair --path examples/acme --group-policy Vendors \\
    --expect 'file_transfer == deny'
  precedent repair --path examples/acme \\
    --test 'vendors never get a shell outside the lab'")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file or a git revision; by default, the workspace of
    /// the current folder
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// What has to hold, as after `expect` in a test; may be repeated
    #[arg(long, value_name = "EXPECTATION")]
    expect: Vec<String>,
    /// A policy test that has to pass
    #[arg(long, value_name = "NAME", conflicts_with = "expect")]
    test: Option<String>,
    /// Show all repairs that were found
    #[arg(long)]
    all: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
    #[command(flatten)]
    selection: Selection,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    if arguments.test.is_none() && arguments.expect.is_empty() {
        let help = "for example `--expect 'shell == deny'`, or `--test NAME`".to_owned();
        return Err(usage("nothing is asked for", help));
    }
    if arguments.test.is_some() && !arguments.selection.conditions().is_empty() {
        let help = "the test says of whom and where".to_owned();
        return Err(usage("`--test` cannot be combined with a selection", help));
    }
    let read = match read(arguments.path.as_ref(), output)? {
        Ok(read) => read,
        Err(status) => return Ok(status),
    };
    let question = match &arguments.test {
        Some(name) => {
            let tests = read.ir.tables.tests.iter().map(|test| &*test.object.name);
            if !tests.clone().any(|known| known == name) {
                return Err(unknown("test", name, tests));
            }
            Question::Test(name.clone())
        }
        None => match lines(arguments, &read.ir, output) {
            Some(lines) => Question::Lines(lines),
            None => return Ok(FAILED),
        },
    };
    let workshop = match Workshop::new(&read.input, read.profile.as_ref(), &question) {
        Ok(workshop) => workshop,
        Err((findings, sources)) => {
            output.findings_to_stderr(&findings, &sources);
            return Ok(FAILED);
        }
    };
    let progress = progress("edits tried");
    let found = repair::search(&workshop, &progress);
    drop(progress);
    if found.failing.is_empty() && found.tried == 0 && workshop.selects_nothing() {
        let help = "an expectation about nothing proves nothing".to_owned();
        return Err(usage("no session and no account is selected", help));
    }
    let holds = found.failing.is_empty() && found.unproven.is_none();
    let status = if holds || !found.repairs.is_empty() { FINE } else { FINDINGS };
    output.verdict(status);
    let ir = &workshop.old.ir;
    let path = arguments.path.as_ref().map(|path| path.to_string_lossy());
    match arguments.format {
        TextOrJson::Text => {
            output.print(&repair::text(
                &found,
                ir,
                path.as_deref(),
                arguments.all,
                output.style,
            ))?;
        }
        TextOrJson::Json => output.print(&format!("{:#}\n", repair::json(&found)))?,
    }
    Ok(status)
}

/// Shows the number of tries, as far as a person waits for them.
pub fn progress(what: &'static str) -> impl Fn(usize, usize) {
    let progress: Mutex<Option<Progress>> = Mutex::new(None);
    move |done, all| {
        if let Ok(mut shown) = progress.lock() {
            shown.get_or_insert_with(|| Progress::new(what, all)).at(done);
        }
    }
}

/// A workspace without errors.
pub struct Read {
    pub input: Input,
    pub ir: Arc<Ir>,
    /// The profile file, if the workspace has one of its own.
    pub profile: Option<RawFile>,
}

/// Reads a workspace in which edits are tried. The inner `Err` is the exit status after its errors
/// were told.
pub fn read(path: Option<&PathBuf>, output: &Output) -> Result<Result<Read, u8>, CliError> {
    let (ir, Texts { input, .. }) = match Texts::at(path.map(PathBuf::as_path), output)? {
        Ok(read) => read,
        Err(status) => return Ok(Err(status)),
    };
    let files: Vec<&str> = input.files.iter().map(|file| &*file.path).collect();
    let is_profile = |path: &str| path.ends_with(".toml") && path != "precedent.toml";
    let profile =
        ir.sources.iter().find(|(_, file)| is_profile(&file.path) && !files.contains(&&*file.path));
    let profile = profile.map(|(_, file)| RawFile {
        path: file.path.clone(),
        content: Ok(file.written().as_bytes().to_vec()),
    });
    Ok(Ok(Read { input, ir, profile }))
}

/// The lines of tests that say what the options do; `None` after it was told what is wrong with
/// them. Where an option is repeated, each of its values has to hold by itself, so each has a test.
fn lines(arguments: &Arguments, ir: &Arc<Ir>, output: &Output) -> Option<Vec<String>> {
    let when = arguments.selection.conditions();
    let expect = asked("--expect", &arguments.expect);
    let found = precedent::lower::filter::filter((**ir).clone(), &when, &expect);
    if !found.findings.is_empty() {
        output.findings_to_stderr(&found.findings, &found.sources);
        return None;
    }
    let mut bodies = vec![String::new()];
    for any in &when {
        let with = |body: &String| {
            any.iter().map(|asked| format!("{body}  when {}\n", asked.text)).collect::<Vec<_>>()
        };
        bodies = bodies.iter().flat_map(with).collect();
    }
    let is_of_sessions = |at: usize| found.filter.holds[at].subject.is_of_sessions();
    let mut all = Vec::new();
    for of_sessions in [true, false] {
        let chosen = (0..expect.len()).filter(|at| is_of_sessions(*at) == of_sessions);
        let lines: String = chosen.map(|at| format!("  expect {}\n", expect[at].text)).collect();
        if !lines.is_empty() {
            all.extend(bodies.iter().map(|body| format!("{body}{lines}")));
        }
    }
    Some(all)
}
