//! Names that bodies carry as text, as the API description lists them. The bodies hold text, so that a name that
//! is none is refused in words of our own; a test holds these lists against what is accepted.

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! names { ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident),+ })+) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
    #[serde(rename_all = "lowercase")]
    pub enum $name {
        $($(#[$of])* $variant,)+
    }

    impl $name {
        /// All of them.
        pub const ALL: &[$name] = &[$($name::$variant),+];
    }
)+ } }

names! {
    /// How media shall travel.
    TopologySetting {
        /// From peer to peer.
        P2p,
        /// Through the media server.
        Sfu,
        /// By the number of participants.
        Auto
    }
    /// What a peer may do.
    Role {
        /// Everything, also to others.
        Host,
        /// To send and to receive.
        Participant,
        /// To receive.
        Viewer
    }
    /// A kind of media.
    MediaKind {
        /// Sound.
        Audio,
        /// Pictures.
        Video
    }
    /// How a participant's line does.
    ConnectionQuality {
        /// Nothing is felt.
        Excellent,
        /// Hardly anything is felt.
        Good,
        /// Something is felt.
        Fair,
        /// A call is hard to follow.
        Poor,
        /// Nothing arrives.
        Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted<T: std::str::FromStr>(names: &[impl Serialize]) -> bool {
        names.iter().all(|name| {
            let text = serde_json::to_value(name).expect("a name");
            text.as_str().is_some_and(|text| text.parse::<T>().is_ok())
        })
    }

    #[test]
    fn every_name_of_the_description_is_accepted() {
        assert!(accepted::<rtc_types::TopologySetting>(TopologySetting::ALL));
        assert!(accepted::<rtc_types::Role>(Role::ALL));
        assert!(accepted::<rtc_types::MediaKind>(MediaKind::ALL));
    }
}
