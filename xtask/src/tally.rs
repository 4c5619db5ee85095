//! What was checked and how it ended.

use std::time::{Duration, Instant};

/// Passed and failed, over single tests and over whole checks alike.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

/// The run so far.
#[derive(Default)]
pub struct Tally {
    total: Count,
    lines: Vec<String>,
}

impl Tally {
    /// Runs one named check; it counts as one. Later checks run even if it fails.
    pub fn check<T>(&mut self, name: &str, check: impl FnOnce() -> anyhow::Result<T>) -> Option<T> {
        eprintln!("\n── {name}");
        let start = Instant::now();
        let result = check();
        let took = start.elapsed();
        match result {
            Ok(value) => {
                self.note(name, "ok", took, Count { passed: 1, failed: 0 });
                Some(value)
            }
            Err(error) => {
                eprintln!("── {name} FAILED: {error:#}");
                self.note(name, "FAILED", took, Count { passed: 0, failed: 1 });
                None
            }
        }
    }

    /// Runs a suite that counts its own tests. One that ran none, or ended badly without a failed
    /// test, is a failure of its own: a suite that could not be built must not look green.
    pub fn suite(&mut self, name: &str, suite: impl FnOnce() -> anyhow::Result<(bool, Count)>) {
        eprintln!("\n── {name}");
        let start = Instant::now();
        let (good, mut count) = suite().unwrap_or_else(|error| {
            eprintln!("── {name}: {error:#}");
            (false, Count::default())
        });
        if count.failed == 0 && (!good || count.passed == 0) {
            count.failed = 1;
        }
        let verdict = if count.failed == 0 { "ok" } else { "FAILED" };
        self.note(name, verdict, start.elapsed(), count);
    }

    fn note(&mut self, name: &str, verdict: &str, took: Duration, count: Count) {
        self.total.passed += count.passed;
        self.total.failed += count.failed;
        let tests = if count.passed + count.failed > 1 {
            format!(", {} tests", count.passed + count.failed)
        } else {
            String::new()
        };
        self.lines.push(format!("  {verdict:6} {name} ({:.0} s{tests})", took.as_secs_f64()));
    }

    /// Prints the summary and, last of all, the line that says it in numbers; `true` if all is well.
    pub fn close(self) -> bool {
        println!("\n{}\n\n{} passed, {} failed", self.lines.join("\n"), self.total.passed, self.total.failed);
        self.total.failed == 0
    }
}

/// Adds up the closing lines of cargo-nextest (`Summary … 3 passed, 1 failed`) and of
/// `cargo test` (`test result: ok. 3 passed; 0 failed`).
pub fn count(output: &str) -> Count {
    let closing = |line: &&str| {
        let line = line.trim_start();
        (line.starts_with("Summary [") && line.contains(" run: ")) || line.starts_with("test result:")
    };
    let mut total = Count::default();
    for line in output.lines().filter(closing) {
        let words: Vec<&str> = line.split([' ', ',', ';', '(', ')']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let [number, word] = pair else { continue };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match *word {
                "passed" => total.passed += number,
                "failed" | "timed" | "exec" => total.failed += number,
                _ => {}
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::{Count, Tally, count};

    #[test]
    fn both_runners_are_understood() {
        let nextest = "     Summary [   1.250s] 9/10 tests run: 5 passed (1 slow), 2 failed, 1 timed out, 1 exec failed, 3 skipped";
        assert_eq!(count(nextest), Count { passed: 5, failed: 4 });
        let cargo = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                     test result: FAILED. 1 passed; 2 failed; 0 ignored";
        assert_eq!(count(cargo), Count { passed: 4, failed: 2 });
        assert_eq!(count("a test printed: 7 passed, 8 failed"), Count::default());
    }

    #[test]
    fn a_suite_that_ran_nothing_is_a_failure() {
        let mut tally = Tally::default();
        tally.suite("empty", || Ok((true, Count::default())));
        tally.suite("broken", || Ok((false, Count { passed: 3, failed: 0 })));
        assert_eq!(tally.total, Count { passed: 3, failed: 2 });
    }
}
