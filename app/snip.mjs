// snip.mjs FILE PREFIX…: replaces each function of a WebAssembly module whose mangled name, without
// the length at its start, begins with a prefix by a trap, so that the optimizer removes it and
// what only it uses. Fails if a prefix matches nothing. The compiler merges functions of equal code
// and keeps one of their names: no prefix may stand for code that something else could have as
// well.
import { readFileSync, writeFileSync } from 'node:fs';

const [file, ...prefixes] = process.argv.slice(2);
const bytes = readFileSync(file);
let at = 8; // after the magic number and the version

function read() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
}

function encode(value) {
  const encoded = [];
  do {
    encoded.push((value & 127) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value);
  return Buffer.from(encoded);
}

function text() {
  const length = read();
  return bytes.toString('utf8', at, (at += length));
}

const IMPORTS = 2;
const CODE = 10;
/** A body without locals: `unreachable`, `end`. */
const TRAP = Buffer.from([3, 0, 0, 0x0b]);

/** Returns the number of imported functions. */
function importedFunctions() {
  let functions = 0;
  const limits = () => {
    const flags = bytes[at++];
    read();
    if (flags & 1) read();
  };
  for (let left = read(); left > 0; left -= 1) {
    text();
    text();
    const kind = bytes[at++];
    if (kind === 0) {
      read();
      functions += 1;
    } else if (kind === 1) {
      at += 1;
      limits();
    } else if (kind === 2) limits();
    else at += 2; // a global or a tag
  }
  return functions;
}

const sections = [];
let imported = 0;
const snipped = new Set();
const counts = prefixes.map(() => 0);

/** Finds the functions to snip in the section of names, which ends at `end`. */
function findNames(end) {
  while (at < end) {
    const kind = bytes[at++];
    const size = read();
    const next = at + size;
    if (kind === 1) {
      for (let left = read(); left > 0; left -= 1) {
        const index = read();
        const name = text().replace(/^_ZN\d+/, '');
        prefixes.forEach((prefix, number) => {
          if (!name.startsWith(prefix)) return;
          counts[number] += 1;
          snipped.add(index);
        });
      }
    }
    at = next;
  }
}

while (at < bytes.length) {
  const start = at;
  const kind = bytes[at++];
  const size = read();
  const content = at;
  const end = at + size;
  sections.push({ kind, start, content, end });
  if (kind === IMPORTS) imported = importedFunctions();
  if (kind === 0 && text() === 'name') findNames(end);
  at = end;
}
const missing = prefixes.filter((_, number) => !counts[number]);
if (missing.length) {
  console.error(`${file} has no function whose name begins with: ${missing.join(', ')}`);
  process.exit(1);
}

const output = [bytes.subarray(0, 8)];
for (const { kind, start, content, end } of sections) {
  if (kind !== CODE) {
    output.push(bytes.subarray(start, end));
    continue;
  }
  at = content;
  const count = read();
  const bodies = [encode(count)];
  for (let index = imported; index < imported + count; index += 1) {
    const body = at;
    const length = read();
    at += length;
    bodies.push(snipped.has(index) ? TRAP : bytes.subarray(body, at));
  }
  const code = Buffer.concat(bodies);
  output.push(Buffer.from([CODE]), encode(code.length), code);
}
writeFileSync(file, Buffer.concat(output));
