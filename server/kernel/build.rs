//! Lists the migrations, in order, with what they hold, for `db::migrate`.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut code = String::new();
    for (folder, name) in [("sqlite", "SQLITE"), ("postgres", "POSTGRES")] {
        let folder = home.join("../../migrations").join(folder).canonicalize()?;
        println!("cargo:rerun-if-changed={}", folder.display());
        writeln!(code, "pub(super) const {name}: &[(i64, &str, &str)] = &[")?;
        for file in files(&folder)? {
            let (version, description) = read_name(&file)?;
            writeln!(code, "    ({version}, {description:?}, include_str!({:?})),", file.display().to_string())?;
        }
        code.push_str("];\n");
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("migrations.rs"), code)?;
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    Ok(files)
}

/// `0001_kernel_base.sql` is version 1, "kernel base".
fn read_name(file: &Path) -> Result<(i64, String), Box<dyn Error>> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let Some((version, name)) = stem.split_once('_') else {
        return Err(format!("{}: a migration is named NUMBER_WHAT.sql", file.display()).into());
    };
    let version = version.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((version, name.replace('_', " ")))
}
