//! Precedent beside regorus and Cedar, on one organisation; see README.md.
#![expect(clippy::disallowed_methods, reason = "a program of its own")]

mod arguments;
#[path = "../.."]
#[expect(dead_code, unused_imports, reason = "the benchmarks of the product need more of it")]
mod benches {
    pub mod organisation;
}
mod cedar;
mod cedar_text;
mod oracle;
mod peer;
mod rego;
mod site;
mod table;

use arguments::{Arguments, Wish};
use cedar::Cedar;
use oracle::Oracle;
use peer::{Measured, Peer, Sample, Unit};
use precedent::Workspace;
use rego::{Rego, Runs};
use site::Site;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};
use table::Table;

/// Cedar parses recursively, and its expressions are as deep as there are group policies.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(Wish::Measure(arguments)) => arguments,
        Ok(Wish::Help) => {
            print!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    let measuring = thread::Builder::new().stack_size(STACK).spawn(move || compare(&arguments));
    match measuring.expect("a thread").join().expect("no panic") {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// # Errors
///
/// An answer of a peer that differs from Precedent's.
fn compare(arguments: &Arguments) -> Result<(), String> {
    let files = arguments.organisation.files();
    let texts = files.iter().map(|file| (file.path.as_str(), file.text.as_str()));
    let (policies, load) = timed(|| Workspace::from_texts(texts).policies());
    let policies = policies.map_err(|rejected| rejected.to_string())?;
    let site = Site::new(policies.ir());
    println!("{}", heading(&site, files.iter().map(|file| file.text.len()).sum()));
    let oracle = Oracle::new(&policies);
    let table = Table::begin();
    table.row("Precedent", "whole matrix, equal sessions once", load, &oracle.each_class());
    table.row("Precedent", "each session by itself", load, &oracle.each_session(arguments.time));

    let row = |engine: &str, way: &str, load: Duration, peer: &mut dyn Peer| {
        let mut sample = Sample(arguments.seed);
        let measured: Measured = peer::measure(&site, &oracle, peer, &mut sample, arguments.time)
            .map_err(|difference| format!("{engine}, {way}: {difference}"))?;
        table.row(engine, way, load, &measured);
        Ok::<(), String>(())
    };
    for (way, runs, unit) in [
        ("interpreter, a cell a query", Runs::Interpreted, Unit::Cell),
        ("virtual machine, a cell a query", Runs::Compiled, Unit::Cell),
        ("virtual machine, a session a query", Runs::Compiled, Unit::Session),
        ("virtual machine, a user a query", Runs::Compiled, Unit::Row),
    ] {
        let (mut rego, load) = timed(|| Rego::new(&site, runs, unit));
        row("regorus", way, load, &mut rego)?;
    }
    let (cedar, load) = timed(|| Cedar::new(&site));
    row("Cedar", "authorizer, a value a request", load, &mut cedar::Authorized(&cedar))?;
    let (mut partial, more) = timed(|| cedar::Partial::new(&cedar));
    row("Cedar", "authorizer, partially evaluated a user", load + more, &mut partial)?;
    let (mut expressions, more) = timed(|| cedar::Expressions::new(&cedar, &site));
    row("Cedar", "expression, a cell an evaluation", load + more, &mut expressions)?;
    println!("\nEvery answer of the peers equals Precedent's.");
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}

fn heading(site: &Site, bytes: usize) -> String {
    let (users, items) = (site.users.len(), site.jump_items.len());
    let permissions = site.permissions.len();
    format!(
        "{} users × {} jump items × {permissions} permissions = {} cells
{} group policies, {} session policies, {} directory groups, {} KiB of text
",
        number(users as u64),
        number(items as u64),
        number((users * items * permissions) as u64),
        site.group_policies.len(),
        site.session_policies.len(),
        site.directory_groups.len(),
        number((bytes / 1024) as u64),
    )
}
