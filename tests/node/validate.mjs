// Prints what the official AsyncAPI parser finds in the document at argv[2], one line each; exit code 1 for an error.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const { severity, path, message } of diagnostics) {
  console.log(`${["error", "warning", "information", "hint"][severity]} ${path.join(".")}: ${message}`);
}
process.exit(document ? 0 : 1);
