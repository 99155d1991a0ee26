//! `precedent edit`

use super::compared::Shown;
use super::error::{CliError, usage};
use super::file_changes::FileChanges;
use super::load::{self, Workspace};
use super::output::Output;
use super::texts::Texts;
use super::write::{self, Rewritten};
use super::{FAILED, FINDINGS, FINE, checked, input};
use precedent::diff::Side;
use precedent::edit::{Applied, Edits, Refused, unpaired};
use precedent::ir::Ir;
use precedent::policy_test;
use precedent::review::acceptance::Acceptances;
use precedent::text::{count, escape_control_chars, listed, quote};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Edit the policies, and show who would gain or lose what
#[derive(clap::Args)]
#[command(after_help = "\
Nothing is written without --write. The edits are made one after the other; comments, order and
layout stay as they are. Each EDIT is one argument, in single quotes:
  set OBJECT LINE             write a line, in place of the one that sets the same
  unset OBJECT PATH           take a line away, or a membership: team \"Servers\"; or only
                              `final PATH`
  assign OBJECT POLICY        a session policy: \"NAME\", none, custom, not defined; or one of
                              two: attended \"NAME\"
  add-member OBJECT MEMBER    user \"ada\", directory group \"Staff\"; until 2026-12-31
  remove-member OBJECT MEMBER
  move group policy \"G\" PLACE  above \"H\", below \"H\", to top, to bottom
  rename OBJECT to \"NEW\"      the object and all uses of its name
  remove OBJECT               the object and the uses that can go without a decision
  copy OBJECT to \"NEW\"        behind it; a user is put in the same lists; `by like` for a policy
  add OBJECT                  an empty object; in \"FILE\"
A script adds `if missing` to add and copy, and `if there` to remove, remove-member and unset,
so that what is done already is passed over.
OBJECT is what the policies call it: user \"ada\", session policy \"Staff\", global default,
jump item \"db01\" (method remote_rdp, of several), custom of user \"ada\", and for the defaults
of a block, defaults of jump item \"db01\".

Exit status:
  0  success
  1  an edit cannot be made, the policies would have errors, or a gate fails
  2  wrong usage, or something could not be read or written
With --write, only a gate of --deny fails; nothing is written then.

Examples:
  precedent edit --path examples/acme 'remove user \"amara.okafor\"'
  precedent edit --path examples/acme \\
    'add-member group policy \"Network engineers\" user \"nadia.benali\"'
  precedent edit --path examples/acme \\
    'set session policy \"Plant HMI\" screen_sharing = deny' --format markdown
  precedent edit --path examples/acme --from edits.txt --patch
  precedent edit --path examples/acme --from - < edits.txt")]
pub struct Arguments {
    /// What to change; several are made in their order
    #[arg(value_name = "EDIT")]
    edits: Vec<String>,
    /// A folder, a `.prec` file, a compiled file or a git revision; by default, the workspace of
    /// the current folder
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Read edits from this file, one on each line, or from standard input (`-`)
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Write the files
    #[arg(long)]
    write: bool,
    /// Show how the text changes, as a unified diff
    #[arg(long, conflicts_with_all = ["format", "rows", "of", "details", "deciders"])]
    patch: bool,
    #[command(flatten)]
    shown: Shown,
}

/// How many tests are named that fail with edits.
const MOST_NAMES: usize = 10;

/// The largest file of edits, in bytes: some hundred thousand edits.
const MAX_EDIT_BYTES: u64 = 8 * 1024 * 1024;

/// How many edits that change nothing are named. Of more, such as those of a script, it is said how
/// many they are.
const MOST_IDLE: usize = 3;

/// How many edits are left out one after the other to find the one that is wrong.
const MOST_TRIED: usize = 100;

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let edits = match Edits::read(texts(arguments)?) {
        Ok(edits) => edits,
        Err(refused) => {
            output.findings_to_stderr(&refused.findings, &refused.sources);
            return Ok(FAILED);
        }
    };
    // A script may find that there is nothing to do.
    if edits.is_empty() && arguments.from.is_empty() {
        let help = "an edit is one argument: precedent edit 'remove user \"ada\"'".to_owned();
        return Err(usage("there is no edit", help));
    }
    let texts;
    let workspace = match writable(arguments)? {
        Some(workspace) => workspace,
        None => {
            texts = match Texts::at(arguments.path.as_deref(), output)? {
                Ok((_, texts)) => texts,
                Err(status) => return Ok(status),
            };
            texts.workspace()
        }
    };
    let old = match checked(workspace.compile_for_use(workspace.input.clone()), output) {
        Ok(old) => old,
        Err(status) => {
            output.note("the policies have these errors before any edit: correct them first");
            return Ok(status);
        }
    };
    let Some((applied, new)) = made(&edits, &workspace, &old, output) else {
        return Ok(FINDINGS);
    };
    show(arguments, &workspace, [&old, &new], &applied, output)
}

