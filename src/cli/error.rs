//! Errors outside any source text: wrong usage, names that do not exist, files and repositories
//! that cannot be read. What is wrong in a policy is a finding instead (`precedent::diagnostic`).

use precedent::diagnostic::suggest;
use precedent::text::escape_control_chars;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a command could not do its work. Each has a code, and help where there is something to try.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("no such file or folder: `{}`", escaped(.0))]
    NoSuchPath(PathBuf),
    #[error("`{}` cannot be read: {error}", escaped(.path))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("`{}` cannot be written: {error}", escaped(.path))]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("`{}` is neither a `.prec` file nor a compiled file", escaped(.0))]
    NotAPolicy(PathBuf),
    #[error(
        "the compiled file `{}` has an unknown schema: {}",
        escaped(.path),
        escape_control_chars(.schema)
    )]
    UnknownSchema { path: PathBuf, schema: String },
    #[error("the compiled file `{}` is invalid: {}", escaped(.path), escape_control_chars(.why))]
    InvalidCompiledFile { path: PathBuf, why: String },
    /// Arguments that clap accepts and that do not go together. It is shown as clap shows its own.
    #[error("{message}")]
    Usage { message: String, help: Option<String> },
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
    #[error("the reader of standard output closed it")]
    ClosedPipe,
}

impl miette::Diagnostic for CliError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self {
            CliError::NoSuchPath(_) => "precedent::no_such_path",
            CliError::Unreadable { .. } => "precedent::unreadable",
            CliError::Unwritable { .. } | CliError::Output(_) => "precedent::unwritable",
            CliError::NotAPolicy(_) => "precedent::not_a_policy",
            CliError::UnknownSchema { .. } => "precedent::unknown_schema",
            CliError::InvalidCompiledFile { .. } => "precedent::invalid_compiled_file",
            CliError::Usage { .. } => "precedent::usage",
            CliError::Failure(failure) => return failure.code(),
            CliError::ClosedPipe => "precedent::closed_pipe",
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = match self {
            CliError::NoSuchPath(_) => "PATH is a folder, a `.prec` file, or a compiled file",
            CliError::NotAPolicy(path) if has_ending_in_capitals(path) => {
                "policy files end in `.prec`, in lower case: rename the file"
            }
            CliError::NotAPolicy(_) => "`precedent compile -o FILE` writes a compiled file",
            CliError::UnknownSchema { .. } => {
                let schema = precedent::ir::file::SCHEMA;
                let help = format!("this version reads `{schema}`; compile the policies again");
                return Some(Box::new(help));
            }
            CliError::InvalidCompiledFile { .. } => "compile the policies again",
            CliError::Usage { help, .. } => {
                return help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display + 'a>);
            }
            CliError::Failure(failure) => return failure.help(),
            CliError::Unreadable { .. }
            | CliError::Unwritable { .. }
            | CliError::Output(_)
            | CliError::ClosedPipe => return None,
        };
        Some(Box::new(help))
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            CliError::Failure(failure) => failure.url(),
            _ => None,
        }
    }
}

/// What a failure is about; it decides the code, and the page of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A user, permission, profile, diagnostic code… that does not exist.
    UnknownName,
    /// A session that does not exist, though its parts do.
    UnknownSession,
    /// A gate that can never match.
    InvalidGate,
    UnknownRevision,
    /// A path that is not in a revision, or not in the repository.
    NotInRevision,
    /// Commits without common history, or without any.
    NoHistory,
    /// Commits or files that a shallow, partial or sparse clone lacks.
    IncompleteClone,
    /// A repository that is not there or cannot be read.
    Repository,
    /// A text beyond the limits of what can be read.
    TooLong,
    /// A defect of this program.
    Internal,
}

