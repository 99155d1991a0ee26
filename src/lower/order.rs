//! The two orders: that of group policies, which the workspace decides, and that of session layers,
//! which the product fixes and the workspace can only state.

use super::Lower;
use super::collect::Declared;
use crate::diagnostic::{Code, Diagnostic, Edit, suggest};
use crate::ir::GuessedOrder;
use crate::profile::{BUILTIN, LayerKind, Profile, Value, builtin};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Declaration, DeclarationKind, What};
use crate::text::{escape_control_chars, quote};

impl<'a> Lower<'a> {
    /// Indices into the table of group policies, top to bottom, each with its line in the order.
    /// Group policies that the order does not list come last, by name.
    pub(super) fn order_of_group_policies(&mut self) -> Vec<(usize, Option<Span>)> {
        let declared = self.names.shared(DeclarationKind::GroupPolicy);
        let blocks = self.names.of(DeclarationKind::OrderGroupPolicies);
        self.one_block(&blocks, DeclarationKind::OrderGroupPolicies);
        let Some(&(file, order)) = blocks.first() else {
            self.order_missing(&declared);
            return (0..declared.len()).map(|index| (index, None)).collect();
        };
        self.suffix(
            file,
            order,
            "group policies apply from top to bottom, and the last one that defines a setting wins",
        );
        if order.order().unknown.is_some() {
            let span = order.keyword.in_file(file);
            let policy = self.unknown_policy(span);
            let value = self.value_id(Value::Unknown);
            self.tables.guessed_order = Some(GuessedOrder { span, policy, value });
        }
        let mut places: Vec<Option<Span>> = vec![None; declared.len()];
        let mut indices = Vec::new();
        // Names that an unknown entry is close to: they are not reported as missing too.
        let mut suggested = Vec::new();
        for statement in order.body.iter().flat_map(|body| &body.statements) {
            if let What::Assign { value: ast::Value::Broken(_), .. } = &statement.what {
                // The parser has reported it. What it names without quotes is not missing too.
                let name = self.text(file, statement.range).trim_end_matches([',', ';', ' ']);
                let name = name.trim_matches(['"', '\'']);
                if let Some(index) = self.names.find(DeclarationKind::GroupPolicy, name) {
                    suggested.push(declared[index as usize].name.to_string());
                }
                continue;
            }
            let What::Entry(range) = &statement.what else {
                let written = escape_control_chars(self.text(file, statement.range)).into_owned();
                let found = Diagnostic::new(
                    Code::MISPLACED,
                    statement.range.in_file(file),
                    format!("expected the name of a group policy, found `{written}`"),
                )
                .help("write the name of one group policy in quotes on each line");
                self.findings.push(found);
                continue;
            };
            let Some(name) = self.string(file, *range) else { continue };
            let span = range.in_file(file);
            let Some(index) = self.names.find(DeclarationKind::GroupPolicy, &name) else {
                if !self.may_be_declared(&name) {
                    suggested.extend(self.unknown_entry(span, &name, &declared));
                }
                continue;
            };
            self.used(DeclarationKind::GroupPolicy, span);
            let index = index as usize;
            match places[index] {
                Some(first) => {
                    let found = Diagnostic::new(
                        Code::ORDER_INCOMPLETE,
                        span,
                        format!("`{}` is listed twice in the order", escape_control_chars(&name)),
                    )
                    .primary_message("listed again here")
                    .label(first, "first listed here")
                    .help("remove one of the two lines");
                    self.findings.push(found);
                }
                None => {
                    places[index] = Some(span);
                    indices.push(index);
                }
            }
        }
        let missing: Vec<usize> = (0..declared.len())
            .filter(|&index| {
                places[index].is_none()
                    && !suggested.iter().any(|name| **name == *declared[index].name)
            })
            .collect();
        if !missing.is_empty() {
            self.order_lacks(order.keyword.in_file(file), &declared, &missing);
        }
        indices.extend((0..declared.len()).filter(|&index| places[index].is_none()));
        indices.into_iter().map(|index| (index, places[index])).collect()
    }

