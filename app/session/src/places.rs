/// The pages of the settings in the order of their tabs: address and words. Crates that know nothing of each other draw
/// these tabs.
pub const SETTINGS: [(&str, &str); 9] = [
    ("/settings/company", "Company"),
    ("/settings/people", "People"),
    ("/settings/senders", "Senders"),
    ("/settings/domains", "Sending domains"),
    ("/settings/bounces", "Bounces"),
    ("/settings/delivery", "Delivery"),
    ("/settings/fields", "Custom fields"),
    ("/settings/keys", "API keys"),
    ("/settings/profile", "You"),
];
