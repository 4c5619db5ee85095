//! Puts the many small files that the first page needs into one.
//!
//! The splitter makes a file of what each set of routes shares: nearly a hundred for the first page, each with a request
//! of its own and each compressed without knowing the others. A pack is a WebAssembly module of nothing but custom
//! sections, one per file, so that every browser can take it apart.

use anyhow::{Context, Result, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The route that people see first after signing in.
const FIRST_PAGE: &str = "dashboard";
/// The stem of the pack's file.
const PACK: &str = "pack_home";
/// What the splitter calls what several routes share.
const SHARED: &str = "chunk_";
const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

/// Moves what the first page shares with others into one file, and tells the loader and the list of routes.
pub fn pack(dir: &Path, loader: &str, manifest: &str) -> Result<()> {
    let (loader, manifest) = (dir.join(loader), dir.join(manifest));
    let mut routes: BTreeMap<String, Vec<String>> = serde_json::from_slice(&fs::read(&manifest)?)?;
    let first = routes.iter().filter(|(route, _)| route.contains(FIRST_PAGE)).flat_map(|(_, files)| files);
    let names: BTreeSet<String> = first.filter(|file| file.starts_with(SHARED)).cloned().collect();
    if names.is_empty() {
        return Ok(());
    }
    let mut module = HEADER.to_vec();
    for name in &names {
        let file = dir.join(format!("{name}.wasm"));
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        section(&mut module, name, &bytes);
        fs::remove_file(file)?;
    }
    fs::write(dir.join(format!("{PACK}.wasm")), module)?;
    for files in routes.values_mut() {
        let before = files.len();
        files.retain(|file| !names.contains(file));
        if files.len() < before {
            files.insert(0, PACK.to_owned());
        }
    }
    fs::write(manifest, serde_json::to_vec(&routes)?)?;
    let script = fs::read_to_string(&loader)?;
    fs::write(loader, crate::lean::slim(&redirect(&script, &names)?))?;
    Ok(())
}

/// One custom section (WebAssembly core specification, 5.5.3): 0, length, name, content.
fn section(module: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut head = Vec::new();
    number(&mut head, name.len());
    head.extend_from_slice(name.as_bytes());
    module.push(0);
    number(module, head.len() + content.len());
    module.extend_from_slice(&head);
    module.extend_from_slice(content);
}

/// Unsigned LEB128.
pub fn number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Lets the loader take packed files out of the pack.
fn redirect(script: &str, names: &BTreeSet<String>) -> Result<String> {
    let mut out = script.to_owned();
    for name in names {
        let fetched = format!(
            "    const src = code(\"{name}\");\n    src.catch(() => {{}});\n    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n"
        );
        if out.matches(&fetched).count() != 1 {
            bail!("the loader does not fetch {name} as this version of the splitter did before");
        }
        out = out.replace(&fetched, &format!("    return piece(\"{name}\");\n"));
    }
    out.push_str(&format!(
        "let pack;
function piece(name) {{
    if (pack === undefined) {{
        pack = WebAssembly.compileStreaming(code(\"{PACK}\"));
        // Only a success is kept, so that a broken connection can be tried again.
        pack.catch(() => {{ pack = undefined; }});
    }}
    const found = pack.then((all) => WebAssembly.Module.customSections(all, name)[0]);
    found.catch(() => {{}});
    return async (imports) => WebAssembly.instantiate(await found, imports);
}}
"
    ));
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "test")]
    use super::*;

    fn loads(name: &str) -> String {
        format!(
            "/* a, b */\nconst __{name} = makeLoad(() => {{\n    const src = code(\"{name}\");\n    src.catch(() => {{}});\n    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n, []);\n"
        )
    }

    #[test]
    fn what_the_first_page_shares_becomes_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("chunk_1.wasm"), vec![7; 200]).unwrap();
        fs::write(at("chunk_2.wasm"), [9]).unwrap();
        fs::write(
            at("m.json"),
            r#"{"__dashboard_1":["chunk_1","split_a"],"__other_2":["chunk_1","chunk_2","split_b"]}"#,
        )
        .unwrap();
        fs::write(at("l.js"), loads("chunk_1") + &loads("chunk_2")).unwrap();
        pack(dir.path(), "l.js", "m.json").unwrap();

        let module = fs::read(at("pack_home.wasm")).unwrap();
        assert_eq!(module[..8], HEADER);
        // 200 bytes, the name and its length are 208: two bytes of LEB128.
        assert_eq!(module[8..20], [0, 0xd0, 0x01, 7, b'c', b'h', b'u', b'n', b'k', b'_', b'1', 7]);
        assert_eq!(module.len(), 8 + 1 + 2 + 208);
        assert!(!at("chunk_1.wasm").exists() && at("chunk_2.wasm").exists());
        let routes = fs::read_to_string(at("m.json")).unwrap();
        assert_eq!(
            routes,
            r#"{"__dashboard_1":["pack_home","split_a"],"__other_2":["pack_home","chunk_2","split_b"]}"#
        );
        let script = fs::read_to_string(at("l.js")).unwrap();
        assert!(
            script.contains("return piece(\"chunk_1\")")
                && script.contains("code(\"chunk_2\")")
                && !script.contains("/*")
        );
    }

    #[test]
    fn a_loader_of_other_words_is_refused() {
        let names = BTreeSet::from(["chunk_1".to_owned()]);
        assert!(redirect("const x = import(\"./chunk_1.wasm\");", &names).is_err());
    }
}
