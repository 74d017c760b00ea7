import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from '@playwright/test';

const ROOT = path.resolve(import.meta.dirname, '..');
const BINARY = process.env.BANTER_TEST_BINARY ?? path.join(ROOT, 'target/release/banter');
/** The number of nodes behind a load balancer; a single node runs without one. */
export const NODES = Number(process.env.BANTER_TEST_NODES ?? 1);
export const BALANCER = process.env.BANTER_TEST_BALANCER ?? 'nginx';

/** A process that a test has started. */
class Process {
  readonly child: ChildProcess;

  constructor(
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv,
    log: (text: string) => void,
  ) {
    this.child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.on('error', (error) => log(`${error}\n`));
    this.child.stdout?.on('data', log);
    this.child.stderr?.on('data', log);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.hasEnded) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    return ended;
  }
}

/** A Banter for one test: a free port and empty data, both kept across restarts. */
export class Server {
  private nodes: Process[] = [];
  private balancer?: Process;
  /** The output of all processes. */
  log = '';
  /** The program. */
  private binary = BINARY;

  private constructor(
    /** The ports: the one of the balancer, if there are several nodes, then those of the nodes. */
    private readonly ports: number[],
    private readonly dataDir: string,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** `lane` gives each worker ports of its own. */
  static async create(lane: number, settings: NodeJS.ProcessEnv): Promise<Server> {
    const ports = await freePorts(lane, NODES > 1 ? NODES + 1 : 1);
    const server = new Server(ports, await mkdtemp(path.join(tmpdir(), 'banter-')), settings);
    if (NODES > 1) server.sql(`CREATE DATABASE ${server.databaseName}`);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports[0]}`;
  }

  private get databaseName(): string {
    return `banter_e2e_${this.ports[0]}`;
  }

  async start(): Promise<void> {
    const log = (text: string) => (this.log += text);
    const ports = this.ports.slice(-NODES);
    this.nodes = ports.map((_, i) => this.node(i));
    for (const port of ports) await this.ready(`http://127.0.0.1:${port}`);
    if (NODES > 1 && !this.balancer) {
      const config = path.join(this.dataDir, 'balancer.conf');
      await writeFile(
        config,
        await (BALANCER === 'haproxy' ? this.haproxyConfig() : this.nginxConfig()),
      );
      const [command, args] =
        BALANCER === 'haproxy'
          ? ['haproxy', ['-f', config]]
          : ['nginx', ['-c', config, '-p', this.dataDir, '-e', 'stderr']];
      this.balancer = new Process(command as string, args as string[], {}, log);
    }
    // After all nodes were down, the balancer needs a moment until it tries one again.
    await this.ready(this.url);
  }

  private node(i: number): Process {
    const port = this.ports.slice(-NODES)[i];
    const shared = NODES > 1 ? this.shared() : {};
    const env = {
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      BANTER_DATA_DIR: this.dataDir,
      // Texts of tests link to pages that are not theirs.
      BANTER_LINK_PREVIEWS: 'off',
    };
    const all = { ...env, ...shared, ...this.settings };
    return new Process(this.binary, ['serve'], all, (text) => (this.log += text));
  }

  /** Stops one of several nodes and returns its status. */
  async endNode(i: number, signal: NodeJS.Signals): Promise<number | null> {
    return this.nodes[i]!.end(signal);
  }