/// The workspace that edits are written to; `None` for a compiled file or a revision, where they
/// are only shown.
fn writable(arguments: &Arguments) -> Result<Option<Workspace<'static>>, CliError> {
    let help = || "edit the folder, or leave `--write` out to see what an edit would do".to_owned();
    match load::locate(arguments.path.as_deref()) {
        Ok(place) => match Workspace::on_disk(place) {
            Ok(workspace) => Ok(Some(workspace)),
            Err(_) if arguments.write => Err(usage("a compiled file is not edited", help())),
            Err(_) => Ok(None),
        },
        Err(CliError::NoSuchPath(_)) if !arguments.write => Ok(None),
        Err(error) => Err(error),
    }
}

/// The texts with edits, each with what messages call it.
fn texts(arguments: &Arguments) -> Result<Vec<(String, String)>, CliError> {
    let several = arguments.edits.len() > 1;
    let mut texts = Vec::new();
    for (at, text) in arguments.edits.iter().enumerate() {
        let name = if several { format!("edit {}", at + 1) } else { "edit".to_owned() };
        texts.push((name, text.clone()));
    }
    for path in &arguments.from {
        let is_standard = path == Path::new("-");
        let bytes = match is_standard {
            true => input::read_standard()?,
            false => input::read_file(path, MAX_EDIT_BYTES)?,
        };
        let name = if is_standard { load::STANDARD_INPUT.into() } else { path.to_string_lossy() };
        let text = String::from_utf8(bytes).map_err(|_| {
            usage(format!("`{name}` is not UTF-8 text"), "edits are lines of text".to_owned())
        })?;
        texts.push((name.into_owned(), text));
    }
    Ok(texts)
}

/// Tells why edits cannot be made.
fn tell(refused: &[Refused], output: &Output) {
    for Refused { findings, sources } in refused {
        output.findings_to_stderr(findings, sources);
    }
}

/// The workspace with the edits, and its policies; `None` after it was said why there are none.
fn made(
    edits: &Edits,
    workspace: &Workspace<'_>,
    old: &Ir,
    output: &Output,
) -> Option<(Applied, Arc<Ir>)> {
    let applied = match edits.apply(&workspace.input, &old.profile) {
        Ok(applied) => applied,
        Err(refused) => {
            tell(&refused, output);
            return None;
        }
    };
    let added = &applied.input.files[workspace.input.files.len()..];
    if let Some(why) = added.iter().find_map(|file| why_not_created(workspace, &file.path)) {
        output.error(&why);
        return None;
    }
    let compiled = workspace.compile_for_use(applied.input.clone());
    if compiled.ir.is_none() {
        let from = first_wrong(edits, workspace, old).and_then(|at| edits.text(at));
        let from = from.map(|edit| format!(" from `{}` on", escape_control_chars(edit)));
        let from = from.unwrap_or_default();
        output
            .note(&format!("with the edits, the policies have errors{from}; nothing was written"));
    }
    let new = checked(compiled, output).ok()?;
    Some((applied, new))
}

/// Why a new file cannot be created below the folder of a workspace, if it cannot.
fn why_not_created(workspace: &Workspace<'_>, path: &str) -> Option<CliError> {
    let shown = escape_control_chars(path);
    if workspace.is_file {
        let help = "name the folder of the workspace with `--path`".to_owned();
        return Some(usage(format!("`{shown}` would not belong to a workspace of one file"), help));
    }
    let target = workspace.root.join(path);
    if fs::symlink_metadata(&target).is_ok() {
        let help = "name another file".to_owned();
        return Some(usage(format!("there is a file `{shown}` that is no policy file"), help));
    }
    let real = |path: &Path| fs::canonicalize(path).ok();
    let folder = target.ancestors().skip(1).find_map(real)?;
    if !folder.is_dir() {
        let help = "name a path whose folders can be created".to_owned();
        return Some(usage(format!("a part of `{shown}` is a file and no folder"), help));
    }
    let root = real(match workspace.root.as_os_str().is_empty() {
        true => Path::new("."),
        false => &workspace.root,
    })?;
    let help = "a link leads out of it: name another file".to_owned();
    let message = || format!("`{shown}` is not below the folder of the workspace");
    (!folder.starts_with(&root)).then(|| usage(message(), help))
}

