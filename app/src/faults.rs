//! Faults in words for the kit, said once.

use contract::Fault;
use kit::FaultWords;

/// Puts a fault into words.
pub fn words(fault: &Fault) -> FaultWords {
    let text = fault.to_string();
    let said = |title: &str, is_retryable| FaultWords { is_retryable, ..FaultWords::new(title, text.clone()) };
    match fault {
        Fault::Invalid { .. } => said("That was not accepted", false),
        Fault::Unauthenticated => said("You are signed out", false),
        Fault::Denied { .. } => said("Not allowed", false),
        Fault::Missing { .. } => said("Not found", false),
        Fault::Conflict { .. } => said("That is not possible now", false),
        Fault::Busy { .. } => said("Please try again in a moment", true),
        Fault::Broken { trace } => FaultWords {
            trace: Some(trace.clone()),
            ..FaultWords::new(
                "Something went wrong on our side",
                "Nothing was lost. Try again; if it happens again, the log has it under this trace.",
            )
        },
    }
}
