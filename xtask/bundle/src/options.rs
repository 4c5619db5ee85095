//! What `cargo xtask` asks for.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// One bundling order; see [`Options::from_args`] for its spelling.
#[derive(Debug, Default)]
pub struct Options {
    /// The `frontend.wasm` that cargo built, with relocations kept.
    pub input: PathBuf,
    /// The site's folder, replaced as a whole.
    pub out: PathBuf,
    /// Where finished WebAssembly is kept between runs, so that a change of style costs no optimising.
    pub cache: PathBuf,
    /// The folder of style sheets.
    pub style: PathBuf,
    /// Files copied as they are to the root of the site.
    pub public: PathBuf,
    /// The stem of the JavaScript, WebAssembly and style sheet.
    pub name: String,
    /// The `index.js` of npm's binaryen; without it the WebAssembly stays as it is.
    pub binaryen: Option<PathBuf>,
    /// Whether lazy routes become files of their own.
    pub split: bool,
    /// A development build: nothing shrunk or compressed.
    pub dev: bool,
}

impl Options {
    /// Reads `INPUT --out DIR --cache DIR --style DIR --public DIR --name NAME [--binaryen FILE] [--no-split] [--dev]`.
    pub fn from_args(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { split: true, name: "lux".into(), ..Self::default() };
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
            match arg.as_str() {
                "--out" => options.out = value()?.into(),
                "--cache" => options.cache = value()?.into(),
                "--style" => options.style = value()?.into(),
                "--public" => options.public = value()?.into(),
                "--name" => options.name = value()?,
                "--binaryen" => options.binaryen = Some(value()?.into()),
                "--no-split" => options.split = false,
                "--dev" => options.dev = true,
                flag if flag.starts_with('-') => bail!("unknown option {flag}"),
                _ => options.input = arg.into(),
            }
        }
        if options.input.as_os_str().is_empty() || options.out.as_os_str().is_empty() {
            bail!("an input file and --out are needed");
        }
        Ok(options)
    }
}
