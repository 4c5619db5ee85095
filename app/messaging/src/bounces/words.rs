//! How bounces read, said once.

use contract::bounces::BounceClass;

/// What a class means for the contact, as short as it goes.
pub fn class_words(class: BounceClass) -> &'static str {
    match class {
        BounceClass::Hard => "The address does not work",
        BounceClass::Soft => "The mailbox has a trouble that may pass",
        BounceClass::Ignore => "Only this message was refused",
        BounceClass::Block => "The sender was blocked",
        BounceClass::Complaint => "Reported as spam",
        BounceClass::AutoReply => "Automatic answer",
    }
}
