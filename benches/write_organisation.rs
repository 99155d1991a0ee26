//! Writes a generated organisation into a folder, so that whole processes can be timed:
//! `cargo run --release --example organisation -- FOLDER [USERS [JUMP_ITEMS [FILES]]] [OPTION=VALUE]...`
#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a program of its own")]

mod organisation;

use organisation::{File, Organisation, Revision};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: organisation FOLDER [USERS [JUMP_ITEMS [FILES]]] [OPTION=VALUE]...
options: shape=jobs|scattered revision=line|swapped|to-front|reversed|moved
         group-policies=NUMBER session-policies=NUMBER";

fn main() -> std::io::Result<ExitCode> {
    let Some((folder, files)) = asked(std::env::args().skip(1).collect()) else {
        eprintln!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    for file in files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(path, file.text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder and the files that the arguments ask for.
fn asked(arguments: Vec<String>) -> Option<(PathBuf, Vec<File>)> {
    let (options, words): (Vec<String>, Vec<String>) =
        arguments.into_iter().partition(|argument| argument.contains('='));
    let (folder, numbers) = words.split_first()?;
    let numbers = numbers.iter().map(|text| text.parse().ok()).collect::<Option<Vec<usize>>>()?;
    let users = numbers.first().copied().unwrap_or(2000);
    let mut organisation = Organisation::square(users);
    if options.iter().any(|option| option == "shape=scattered") {
        organisation = Organisation::scattered(users);
    }
    organisation.jump_items = numbers.get(1).copied().unwrap_or(users);
    organisation.files = numbers.get(2).copied().unwrap_or(organisation.files);
    let mut revision = None;
    for option in &options {
        match option.split_once('=')? {
            ("shape", "jobs" | "scattered") => {}
            ("group-policies", number) => organisation.group_policies = number.parse().ok()?,
            ("session-policies", number) => organisation.session_policies = number.parse().ok()?,
            ("revision", name) => {
                revision = Some(Revision::ALL.into_iter().find(|known| known.0 == name)?.1);
            }
            _ => return None,
        }
    }
    let files = match revision {
        Some(revision) => revision.files(organisation),
        None => organisation.files(),
    };
    Some((PathBuf::from(folder), files))
}