    /// Reports an entry that no group policy has as its name. Returns the name that is close to it.
    fn unknown_entry(
        &mut self,
        span: Span,
        name: &str,
        declared: &[Declared<'a>],
    ) -> Option<String> {
        let message = format!("there is no group policy `{}`", escape_control_chars(name));
        let found = Diagnostic::new(Code::ORDER_INCOMPLETE, span, message);
        let names = declared.iter().map(|declared| &*declared.name).take(10_000);
        let Some(close) = suggest::suggestion(suggest::Kind::Names, name, names) else {
            self.findings.push(found.help("remove the line, or declare the group policy"));
            return None;
        };
        let edit = Edit { span, replacement: quote(close.text) };
        let fix = format!("write {}", quote(close.text));
        let found = found.help(suggest::question(close.text, name)).fix_with(
            close.applicability,
            fix,
            vec![edit],
        );
        self.findings.push(found);
        Some(close.text.to_owned())
    }

    /// Reports group policies that the order does not list.
    fn order_lacks(&mut self, order: Span, declared: &[Declared<'a>], missing: &[usize]) {
        let message = match missing {
            [one] => format!(
                "the order does not list the group policy `{}`",
                escape_control_chars(&declared[*one].name)
            ),
            many => format!("the order does not list {} group policies", many.len()),
        };
        let missing = missing.iter().map(|&index| &declared[index]);
        let mut found = Diagnostic::new(Code::ORDER_INCOMPLETE, order, message);
        for one in missing.clone().take(3) {
            found = found.label(one.header.in_file(one.file), "not listed");
        }
        let listed: Vec<String> = missing.take(20).map(|one| quote(&one.name)).collect();
        self.findings.push(found.help(format!(
            "add a line for each at its place among the others:\n  {}",
            listed.join("\n  ")
        )));
    }

    /// Reports that the order of several group policies is not declared.
    fn order_missing(&mut self, declared: &[Declared<'a>]) {
        if declared.len() < 2 || self.may_declare_order() {
            return;
        }
        let mut by_place: Vec<_> = declared.iter().collect();
        by_place.sort_by_key(|declared| (declared.file, declared.header.start));
        let first = by_place[0];
        let message = format!("the order of the {} group policies is not declared", declared.len());
        let lines: Vec<String> = by_place
            .iter()
            .take(20)
            .map(|declared| format!("  {}", quote(&declared.name)))
            .collect();
        let mut found =
            Diagnostic::new(Code::ORDER_MISSING, first.header.in_file(first.file), message);
        for other in by_place.iter().skip(1).take(3) {
            found = found.label(other.header.in_file(other.file), "another group policy");
        }
        let order = DeclarationKind::OrderGroupPolicies;
        found = found.help(format!(
            "declare the order, ending with the group policy that should win:\n{}, {} {{\n{}\n}}",
            order.words(),
            order.suffix().unwrap_or_default(),
            lines.join("\n")
        ));
        self.findings.push(found);
    }

    fn may_declare_order(&self) -> bool {
        !self.is_complete
            || self.names.unparsed_headers.contains("order")
            || self.names.unparsed_headers.contains("policies")
    }

    fn one_block(&mut self, blocks: &[(FileId, &'a Declaration)], kind: DeclarationKind) {
        for &(file, declaration) in blocks.iter().skip(1) {
            let (first_file, first) = blocks[0];
            let found = Diagnostic::new(
                Code::TWO_ORDERS,
                declaration.keyword.in_file(file),
                format!("`{}` is declared twice", kind.words()),
            )
            .primary_message("declared again here")
            .label(first.keyword.in_file(first_file), "first declared here")
            .help("move all lines into one block: a workspace has one order");
            self.findings.push(found);
        }
    }

    /// Reports a suffix that states the wrong rule.
    fn suffix(&mut self, file: FileId, order: &Declaration, why: &str) {
        let (Some(range), Some(right)) = (order.order().suffix, order.kind.suffix()) else {
            return;
        };
        let written: Vec<&str> = self.text(file, range).split_whitespace().collect();
        if written.join(" ") != right {
            let found = Diagnostic::new(
                Code::ORDER_SUFFIX,
                range.in_file(file),
                format!("invalid suffix `{}` for this order", written.join(" ")),
            )
            .help(format!("{why}: write `, {right}` or remove the suffix"))
            .fix_replace(format!("write `{right}`"), range.in_file(file), right);
            self.findings.push(found);
        }
    }

    /// Reports an order of layers that is not the product's.
    pub(super) fn order_of_layers(&mut self) {
        let blocks = self.names.of(DeclarationKind::OrderSessionLayers);
        self.one_block(&blocks, DeclarationKind::OrderSessionLayers);
        for (file, order) in blocks {
            if let Some(at) = order.order().unknown {
                let span = at.in_file(file);
                let found = Diagnostic::new(
                    Code::ORDER_SUFFIX,
                    span,
                    "the order of session layers cannot be `unknown`",
                )
                .help("the product fixes it: remove the word");
                self.findings.push(found);
            }
            self.suffix(
                file,
                order,
                "layers apply from top to bottom, and the first one that defines a permission wins",
            );
            let mut claimed = Vec::new();
            let mut sound = true;
            for statement in order.body.iter().flat_map(|body| &body.statements) {
                let What::Word(range) = &statement.what else {
                    let written =
                        escape_control_chars(self.text(file, statement.range)).into_owned();
                    let found = Diagnostic::new(
                        Code::MISPLACED,
                        statement.range.in_file(file),
                        format!("expected the name of a layer, found `{written}`"),
                    )
                    .help("write the name of one layer, such as `jump_item`, on each line");
                    self.findings.push(found);
                    sound = false;
                    continue;
                };
                claimed.push((self.text(file, *range), range.in_file(file)));
            }
            if sound {
                self.compare_layers(file, order, &claimed);
            }
        }
    }

    fn compare_layers(&mut self, file: FileId, order: &Declaration, claimed: &[(&str, Span)]) {
        let right: Vec<&str> = self.profile.layers.iter().map(|layer| layer.kind.id()).collect();
        let differs = (0..right.len().max(claimed.len()))
            .find(|&at| claimed.get(at).map(|(id, _)| *id) != right.get(at).copied());
        let Some(at) = differs else { return };
        let keyword = order.keyword.in_file(file);
        let span = claimed.get(at).map_or(keyword, |(_, span)| *span);
        let message = match (claimed.get(at), right.get(at)) {
            (Some((id, _)), Some(_)) if LayerKind::find(id).is_none() => {
                format!("there is no layer `{id}`")
            }
            (Some((id, _)), Some(expected)) => {
                format!("expected layer `{expected}`, found `{id}`")
            }
            (Some((id, _)), None) => format!(
                "{} has no layer `{id}` after `{}`",
                self.profile.label,
                right.last().copied().unwrap_or_default()
            ),
            (None, expected) => format!(
                "the layer `{}` is missing at the end",
                expected.copied().unwrap_or_default()
            ),
        };
        let mut help = format!(
            "the order is fixed by the product: {}",
            right.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
        );
        // It is often the order of another release.
        let others = BUILTIN.iter().filter_map(|(id, _)| builtin(id));
        let same = |other: &Profile| {
            other.layers.iter().map(|layer| layer.kind.id()).eq(claimed.iter().map(|(id, _)| *id))
        };
        if let Some(other) = others.filter(|other| other.id != self.profile.id).find(same) {
            help.push_str(&format!("\nthis is the order of `{}`, {}", other.id, other.label));
        }
        let mut found = Diagnostic::new(Code::LAYERS_DIFFER, span, message).help(help);
        if let (Some((_, first)), Some((_, last))) = (claimed.first(), claimed.last()) {
            let whole = first.to(*last);
            let replacement = right.join("\n  ");
            if !self.sources.text(whole).contains('#') {
                found =
                    found.fix("use the product's order", vec![Edit { span: whole, replacement }]);
            }
        }
        self.findings.push(found);
    }
}
