//! Findings as plain text, for formats with one text per finding.

use super::Diagnostic;
use crate::source::Sources;
use crate::text::escape_control_chars;

/// The message and the help. Line breaks are kept; other control characters are escaped.
pub(super) fn message(found: &Diagnostic) -> String {
    let mut text = self::text(&found.message);
    if let Some(help) = &found.help {
        text.push_str("\nhelp: ");
        text.push_str(&self::text(help));
    }
    text
}

/// The message, the help and the labels, each on a line, for formats with one place per finding.
pub(super) fn message_with_places(found: &Diagnostic, sources: &Sources) -> String {
    let mut text = message(found);
    for label in std::iter::once(&found.primary)
        .chain(&found.labels)
        .filter(|label| !label.message.is_empty())
    {
        let place = escape_control_chars(&sources.location(label.span)).into_owned();
        text.push_str(&format!("\n{place}: {}", escape_control_chars(&label.message)));
    }
    text
}

/// A text that is shown on one line, with control characters escaped.
pub(super) fn line(text: &str) -> String {
    escape_control_chars(text).into_owned()
}

/// A text of several lines, with other control characters escaped.
pub(super) fn text(text: &str) -> String {
    text.split('\n').map(escape_control_chars).collect::<Vec<_>>().join("\n")
}
