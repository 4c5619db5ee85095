//! Why a campaign that is sending does not move.

use crate::Micros;
use serde::{Deserialize, Serialize};

/// What holds it up.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StallCause {
    /// Mail is stopped, or this copy of the database is frozen.
    Stopped,
    /// No process that sends is running.
    NoWorker,
    /// It has no sender, or its sender was deleted.
    NoSender,
    /// Its sender is in trouble.
    SenderTrouble,
    /// The limits of its sender are used up.
    SenderLimit,
    /// Its own pace lets nothing go now.
    Pace,
    /// Whoever is left was put off by their servers, or by a limit of their domain.
    PutOff,
    /// Messages are on their way and the server does not answer.
    NoAnswer,
    /// Nothing that Lux knows of.
    Unexplained,
}

impl StallCause {
    /// Name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::NoWorker => "no_worker",
            Self::NoSender => "no_sender",
            Self::SenderTrouble => "sender_trouble",
            Self::SenderLimit => "sender_limit",
            Self::Pace => "pace",
            Self::PutOff => "put_off",
            Self::NoAnswer => "no_answer",
            Self::Unexplained => "unexplained",
        }
    }

    /// Whether a person has to do something; the others pass by themselves.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::NoWorker | Self::NoSender | Self::NoAnswer | Self::Unexplained)
    }
}

/// Nothing was settled for a minute while people wait.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// What holds it up.
    pub cause: StallCause,
    /// The same in words, with what to do.
    pub text: String,
    /// When it goes on by itself, where that is known.
    pub until: Option<Micros>,
}
