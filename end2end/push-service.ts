import { execFileSync } from 'node:child_process';
import { createECDH, createPublicKey, type ECDH, randomBytes, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from '@playwright/test';
import { decrypt } from 'http_ece';

/** What a browser decrypts. */
export interface Payload {
  kind: 'message' | 'close' | 'test';
  tag: string;
  title?: string;
  body?: string;
  url?: string;
  count: number;
  at?: string;
}

/** A request that the service has answered. */
export interface Push {
  payload: Payload;
  /** When it came, in milliseconds. */
  at: number;
  status: number;
  headers: IncomingMessage['headers'];
}

/** An answer of the service. */
interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** It answers when this is done. */
  after?: Promise<unknown>;
}

/** A browser at the push service: what `PushManager.subscribe` returns, and what came for it. */
export class Subscription {
  readonly received: Push[] = [];
  /** The next answers; then all is taken. */
  answers: Answer[] = [];
  /** No request is answered. */
  hangs = false;
  private readonly key: ECDH = createECDH('prime256v1');
  private readonly auth = randomBytes(16);

  constructor(readonly endpoint: string) {
    this.key.generateKeys();
  }

  /** What the browser tells the server. */
  toJSON(): object {
    const keys = {
      p256dh: this.key.getPublicKey('base64url'),
      auth: this.auth.toString('base64url'),
    };
    return { endpoint: this.endpoint, expirationTime: null, keys };
  }

  /** What the service took: not what it refused. */
  get taken(): Payload[] {
    return this.received.filter(({ status }) => status === 201).map(({ payload }) => payload);
  }

  /** The texts of the messages that the service took, in their order. */
  get texts(): (string | undefined)[] {
    return this.taken.filter(({ kind }) => kind === 'message').map(({ body }) => body);
  }

  decrypt(body: Buffer): Payload {
    const options = { version: 'aes128gcm', privateKey: this.key, authSecret: this.auth };
    return JSON.parse(decrypt(body, options).toString());
  }
}

/** A push service on this machine. It checks what RFC 8030, 8188, 8291 and 8292 ask for. */
export class PushService {
  private readonly subscriptions = new Map<string, Subscription>();
  /** What was wrong with requests; must stay empty. */
  readonly faults: string[] = [];
  /** The public key of the server, once it is known. */
  key?: string;

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  static async start(): Promise<PushService> {
    const folder = await mkdtemp(path.join(tmpdir(), 'banter-push-'));
    const { key, cert } = await makeCertificate(folder);
    const server = createServer({ key, cert });
    const service = new PushService(server, folder);
    server.on('request', (request, response) => void service.receive(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** The settings of a Banter that may use this service. */
  get settings(): Record<string, string> {
    return {
      BANTER_PUSH_ALLOW: '127.0.0.1',
      SSL_CERT_FILE: path.join(this.folder, 'ca.pem'),
    };
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  subscribe(): Subscription {
    const id = randomBytes(12).toString('base64url');
    const subscription = new Subscription(`${this.origin}/push/${id}`);
    this.subscriptions.set(`/push/${id}`, subscription);
    return subscription;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.folder, { recursive: true });
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const subscription = this.subscriptions.get(request.url ?? '');
    if (!subscription) return void response.writeHead(404).end();
    try {
      const body = Buffer.concat(chunks);
      this.check(request, body);
      const payload = subscription.decrypt(body);
      const answer = subscription.answers.shift() ?? { status: 201 };
      const { headers } = request;
      subscription.received.push({ payload, at: Date.now(), status: answer.status, headers });
      if (subscription.hangs) return;
      await answer.after;
      response.writeHead(answer.status, answer.headers).end();
    } catch (error) {
      this.faults.push(String(error));
      response.writeHead(400).end();
    }
  }

  private check({ method, headers }: IncomingMessage, body: Buffer): void {
    expect(method).toBe('POST');
    expect(headers['content-encoding']).toBe('aes128gcm');
    expect(Number(headers.ttl), 'TTL').toBeGreaterThan(0);
    expect(headers.topic ?? 'none', 'Topic').toMatch(/^[\w-]{1,32}$/);
    expect(body.length, 'a push service takes at most this').toBeLessThanOrEqual(4096);
    expect(body.readUInt32BE(16), 'size of records').toBe(4096);
    const scheme = /^vapid t=([\w-]+\.[\w-]+)\.([\w-]+), k=([\w-]+)$/;
    const [, signed, signature, key] = scheme.exec(headers.authorization ?? '') ?? [];
    expect(key, 'the key is that of the subscription').toBe(this.key);
    expect(isSigned(signed!, signature!, key!), 'the token is signed').toBe(true);
    const [header, claims] = signed!.split('.').map((part) => JSON.parse(text(part)));
    expect(header).toMatchObject({ typ: 'JWT', alg: 'ES256' });
    expect(claims.aud).toBe(this.origin);
    const lifetime = claims.exp - Date.now() / 1000;
    expect(lifetime).toBeGreaterThan(0);
    expect(lifetime).toBeLessThanOrEqual(24 * 60 * 60);
  }
}

function text(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString();
}

/** Whether a token is signed by a key that is a point of P-256, uncompressed. */
function isSigned(signed: string, signature: string, key: string): boolean {
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString('base64url'),
  );
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  const parts = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  return verify(
    'sha256',
    Buffer.from(signed),
    parts as Parameters<typeof verify>[2],
    Buffer.from(signature, 'base64url'),
  );
}

/** Makes an authority, and a certificate for this machine that it has issued. */
async function makeCertificate(folder: string): Promise<{ key: Buffer; cert: Buffer }> {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-subj', '/CN=Authority of a test', '-days', '2'];
  openssl('req', '-x509', ...newKey, ...authority, '-keyout', 'ca.key', '-out', 'ca.pem');
  const names = 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n';
  await writeFile(path.join(folder, 'names.txt'), names);
  openssl('req', ...newKey, '-subj', '/CN=push', '-keyout', 'push.key', '-out', 'push.csr');
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  const files = ['-in', 'push.csr', '-extfile', 'names.txt', '-out', 'push.pem'];
  openssl('x509', '-req', ...issued, ...files);
  const [key, cert] = await Promise.all(
    ['push.key', 'push.pem'].map((file) => readFile(path.join(folder, file))),
  );
  return { key: key!, cert: cert! };
}
