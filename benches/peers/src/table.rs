//! The table that the program prints, row by row as they are measured.

use crate::peer::Measured;
use std::time::Duration;

pub struct Table;

impl Table {
    pub fn begin() -> Table {
        println!(
            "{:<10}{:<40}{:>9}{:>15}{:>10}{:>18}",
            "engine", "how it is asked", "load", "cells asked", "time", "cells per second"
        );
        Table
    }

    pub fn row(&self, engine: &str, way: &str, load: Duration, measured: &Measured) {
        let rate = measured.cells as f64 / measured.time.as_secs_f64();
        println!(
            "{engine:<10}{way:<40}{:>9}{:>15}{:>10}{:>18}",
            seconds(load),
            thousands(measured.cells),
            seconds(measured.time),
            thousands(rate as usize),
        );
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
