import { crc32, deflateSync } from 'node:zlib';

/** A picture to upload. */
export interface Picture {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Makes a PNG of a colour that changes over its height. */
export function png(name: string, width: number, height: number, blue = 120): Picture {
  const row = (y: number) => [0, ...Array.from({ length: width }, () => shade(y / height, blue))];
  const pixels = Buffer.from(Array.from({ length: height }, (_, y) => row(y).flat()).flat());
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mimeType: 'image/png', buffer };
}

const shade = (part: number, blue: number) => [
  Math.round(30 + 170 * part),
  Math.round(110 + 60 * part),
  Math.round(blue * (1 - part)),
];

function chunk(kind: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content) >>> 0);
  return Buffer.concat([length, content, sum]);
}
