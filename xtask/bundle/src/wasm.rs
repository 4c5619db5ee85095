//! From `frontend.wasm` to the files a browser loads: split, bind, shrink.

use crate::options::Options;
use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use wasm_bindgen_cli_support::Bindgen;

/// The name leptos's `HydrationScripts` asks for; its blanks are where file hashes would stand.
const SPLIT_LOADER: &str = "__wasm_split.______________________.js";
/// The name under which leptos looks for the list of files each lazy route needs.
const SPLIT_MANIFEST: &str = "__wasm_split_manifest.json";
/// The module lazy routes import from before the splitter has given it a real address.
const PLACEHOLDER: &str = "__wasm_split_placeholder__";

const SHRINK: &str = include_str!("shrink.mjs");

/// Fills `pkg` with JavaScript and WebAssembly, from the cache when nothing that matters has changed.
pub fn bundle(options: &Options, pkg: &Path) -> Result<()> {
    let input = fs::read(&options.input).with_context(|| format!("cannot read {}", options.input.display()))?;
    let stamp = stamp(options, &input);
    let kept = options.cache.join("wasm");
    let stamp_file = options.cache.join("wasm.stamp");
    let fresh = fs::read_to_string(&stamp_file).is_ok_and(|known| known == stamp);
    if !fresh {
        crate::remove_dir(&kept)?;
        fs::create_dir_all(&kept)?;
        // Gone while the folder is being filled, so that a broken run is never taken for a whole one.
        fs::remove_file(&stamp_file).ok();
        make(options, &input, &kept)?;
        fs::write(&stamp_file, stamp)?;
    }
    copy_tree(&kept, pkg)
}

fn stamp(options: &Options, input: &[u8]) -> String {
    let tool = options.binaryen.as_ref().map(|path| path.display().to_string());
    format!(
        "{} {} split={} dev={} opt={tool:?} pack=5 tool={}",
        options.name,
        hex::encode(Sha256::digest(input)),
        options.split,
        options.dev,
        env!("CARGO_PKG_VERSION"),
    )
}

fn make(options: &Options, input: &[u8], dir: &Path) -> Result<()> {
    let main = options.cache.join(format!("{}.main.wasm", options.name));
    let mut modules = Vec::new();
    if options.split {
        modules = split(options, input, dir, &main)?;
    } else {
        fs::write(&main, input)?;
    }
    let lazy = bind(options, &main, dir)?;
    fs::remove_file(&main)?;

    let wasm = dir.join(format!("{}.wasm", options.name));
    fs::rename(dir.join(format!("{}_bg.wasm", options.name)), &wasm)?;
    if !options.dev {
        let script = dir.join(format!("{}.js", options.name));
        crate::lean::lean(&script, &wasm, &format!("./{}_bg.js", options.name)).context("making the glue small")?;
    }
    if !lazy.is_empty() {
        join(options, &lazy, dir).context("joining the lazy routes")?;
    }
    modules.push(wasm);
    if let Some(tool) = options.binaryen.as_ref().filter(|_| !options.dev) {
        shrink(tool, &modules, &options.cache)?;
    }
    if options.split {
        let build: String = hex::encode(Sha256::digest(input)).chars().take(12).collect();
        crate::loader::steady(dir, SPLIT_LOADER, &build).context("making the loader steady")?;
        crate::pack::pack(dir, SPLIT_LOADER, SPLIT_MANIFEST).context("packing the first page")?;
    }
    Ok(())
}

/// Moves what only lazy routes use into files of their own, and says which route needs which.
fn split(options: &Options, input: &[u8], dir: &Path, main: &Path) -> Result<Vec<PathBuf>> {
    let script = format!("./{}.js", options.name);
    let loader = format!("./{SPLIT_LOADER}");
    let mut order = wasm_split_cli_support::Options::new(input);
    order.output_dir = dir;
    order.main_out_path = main;
    order.main_module = &script;
    order.link_name = &loader;
    let done = wasm_split_cli_support::transform(order).map_err(|e| anyhow!("splitting: {e:?}"))?;
    let sorted: std::collections::BTreeMap<_, _> = done.prefetch_map.into_iter().collect();
    fs::write(dir.join(SPLIT_MANIFEST), serde_json::to_vec(&sorted)?)?;
    Ok(done.split_modules)
}

/// Writes the JavaScript side, and answers with the names that are still imported from the splitter's
/// placeholder: none after splitting.
fn bind(options: &Options, main: &Path, dir: &Path) -> Result<Vec<String>> {
    let mut output = Bindgen::new()
        .input_path(main)
        .out_name(&options.name)
        .web(true)?
        .typescript(false)
        .debug(options.dev)
        // The lazy modules link against the main one by its symbol names.
        .keep_lld_exports(true)
        .demangle(!options.split)
        .remove_name_section(!options.dev)
        .remove_producers_section(!options.dev)
        .generate_output()?;
    let imports = output.wasm().imports.iter().filter(|import| import.module == PLACEHOLDER);
    let names = imports.map(|import| import.name.clone()).collect();
    output.emit(dir).context("binding to JavaScript")?;
    Ok(names)
}

/// Without splitting, the module that lazy routes import is a script which says "loaded" at once and
/// hands every call back to the one WebAssembly file that has it all.
fn join(options: &Options, lazy: &[String], dir: &Path) -> Result<()> {
    let script = dir.join(format!("{}.js", options.name));
    let text = fs::read_to_string(&script)?;
    let address = format!("from \"./{SPLIT_LOADER}\"");
    fs::write(&script, text.replace(&format!("from \"{PLACEHOLDER}\""), &address))?;

    let mut loader = format!(
        "import {{ initSync }} from \"./{}.js\";\nconst wasm = () => initSync(undefined, undefined);\n",
        options.name
    );
    for name in lazy {
        if name.starts_with("__wasm_split_load_") {
            loader.push_str(&format!(
                "export const {name} = async (callback, data) => {{ await null; wasm().__indirect_function_table.get(callback)(data, 1); }};\n"
            ));
        } else {
            let target = name.replacen("00_import_", "00_export_", 1);
            loader.push_str(&format!("export const {name} = (...args) => wasm().{target}(...args);\n"));
        }
    }
    fs::write(dir.join(SPLIT_LOADER), loader)?;
    Ok(())
}

/// By the library of the program, in two processes: starting the program takes longer than most modules do.
fn shrink(library: &Path, modules: &[PathBuf], cache: &Path) -> Result<()> {
    let script = cache.join("shrink.mjs");
    fs::write(&script, SHRINK)?;
    // The main one comes last and takes as long as many of the others.
    let (main, lazy) = modules.split_last().context("nothing to shrink")?;
    let start = |files: &[PathBuf]| {
        let mut node = Command::new("node");
        node.arg(&script).arg(library).args(files).stderr(Stdio::piped());
        node.spawn().context("cannot start node")
    };
    let both = [start(std::slice::from_ref(main))?, start(lazy)?];
    both.into_iter().try_for_each(finish)
}

/// Its warnings about names of newer kinds are many and say nothing; they are shown when it fails.
fn finish(node: Child) -> Result<()> {
    let done = node.wait_with_output()?;
    if !done.status.success() {
        bail!("shrinking failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
