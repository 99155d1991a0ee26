//! The command line.

use crate::benches::organisation::Organisation;
use std::time::Duration;

pub const HELP: &str = "\
Compares Precedent with regorus and Cedar on a generated organisation, and holds every answer of theirs
against Precedent's own.

usage: precedent-peers [USERS [JUMP_ITEMS]] [OPTION]...

  USERS        how many users (2000)
  JUMP_ITEMS   how many jump items (as many as users)
  --scattered  hardly two users are in the same group policies; else users have jobs, which many share
  --seconds S  how long each engine is asked (2); at least 2000 cells are asked for
  --seed N     which cells are asked for (1)
  --help       this text
";

pub enum Wish {
    Help,
    Measure(Arguments),
}

pub struct Arguments {
    pub organisation: Organisation,
    pub time: Duration,
    pub seed: u64,
}

/// # Errors
///
/// What is wrong with the command line.
pub fn read(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let (mut numbers, mut scattered, mut seconds, mut seed) = (Vec::new(), false, 2.0, 1);
    while let Some(word) = words.next() {
        match &*word {
            "--help" | "-h" => return Ok(Wish::Help),
            "--scattered" => scattered = true,
            "--seconds" => seconds = number(&word, words.next())?,
            "--seed" => seed = number(&word, words.next())?,
            _ if numbers.len() < 2 => match number("a size", Some(word))? {
                0 => return Err("a size is at least 1".into()),
                size => numbers.push(size),
            },
            _ => return Err(format!("unexpected `{word}`")),
        }
    }
    let users = numbers.first().copied().unwrap_or(2_000);
    let mut organisation = match scattered {
        true => Organisation::scattered(users),
        false => Organisation::square(users),
    };
    organisation.jump_items = numbers.get(1).copied().unwrap_or(users);
    let time =
        Duration::try_from_secs_f64(seconds).map_err(|error| format!("--seconds: {error}"))?;
    Ok(Wish::Measure(Arguments { organisation, time, seed }))
}

fn number<T: std::str::FromStr>(what: &str, text: Option<String>) -> Result<T, String> {
    let text = text.ok_or_else(|| format!("{what} needs a number"))?;
    text.parse().map_err(|_| format!("`{text}` is no number for {what}"))
}
