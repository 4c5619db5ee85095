//! Makes the loader of lazy routes bear a lost connection and a server that was upgraded meanwhile.
//!
//! The splitter's own loader gives up after one failure, and the program then cannot go on: a page whose code did not
//! come is dead. Worse, a file of a newer build links against an older program without a complaint, because both call
//! things by the same short names. So every file is asked for until it comes, and a file of another build loads the
//! page anew.

use anyhow::{Result, bail};
use std::{fs, path::Path};

/// Where the server finds the name of the build that it says with every file.
pub const BUILD: &str = "code.txt";

const GIVES_UP: &str = "        let success;
        try {
            await callee();
            success = true;
        } catch (e) {
            console.error(e);
            success = false;
        } finally {
            const sharedImports = getSharedImports();
            sharedImports.__wasm_split.__indirect_function_table.get(callbackIndex)(callbackData, success);
        }
";

const GOES_ON: &str = "        for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
            try {
                await callee();
                break;
            } catch (e) {
                if (e.stale) loadAnew();
                await new Promise((done) => setTimeout(done, wait));
            }
        }
        const sharedImports = getSharedImports();
        sharedImports.__wasm_split.__indirect_function_table.get(callbackIndex)(callbackData, true);
";

/// Rewrites the loader for this build.
pub fn steady(dir: &Path, loader: &str, build: &str) -> Result<()> {
    let path = dir.join(loader);
    let script = fs::read_to_string(&path)?;
    fs::write(path, rewritten(&script, build)?)?;
    fs::write(dir.join(BUILD), build)?;
    Ok(())
}

fn rewritten(script: &str, build: &str) -> Result<String> {
    if script.matches(GIVES_UP).count() != 1 {
        bail!("the loader does not give up as this version of the splitter did before");
    }
    let (before, after) = ("fetch(new URL(\"./", ".wasm\", import.meta.url))");
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some((head, from)) = rest.split_once(before) {
        let Some((name, tail)) = from.split_once(after) else { bail!("the loader fetches something unknown") };
        out.push_str(head);
        out.push_str(&format!("code(\"{name}\")"));
        rest = tail;
    }
    out.push_str(rest);
    out = out.replace(GIVES_UP, GOES_ON);
    out.push_str(&format!(
        "async function code(name) {{
    const answer = await fetch(new URL(`./${{name}}.wasm`, import.meta.url));
    const build = answer.headers.get(\"x-lux-build\");
    if (answer.status === 404 || (answer.ok && build && build !== \"{build}\")) throw Object.assign(new Error(\"another build\"), {{ stale: true }});
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
}}
function loadAnew() {{
    const last = Number(sessionStorage.getItem(\"lux-anew\"));
    if (Date.now() - last < 60000) return;
    sessionStorage.setItem(\"lux-anew\", String(Date.now()));
    location.reload();
}}
"
    ));
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "test")]
    use super::*;

    fn script() -> String {
        format!(
            "function wrapAsyncCb(callee) {{\n    return async (callbackIndex, callbackData) => {{\n{GIVES_UP}    }}\n}}\nconst src = fetch(new URL(\"./chunk_2.wasm\", import.meta.url));\n"
        )
    }

    #[test]
    fn every_file_is_asked_for_until_it_comes_and_only_of_this_build() {
        let out = rewritten(&script(), "abc").unwrap();
        assert!(out.contains("const src = code(\"chunk_2\");"), "{out}");
        assert!(out.contains("build !== \"abc\"") && out.contains("setTimeout(done, wait)"));
        assert!(!out.contains("success = false") && out.matches("fetch(").count() == 1);
    }

    #[test]
    fn a_loader_of_other_words_is_refused() {
        assert!(rewritten("const src = fetch(new URL(\"./a.wasm\", import.meta.url));", "abc").is_err());
        assert!(rewritten(&format!("{} fetch(new URL(\"./", script()), "abc").is_err());
    }
}
