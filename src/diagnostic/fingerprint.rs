//! Fingerprints, by which other programs recognize a finding in the next commit.

use super::Diagnostic;
use crate::source::Sources;
use std::collections::BTreeMap;

/// For each finding, a hash of what it is about, and which of the findings with this hash it is,
/// counted from 1. Both together are unique.
pub(super) fn of(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<(u64, usize)> {
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let fingerprints = diagnostics.iter().map(|found| {
        let hash = hash(found, sources);
        let occurrence = seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
        (hash, *occurrence)
    });
    fingerprints.collect()
}

/// Identifies a finding when the lines above it change: by its code, its file, and the text of its
/// line.
fn hash(found: &Diagnostic, sources: &Sources) -> u64 {
    let span = found.primary.span;
    let file = sources.file(span.file);
    let line = file.written()[file.line_range(file.line(span.start))].trim();
    // FNV-1a, since the hash must be the same in every version.
    let bytes =
        [found.code.id(), &file.path, line].into_iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
