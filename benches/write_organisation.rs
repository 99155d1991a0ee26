//! Writes a generated organisation into a folder, so that whole processes can be timed:
//! `cargo run --release --example organisation -- FOLDER [USERS [JUMP_ITEMS [FILES]]]`.
#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a program of its own")]

mod organisation;

use organisation::Organisation;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: organisation FOLDER [USERS [JUMP_ITEMS [FILES]]]");
        return Ok(ExitCode::from(2));
    };
    let mut number =
        |default: usize| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let users = number(2000);
    let square = Organisation::square(users);
    let organisation =
        Organisation { jump_items: number(users), files: number(square.files), ..square };
    for file in organisation.files() {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(path, file.text)?;
    }
    Ok(ExitCode::SUCCESS)
}
