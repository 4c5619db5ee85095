//! Where a test can let the process die.

/// A moment between two durable steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A batch of the ledger is written, the checkpoint is not committed.
    BeforeEnrol,
    /// Rows are claimed, nothing else.
    AfterClaim,
    /// Intents are written but not committed.
    BeforeHand,
    /// Intents are committed, no message has left.
    AfterHand,
    /// The next thing is the message itself.
    BeforeSend,
    /// The server has answered, nothing is written.
    AfterSend,
    /// Outcomes are written but not committed.
    BeforeSettle,
    /// Outcomes are committed.
    AfterSettle,
    /// All rows are settled, the campaign is not finished.
    BeforeFinish,
}

impl Point {
    /// Every point.
    pub const ALL: [Self; 9] = [
        Self::BeforeEnrol,
        Self::AfterClaim,
        Self::BeforeHand,
        Self::AfterHand,
        Self::BeforeSend,
        Self::AfterSend,
        Self::BeforeSettle,
        Self::AfterSettle,
        Self::BeforeFinish,
    ];
}

/// Decides at each point whether the engine dies there, as if the process was killed.
pub trait Faults: Send + Sync {
    /// Whether to die now.
    fn dies(&self, point: Point) -> bool;
}

/// Never dies.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn dies(&self, _: Point) -> bool {
        false
    }
}
