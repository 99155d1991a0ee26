//! The texts that policies were compiled from, as a workspace in which edits are tried without a
//! folder to write them to: those of a compiled file or a git revision.

use super::error::CliError;
use super::load::Workspace;
use super::output::Output;
use super::{checked_side, side};
use precedent::ir::{Ir, file};
use precedent::source::SourceFile;
use precedent::workspace::tree::Memory;
use precedent::workspace::{Input, RawFile, manifest};
use std::path::Path;
use std::sync::Arc;

/// Files in memory.
pub struct Texts {
    tree: Memory,
    pub input: Input,
}

impl Texts {
    /// The policies at a path, which may be a revision, and their texts. The inner `Err` is the
    /// exit status after the errors of the policies were told.
    pub fn at(
        path: Option<&Path>,
        output: &Output,
    ) -> Result<Result<(Arc<Ir>, Texts), u8>, CliError> {
        let side = side::at(path)?;
        let ir = match checked_side(&side, None, output)? {
            Ok(ir) => ir,
            Err(status) => return Ok(Err(status)),
        };
        let texts = Texts::of(&ir);
        if side.is_compiled() && !texts.mean(&ir) {
            let why = "its texts do not mean what else is in it".to_owned();
            let path = path.unwrap_or(Path::new(".")).to_owned();
            return Err(CliError::InvalidCompiledFile { path, why });
        }
        Ok(Ok((ir, texts)))
    }

    fn of(ir: &Ir) -> Texts {
        let files = || ir.sources.iter().map(|(_, file)| file);
        let raw = |file: &SourceFile| RawFile {
            path: file.path.clone(),
            content: Ok(file.written().as_bytes().to_vec()),
        };
        let input = Input {
            manifest: files().find(|file| file.path == manifest::FILE_NAME).map(raw),
            files: files().filter(|file| file.path.ends_with(".prec")).map(raw).collect(),
        };
        Texts { tree: Memory::new(files().map(|file| (&*file.path, file.written()))), input }
    }

    /// Whether these policies come of the texts. Somebody may have edited one of the two in a
    /// compiled file; all other commands look at the policies.
    fn mean(&self, ir: &Ir) -> bool {
        let meant = self.workspace().compile_for_use(self.input.clone()).ir;
        meant.is_some_and(|meant| bytes(&meant) == bytes(ir))
    }

    pub fn workspace(&self) -> Workspace<'_> {
        Workspace::of(&self.tree, self.input.clone())
    }
}

fn bytes(ir: &Ir) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file::write(ir, &mut bytes).ok()?;
    Some(bytes)
}
