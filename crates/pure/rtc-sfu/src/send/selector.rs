//! Which packets of a producer one subscriber gets.
//!
//! A picture's size changes on key frames only, and until the key frame comes the old size goes on. The rate
//! of frames changes where the codec allows it. Timing and numbering are [`super::consumer`]'s.

use super::Layers;
use crate::codec::Payload;
use rtc_types::ortc::ProducerType;

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Send it. `switched`: it is the first of another stream than the last one sent.
    Send {
        /// See above.
        switched: bool,
    },
    /// Leave it out: its number goes to the next packet.
    Drop,
    /// It is of a stream that is not sent.
    Ignore,
}

/// The choice for one subscriber.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    kind: ProducerType,
    video: bool,
    target: Option<Layers>,
    current: Option<Layers>,
}

impl Selector {
    /// A choice that begins at the next key frame (a voice: at once).
    pub(crate) fn new(kind: ProducerType, video: bool, target: Option<Layers>) -> Self {
        Self { kind, video, target, current: None }
    }

    /// The layers that are sent now.
    pub(crate) fn current(&self) -> Option<Layers> {
        self.current
    }

    /// The layers that are to be sent.
    pub(crate) fn target(&self) -> Option<Layers> {
        self.target
    }

    /// Sets what is to be sent; `None` stops at once.
    pub(crate) fn set_target(&mut self, target: Option<Layers>) {
        self.target = target;
        if target.is_none() {
            self.current = None;
        }
    }

    /// The stream turns out to have spatial layers; of them, `wanted` are to be sent if anything is.
    pub(crate) fn become_layered(&mut self, wanted: Option<Layers>) {
        self.kind = ProducerType::Svc;
        self.target = self.target.and(wanted);
    }

    /// Begin anew with a key frame, as after a pause.
    pub(crate) fn restart(&mut self) {
        self.current = None;
    }

    /// The stream (counted from the lowest layer) of which a key frame is needed to do what is wanted.
    pub(crate) fn key_frame_needed(&self) -> Option<u8> {
        let target = self.target.filter(|_| self.video)?;
        match (self.kind, self.current) {
            (ProducerType::Simulcast, None) => Some(target.spatial),
            (ProducerType::Simulcast, Some(current)) => {
                (current.spatial != target.spatial).then_some(target.spatial)
            }
            (_, None) => Some(0),
            (ProducerType::Svc, Some(current)) => (current.spatial < target.spatial).then_some(0),
            (ProducerType::Simple, Some(_)) => None,
        }
    }

    /// Whether packets of stream `stream` are sent now.
    pub(crate) fn is_sending(&self, stream: u8) -> bool {
        self.current.is_some_and(|current| match self.kind {
            ProducerType::Simulcast => current.spatial == stream,
            ProducerType::Simple | ProducerType::Svc => true,
        })
    }

    /// Judges a packet without a payload: padding, which publishers probe with. It is not passed on, and must
    /// not be waited for.
    pub(crate) fn judge_empty(&self, stream: u8) -> Verdict {
        if self.is_sending(stream) { Verdict::Drop } else { Verdict::Ignore }
    }

    /// Judges one packet of stream `stream`. `late`: packets that follow it came before it, and what was not
    /// wanted of them is gone; nothing more can be built on it than is sent already.
    pub(crate) fn judge(&mut self, stream: u8, payload: &Payload, late: bool) -> Verdict {
        let Some(target) = self.target else { return Verdict::Ignore };
        if !self.video {
            let switched = self.current.replace(target).is_none();
            return Verdict::Send { switched };
        }
        match self.kind {
            ProducerType::Simulcast => self.judge_simulcast(target, stream, payload, late),
            ProducerType::Simple | ProducerType::Svc => self.judge_stream(target, payload, late),
        }
    }

    fn judge_simulcast(&mut self, target: Layers, stream: u8, payload: &Payload, late: bool) -> Verdict {
        let begins = payload.key_frame && payload.start_of_frame;
        if begins && stream == target.spatial && self.current.is_none_or(|current| current.spatial != stream)
        {
            self.current = Some(Layers { spatial: stream, temporal: target.temporal });
            return Verdict::Send { switched: true };
        }
        match self.current {
            Some(current) if current.spatial == stream => self.judge_temporal(current, target, payload, late),
            _ => Verdict::Ignore,
        }
    }

    fn judge_stream(&mut self, target: Layers, payload: &Payload, late: bool) -> Verdict {
        let begins = payload.key_frame && payload.start_of_frame && payload.spatial == 0;
        let Some(mut current) = self.current else {
            if !begins {
                return Verdict::Ignore;
            }
            self.current = Some(target);
            return Verdict::Send { switched: true };
        };
        if begins && !late {
            current = target;
        } else if payload.start_of_frame && payload.spatial == 0 && target.spatial < current.spatial {
            current.spatial = target.spatial;
        }
        self.current = Some(current);
        if payload.spatial > current.spatial {
            return Verdict::Drop;
        }
        self.judge_temporal(current, target, payload, late)
    }

