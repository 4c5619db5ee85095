//! Tells answers of programs from answers of people.

use super::fields::Fields;

/// Beginnings of subjects that programs use, lower case.
const SUBJECTS: [&str; 16] = [
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto:",
    "out of office",
    "out of the office",
    "ooo:",
    "abwesenheit",
    "automatische antwort",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "automatisch antwoord",
    "autosvar",
    "automatiskt svar",
];

/// Whether a program wrote it (RFC 3834 and what came before it).
pub(super) fn is_automatic(head: &Fields) -> bool {
    let value = |name| head.get(name).unwrap_or_default().trim().to_lowercase();
    let submitted = value("Auto-Submitted");
    let precedence = value("Precedence");
    let subject = value("Subject");
    (!submitted.is_empty() && !submitted.starts_with("no"))
        || ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"]
            .iter()
            .any(|name| head.get(name).is_some())
        || ["auto_reply", "auto-reply", "autoreply"].contains(&precedence.as_str())
        || SUBJECTS.iter().any(|beginning| subject.starts_with(beginning))
}
