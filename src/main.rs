//! The command line: the only code that reads files, prints, or knows the terminal.
#![allow(clippy::disallowed_methods)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
