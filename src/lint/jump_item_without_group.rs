//! `jump-item-without-group`: jump items that are neither in a jump group nor in the personal list
//! of a user. No role is asked for there, so all users who may use the method can start sessions.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, JumpItem};
use crate::source::Span;
use std::collections::BTreeSet;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    if ir.profile.start.is_none() {
        return;
    }
    for items in open_items(ir) {
        let items: Vec<&JumpItem> =
            items.into_iter().filter(|item| !sink.is_suppressed(item.object.span)).collect();
        let Some(first) = items.first() else { continue };
        let span = first.object.span;
        sink.add_unsuppressed(span, |code| {
            let methods: BTreeSet<usize> = items.iter().map(|item| item.method).collect();
            let methods = methods.into_iter();
            let methods = methods.map(|method| format!("`{}`", ir.profile.methods[method].id));
            let term = &ir.profile.terminology.jump_item;
            let message = format!(
                "{}, so everybody who may use {} can start {}",
                match items.len() {
                    1 => format!("{term} {} has no `group` and no `owner`", name(&first.object)),
                    several => format!(
                        "{} have no `group` and no `owner`: {}",
                        count(several as u64, term),
                        list(items.iter().map(|item| name(&item.object)))
                    ),
                },
                list(methods),
                if items.len() == 1 { "it" } else { "them" }
            );
            let diagnostic = Diagnostic::new(code, span, message).help(
                "write the jump group that it is in: `group = \"…\"`; or whose personal list it is \
                 in: `owner = \"…\"`",
            );
            let others = items.iter().skip(1).take(MAX_LABELS);
            others.fold(diagnostic, |diagnostic, item| {
                diagnostic.label(item.object.span, "another one")
            })
        });
    }
}

/// The items without a place, in the order of the text: those of one `jump items` block together,
/// and those of one file that have a declaration of their own.
fn open_items(ir: &Ir) -> Vec<Vec<&JumpItem>> {
    let mut items: Vec<&JumpItem> = ir.tables.jump_items.iter().collect();
    items.sort_by_key(|item| item.object.span);
    let mut found: Vec<Vec<&JumpItem>> = Vec::new();
    // Where those of the file at hand are that stand alone, and those of the block at hand.
    let (mut alone, mut block) = (None, None);
    let mut last: Option<Span> = None;
    for item in items {
        let span = item.object.span;
        let same_file = last.is_some_and(|last| last.file == span.file);
        if !same_file {
            (alone, block) = (None, None);
        }
        let stands_alone = words(ir.sources.text(span)) == ["jump", "item"];
        if stands_alone || !same_file || begins_block(ir, last, span) {
            block = None;
        }
        last = Some(span);
        if item.group.is_some() || item.owner.is_some() {
            continue;
        }
        let at = if stands_alone { &mut alone } else { &mut block };
        let at = *at.get_or_insert_with(|| {
            found.push(Vec::new());
            found.len() - 1
        });
        found[at].push(item);
    }
    found
}

/// Whether a block of items begins between two places of a file.
fn begins_block(ir: &Ir, last: Option<Span>, next: Span) -> bool {
    let Some(last) = last else { return true };
    let between = Span { start: last.end.min(next.start), end: next.start, ..next };
    ir.sources.text(between).lines().any(|line| words(line) == ["jump", "items"])
}

/// The first two words of a line.
fn words(line: &str) -> Vec<&str> {
    let words = line.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    if line.trim_start().starts_with('#') { Vec::new() } else { words.take(2).collect() }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "jump-item-without-group";

    #[test]
    fn an_item_in_no_place_is_found() {
        let text = "jump item \"web\" {\n  kind = jump_client\n}\n";
        let expected = "jump item `web` has no `group` and no `owner`, so everybody who may use \
            `jump_client` can start it";
        assert_eq!(messages(LINT, text), [expected]);
        let text = "jump group \"G\"\nuser \"ada\"\n\
            jump item \"web\" {\n  kind = jump_client\n  group = \"G\"\n}\n\
            jump item \"db\" {\n  kind = jump_client\n  owner = \"ada\"\n}\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn items_of_one_block_are_one_finding() {
        let text = "jump group \"G\"\n\
            jump items {\n  kind = shell_jump\n  item \"d\"\n  item \"c\" {\n    \
            kind = remote_rdp\n  }\n  item \"in\" {\n    group = \"G\"\n  }\n  \
            item \"b\"\n  item \"a\"\n}\n\
            jump items {\n  kind = jump_client\n  item \"z\"\n}\n\
            jump item \"x\" {\n  kind = jump_client\n}\n\
            jump   items {\n  kind = jump_client\n  item \"y\"\n}\n\
            jump item \"w\" {\n  kind = jump_client\n}\n";
        let found = messages(LINT, text);
        let expected = "4 jump items have no `group` and no `owner`: `d`, `c`, `b` and 1 more, so \
            everybody who may use `remote_rdp`, `shell_jump` can start them";
        assert_eq!(found.len(), 4, "{found:#?}");
        assert_eq!(found[0], expected);
        assert!(found[2].starts_with("2 jump items have no `group` and no `owner`: `x`, `w`"));
        assert_eq!(findings(LINT, text)[0].labels.len(), 3);
    }

    #[test]
    fn what_is_suppressed_is_left_out() {
        let text = "jump items {\n  kind = shell_jump\n  item \"a\" # allow(P0534): on purpose\n  \
            item \"b\"\n}\n";
        assert_eq!(messages(LINT, text).len(), 1);
        assert!(messages(LINT, text)[0].contains("`b`"));
    }
}
