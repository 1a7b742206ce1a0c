//! `kernel-v3`: whole user operations with all their intermediates, and rows of pure encodings.

mod build;
mod case;
mod rows;

use serde_json::Value;

use super::Report;

pub fn run(file: &Value) -> Option<Report> {
    if file["protocol"] != "kernel-v3" {
        return None;
    }
    let mut report = Report::default();
    if let Some(rows) = file["rows"].as_array() {
        rows.iter()
            .enumerate()
            .for_each(|(index, row)| rows::check(&mut report, &format!("row {index}"), row));
    } else {
        case::check(&mut report, file);
    }
    Some(report)
}
