//! The stages of the pipeline on generated organisations, one core: `cargo bench`.

mod organisation;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use organisation::{File, Organisation, Revision};
use precedent::diagnostic::Code;
use precedent::diff::Diff;
use precedent::diff::rows::Rows;
use precedent::ir::{Ir, Level};
use precedent::lint;
use precedent::matrix::pairs::Policies;
use precedent::matrix::session::MAX_LAYERS;
use precedent::matrix::{Matrix, blocks};
use precedent::report::Style;
use precedent::report::diff::csv as diff_csv;
use precedent::report::matrix::csv;
use precedent::report::matrix::text as matrix_text;
use precedent::review::gate::Gates;
use precedent::source::{FileId, SourceFile};
use precedent::workspace::{self, Input, RawFile};
use std::io;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// About 20 MB, in one file.
fn large() -> File {
    Organisation { files: 1, ..Organisation::square(140_000) }.files().remove(0)
}

fn input(files: &[File]) -> Input {
    let raw = |file: &File| RawFile {
        path: file.path.clone(),
        content: Ok(file.text.clone().into_bytes()),
    };
    Input { manifest: None, files: files.iter().map(raw).collect() }
}

fn compile(files: &[File]) -> Arc<Ir> {
    let compiled = workspace::compile(input(files), &mut |path| unreachable!("{path}"));
    compiled.ir.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics.first()))
}

fn organisation(count: usize) -> Arc<Ir> {
    compile(&Organisation::square(count).files())
}

/// Where output goes when only the work of making it counts.
#[derive(Default)]
struct Sink(u64);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += black_box(bytes).len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(write: impl FnOnce(&mut Sink) -> io::Result<()>) -> u64 {
    let mut sink = Sink::default();
    let Ok(()) = write(&mut sink) else { unreachable!("a sink takes everything") };
    sink.0
}

#[divan::bench(sample_count = 9, sample_size = 1)]
fn parse(bencher: Bencher<'_, '_>) {
    let file = large();
    let file = SourceFile::new(file.path, file.text);
    bencher
        .counter(BytesCount::of_str(&file.text))
        .bench(|| precedent::syntax::parse(FileId(0), black_box(&file)));
}

#[divan::bench(sample_count = 9, sample_size = 1)]
fn text_to_ir(bencher: Bencher<'_, '_>) {
    let files = [large()];
    let bytes = BytesCount::of_str(&files[0].text);
    bencher
        .counter(bytes)
        .with_inputs(|| input(&files))
        .bench_values(|input| workspace::compile(input, &mut |path| unreachable!("{path}")));
}

/// Classes, then every pair of their policies, and how many cells each layer decides.
#[divan::bench(args = [2_000, 100_000], sample_count = 20, sample_size = 1)]
fn resolve(bencher: Bencher<'_, '_>, count: usize) {
    let ir = organisation(count);
    bencher.counter(ItemsCount::new(cells(&ir))).bench(|| {
        let deciders = deciders(black_box(&ir));
        assert_eq!(deciders.iter().sum::<u64>(), cells(&ir));
        deciders
    });
}

fn cells(ir: &Arc<Ir>) -> u64 {
    let subjects = ir.tables.users.len() + ir.tables.invites.len();
    (subjects * ir.tables.jump_items.len() * ir.profile.permissions.len()) as u64
}

/// How many cells each layer decides; then the built-in default, and the method.
fn deciders(ir: &Arc<Ir>) -> [u64; MAX_LAYERS + 2] {
    let matrix = Matrix::new(ir);
    let mut decided = [0; MAX_LAYERS + 2];
    let members = |classes: &[u32], of: &dyn Fn(usize) -> usize| -> u64 {
        classes.iter().map(|&class| of(class as usize) as u64).sum()
    };
    Policies::new(&matrix).each_pair(&matrix, |pair| {
        let cells = &pair.cells;
        let sessions =
            members(&pair.subjects.classes, &|at| matrix.subject_classes[at].members.len())
                * members(&pair.endpoints.classes, &|at| matrix.endpoint_classes[at].members.len());
        let mut open = matrix.rules.all() & !cells.fixed;
        for (layer, mask) in cells.decided_by_layer.iter().enumerate() {
            decided[layer] += u64::from((mask & open).count_ones()) * sessions;
            open &= !mask;
        }
        decided[MAX_LAYERS] += u64::from(open.count_ones()) * sessions;
        decided[MAX_LAYERS + 1] += u64::from(cells.fixed.count_ones()) * sessions;
    });
    decided
}