/// Of several edits, the first one from which on there are errors. An error that a later edit
/// corrects is none.
fn first_wrong(edits: &Edits, workspace: &Workspace<'_>, old: &Ir) -> Option<usize> {
    let is_wrong = |count: &usize| {
        let applied = edits.first(*count).apply(&workspace.input, &old.profile).ok();
        applied.is_none_or(|applied| workspace.compile_for_use(applied.input).ir.is_none())
    };
    if edits.len() < 2 {
        return None;
    }
    let wrong = (1..edits.len()).rev().take(MOST_TRIED).take_while(is_wrong).count();
    (wrong < MOST_TRIED).then(|| edits.len() - 1 - wrong)
}

/// Shows what the edits change, and writes them if that is asked for.
fn show(
    arguments: &Arguments,
    workspace: &Workspace<'_>,
    [old, new]: [&Arc<Ir>; 2],
    applied: &Applied,
    output: &mut Output,
) -> Result<u8, CliError> {
    let Some(asked) = arguments.shown.gates(old, new, output) else { return Ok(FAILED) };
    let compared = arguments.shown.compare(old, new, &asked, &Acceptances::default(), false);
    let lost = unpaired(&applied.renamed, &compared.diff);
    if !lost.is_empty() {
        tell(&lost, output);
        return Ok(FINDINGS);
    }
    match applied.without_effect.len() {
        idle if idle > MOST_IDLE => {
            output.note(&format!("nothing to do for {}", count(idle as u64, "edit")));
        }
        _ => applied.without_effect.iter().for_each(|edit| {
            output.note(&format!("nothing to do for `{}`", escape_control_chars(edit)));
        }),
    }
    for note in &applied.notes {
        output.note(&escape_control_chars(note));
    }
    let changes = FileChanges::between(&workspace.input, &applied.input);
    // The gates of the manifest are for whoever reviews the change of the text.
    let may_write = asked.is_empty() || compared.status() == FINE;
    let status = match arguments.write {
        true if may_write => FINE,
        _ => compared.status(),
    };
    output.verdict(status);
    match arguments.patch {
        true => {
            output.patch(&changes.patch(""))?;
            if let Some(verdict) = compared.summary.verdict().filter(|_| compared.status() != FINE)
            {
                output.note(&verdict.plain());
            }
        }
        false => arguments.shown.print(&compared, None, output)?,
    }
    // What comes now is read after the report.
    output.finish()?;
    let created: Vec<String> = changes.created().map(quoted).collect();
    if !created.is_empty() {
        output.note(&format!("new: {}", created.join(", ")));
    }
    let included: Vec<String> = changes.included().map(quoted).collect();
    if !included.is_empty() {
        let files = listed(&included, MOST_NAMES);
        output.note(&format!("other workspaces may include what changes here: {files}"));
    }
    let broken =
        policy_test::broken(compared.diff.matrix(Side::Old), compared.diff.matrix(Side::New));
    if !broken.is_empty() {
        let names: Vec<String> = broken.iter().map(|name| quote(name)).collect();
        let (tests, verb) = (count(broken.len() as u64, "test"), "with these edits");
        let fails = if broken.len() == 1 { "fails" } else { "fail" };
        output.note(&format!("{tests} {fails} {verb}: {}", listed(&names, MOST_NAMES)));
    }
    if arguments.write && may_write && compared.status() != FINE {
        output.note("the gates of the manifest are left to whoever reviews the change");
    }
    let files = count(changes.len() as u64, "file");
    if changes.len() == 0 {
        output.note("nothing changes");
    } else if arguments.write && may_write {
        write_all(workspace, &changes)?;
        output.note(&format!("{files} written"));
    } else if arguments.write {
        output.note("a gate of `--deny` fails: nothing was written");
    } else {
        let how = if workspace.is_on_disk { "; `--write` writes them" } else { "" };
        output.note(&format!("{files} would change{how}"));
    }
    Ok(status)
}

/// A path as a note shows it.
fn quoted(path: &str) -> String {
    format!("`{}`", escape_control_chars(path))
}

fn write_all(workspace: &Workspace<'_>, changes: &FileChanges) -> Result<(), CliError> {
    match changes.write(&workspace.root)? {
        Rewritten::All => Ok(()),
        Rewritten::Changed(path) => Err(write::keeps_changing(path)),
    }
}
