//! What a finding proposes removes it: every fix, and every text that a help says to write. A help
//! without a fix is followed as a reader would: the text in the place of what is marked, in place
//! of its line, before or after it, or at the end of the file.

use crate::bad_input::corpus;
use crate::support::compile;
use precedent::diagnostic::{Diagnostic, fix};
use precedent::source::Sources;
use precedent::workspace::Compiled;


/// How often the same is said.
fn times(said: &Diagnostic, compiled: &Compiled) -> usize {
    let same = |found: &&Diagnostic| found.code == said.code && found.message == said.message;
    compiled.diagnostics.iter().filter(same).count()
}

/// The texts that a help says to write, each with what comes before it.
fn proposals(help: &str) -> Vec<(&str, &str)> {
    if let Some((before, lines)) = help.split_once(":\n") {
        return vec![(before, lines)];
    }
    let mut found = Vec::new();
    let mut rest = help;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((text, next)) = after.split_once('`') else { break };
        let verb = before.trim_end_matches([' ', ':']);
        let proposes = ["write", "declare it", "write it", "did you mean", "remove", "add", "write instead"];
        if proposes.iter().any(|word| verb.ends_with(word)) {
            found.push((before, text));
        }
        rest = next;
    }
    found
}

/// The file with a proposal in each place that a reader could mean.
fn followed(text: &str, found: &Diagnostic, sources: &Sources, proposal: &str) -> Vec<String> {
    let span = found.primary.span;
    let (start, end) = (span.start as usize, span.end as usize);
    let file = sources.file(span.file);
    let line = file.line_range(file.line(span.start));
    let lines: Vec<&str> = proposal.lines().map(str::trim).collect();
    let body = lines.join("\n  ");
    let next = (line.end + 1).min(text.len());
    vec![
        format!("{}{proposal}{}", &text[..start], &text[end..]),
        format!("{}{proposal} {}", &text[..start], &text[start..]),
        format!("{} {proposal}{}", &text[..end], &text[end..]),
        format!("{}{proposal}{}", &text[..end], &text[end..]),
        format!("{}  {body}{}", &text[..line.start], &text[line.end..]),
        format!("{}  {body}\n{}", &text[..line.start], &text[line.start..]),
        format!("{}  {body}\n{}", &text[..next], &text[next..]),
        format!("{text}\n{}\n", lines.join("\n")),
    ]
}

#[test]
fn what_a_finding_proposes_removes_it() {
    let mut wrong: Vec<String> = Vec::new();
    let (mut fixes, mut helps) = (0, 0);
    for (name, text) in corpus() {
        let compiled = compile(&[(&name, &text)]);
        for found in &compiled.diagnostics {
            let span = found.primary.span;
            let place = format!("{name}:{}", compiled.sources.file(span.file).line(span.start));
            let before = times(found, &compiled);
            let removes = |text: &str| times(found, &compile(&[(&name, text)])) < before;
            for offered in &found.fixes {
                fixes += 1;
                let texts = fix::apply(&[offered], &compiled.sources);
                let fixed = texts.values().next().cloned().unwrap_or_default();
                if !removes(&fixed) {
                    wrong.push(format!("{place} FIX {} {:?}: {}", found.code.id(), found.message, offered.message));
                }
            }
            if !found.fixes.is_empty() {
                continue;
            }
            for (before, proposal) in proposals(found.help.as_deref().unwrap_or_default()) {
                helps += 1;
                let file = &compiled.sources.file(span.file).text;
                let followed = followed(file, found, &compiled.sources, proposal);
                if !followed.iter().any(|text| removes(text)) {
                    wrong.push(format!("{place} HELP {} {:?}: {before}`{proposal}`", found.code.id(), found.message));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{fixes} fixes, {helps} helps, {} wrong\n{}", wrong.len(), wrong.join("\n"));
}