/// No lint: what all of them share, the classes and the suppressions.
const NONE: &str = "none";
const ALL: &str = "all";

/// Each lint alone on 2,000 × 2,000, the others set to `allow`; its own cost is what it takes
/// beyond `none`.
#[divan::bench(args = [NONE, ALL].into_iter().chain(Code::lints().map(Code::name)), sample_count = 20, sample_size = 1)]
fn lints(bencher: Bencher<'_, '_>, name: &str) {
    let mut ir = organisation(2_000);
    let level = |lint: &str| if name == ALL || name == lint { Level::Warn } else { Level::Allow };
    Arc::make_mut(&mut ir).tables.lints =
        Code::lints().map(|code| (code.name().to_owned(), level(code.name()))).collect();
    bencher.bench(|| lint::lint(black_box(&ir), None));
}

/// What the grouped reports are made of.
#[divan::bench(args = [2_000, 100_000], sample_count = 10, sample_size = 1)]
fn grouped_blocks(bencher: Bencher<'_, '_>, count: usize) {
    let ir = organisation(count);
    let matrix = Matrix::new(&ir);
    bencher.bench(|| blocks::blocks(black_box(&matrix)));
}

/// From text to the grouped matrix, as a person reads it; like `matrix`, without lints.
#[divan::bench(args = [2_000, 100_000], sample_count = 3, sample_size = 1)]
fn text_to_grouped_text(bencher: Bencher<'_, '_>, count: usize) {
    let files = Organisation::square(count).files();
    bencher.with_inputs(|| input(&files)).bench_values(|input| {
        let compiled =
            workspace::compile_without_lints(input, None, None, &mut |path| unreachable!("{path}"));
        let ir = compiled.ir.expect("an organisation without errors");
        written(|sink| {
            matrix_text::sessions(
                &Matrix::new(&ir),
                false,
                Style { color: false, width: 100 },
                sink,
            )
        })
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn sessions_csv(bencher: Bencher<'_, '_>) {
    let ir = organisation(500);
    let matrix = Matrix::new(&ir);
    let bytes = written(|sink| csv::sessions(&matrix, sink));
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| written(|sink| csv::sessions(black_box(&matrix), sink)));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn accounts_csv(bencher: Bencher<'_, '_>) {
    let ir = organisation(10_000);
    let matrix = Matrix::new(&ir);
    let bytes = written(|sink| csv::accounts(&matrix, sink));
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| written(|sink| csv::accounts(black_box(&matrix), sink)));
}

/// OLD, and NEW with one line that differs.
fn revisions() -> (Arc<Ir>, Arc<Ir>) {
    let old = Organisation::square(2_000);
    (compile(&old.files()), compile(&Revision::Line.files(old)))
}

/// Rows and causes where nearly every user is a class of its own.
#[divan::bench(args = Revision::ALL.map(|(name, _)| name), sample_count = 1, sample_size = 1)]
fn diff_rows_scattered(bencher: Bencher<'_, '_>, name: &str) {
    let old = Organisation::scattered(300);
    let revision = Revision::ALL.into_iter().find(|known| known.0 == name).expect("a revision").1;
    let (old, new) = (compile(&old.files()), compile(&revision.files(old)));
    let (old, new) = (Arc::new(Matrix::new(&old)), Arc::new(Matrix::new(&new)));
    bencher.bench(|| Rows::new(&Diff::new(black_box(&old), &new)));
}

/// What the gate of a pull request costs: sessions and accounts.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn diff_counts(bencher: Bencher<'_, '_>) {
    let (old, new) = revisions();
    bencher.bench(|| {
        let (old, new) = (Arc::new(Matrix::new(black_box(&old))), Arc::new(Matrix::new(&new)));
        let diff = Diff::new(&old, &new);
        let sessions = diff.session_counts(&Gates::default()).0;
        assert_ne!(sessions.total(), 0);
        (sessions, diff.account_counts(&Gates::default()).0)
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn diff_sessions_csv(bencher: Bencher<'_, '_>) {
    let (old, new) = revisions();
    let (old, new) = (Arc::new(Matrix::new(&old)), Arc::new(Matrix::new(&new)));
    let diff = Diff::new(&old, &new);
    let bytes = written(|sink| diff_csv::sessions(&diff, sink));
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| written(|sink| diff_csv::sessions(black_box(&diff), sink)));
}