  /**
   * Replaces a stopped node by one that is ready, but of another build, without the files of this
   * one. Leaves WebSockets to the other nodes, as a draining node does, and has its pages from the
   * last one.
   */
  async anotherBuild(i: number): Promise<{ end: () => Promise<void> }> {
    const port = this.ports.slice(-NODES)[i];
    const last = this.ports.at(-1)!;
    const other = createHttpServer((incoming, response) => {
      const { method, headers, url: path = '/' } = incoming;
      if (path === '/readyz') return void response.writeHead(200).end('{"status":"ready"}');
      if (path.startsWith('/pkg/')) return void response.writeHead(404).end();
      if (path.startsWith('/ws')) return void response.writeHead(503).end();
      const target = { port: last, host: '127.0.0.1', path, method, headers };
      const forwarded = request(target, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(forwarded);
    });
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    await this.ready(this.url);
    return {
      end: async () => {
        other.closeAllConnections();
        await new Promise((resolve) => other.close(resolve));
      },
    };
  }

  /** Stops a single node, and makes it one of another build, whose name `build` is replaced. */
  async becomeAnotherBuild(build: string): Promise<void> {
    await this.stop();
    const program = await readFile(this.binary, 'latin1');
    this.binary = path.join(this.dataDir, 'another-banter');
    // The compiler may have put a name of this length into instructions, eight bytes and the rest.
    const [begin, other] = [build.slice(0, 8), build.slice(0, 8).split('').reverse().join('')];
    const changed = program.replaceAll(begin, other === begin ? '01234567' : other);
    await writeFile(this.binary, changed, { encoding: 'latin1', mode: 0o700 });
  }

  /** Stops or starts the database of all nodes. */
  async database(state: 'away' | 'there'): Promise<void> {
    this.sql(`ALTER DATABASE ${this.databaseName} ALLOW_CONNECTIONS ${state === 'there'}`);
    if (state === 'away')
      this.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = '${this.databaseName}'`,
      );
    else for (const port of this.ports.slice(-NODES)) await this.ready(`http://127.0.0.1:${port}`);
  }

  /** Starts a stopped node again. */
  async startNode(i: number): Promise<void> {
    this.nodes[i] = this.node(i);
    await this.ready(`http://127.0.0.1:${this.ports.slice(-NODES)[i]}`);
  }

  /** Stops the server with SIGTERM and expects a clean exit. */
  async stop(): Promise<void> {
    for (const status of await this.end('SIGTERM'))
      expect(status, 'status of the server after SIGTERM').toBe(0);
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Makes a backup of a single node's data. */
  backUp(): void {
    execFileSync(BINARY, ['backup', '--data-dir', this.dataDir, `${this.dataDir}.backup`]);
  }

  /** Stops the server, and starts it with the data of the backup. */
  async restore(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true });
    await rename(`${this.dataDir}.backup`, this.dataDir);
    await this.start();
  }

  /** Stops the server if it still runs, and removes its data. */
  async discard(): Promise<void> {
    await this.kill();
    await this.balancer?.end('SIGTERM');
    if (NODES > 1) this.sql(`DROP DATABASE IF EXISTS ${this.databaseName} WITH (FORCE)`);
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<(number | null)[]> {
    return Promise.all(this.nodes.map((node) => node.end(signal)));
  }

  private async ready(url: string): Promise<void> {
    const state = async () => {
      if (this.nodes.every((node) => node.hasEnded))
        throw new Error(`the server ended:\n${this.log}`);
      return fetch(`${url}/readyz`).then(
        // A balancer without nodes responds with a page of its own.
        async (response) =>
          response.ok ? ((await response.json()) as { status: string }).status : response.status,
        () => 'no connection',
      );
    };
    await expect
      .poll(state, { intervals: [20, 50, 100], timeout: 15_000, message: 'the server starts' })
      .toBe('ready');
  }

  /** The settings that connect the nodes; bin/with-services provides PostgreSQL and Redis. */
  private shared(): NodeJS.ProcessEnv {
    const database = new URL(process.env.BANTER_TEST_DATABASE_URL!);
    database.pathname = this.databaseName;
    return {
      DATABASE_URL: String(database),
      REDIS_URL: process.env.BANTER_TEST_REDIS_URL,
      BANTER_FILES: path.join(this.dataDir, 'files'),
      BANTER_PUBLIC_URL: this.url,
      BANTER_TRUSTED_PROXIES: '127.0.0.1',
      BANTER_DRAIN: '1',
    };
  }

  /** Returns a configuration of deploy/ with other ports. */
  private async delivered(file: string): Promise<string> {
    const delivered = await readFile(path.join(ROOT, 'deploy', file), 'utf8');
    return delivered.replace(
      /127\.0\.0\.1:300([0-3])/g,
      (_, node) => `127.0.0.1:${this.ports[Number(node)]}`,
    );
  }

  private async haproxyConfig(): Promise<string> {
    // As many as the system allows a test to open.
    return (await this.delivered('haproxy.cfg')).replace(/maxconn \d+/, 'maxconn 1000');
  }

  private async nginxConfig(): Promise<string> {
    const here = await this.delivered('nginx.conf');
    const files = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${this.dataDir}/${kind};`,
    );
    return `daemon off; worker_processes 1; pid ${this.dataDir}/nginx.pid;
      events {} http { access_log off; ${files.join(' ')} ${here} }`;
  }

  private sql(statement: string): void {
    execFileSync('psql', ['-q', '-d', process.env.BANTER_TEST_DATABASE_URL!, '-c', statement], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
}

/** Finds ports below the range of outgoing connections, so that they stay free during a restart. */
async function freePorts(lane: number, count: number): Promise<number[]> {
  const first = 20_000 + lane * 500;
  const offset = Math.floor(Math.random() * 500);
  const ports: number[] = [];
  for (let i = 0; i < 500 && ports.length < count; i++) {
    const port = first + ((offset + i) % 500);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) throw new Error(`no free ports from ${first} on`);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
