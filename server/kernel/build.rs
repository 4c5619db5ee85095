//! Rebuilds the crate when a migration file is added: they are embedded at compile time.
fn main() {
    for folder in ["sqlite", "postgres"] {
        println!("cargo:rerun-if-changed=../../migrations/{folder}");
    }
}
