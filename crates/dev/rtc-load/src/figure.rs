//! The figures that `rtc-load calls` reports, each declared once: name, unit, direction and the bar it must meet.

/// A subject of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Subject {
    /// Signaling over WebSocket, against Node `ws`.
    Ws,
    /// The Socket.IO relay, against Node `socket.io`.
    Socketio,
    /// Room creation over REST, against Fastify with better-sqlite3.
    Rooms,
    /// Webhooks in, against Fastify with BullMQ on Redis; `rtc-load webhooks` measures it.
    #[value(skip)]
    Webhooks,
    /// A livestream's events, against node:http; `rtc-load sse` measures it.
    #[value(skip)]
    Sse,
}

impl Subject {
    /// In the order of the table.
    pub const ALL: [Self; 5] = [Self::Ws, Self::Socketio, Self::Rooms, Self::Webhooks, Self::Sse];

    /// What the table calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ws => "WebSocket signaling, against Node ws",
            Self::Socketio => "Socket.IO relay, against Node socket.io",
            Self::Rooms => "Room creation (SQLite, WAL, NORMAL), against Fastify + better-sqlite3",
            Self::Webhooks => "Webhooks in, against Fastify + BullMQ on Redis (its processor time included)",
            Self::Sse => "Events of one livestream (SSE), against node:http",
        }
    }

    /// What the JSON calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Socketio => "socketio",
            Self::Rooms => "rooms",
            Self::Webhooks => "webhooks",
            Self::Sse => "sse",
        }
    }
}

/// What our figure divided by the baseline's must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    /// At least so many times the baseline's.
    AtLeast(f64),
    /// At most so many times the baseline's.
    AtMost(f64),
}

impl Bar {
    /// Whether the ratio meets it.
    pub fn met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bar) => ratio >= bar,
            Self::AtMost(bar) => ratio <= bar,
        }
    }
}

impl std::fmt::Display for Bar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bar) => write!(f, "≥ {bar:.1}×"),
            Self::AtMost(bar) => write!(f, "≤ {bar:.1}×"),
        }
    }
}

/// One figure of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Messages for each second of the server's processor time, as fast as they come.
    PerCpuSecond,
    /// Messages a second, as fast as they come.
    PerSecond,
    /// Cores the server kept busy meanwhile.
    ServerCores,
    /// Cores the generator kept busy meanwhile: near one, it and not the server sets the pace.
    GeneratorCores,
    /// Median latency at half load.
    HalfLoadP50,
    /// 99th percentile of the latency at half load.
    HalfLoadP99,
    /// Messages for each second of the server's processor time at half load.
    HalfLoadPerCpuSecond,
    /// Resident memory of an idle, joined connection.
    IdleMemory,
    /// Joins a second.
    JoinsPerSecond,
    /// Processor time of a join.
    JoinCpu,
    /// Rooms created for each second of the server's processor time.
    RoomsPerCpuSecond,
    /// Rooms created a second.
    RoomsPerSecond,
    /// 99th percentile of a room creation.
    RoomsP99,
    /// Webhooks answered a second, durably queued.
    IntakePerSecond,
    /// 99th percentile of that answer.
    IntakeP99,
    /// Webhooks taken in and applied, a second, until the queue was empty.
    AppliedPerSecond,
    /// Webhooks taken in and applied for each second of processor time.
    AppliedPerCpuSecond,
    /// Events that reached a subscriber, for each second of the server's processor time.
    EventsPerCpuSecond,
    /// How long an event took to all subscribers.
    EventSpread,
    /// Resident memory of a subscriber that waits.
    SubscriberMemory,
}

impl Figure {
    /// In the order of the table.
    pub const ALL: [Self; 20] = [
        Self::PerCpuSecond,
        Self::PerSecond,
        Self::ServerCores,
        Self::GeneratorCores,
        Self::HalfLoadP50,
        Self::HalfLoadP99,
        Self::HalfLoadPerCpuSecond,
        Self::IdleMemory,
        Self::JoinsPerSecond,
        Self::JoinCpu,
        Self::RoomsPerCpuSecond,
        Self::RoomsPerSecond,
        Self::RoomsP99,
        Self::IntakePerSecond,
        Self::IntakeP99,
        Self::AppliedPerSecond,
        Self::AppliedPerCpuSecond,
        Self::EventsPerCpuSecond,
        Self::EventSpread,
        Self::SubscriberMemory,
    ];

