declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  /** Decrypts the body of a push message (RFC 8188, RFC 8291). */
  export function decrypt(
    body: Buffer,
    options: { version: string; privateKey: ECDH; authSecret: Buffer },
  ): Buffer;
}
