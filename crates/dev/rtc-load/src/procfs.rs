//! What the kernel says about a process: processor time and resident memory, and our own file limit.

use anyhow::{Context, Result};

/// Ticks a second in `/proc/PID/stat`: USER_HZ, which is 100 on every Linux architecture we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of processor time, user and system, that all threads of the process have taken since it started.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    Ok(crate::media::process_ns(pid)? as f64 / 1e9)
}

/// Seconds of processor time that the whole machine has taken since its start, time stolen by other machines included.
pub fn machine_cpu_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?;
    parse_machine_cpu_seconds(&text).context("/proc/stat has no processor times")
}

/// Resident memory of the process in KiB.
pub fn resident_kib(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_resident_kib(&text).with_context(|| format!("{path} has no VmRSS"))
}

/// Raises the soft limit of open files to the hard one, for this process and the servers it starts, and returns it.
#[expect(unsafe_code, reason = "the standard library has no call for process limits")]
pub fn raise_open_files() -> Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a live, writable rlimit for both calls, which keep no pointer to it.
    let done = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit) == 0
        }
    };
    if done { Ok(limit.rlim_cur) } else { Err(std::io::Error::last_os_error()).context("open-file limit") }
}

/// The fields are user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); the two of waiting do not count.
fn parse_machine_cpu_seconds(stat: &str) -> Option<f64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<f64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let busy = ticks.iter().enumerate().filter(|(n, _)| !matches!(n, 3 | 4)).map(|(_, ticks)| ticks);
    Some(busy.sum::<f64>() / TICKS_PER_SECOND)
}

fn parse_resident_kib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_machine_is_busy_in_all_but_its_waiting_times() {
        let stat = "cpu  100 20 30 9999 8888 4 5 41 7 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(parse_machine_cpu_seconds(stat), Some(2.0));
        assert_eq!(parse_machine_cpu_seconds("intr 1"), None);
    }

    #[test]
    fn resident_memory_is_the_vmrss_line() {
        assert_eq!(parse_resident_kib("VmPeak:\t 9 kB\nVmRSS:\t  1234 kB\nThreads:\t2\n"), Some(1234.0));
        assert_eq!(parse_resident_kib("VmPeak:\t 9 kB\n"), None);
    }

    #[test]
    fn this_process_can_be_measured() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).unwrap() >= 0.0);
        assert!(resident_kib(pid).unwrap() > 100.0);
    }
}
