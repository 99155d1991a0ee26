//! `relative-folder`: a list of folders contains one that is not absolute. The product's pages show
//! absolute folders only, and nothing says what another one is relative to.

use super::context::Context;
use super::doubtful_entries::report;
use super::sink::LintSink;
use crate::diagnostic::Diagnostic;
use crate::profile::EntryProblem;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    report(context, sink, EntryProblem::Relative, |code, line, path, folders, count| {
        let are = if count == 1 { "is not an absolute folder" } else { "are not absolute folders" };
        Diagnostic::new(code, line.span, format!("{folders} in `{path}` {are}")).help(
            "write the whole folder, such as `'C:\\Logs'`, `/var/log` or `'\\\\server\\share'`",
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn folders_that_are_not_absolute_are_found() {
        let policy = |list: &str| {
            format!("session policy \"A\" {{\n  file_transfer.endpoint_paths = {list}\n}}\n")
        };
        assert_eq!(
            messages("relative-folder", &policy("only ['Logs', 'C:\\Logs', '']")),
            ["``, `Logs` in `file_transfer.endpoint_paths` are not absolute folders"]
        );
        assert_eq!(
            messages("relative-folder", &policy("only ['%TEMP%\\x']")),
            ["`%TEMP%\\x` in `file_transfer.endpoint_paths` is not an absolute folder"]
        );
        assert_eq!(
            messages("relative-folder", &policy("only ['C:\\', '/', '\\\\server\\share']")),
            [""; 0]
        );
        assert_eq!(messages("relative-folder", &policy("any")), [""; 0]);
    }
}
