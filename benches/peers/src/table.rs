//! The table that the program prints, row by row as they are measured.

use crate::peer::Measured;
use precedent::text::number;
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
            number(measured.cells as u64),
            seconds(measured.time),
            number(rate as u64),
        );
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
