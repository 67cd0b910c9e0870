//! Collects the rounds and tells them: a table for people, JSON for machines.
//!
//! A ratio is the median of the rounds' ratios, not the ratio of the medians.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::figure::{Figure, Subject};
use crate::server::Peer;
use crate::stats::Summary;

/// Every figure of every round.
#[derive(Default)]
pub struct Report {
    rounds: BTreeMap<(Subject, Figure, Peer), Vec<f64>>,
    notes: Vec<String>,
}

/// One line of the table.
struct Row {
    subject: Subject,
    figure: Figure,
    ours: Option<Summary>,
    baseline: Option<Summary>,
}

impl Row {
    /// Ours divided by the baseline's, round by round: the two of a round ran side by side, so what slowed the
    /// machine in that round slowed both.
    fn ratio(&self) -> Option<Summary> {
        let (ours, baseline) = (self.ours.as_ref()?, self.baseline.as_ref()?);
        let pairs = ours.rounds.iter().zip(&baseline.rounds).filter(|(_, baseline)| **baseline != 0.0);
        Summary::of(&pairs.map(|(ours, baseline)| ours / baseline).collect::<Vec<_>>())
    }

    /// The expected bar and whether it is met.
    fn verdict(&self) -> String {
        let Some(bar) = self.figure.bar(self.subject) else {
            return String::new();
        };
        match self.ratio() {
            Some(ratio) => format!("{bar} {}", if bar.met(ratio.median) { "met" } else { "not met" }),
            None => format!("{bar} not compared"),
        }
    }

    fn json(&self) -> Value {
        let (bar, ratio) = (self.figure.bar(self.subject), self.ratio());
        json!({
            "subject": self.subject.name(),
            "figure": self.figure.name(),
            "ours": self.ours,
            "baseline": self.baseline,
            "ratio": ratio,
            "bar": bar.map(|bar| bar.to_string()),
            "met": bar.and_then(|bar| ratio.as_ref().map(|ratio| bar.met(ratio.median))),
        })
    }
}

impl Report {
    /// Adds one round of one figure.
    pub fn add(&mut self, subject: Subject, peer: Peer, figure: Figure, value: f64) {
        self.rounds.entry((subject, figure, peer)).or_default().push(value);
    }

    /// Adds a sentence that belongs under the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The rounds of one figure so far, summarised.
    pub fn summary(&self, subject: Subject, peer: Peer, figure: Figure) -> Option<Summary> {
        Summary::of(self.rounds.get(&(subject, figure, peer))?)
    }

    fn rows(&self) -> Vec<Row> {
        let all = Subject::ALL.into_iter().flat_map(|subject| Figure::ALL.map(|figure| (subject, figure)));
        all.map(|(subject, figure)| Row {
            subject,
            figure,
            ours: self.summary(subject, Peer::Ours, figure),
            baseline: self.summary(subject, Peer::Baseline, figure),
        })
        .filter(|row| row.ours.is_some() || row.baseline.is_some())
        .collect()
    }

    /// The table: medians with their spread, the ratio, and the bar.
    pub fn table(&self) -> String {
        let mut table = String::new();
        let mut last = None;
        for row in self.rows() {
            if last.replace(row.subject) != Some(row.subject) {
                let title = row.subject.title();
                let _ = writeln!(table, "\n{title}\n{}", "-".repeat(title.chars().count()));
                let _ = line(&mut table, "", "rtc-platform", "baseline", "ratio", "expected");
            }
            let ratio = row.ratio().map_or_else(|| "-".to_owned(), |ratio| times(&ratio));
            let cell = |summary: &Option<Summary>| {
                summary.as_ref().map_or_else(|| "-".to_owned(), |summary| shown(summary, row.figure.unit()))
            };
            let (ours, baseline) = (cell(&row.ours), cell(&row.baseline));
            let _ = line(&mut table, row.figure.title(), &ours, &baseline, &ratio, &row.verdict());
        }
        if !self.notes.is_empty() {
            table.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(table, "{note}");
        }
        table
    }