    fn judge_temporal(
        &mut self,
        mut current: Layers,
        target: Layers,
        payload: &Payload,
        late: bool,
    ) -> Verdict {
        if payload.start_of_frame {
            if payload.key_frame && !late || target.temporal < current.temporal {
                current.temporal = target.temporal;
            } else if payload.temporal == current.temporal + 1
                && payload.temporal <= target.temporal
                && payload.switch_up
                && !late
            {
                current.temporal = payload.temporal;
            }
            self.current = Some(current);
        }
        if payload.temporal > current.temporal { Verdict::Drop } else { Verdict::Send { switched: false } }
    }

    /// Whether the packet is the last that this subscriber gets of its picture, so that it must say so.
    pub(crate) fn ends_picture(&self, payload: &Payload) -> bool {
        self.kind == ProducerType::Svc
            && payload.end_of_frame
            && self.current.is_some_and(|current| current.spatial == payload.spatial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: Verdict = Verdict::Send { switched: false };
    const SWITCH: Verdict = Verdict::Send { switched: true };

    fn layers(spatial: u8, temporal: u8) -> Option<Layers> {
        Some(Layers { spatial, temporal })
    }

    fn frame(key_frame: bool, spatial: u8, temporal: u8) -> Payload {
        Payload {
            key_frame,
            start_of_frame: true,
            end_of_frame: true,
            spatial,
            temporal,
            ..Payload::default()
        }
    }

    #[test]
    fn simulcast_goes_on_with_the_old_layer_until_the_key_frame_of_the_new() {
        let mut selector = Selector::new(ProducerType::Simulcast, true, layers(0, 2));
        assert_eq!(selector.judge(0, &frame(false, 0, 0), false), Verdict::Ignore);
        assert_eq!(selector.judge(0, &frame(true, 0, 0), false), SWITCH);
        selector.set_target(layers(2, 2));
        assert_eq!(selector.key_frame_needed(), Some(2));
        assert_eq!(selector.judge(2, &frame(false, 0, 0), false), Verdict::Ignore);
        assert_eq!(selector.judge(0, &frame(false, 0, 0), false), SEND);
        assert_eq!(selector.judge(2, &frame(true, 0, 0), false), SWITCH);
        assert_eq!(selector.judge(0, &frame(false, 0, 0), false), Verdict::Ignore);
        assert_eq!(selector.key_frame_needed(), None);
    }

    #[test]
    fn temporal_layers_go_at_once_and_come_back_where_the_codec_allows() {
        let mut selector = Selector::new(ProducerType::Simple, true, layers(0, 2));
        assert_eq!(selector.judge(0, &frame(true, 0, 0), false), SWITCH);
        selector.set_target(layers(0, 0));
        assert_eq!(selector.judge(0, &frame(false, 0, 2), false), Verdict::Drop);
        selector.set_target(layers(0, 2));
        assert_eq!(selector.judge(0, &frame(false, 0, 2), false), Verdict::Drop, "no switch point");
        let up = Payload { switch_up: true, ..frame(false, 0, 1) };
        assert_eq!(selector.judge(0, &up, false), SEND);
    }

    #[test]
    fn svc_goes_down_at_a_picture_and_up_at_a_key_frame() {
        let mut selector = Selector::new(ProducerType::Svc, true, layers(2, 0));
        assert_eq!(selector.judge(0, &frame(true, 0, 0), false), SWITCH);
        assert_eq!(selector.judge(0, &frame(false, 2, 0), false), SEND);
        selector.set_target(layers(0, 0));
        assert_eq!(selector.judge(0, &frame(false, 0, 0), false), SEND);
        assert!(selector.ends_picture(&frame(false, 0, 0)));
        assert_eq!(selector.judge(0, &frame(false, 1, 0), false), Verdict::Drop);
        selector.set_target(layers(1, 0));
        assert_eq!(selector.key_frame_needed(), Some(0));
        assert_eq!(selector.judge(0, &frame(false, 0, 0), false), SEND);
        assert_eq!(selector.judge(0, &frame(false, 1, 0), false), Verdict::Drop);
        assert_eq!(selector.judge(0, &frame(true, 0, 0), false), SEND);
        assert_eq!(selector.judge(0, &frame(false, 1, 0), false), SEND);
        assert_eq!(selector.judge(0, &frame(false, 2, 0), false), Verdict::Drop);
    }

    #[test]
    fn a_voice_begins_at_once_and_stops_when_told() {
        let mut selector = Selector::new(ProducerType::Simple, false, layers(0, 0));
        assert_eq!(selector.judge(0, &Payload::default(), false), SWITCH);
        assert_eq!(selector.judge(0, &Payload::default(), false), SEND);
        selector.set_target(None);
        assert_eq!(selector.judge(0, &Payload::default(), false), Verdict::Ignore);
    }
}
