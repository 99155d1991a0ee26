//! Every worked example of the products' documents, as a test that is named after it. These are the
//! reference that users hold in hand: when a test here fails, the compiler contradicts the product.

mod bomgar;
mod permissions;
mod pra;
mod remote_support;

use crate::support::{compile, errors, profile};
use std::collections::BTreeMap;

/// A complete `global default` block: the given lines, and the profile's default for every other
/// permission.
fn global_default(id: &str, lines: &[(&str, &str)]) -> String {
    let profile = profile(id);
    let mut set: BTreeMap<&str, String> =
        lines.iter().map(|(path, value)| (*path, value.to_string())).collect();
    for entry in &profile.permissions {
        // What depends on something that is denied has no place in the block.
        let meaningful = entry.requires.as_ref().is_none_or(|requirement| {
            let required = set.get(&*profile.permissions[requirement.entry].path);
            required.is_some_and(|value| {
                requirement.words.iter().any(|word| Some(&**word) == value.split(' ').next())
            })
        });
        let implied = entry.implied_by.as_ref().and_then(|implication| {
            let by = set.get(&*profile.permissions[implication.entry].path)?;
            Some(entry.ty.text(&implication.values.iter().find(|(word, _)| word == by)?.1))
        });
        if meaningful {
            set.entry(&entry.path)
                .or_insert_with(|| implied.unwrap_or_else(|| entry.ty.text(&entry.default)));
        }
    }
    let lines: String = set.iter().map(|(path, value)| format!("  {path} = {value}\n")).collect();
    format!("global default {{\n{lines}}}\n")
}

/// The codes of the errors that a policy file has.
fn refused(text: &str) -> Vec<&'static str> {
    errors(&compile(&[("a.prec", text)]).diagnostics).iter().map(|found| found.code.id()).collect()
}
