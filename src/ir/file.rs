//! The compiled file: the IR as JSON. It contains the sources and the whole profile, so that it can
//! be read without them years later.

use super::{Ir, Tables, validate};
use crate::profile::Profile;
use crate::source::{SourceFile, Sources};
use crate::text::json::Visible;
use serde::{Deserialize, Serialize};
use std::io;

/// The value of the `schema` key, which identifies a compiled file.
pub const SCHEMA: &str = "precedent-ir/1";

#[derive(Serialize)]
struct Out<'a> {
    schema: &'static str,
    profile: &'a Profile,
    sources: Vec<Text<&'a str>>,
    tables: &'a Tables,
}

#[derive(Deserialize)]
struct In {
    profile: Profile,
    sources: Vec<Text<String>>,
    tables: Tables,
}

#[derive(Serialize, Deserialize)]
struct Text<S> {
    path: S,
    text: S,
}

#[derive(Deserialize)]
struct SchemaKey {
    schema: String,
}

/// Why a file cannot be read as an IR.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Not a JSON object with a `schema` key.
    NotIr,
    /// The schema is another one, or has another version.
    OtherSchema(String),
    /// The schema is the right one, but the content is invalid.
    Broken(String),
}

/// Writes the JSON form. Equal IRs result in equal bytes.
///
/// # Errors
///
/// Fails if `out` does.
pub fn write(ir: &Ir, out: impl io::Write) -> io::Result<()> {
    let sources =
        ir.sources.iter().map(|(_, file)| Text { path: &*file.path, text: &*file.text }).collect();
    let file = Out { schema: SCHEMA, profile: &ir.profile, sources, tables: &ir.tables };
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer(Visible(&mut out), &file).map_err(io::Error::other)?;
    io::Write::write_all(&mut out, b"\n")?;
    io::Write::flush(&mut out)
}

/// Reads the JSON form and checks everything in it, since the file is untrusted.
///
/// # Errors
///
/// Fails if the bytes are not a compiled file of this version, or not a valid one.
pub fn read(bytes: &[u8]) -> Result<Ir, ReadError> {
    let key: SchemaKey = serde_json::from_slice(bytes).map_err(|_| ReadError::NotIr)?;
    if key.schema != SCHEMA {
        return Err(ReadError::OtherSchema(key.schema));
    }
    let file: In =
        serde_json::from_slice(bytes).map_err(|error| ReadError::Broken(error.to_string()))?;
    let mut sources = Sources::new();
    for Text { path, text } in file.sources {
        sources.add(SourceFile::new(path, text));
    }
    let ir = Ir { profile: file.profile, sources, tables: file.tables };
    validate::validate(&ir).map_err(|why| ReadError::Broken(why.into()))?;
    Ok(ir)
}