/// An error whose message depends on more than its kind.
#[derive(Debug)]
pub struct Failure {
    about: About,
    message: String,
    help: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl miette::Diagnostic for Failure {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self.about {
            About::UnknownName => "precedent::unknown_name",
            About::UnknownSession => "precedent::unknown_session",
            About::InvalidGate => "precedent::invalid_gate",
            About::UnknownRevision => "precedent::unknown_revision",
            About::NotInRevision => "precedent::not_in_revision",
            About::NoHistory => "precedent::no_history",
            About::IncompleteClone => "precedent::incomplete_clone",
            About::Repository => "precedent::repository",
            About::TooLong => "precedent::too_long",
            About::Internal => "precedent::internal",
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display + 'a>)
    }

    /// The page on the web, or its path in the repository if the package names no address.
    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let page = match self.about {
            About::InvalidGate => "docs/gates.md",
            About::UnknownRevision | About::NotInRevision | About::NoHistory => "docs/diff.md",
            About::IncompleteClone => "docs/ci.md",
            _ => return None,
        };
        let repository = env!("CARGO_PKG_REPOSITORY");
        Some(if repository.is_empty() {
            Box::new(page)
        } else {
            Box::new(format!("{repository}/blob/main/{page}"))
        })
    }
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

/// Wrong usage that the argument parser cannot see.
pub fn usage(message: impl AsRef<str>, help: impl Into<Option<String>>) -> CliError {
    let help = help.into().map(|help| escape_control_chars(&help).into_owned());
    CliError::Usage { message: escape_control_chars(message.as_ref()).into_owned(), help }
}

/// An error of some kind.
pub fn failure(
    about: About,
    message: impl AsRef<str>,
    help: impl Into<Option<String>>,
) -> CliError {
    let help = help.into().map(|help| escape_control_chars(&help).into_owned());
    let message = escape_control_chars(message.as_ref()).into_owned();
    CliError::Failure(Failure { about, message, help })
}

/// A name that does not exist, with a suggestion if a known one is close.
pub fn unknown<'a>(what: &str, written: &str, known: impl Iterator<Item = &'a str>) -> CliError {
    if written.is_empty() {
        return failure(About::UnknownName, format!("the name of the {what} is empty"), None);
    }
    let known: Vec<&str> = known.collect();
    let help = suggest::closest_name(written, known.iter().copied())
        .map(|name| suggest::question(name, written));
    failure(About::UnknownName, format!("there is no {what} `{written}`"), help)
}

/// Errors for pipes and logs: a line each for the message, the help, and the code.
pub struct PlainHandler {
    pub color: bool,
}

impl miette::ReportHandler for PlainHandler {
    fn debug(&self, error: &dyn miette::Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (red, bold, off) =
            if self.color { ("\x1b[31;1m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
        writeln!(f, "{red}error{off}{bold}: {error}{off}")?;
        if let Some(help) = error.help() {
            writeln!(f, "  = help: {help}")?;
        }
        match (error.code(), error.url()) {
            (Some(code), Some(url)) => writeln!(f, "  = code: {code} ({url})"),
            (Some(code), None) => writeln!(f, "  = code: {code}"),
            (None, _) => Ok(()),
        }
    }
}

/// Whether a file's name ends in `.PREC` or the like.
pub fn has_ending_in_capitals(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("prec"))
}

/// A path as messages show it.
pub fn escaped(path: &Path) -> String {
    escape_control_chars(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shown<'a>(&'a CliError, &'a dyn miette::ReportHandler);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.1.debug(self.0, f)
        }
    }

    #[test]
    fn a_pipe_gets_message_help_and_code() {
        let help = "did you mean `main`?".to_owned();
        let error = failure(About::UnknownRevision, "there is no revision `mi\u{1b}an`", help);
        assert_eq!(
            Shown(&error, &PlainHandler { color: false }).to_string(),
            "error: there is no revision `mi\\u{1B}an`\n  = help: did you mean `main`?\n  \
             = code: precedent::unknown_revision (docs/diff.md)\n"
                .replace("docs/diff.md", &url(&error))
        );
    }

    fn url(error: &CliError) -> String {
        miette::Diagnostic::url(error).expect("a page").to_string()
    }

    #[test]
    fn every_error_has_a_code() {
        let io = || io::Error::other("broken");
        let path = || PathBuf::from("a.prec");
        for error in [
            CliError::NoSuchPath(path()),
            CliError::Unreadable { path: path(), error: io() },
            CliError::Unwritable { path: path(), error: io() },
            CliError::NotAPolicy(path()),
            CliError::UnknownSchema { path: path(), schema: "x".into() },
            CliError::InvalidCompiledFile { path: path(), why: "x".into() },
            usage("x", None),
            failure(About::Internal, "x", None),
            CliError::Output(io()),
            CliError::ClosedPipe,
        ] {
            let code = miette::Diagnostic::code(&error).map(|code| code.to_string());
            assert!(code.is_some_and(|code| code.starts_with("precedent::")), "{error}");
        }
    }
}
