import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from '@playwright/test';

const BINARY = path.resolve(import.meta.dirname, '../target/release/banter');

/** A Banter of its own: a free port and an empty data folder, both kept over restarts. */
export class Server {
  private child?: ChildProcess;
  /** What the process wrote to both its outputs. */
  log = '';

  private constructor(
    private readonly port: number,
    private readonly dataDir: string,
  ) {}

  /** `lane` keeps workers off each other's ports. */
  static async create(lane: number): Promise<Server> {
    return new Server(await freePort(lane), await mkdtemp(path.join(tmpdir(), 'banter-')));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(BINARY, ['serve'], {
      env: {
        ...process.env,
        LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
        BANTER_DATA_DIR: this.dataDir,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.on('error', (error) => (this.log += `${error}\n`));
    child.stdout.on('data', (text) => (this.log += text));
    child.stderr.on('data', (text) => (this.log += text));
    this.child = child;
    await expect
      .poll(() => this.state(), { intervals: [20, 50, 100], timeout: 15_000, message: 'the server starts' })
      .toBe('ready');
  }

  /** Ends it as an administrator would, and expects a clean end. */
  async stop(): Promise<void> {
    expect(await this.end('SIGTERM'), 'status of the server after SIGTERM').toBe(0);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it if it still runs, and removes its data. */
  async discard(): Promise<void> {
    await this.kill();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async state(): Promise<string> {
    const { exitCode, signalCode } = this.child!;
    if (exitCode !== null || signalCode !== null) throw new Error(`the server ended:\n${this.log}`);
    return fetch(`${this.url}/readyz`).then(
      (response) => (response.ok ? 'ready' : `status ${response.status}`),
      () => 'no connection',
    );
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }
}

/** A port below the range that outgoing connections take theirs from, so that it stays free over a restart. */
async function freePort(lane: number): Promise<number> {
  const first = 20_000 + lane * 500;
  const offset = Math.floor(Math.random() * 500);
  for (let i = 0; i < 500; i++) {
    const port = first + ((offset + i) % 500);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${first} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
