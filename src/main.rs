//! The command line: the only code that reads files, prints, or knows the terminal.
#![allow(clippy::disallowed_methods)]
// Without the feature `git`, nobody calls what only `blame` needs.
#![cfg_attr(not(feature = "git"), allow(dead_code, unused_imports))]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
