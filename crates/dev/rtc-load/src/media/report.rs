//! Collects the rounds and tells them: a table a case for people, JSON for machines.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::cases::Case;
use super::measure::{Outcome, Timing};
use super::peers::Peer;
use crate::report::thousands;
use crate::stats::Summary;

/// What we must move for each packet of tuned Janus, in the same processor time.
const TIMES_JANUS: f64 = 5.0;
/// Our share of the machine's limit in fan-out of video.
const SHARE_OF_LIMIT: f64 = 0.4;
/// KiB a subscriber at most.
const KIB_MAX: f64 = 200.0;
/// Added latency at most, 99th percentile.
const P99_MS_MAX: f64 = 2.0;
/// More cores than this taken by other processes make a measurement doubtful.
const DISTURBED_CORES: f64 = 0.1;

/// Every outcome of every round.
#[derive(Default)]
pub struct Report {
    rounds: BTreeMap<(Case, Peer), Vec<Outcome>>,
    notes: Vec<String>,
}

impl Report {
    /// Adds one round of one server in one case.
    pub fn add(&mut self, case: Case, peer: Peer, outcome: Outcome) {
        self.rounds.entry((case, peer)).or_default().push(outcome);
    }

    /// Adds a sentence that belongs under the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases: Vec<Case> = self.rounds.keys().map(|(case, _)| *case).collect();
        cases.dedup();
        cases
    }

    fn summary(&self, case: Case, peer: Peer, of: impl Fn(&Outcome) -> Option<f64>) -> Option<Summary> {
        let values: Vec<f64> = self.rounds.get(&(case, peer))?.iter().filter_map(of).collect();
        Summary::of(&values)
    }

    /// Packets per CPU-second of one server divided by another's, round by round.
    fn ratio(&self, case: Case, peer: Peer, to: Peer) -> Option<Summary> {
        let (ours, theirs) = (self.rounds.get(&(case, peer))?, self.rounds.get(&(case, to))?);
        let pairs = ours.iter().zip(theirs);
        let ratios = pairs.map(|(ours, theirs)| ours.packets_per_cpu_second / theirs.packets_per_cpu_second);
        Summary::of(&ratios.collect::<Vec<_>>())
    }

    /// The tables, one a case, then what is expected and whether it holds.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for case in self.cases() {
            let title = case.title();
            let _ = writeln!(table, "\n{title}\n{}", "-".repeat(title.chars().count()));
            let _ = writeln!(
                table,
                "{:<14} {:>17} {:>9} {:>9} {:>6} {:>7} {:>8} {:>8} {:>8} {:>9}",
                "",
                "packets/CPU-s",
                "µs/packet",
                "packets/s",
                "cores",
                "lost %",
                "p50 ms",
                "p99 ms",
                "KiB/sub",
                "x janus"
            );
            for (of, peer) in self.rounds.keys().filter(|(of, _)| *of == case) {
                let _ = writeln!(table, "{}", self.row(*of, *peer));
            }
            self.verdicts(case).into_iter().for_each(|verdict| {
                let _ = writeln!(table, "{verdict}");
            });
        }
        table.push('\n');
        for note in self.notes.iter().chain(&self.disturbance()) {
            let _ = writeln!(table, "{note}");
        }
        table
    }

    fn row(&self, case: Case, peer: Peer) -> String {
        let median =
            |of: fn(&Outcome) -> Option<f64>| self.summary(case, peer, of).map(|summary| summary.median);
        let shown = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let rate = self.summary(case, peer, |outcome| Some(outcome.packets_per_cpu_second));
        let (count, micros) = rate.map_or_else(Default::default, |rate| {
            let count = thousands(rate.median.round() as i64);
            (format!("{count} ±{:.0}%", rate.spread_percent()), 1e6 / rate.median)
        });
        let per_second = median(|outcome| Some(outcome.packets_per_second)).unwrap_or_default();
        let memory = median(|outcome| Some(outcome.kib_per_subscriber)).filter(|_| peer != Peer::Limit);
        let ratio = self.ratio(case, peer, Peer::Janus).map(|ratio| ratio.median);
        format!(
            "{:<14} {count:>17} {micros:>9.2} {:>9} {:>6} {:>7} {:>8} {:>8} {:>8} {:>9}",
            peer.name(),
            thousands(per_second.round() as i64),
            shown(median(|outcome| Some(outcome.server_cores)), 3),
            shown(median(|outcome| Some(outcome.lost_percent)), 3),
            shown(median(|outcome| outcome.latency_p50_ms), 2),
            shown(median(|outcome| outcome.latency_p99_ms), 2),
            shown(memory, 0),
            shown(ratio, 2),
        )
    }

    /// What is expected of us in a case, each with its figure.
    fn verdicts(&self, case: Case) -> Vec<String> {
        let ours = Peer::RtcPlatform;
        let median =
            |of: fn(&Outcome) -> Option<f64>| self.summary(case, ours, of).map(|summary| summary.median);
        let said = |met: bool| if met { "met" } else { "not met" };
        let mut verdicts = Vec::new();
        if let Some(ratio) = self.ratio(case, ours, Peer::Janus) {
            let (by, met) = (times(&ratio), said(ratio.median >= TIMES_JANUS));
            verdicts.push(format!("  {by} of tuned Janus; expected ≥ {TIMES_JANUS}×: {met}"));
        }
        if let Some(ratio) = self.ratio(case, ours, Peer::Mediasoup) {
            verdicts.push(format!(
                "  {} of mediasoup; expected ≥ 2×: {}",
                times(&ratio),
                said(ratio.median >= 2.0)
            ));
        }
        if let Some(share) = self.ratio(case, ours, Peer::Limit) {
            let percent = share.median * 100.0;
            let bar = match case {
                Case::FanoutVideo(_) => {
                    format!("; expected ≥ 40 %: {}", said(share.median >= SHARE_OF_LIMIT))
                }
                _ => String::new(),
            };
            verdicts.push(format!("  {percent:.0} % of the machine's limit{bar}"));
        }
        // A member of a meeting publishes too, and receives many tracks: its memory is not a subscriber's.
        let crowd = matches!(case, Case::FanoutVideo(_) | Case::FanoutAudio(_) | Case::Fanouts(_));
        if let Some(kib) = median(|outcome| Some(outcome.kib_per_subscriber)).filter(|_| crowd) {
            verdicts.push(format!(
                "  {kib:.0} KiB a subscriber; expected ≤ {KIB_MAX} KB: {}",
                said(kib <= KIB_MAX)
            ));
        }
        if let Some(p99) =
            median(|outcome| outcome.latency_p99_ms).filter(|_| matches!(case, Case::Fanouts(_)))
        {
            let cores = median(|outcome| Some(outcome.server_cores)).unwrap_or_default();
            verdicts.push(format!(
                "  latency p99 {p99:.2} ms at {cores:.2} cores; expected ≤ {P99_MS_MAX} ms at half load: {}",
                said(p99 <= P99_MS_MAX)
            ));
        }
        verdicts
    }

    /// How quiet the machine was: all servers share it with whatever else runs.
    fn disturbance(&self) -> Option<String> {
        let others: Vec<f64> = self.rounds.values().flatten().map(|outcome| outcome.other_cores).collect();
        let others = Summary::of(&others)?;
        let advice = if others.median > DISTURBED_CORES { "; run it again on a quiet machine" } else { "" };
        let (median, most) = (others.median, others.max);
        Some(format!("Other processes took {median:.2} cores meanwhile (median; at most {most:.2}){advice}."))
    }

    /// The same for machines, with every round.
    pub fn json(&self, machine: Value, timing: Timing) -> Value {
        let rows = self.rounds.iter().map(|((case, peer), rounds)| {
            json!({
                "case": case.name(),
                "shape": case.shape(),
                "consumers": case.shape().consumers(),
                "peer": peer.name(),
                "packets_per_cpu_second": self.summary(*case, *peer, |outcome| Some(outcome.packets_per_cpu_second)),
                "times_janus": self.ratio(*case, *peer, Peer::Janus),
                "times_mediasoup": self.ratio(*case, *peer, Peer::Mediasoup),
                "share_of_limit": self.ratio(*case, *peer, Peer::Limit),
                "rounds": rounds,
            })
        });
        json!({ "machine": machine, "timing": timing, "rows": rows.collect::<Vec<_>>(), "notes": self.notes })
    }
}

