//! What is measured: rooms, who publishes in them, and who receives.

use serde::Serialize;

/// A case of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// One video to so many subscribers.
    FanoutVideo(usize),
    /// One voice to so many subscribers.
    FanoutAudio(usize),
    /// So many rooms with one video to fifty subscribers each: a load to measure latency under.
    Fanouts(usize),
    /// So many people who all see and hear each other, with three layers each.
    Meeting(usize),
    /// So many rooms of three, each publishing voice and a small video.
    ManyRooms(usize),
}

/// The video of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Video {
    /// None.
    None,
    /// One encoding, bit/s.
    Single(u32),
    /// Three encodings.
    Simulcast,
}

/// A case spelled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Rooms, all alike.
    pub rooms: usize,
    /// Peers of a room who publish, and receive what the others publish.
    pub members: usize,
    /// Peers of a room who receive only.
    pub viewers: usize,
    /// Whether members speak.
    pub audio: bool,
    /// Whether members show themselves.
    pub video: Video,
}

/// bit/s of the layers of a simulcast, from the lowest.
pub const SIMULCAST: [u32; 3] = [150_000, 500_000, 1_500_000];

impl Case {
    /// All of the full benchmark.
    pub const ALL: [Self; 7] = [
        Self::FanoutVideo(50),
        Self::FanoutVideo(100),
        Self::FanoutVideo(300),
        Self::FanoutAudio(500),
        Self::Fanouts(20),
        Self::Meeting(10),
        Self::ManyRooms(50),
    ];

    /// As the command line and the JSON name it.
    pub fn name(self) -> String {
        match self {
            Self::FanoutVideo(n) => format!("fanout-video-{n}"),
            Self::FanoutAudio(n) => format!("fanout-audio-{n}"),
            Self::Fanouts(n) => format!("fanouts-{n}"),
            Self::Meeting(n) => format!("meeting-{n}"),
            Self::ManyRooms(n) => format!("many-rooms-{n}"),
        }
    }

    /// As the table names it.
    pub fn title(self) -> String {
        match self {
            Self::FanoutVideo(n) => format!("Video, 1.5 Mbit/s of 1,100-byte packets: 1 to {n}"),
            Self::FanoutAudio(n) => format!("Voice, 50 packets/s of 80 bytes: 1 to {n}"),
            Self::Fanouts(n) => format!("{n} rooms of one video to 50"),
            Self::Meeting(n) => {
                format!("Meeting {n} x {n}: voice and three layers of video each, all see all")
            }
            Self::ManyRooms(n) => {
                format!("{n} rooms of three: voice and 300 kbit/s of video each, all see all")
            }
        }
    }

    /// Spelled out.
    pub fn shape(self) -> Shape {
        let shape = Shape { rooms: 1, members: 1, viewers: 0, audio: false, video: Video::None };
        match self {
            Self::FanoutVideo(n) => Shape { viewers: n, video: Video::Single(1_500_000), ..shape },
            Self::FanoutAudio(n) => Shape { viewers: n, audio: true, ..shape },
            Self::Fanouts(n) => Shape { rooms: n, viewers: 50, video: Video::Single(1_500_000), ..shape },
            Self::Meeting(n) => Shape { members: n, audio: true, video: Video::Simulcast, ..shape },
            Self::ManyRooms(n) => {
                Shape { rooms: n, members: 3, audio: true, video: Video::Single(300_000), ..shape }
            }
        }
    }
}

impl std::str::FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = "fanout-video-N, fanout-audio-N, fanouts-N, meeting-N, many-rooms-N";
        let (name, number) = text.rsplit_once('-').ok_or_else(|| format!("{text} is none of {known}"))?;
        let number: usize = number.parse().map_err(|_| format!("{text} does not end in a number"))?;
        match (name, number) {
            ("fanout-video", 1..=2_000) => Ok(Self::FanoutVideo(number)),
            ("fanout-audio", 1..=2_000) => Ok(Self::FanoutAudio(number)),
            ("fanouts", 1..=100) => Ok(Self::Fanouts(number)),
            ("meeting", 2..=50) => Ok(Self::Meeting(number)),
            ("many-rooms", 1..=500) => Ok(Self::ManyRooms(number)),
            _ => Err(format!("{text} is none of {known}, or its number is out of range")),
        }
    }
}

impl Shape {
    /// Peers that receive something.
    pub fn subscribers(&self) -> usize {
        self.rooms * (self.viewers + if self.members > 1 { self.members } else { 0 })
    }

    /// Tracks that a member publishes.
    pub fn tracks(&self) -> usize {
        usize::from(self.audio) + usize::from(self.video != Video::None)
    }

    /// Tracks sent to subscribers, in all.
    pub fn consumers(&self) -> usize {
        let of_members = self.members * (self.members - 1);
        self.rooms * self.tracks() * (of_members + self.viewers * self.members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_by_its_name() {
        for case in Case::ALL {
            assert_eq!(case.name().parse(), Ok(case));
        }
        for wrong in ["fanout-video", "fanout-video-0", "meeting-1", "meeting-x", "-5"] {
            assert!(wrong.parse::<Case>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn shapes_count_who_receives_what() {
        let of = |case: Case| (case.shape().subscribers(), case.shape().consumers());
        assert_eq!(of(Case::FanoutVideo(50)), (50, 50));
        assert_eq!(of(Case::Meeting(10)), (10, 180));
        assert_eq!(of(Case::ManyRooms(50)), (150, 600));
    }
}
