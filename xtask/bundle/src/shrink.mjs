// Shrinks WebAssembly files in place, all in one process: starting the optimiser costs more than most of them take.
// node shrink.mjs BINARYEN FILE..., where BINARYEN is the index.js of npm's package.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [tool, ...files] = process.argv.slice(2);
const { default: binaryen } = await import(pathToFileURL(tool));
const { Features } = binaryen;
// What browsers of the last years understand; all features together emit what they refuse.
const features =
  Features.MVP |
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.NontrappingFPToInt |
  Features.SignExt |
  Features.MutableGlobals |
  Features.ReferenceTypes |
  Features.CallIndirectOverlong |
  Features.Multivalue;
// As -Oz.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setDebugInfo(false);
for (const file of files) {
  const before = readFileSync(file);
  const module = binaryen.readBinary(before);
  module.setFeatures(features);
  module.optimize();
  // A second round finds a little more; only the main module is worth it.
  if (before.length > 1_000_000) module.optimize();
  module.runPasses(["strip-debug", "strip-producers", "strip-target-features"]);
  if (!module.validate()) throw new Error(`${file} is not valid any more`);
  const after = module.emitBinary();
  module.dispose();
  if (after.length < before.length) writeFileSync(file, after);
}
