//! A stretch of time in which something is measured: who took how much processor time meanwhile.

use std::time::Instant;

use anyhow::Result;

use crate::procfs;
use crate::server::Server;

/// An open stretch of time.
pub struct Window<'a> {
    server: &'a Server,
    began: Instant,
    server_cpu: f64,
    generator_cpu: f64,
    machine_cpu: f64,
}

/// Processor time taken in a stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// How long it was, in seconds.
    pub seconds: f64,
    /// The server's share, in seconds.
    pub server_cpu: f64,
    /// This generator's share, in seconds.
    pub generator_cpu: f64,
    /// What everything else on the machine took, in cores: near zero, or the figures are disturbed.
    pub other_cores: f64,
}

impl<'a> Window<'a> {
    /// Begins to measure.
    pub fn open(server: &'a Server) -> Result<Self> {
        Ok(Self {
            server,
            server_cpu: server.cpu_seconds()?,
            generator_cpu: procfs::cpu_seconds(std::process::id())?,
            machine_cpu: procfs::machine_cpu_seconds()?,
            began: Instant::now(),
        })
    }

    /// Ends it.
    pub fn close(self) -> Result<Usage> {
        let seconds = self.began.elapsed().as_secs_f64();
        let server_cpu = self.server.cpu_seconds()? - self.server_cpu;
        let generator_cpu = procfs::cpu_seconds(std::process::id())? - self.generator_cpu;
        let others = procfs::machine_cpu_seconds()? - self.machine_cpu - server_cpu - generator_cpu;
        Ok(Usage { seconds, server_cpu, generator_cpu, other_cores: (others / seconds).max(0.0) })
    }
}
