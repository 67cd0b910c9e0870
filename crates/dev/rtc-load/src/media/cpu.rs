//! What the server takes: processor time to the nanosecond, and memory.

use anyhow::{Context, Result, ensure};

/// Nanoseconds of processor time, user and system, of all threads that the process has or had.
///
/// The kernel's clock of a process: `/proc/PID/stat` counts in steps of 10 ms, too coarse for a server that
/// needs a few hundredths of a core.
#[expect(unsafe_code, reason = "the standard library has no clock of another process")]
pub fn process_ns(pid: u32) -> Result<u64> {
    let mut clock = 0;
    // SAFETY: `clock` is a live, writable clockid_t for the call.
    let found = unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) };
    ensure!(found == 0, "process {pid} has no processor clock");
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live, writable timespec for the call.
    let read = unsafe { libc::clock_gettime(clock, &mut time) };
    ensure!(read == 0, "the processor clock of process {pid} cannot be read");
    Ok(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// Memory of the process in KiB: the private part and its share of what it shares with others.
pub fn memory_kib(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_rss(&text).with_context(|| format!("{path} has no Rss"))
}

fn parse_rss(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_clock_of_a_process_runs_with_its_work() {
        let pid = std::process::id();
        let before = process_ns(pid).expect("this process has one");
        let mut sum = 0_u64;
        while process_ns(pid).expect("still") < before + 1_000_000 {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(sum > 0);
        assert!(memory_kib(pid).expect("readable") > 100.0);
    }

    #[test]
    fn resident_memory_is_the_rss_line() {
        assert_eq!(parse_rss("0-1 r 00:00 0 [rollup]\nRss:   1234 kB\nPss: 1 kB\n"), Some(1234.0));
        assert_eq!(parse_rss("Pss: 1 kB\n"), None);
    }
}
