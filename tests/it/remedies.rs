//! What a finding proposes removes it: every fix, and every text that a help says to write. A help
//! without a fix is followed as a reader would: the text in the place of what is marked, in place
//! of its line, before or after it, or at the end of the file.

use crate::bad_input::corpus;
use crate::explain::{Example, WITHOUT_EXAMPLE, compiled, example};
use crate::support::compile;
use precedent::diagnostic::{Code, Diagnostic, fix};
use precedent::source::Sources;
use precedent::workspace::Compiled;

/// How often the same is said.
fn times(said: &Diagnostic, compiled: &Compiled) -> usize {
    let same = |found: &&Diagnostic| found.code == said.code && found.message == said.message;
    compiled.diagnostics.iter().filter(same).count()
}

/// What a help says to do with a text.
enum Proposal {
    Write(String),
    Remove(String),
    /// Another name for what is marked.
    Rename,
}

/// The texts that a help says to write or to remove, with words for those that stand for any.
fn proposals(help: &str) -> Vec<Proposal> {
    if let Some((_, lines)) = help.split_once(":\n") {
        return vec![Proposal::Write(lines.to_owned())];
    }
    let writes = [
        "set",
        "write",
        "declare it",
        "declare it with",
        "write it",
        "write one of",
        "did you mean",
        "add",
        "add a list",
        "such as",
    ];
    let mut found = Vec::new();
    if help.starts_with("rename ") || help.contains(", or rename ") {
        found.push(Proposal::Rename);
    }
    let mut rest = help;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((text, next)) = after.split_once('`') else { break };
        let text = text.replace("PATH", "shell").replace("VALUE", "deny").replace('…', "x");
        let before = before.trim_end_matches([' ', ':']);
        if before.ends_with("set") && next.starts_with(" to ") {
            // Each of the values that it may be set to.
            let values = next.split(';').next().unwrap_or_default().split('`').skip(1).step_by(2);
            found.extend(values.map(|value| Proposal::Write(format!("{text} = {value}"))));
            break;
        }
        if writes.iter().any(|verb| before.ends_with(verb)) {
            found.push(Proposal::Write(text));
        } else if before.ends_with("remove") {
            found.push(Proposal::Remove(text));
        }
        rest = next;
    }
    found
}

/// The file with a proposal in each place that a reader could mean.
fn followed(text: &str, found: &Diagnostic, sources: &Sources, proposal: &Proposal) -> Vec<String> {
    let span = found.primary.span;
    let (start, end) = (span.start as usize, span.end as usize);
    let file = sources.file(span.file);
    let line = file.line_range(file.line(span.start));
    let next = (line.end + 1).min(text.len());
    let with = |from: usize, to: usize, new: &str| format!("{}{new}{}", &text[..from], &text[to..]);
    let proposal = match proposal {
        Proposal::Write(text) => text,
        Proposal::Rename => {
            let header = &text[line.clone()];
            let Some(quote) = header.find(['"', '\'']) else { return Vec::new() };
            let quote = &header[quote..=quote];
            let parts: Vec<&str> = header.splitn(3, quote).collect();
            let [before, _, after] = parts[..] else { return Vec::new() };
            return vec![with(line.start, line.end, &format!("{before}\"renamed\"{after}"))];
        }
        Proposal::Remove(part) => {
            let cut = text[line.clone()].replacen(&**part, "", 1);
            // From all places but the first.
            let first = found.labels.iter().map(|label| label.span.end).min();
            let first = first.unwrap_or(span.end) as usize;
            let rest = format!("{}{}", &text[..first], text[first..].replace(&**part, ""));
            return vec![with(start, end, ""), with(line.start, line.end, &cut), rest];
        }
    };
    let lines: Vec<&str> = proposal.lines().map(str::trim).collect();
    let body = lines.join("\n  ");
    let mut texts = vec![
        with(start, end, proposal),
        with(start, start, &format!("{proposal} ")),
        with(end, end, &format!(" {proposal}")),
        with(end, end, proposal),
        with(line.start, line.end, &format!("  {body}")),
        with(line.start, line.start, &format!("  {body}\n")),
        with(next, next, &format!("  {body}\n")),
        format!("{text}\n{}\n", lines.join("\n")),
    ];
    // In place of a line that a label points at, or into a list there.
    for label in found.labels.iter().filter(|label| label.span.file == span.file) {
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        let line = file.line_range(file.line(label.span.start));
        texts.push(with(line.start, line.end, &format!("  {body}")));
        if let Some(at) = text[start..end].rfind(']') {
            texts.push(with(start + at, start + at, &format!(", {proposal}")));
        }
    }
    texts
}

/// What was tried, and what is left although it was followed.
#[derive(Default)]
struct Tried {
    fixes: usize,
    helps: usize,
    left: Vec<String>,
}

impl Tried {
    /// Follows everything that is proposed about one text.
    fn text(&mut self, name: &str, text: &str, compile: &dyn Fn(&str) -> Compiled) {
        let compiled = compile(text);
        for found in &compiled.diagnostics {
            let span = found.primary.span;
            let file = compiled.sources.file(span.file);
            if file.written() != text {
                continue;
            }
            let place = format!("{name}:{}: {}", file.line(span.start), found.message);
            let before = times(found, &compiled);
            let removes = |text: &str| times(found, &compile(text)) < before;
            for offered in &found.fixes {
                self.fixes += 1;
                let texts = fix::apply(&[offered], &compiled.sources);
                if !texts.get(&span.file).is_some_and(|fixed| removes(fixed)) {
                    self.left.push(format!("{place}\n  the fix: {}", offered.message));
                }
            }
            if !found.fixes.is_empty() {
                continue;
            }
            let help = found.help.as_deref().unwrap_or_default();
            for proposal in proposals(help) {
                self.helps += 1;
                let followed = followed(text, found, &compiled.sources, &proposal);
                if !followed.iter().any(|text| removes(text)) {
                    self.left.push(format!("{place}\n  the help: {help}"));
                }
            }
        }
    }
}

#[test]
fn what_a_finding_proposes_removes_it() {
    let mut tried = Tried::default();
    for (name, text) in corpus() {
        tried.text(&name, &text, &|text| compile(&[(&name, text)]));
    }
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(&code.id())) {
        let example = example(code, code.page(), "Wrong");
        let compile =
            |text: &str| compiled(code, &Example { kind: example.kind, text: text.to_owned() });
        tried.text(code.id(), &example.text, &compile);
    }
    let Tried { fixes, helps, left } = tried;
    assert!(left.is_empty(), "{} are left:\n{}", left.len(), left.join("\n"));
    assert!(fixes > 100 && helps > 70, "{fixes} fixes and {helps} helps were tried");
}
