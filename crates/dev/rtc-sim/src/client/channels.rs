//! A client's data channels.

use super::Client;
use rtc_sfu::Time;
use str0m::channel::{ChannelConfig, ChannelId, Reliability};

impl Client {
    /// Opens a channel on an SCTP stream that signaling agreed on.
    pub fn open_channel(&mut self, stream: u16, ordered: bool, reliability: Reliability) -> ChannelId {
        let config = ChannelConfig {
            label: "channel".into(),
            ordered,
            reliability,
            negotiated: Some(stream),
            protocol: String::new(),
        };
        self.rtc.direct_api().create_data_channel(config)
    }

    /// Sends a message; `false` where there is no room or the channel is not open yet.
    pub fn send_message(&mut self, channel: ChannelId, message: &[u8]) -> bool {
        self.next_timeout = Time::ZERO;
        self.rtc.channel(channel).is_some_and(|mut channel| channel.write(true, message).unwrap_or(false))
    }
}
