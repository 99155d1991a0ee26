//! What comes through standard input, and files that are no part of a workspace.

use super::error::{CliError, usage};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Whether a command's paths mean standard input, which is then the only one.
pub fn is_standard(paths: &[PathBuf], filename: Option<&Path>) -> Result<bool, CliError> {
    let is_standard = paths.iter().any(|path| path == Path::new("-"));
    if is_standard && paths.len() > 1 {
        let help = "`-` is standard input, and then the only PATH; a file of that name is `./-`";
        return Err(usage("`-` cannot be combined with other paths", help.to_owned()));
    }
    if filename.is_some() && !is_standard {
        let help = "give `-` as PATH to read standard input".to_owned();
        return Err(usage("`--stdin-filename` is of use only with `-`", help));
    }
    Ok(is_standard)
}

/// The bytes of standard input.
pub fn read_standard() -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::Unreadable { path: "-".into(), error })?;
    Ok(bytes)
}

/// The bytes of a file that is an argument by itself. A very large one is another file than was
/// meant, and is not read.
pub fn read_file(path: &Path, max_bytes: u64) -> Result<Vec<u8>, CliError> {
    let unreadable = |error| CliError::Unreadable { path: path.into(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        let message = format!(
            "`{}` is larger than {} MiB, the maximum",
            path.to_string_lossy(),
            max_bytes / (1024 * 1024)
        );
        return Err(usage(message, "it is probably another file than was meant".to_owned()));
    }
    Ok(bytes)
}
