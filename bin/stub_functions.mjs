// Usage: node bin/stub_functions.mjs PROGRAM.wasm NAME…
// Replaces the bodies of all functions whose names end in one of the NAMEs by a trap, and prints
// their number and size. For code that never runs but is referenced, so that no optimizer drops it.
//
// LLVM merges functions of equal code under one of their names. Name only functions that contain
// something that no other function can, such as a panic at a place of their own.
import { readFileSync, writeFileSync } from "node:fs";

const [path, ...endings] = process.argv.slice(2);
const program = readFileSync(path);
const CUSTOM = 0, IMPORT = 2, CODE = 10, FUNCTION = 0, FUNCTION_NAMES = 1;
// A body without locals: unreachable, end.
const TRAP = Buffer.from([3, 0, 0x00, 0x0b]);

/** Reads one part of the program. */
class Reader {
  constructor(at, end) {
    this.at = at;
    this.end = end;
  }
  byte() {
    return program[this.at++];
  }
  number() {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  /** Reads the length of the part that follows, and returns that part. */
  part() {
    const length = this.number();
    this.at += length;
    return new Reader(this.at - length, this.at);
  }
  text() {
    const { at, end } = this.part();
    return program.toString("utf8", at, end);
  }
}

function encode(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number & 127) | 128);
  return Buffer.from([...bytes, number]);
}

function countImportedFunctions(section) {
  let functions = 0;
  for (let left = section.number(); left > 0; left--) {
    section.part();
    section.part();
    const kind = section.byte();
    if (kind === FUNCTION) functions++;
    // The type of a function or a global; of a table or memory, its limits.
    const byte = kind === FUNCTION ? undefined : section.byte();
    if (byte === undefined) section.number();
    else if (kind === 3) section.byte();
    else {
      const flags = kind === 1 ? section.byte() : byte;
      section.number();
      if (flags & 1) section.number();
    }
  }
  return functions;
}

function readNames(section, names) {
  while (section.at < section.end) {
    const kind = section.byte();
    const part = section.part();
    if (kind !== FUNCTION_NAMES) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
}

const names = new Map();
let imported = 0, code;
const file = new Reader(8, program.length);
while (file.at < file.end) {
  const start = file.at;
  const kind = file.byte();
  const section = file.part();
  if (kind === IMPORT) imported = countImportedFunctions(section);
  if (kind === CODE) code = { start, section };
  if (kind === CUSTOM && section.text() === "name") readNames(section, names);
}

const { start, section } = code;
const count = section.number();
const bodies = [encode(count)];
const found = new Set();
let stubs = 0, bytes = 0;
for (let index = imported; index < imported + count; index++) {
  const at = section.at;
  const body = section.part();
  // Rust appends a hash.
  const name = names.get(index)?.replace(/::h[0-9a-f]{16}$/, "");
  const ending = endings.find((ending) => name?.endsWith(ending));
  if (ending) {
    found.add(ending);
    stubs++;
    bytes += body.end - body.at;
    bodies.push(TRAP);
  } else {
    bodies.push(program.subarray(at, body.end));
  }
}
for (const ending of endings) {
  if (!found.has(ending)) throw new Error(`no function is called ${ending}`);
}
const body = Buffer.concat(bodies);
const head = [program.subarray(0, start), Buffer.from([CODE]), encode(body.length)];
writeFileSync(path, Buffer.concat([...head, body, program.subarray(section.end)]));
console.log(`${stubs} functions of ${bytes} bytes`);
