//! `precedent matrix --format parquet`: what engines answer over the tables is what the CSV says. Each
//! engine is asked where its Python package is installed.

#![cfg(feature = "parquet")]

use crate::cli::{precedent, scratch, text};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Prints the rows of the view as JSON, in a fixed order. `$ENGINE` makes the view and asks for it.
const ASK: &str = "
import json, sys
folder = sys.argv[1]
tables = ['subjects', 'endpoints', 'starts', 'cells']
view = open(folder + '/matrix.sql').read()
$ENGINE
print(json.dumps(sorted([list(row) for row in rows])))
";

const DUCKDB: &str = "
import duckdb
engine = duckdb.connect()
for table in tables:
    engine.execute(f\"CREATE VIEW {table} AS SELECT * FROM '{folder}/{table}.parquet'\")
engine.execute(view)
rows = engine.execute('SELECT * FROM matrix').fetchall()
";

const DATAFUSION: &str = "
import datafusion
engine = datafusion.SessionContext()
for table in tables:
    engine.register_parquet(table, f'{folder}/{table}.parquet')
engine.sql(view)
rows = list(zip(*engine.sql('SELECT * FROM matrix').to_pydict().values()))
";

const SPARK: &str = "
from pyspark.sql import SparkSession
engine = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false').getOrCreate()
for table in tables:
    engine.read.parquet(f'{folder}/{table}.parquet').createOrReplaceTempView(table)
engine.sql(view.replace('CREATE VIEW', 'CREATE TEMPORARY VIEW'))
rows = engine.sql('SELECT * FROM matrix').collect()
";

fn python(arguments: &[&str]) -> Option<String> {
    let found = Command::new("python3").args(arguments).output().ok()?;
    found.status.success().then(|| String::from_utf8(found.stdout).expect("UTF-8"))
}

fn tables(example: &str, folder: &Path) {
    let run = precedent(&["matrix", example, "--format", "parquet", "-o", text(folder)]);
    assert_eq!((run.status, &*run.stdout), (0, ""), "{}", run.stderr);
}

fn assert_engine_agrees(package: &str, engine: &str) {
    if python(&["-c", &format!("import {package}")]).is_none() {
        let note = format!("note: no {package} is installed, so it was NOT asked over the tables");
        writeln!(std::io::stderr(), "{note}").expect("a note");
        return;
    }
    let folder = scratch(&[]);
    // With one slot and with two, with portals, presence and an embassy.
    for example in ["examples/acme", "examples/helpdesk-rs", "examples/bomgar-classic"] {
        let folder = folder.path().join(example);
        tables(example, &folder);
        let found = python(&["-c", &ASK.replace("$ENGINE", engine), text(&folder)]).expect("rows");
        let found: Vec<Vec<String>> = serde_json::from_str(&found).expect("JSON");
        let csv = precedent(&["matrix", example, "--rows", "each", "--format", "csv"]).stdout;
        let mut expected: Vec<Vec<String>> = crate::support::rows(&csv);
        expected.sort();
        assert_eq!(found.len(), expected.len(), "{example}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{example}");
        }
    }
}

#[test]
fn duckdb_answers_what_the_csv_says() {
    assert_engine_agrees("duckdb", DUCKDB);
}

#[test]
fn datafusion_answers_what_the_csv_says() {
    assert_engine_agrees("datafusion", DATAFUSION);
}

#[test]
fn spark_answers_what_the_csv_says() {
    assert_engine_agrees("pyspark", SPARK);
}

#[test]
fn the_tables_are_the_same_bytes_each_time_and_stay_off_what_is_read() {
    let folder = scratch(&[("a.prec", "user \"ada\"\n")]);
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    tables("examples/acme", &one);
    tables("examples/acme", &other);
    for name in ["subjects", "endpoints", "starts", "cells"] {
        let read = |folder: &Path| std::fs::read(folder.join(format!("{name}.parquet")));
        let bytes = read(&one).expect("written");
        assert!(bytes.starts_with(b"PAR1") && bytes == read(&other).expect("written"));
    }
    let path = text(folder.path());
    for wrong in [
        &["matrix", path, "--format", "parquet"][..],
        &["matrix", path, "--format", "parquet", "-o", &format!("{path}/a.prec")],
        &["matrix", path, "--format", "parquet", "-o", path, "--by", "person"],
        &["matrix", path, "--format", "parquet", "-o", path, "--holds", "shell == deny"],
    ] {
        assert_eq!(precedent(wrong).status, 2, "{wrong:?}");
    }
}