    /// The same for machines, with every round.
    pub fn json(&self, machine: Value) -> Value {
        let rows: Vec<Value> = self.rows().iter().map(Row::json).collect();
        json!({ "machine": machine, "rows": rows, "notes": self.notes })
    }
}

fn line(to: &mut String, name: &str, ours: &str, baseline: &str, ratio: &str, bar: &str) -> std::fmt::Result {
    let text = format!("{name:<44} {ours:>20} {baseline:>20} {ratio:>18}  {bar}");
    writeln!(to, "{}", text.trim_end())
}

/// A median with as many digits as it deserves, its unit, and the spread when there were several rounds.
fn shown(summary: &Summary, unit: &str) -> String {
    let value = summary.median;
    let number = match value.abs() {
        v if v >= 1000.0 => thousands(value.round() as i64),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    let spread = match summary.rounds.len() {
        1 => String::new(),
        _ => format!(" ±{:.0}%", summary.spread_percent()),
    };
    let space = if unit.is_empty() { "" } else { " " };
    format!("{number}{space}{unit}{spread}")
}

/// The median ratio, and its range when there were several rounds.
fn times(ratio: &Summary) -> String {
    match ratio.rounds.len() {
        1 => format!("{:.2}×", ratio.median),
        _ => format!("{:.2}× ({:.2}–{:.2})", ratio.median, ratio.min, ratio.max),
    }
}

/// Digits in groups of three.
pub fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let grouped: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    format!("{}{}", if value < 0 { "-" } else { "" }, grouped.join(","))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn report(ours: &[f64], baseline: &[f64]) -> Report {
        let mut report = Report::default();
        for value in ours {
            report.add(Subject::Ws, Peer::Ours, Figure::PerCpuSecond, *value);
        }
        for value in baseline {
            report.add(Subject::Ws, Peer::Baseline, Figure::PerCpuSecond, *value);
        }
        report
    }

    #[test]
    fn a_row_shows_medians_ratio_and_verdict() {
        let table = report(&[210_000.0, 200_000.0, 190_000.0], &[80_000.0, 100_000.0, 90_000.0]).table();
        let row = table.lines().find(|line| line.starts_with("messages per server")).unwrap();
        for part in ["200,000 ±5%", "90,000 ±11%", "2.11× (2.00–2.62)", "≥ 2.0× met"] {
            assert!(row.contains(part), "{part} in {row}");
        }
    }

    #[test]
    fn a_slow_round_of_the_machine_does_not_move_the_ratio() {
        let report = report(&[200.0, 100.0, 210.0], &[100.0, 50.0, 105.0]);
        assert!(report.table().contains("2.00× (2.00–2.00)"));
    }

    #[test]
    fn a_bar_that_is_missed_is_said_plainly() {
        assert!(report(&[100.0], &[90.0]).table().contains("≥ 2.0× not met"));
    }

    #[test]
    fn a_single_peer_has_no_ratio_and_no_verdict() {
        let report = report(&[], &[90.0]);
        assert!(report.table().contains("≥ 2.0× not compared"));
        let json = report.json(Value::Null);
        assert_eq!(json["rows"][0]["ratio"], Value::Null);
        assert_eq!(json["rows"][0]["met"], Value::Null);
    }

    #[test]
    fn the_json_holds_every_round_and_the_verdict() {
        let json = report(&[3.0, 5.0], &[2.0]).json(json!({ "cores": 2 }));
        let row = &json["rows"][0];
        assert_eq!(row["ours"]["rounds"], json!([3.0, 5.0]));
        assert_eq!((&row["ratio"]["median"], &row["met"]), (&json!(1.5), &json!(false)));
        assert_eq!(json["machine"]["cores"], 2);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(-12_345_678), "-12,345,678");
    }
}
