//! `precedent explain`

use super::FINE;
use super::error::{About, CliError, failure};
use super::output::Output;
use precedent::diagnostic::{Code, suggest};
use precedent::text::layout::hanging;

/// Explain a diagnostic code: what it means, and how to fix it
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  precedent explain                        list all codes
  precedent explain P0204
  precedent explain requirement-not-met")]
pub struct Arguments {
    /// A code such as `P0204`, or its name; without one, all codes are listed
    code: Option<String>,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let Some(written) = &arguments.code else {
        let style = output.style;
        for code in Code::all() {
            let level = code.default_severity().as_str();
            let label = format!("{}  {:<28} {level:<8} ", code.id(), code.name());
            let line = hanging(&label, code.summary(), style.width);
            let rest = line.strip_prefix(code.id()).unwrap_or_default();
            output.print(&format!("{}{rest}\n", style.bold(code.id())))?;
        }
        return Ok(FINE);
    };
    let Some(code) = Code::find(written) else {
        let known = Code::all().flat_map(|code| [code.id(), code.name()]);
        let help = match suggest::closest(written, known) {
            Some(known) => suggest::question(known, written),
            None => "`precedent explain` lists all codes".into(),
        };
        let message = format!("there is no diagnostic code `{written}`");
        return Err(failure(About::UnknownName, message, help));
    };
    let width = output.style.width;
    match width {
        usize::MAX => output.print(code.page())?,
        width => output.print(&refilled(code.page(), width))?,
    }
    Ok(FINE)
}

/// A page with its paragraphs as wide as the terminal. Headings, and what stands between fences,
/// stay as they are.
fn refilled(page: &str, width: usize) -> String {
    let mut out = String::with_capacity(page.len());
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        if !is_code && !is_fence && !line.is_empty() && !line.starts_with('#') {
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(line);
            continue;
        }
        is_code ^= is_fence;
        if !paragraph.is_empty() {
            out.push_str(&hanging("", &std::mem::take(&mut paragraph), width));
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
    }
    if !paragraph.is_empty() {
        out.push_str(&hanging("", &paragraph, width));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_take_the_width_and_code_stays() {
        let page = "# P1: title that is long\n\none two\nthree four\n\n```prec\na b c d e f g h i\n\
                    \nj\n```\nend of it\n";
        assert_eq!(
            refilled(page, 20),
            "# P1: title that is long\n\none two three four\n\n```prec\na b c d e f g h i\n\nj\n\
             ```\nend of it\n"
        );
        for code in Code::all() {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&refilled(code.page(), 60)), words(code.page()));
            assert_eq!(refilled(code.page(), 60).matches("```").count() % 2, 0);
        }
    }
}
