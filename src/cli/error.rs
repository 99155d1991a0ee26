//! What goes wrong outside of any source text: at the boundary of the process.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CliError {
    #[error("there is no `{}`", shown(.0))]
    #[diagnostic(help("PATH is a folder, a `.prec` file, or a compiled file"))]
    NoSuchPath(PathBuf),
    #[error("`{}` cannot be read: {error}", shown(.path))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("`{}` cannot be written: {error}", shown(.path))]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("`{}` is neither a `.prec` file nor a compiled file", shown(.0))]
    #[diagnostic(help("a compiled file is made by `precedent compile -o FILE`"))]
    NotAPolicy(PathBuf),
    #[error("`{}` is a compiled file of another kind: {schema}", shown(.path))]
    #[diagnostic(help(
        "this version reads `{}`; compile the policies again",
        precedent::ir::file::SCHEMA
    ))]
    OtherSchema { path: PathBuf, schema: String },
    #[error("the compiled file `{}` is broken: {why}", shown(.path))]
    #[diagnostic(help("compile the policies again"))]
    BrokenIr { path: PathBuf, why: String },
    #[error("{message}")]
    Usage {
        message: String,
        #[help]
        help: Option<String>,
    },
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
    #[error("the reader of the output closed it")]
    ClosedPipe,
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            CliError::ClosedPipe
        } else {
            CliError::Output(error)
        }
    }
}

/// Wrong usage, beyond what the parser of arguments sees.
pub fn usage(message: impl Into<String>, help: impl Into<Option<String>>) -> CliError {
    CliError::Usage { message: message.into(), help: help.into() }
}

/// A name that is not there, with the one that may be meant.
pub fn unknown<'a>(what: &str, written: &str, known: impl Iterator<Item = &'a str>) -> CliError {
    let meant = precedent::diagnostic::suggest::closest(written, known);
    usage(
        format!("there is no {what} `{written}`"),
        meant.map(|meant| format!("did you mean `{meant}`?")),
    )
}

fn shown(path: &std::path::Path) -> String {
    precedent::text::escape_control_chars(&path.to_string_lossy()).into_owned()
}