    /// What the table calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PerCpuSecond => "messages per server CPU-second",
            Self::PerSecond => "messages a second",
            Self::ServerCores => "  server's cores meanwhile",
            Self::GeneratorCores => "  generator's cores meanwhile",
            Self::HalfLoadP50 => "latency p50 at half load",
            Self::HalfLoadP99 => "latency p99 at half load",
            Self::HalfLoadPerCpuSecond => "messages per server CPU-second at half load",
            Self::IdleMemory => "memory per idle connection",
            Self::JoinsPerSecond => "joins a second",
            Self::JoinCpu => "server CPU per join",
            Self::RoomsPerCpuSecond => "rooms per server CPU-second",
            Self::RoomsPerSecond => "rooms a second",
            Self::RoomsP99 => "latency p99",
            Self::IntakePerSecond => "durable answers a second",
            Self::IntakeP99 => "latency p99 of an answer",
            Self::AppliedPerSecond => "webhooks answered and applied a second",
            Self::AppliedPerCpuSecond => "webhooks answered and applied per CPU-second",
            Self::EventsPerCpuSecond => "events delivered per server CPU-second",
            Self::EventSpread => "from an event's first subscriber to its last",
            Self::SubscriberMemory => "memory per idle subscriber",
        }
    }

    /// What the JSON calls it, the unit last.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerCpuSecond => "messages_per_cpu_second",
            Self::PerSecond => "messages_per_second",
            Self::ServerCores => "server_cores",
            Self::GeneratorCores => "generator_cores",
            Self::HalfLoadP50 => "half_load_latency_p50_ms",
            Self::HalfLoadP99 => "half_load_latency_p99_ms",
            Self::HalfLoadPerCpuSecond => "half_load_messages_per_cpu_second",
            Self::IdleMemory => "idle_connection_kib",
            Self::JoinsPerSecond => "joins_per_second",
            Self::JoinCpu => "join_cpu_ms",
            Self::RoomsPerCpuSecond => "rooms_per_cpu_second",
            Self::RoomsPerSecond => "rooms_per_second",
            Self::RoomsP99 => "rooms_latency_p99_ms",
            Self::IntakePerSecond => "answers_per_second",
            Self::IntakeP99 => "answer_latency_p99_ms",
            Self::AppliedPerSecond => "applied_per_second",
            Self::AppliedPerCpuSecond => "applied_per_cpu_second",
            Self::EventsPerCpuSecond => "events_per_cpu_second",
            Self::EventSpread => "event_spread_ms",
            Self::SubscriberMemory => "idle_subscriber_kib",
        }
    }

    /// The unit behind a value; empty for counts.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::HalfLoadP50
            | Self::HalfLoadP99
            | Self::JoinCpu
            | Self::RoomsP99
            | Self::IntakeP99
            | Self::EventSpread => "ms",
            Self::IdleMemory | Self::SubscriberMemory => "KiB",
            _ => "",
        }
    }

    /// What is expected of the ratio, if anything is.
    pub const fn bar(self, subject: Subject) -> Option<Bar> {
        match (self, subject) {
            (Self::PerCpuSecond, Subject::Ws) => Some(Bar::AtLeast(2.0)),
            (Self::PerCpuSecond, Subject::Socketio) => Some(Bar::AtLeast(3.0)),
            (Self::HalfLoadP99 | Self::IdleMemory, _) => Some(Bar::AtMost(1.0)),
            (Self::RoomsPerCpuSecond | Self::RoomsPerSecond, _) => Some(Bar::AtLeast(2.0)),
            (Self::AppliedPerCpuSecond, _) => Some(Bar::AtLeast(3.0)),
            (Self::EventsPerCpuSecond, _) => Some(Bar::AtLeast(5.0)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_at_its_edge_and_on_the_right_side() {
        assert!(Bar::AtLeast(2.0).met(2.0) && Bar::AtLeast(2.0).met(3.0) && !Bar::AtLeast(2.0).met(1.99));
        assert!(Bar::AtMost(1.0).met(1.0) && Bar::AtMost(1.0).met(0.5) && !Bar::AtMost(1.0).met(1.01));
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::BTreeSet<_> = Figure::ALL.iter().map(|figure| figure.name()).collect();
        assert_eq!(names.len(), Figure::ALL.len());
    }
}