/// The median ratio, and its range when there were several rounds.
fn times(ratio: &Summary) -> String {
    match ratio.rounds.len() {
        1 => format!("{:.2}×", ratio.median),
        _ => format!("{:.2}× ({:.2}–{:.2})", ratio.median, ratio.min, ratio.max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(packets_per_cpu_second: f64) -> Outcome {
        Outcome {
            packets_per_cpu_second,
            packets_per_second: 8_500.0,
            bytes_per_packet: 1_126.0,
            packets_in_per_second: 170.0,
            lost_percent: 0.0,
            other_packets_per_second: 0.0,
            server_cores: 0.1,
            generator_cores: 0.1,
            other_cores: 0.0,
            latency_p50_ms: Some(0.2),
            latency_p99_ms: Some(2.5),
            kib_per_subscriber: 50.0,
            set_up_seconds: 1.0,
            verified: 100,
            silent_streams: 0,
            key_frames_asked: 1,
            packets_asked_again: 0,
            ciphers: "Aead256Gcm 51".into(),
        }
    }

    #[test]
    fn a_case_tells_ratios_round_by_round_and_what_is_met() {
        let mut report = Report::default();
        for (peer, rates) in [
            (Peer::RtcPlatform, [600_000.0, 300_000.0, 620_000.0]),
            (Peer::Janus, [100_000.0, 50_000.0, 100_000.0]),
            (Peer::Limit, [1_200_000.0, 600_000.0, 1_240_000.0]),
        ] {
            rates.iter().for_each(|rate| report.add(Case::FanoutVideo(50), peer, outcome(*rate)));
        }
        let table = report.table();
        for part in [
            "600,000 ±27%",
            "6.00× (6.00–6.20) of tuned Janus; expected ≥ 5×: met",
            "50 % of the machine's limit; expected ≥ 40 %: met",
            "50 KiB a subscriber; expected ≤ 200 KB: met",
        ] {
            assert!(table.contains(part), "{part} in {table}");
        }
        report.add(Case::Fanouts(20), Peer::RtcPlatform, outcome(600_000.0));
        let latency = "latency p99 2.50 ms at 0.10 cores; expected ≤ 2 ms at half load: not met";
        assert!(report.table().contains(latency));
        let timing = Timing { warm_up: 1.0, window: 1.0, latency: 1.0 };
        let json = report.json(Value::Null, timing);
        assert_eq!(json["rows"][0]["times_janus"]["median"], 6.0);
        assert_eq!(json["rows"][0]["rounds"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn a_server_alone_has_no_ratio() {
        let mut report = Report::default();
        report.add(Case::Meeting(10), Peer::RtcPlatform, outcome(500_000.0));
        report.note("janus is left out: it is not installed.".to_owned());
        let table = report.table();
        assert!(!table.contains("of tuned Janus") && table.contains("left out"));
        assert!(!table.contains("expected ≥ 40 %"));
    }
}
