import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type PreviewServer, preview } from 'vite';
import { STORE, STORE_FILE } from './shop';

const BINARY = resolve(process.env.ROTA_BINARY ?? '../target/debug/rota');
const BENCH = resolve(process.env.ROTA_BENCH ?? '../target/debug/rota-bench');

export interface Session {
  name: string;
  value: string;
}

/** The real server on a fresh SQLite database with the {@link STORE_FILE}; `stop` takes all of it away. */
export class Rota {
  /** Its database is in `data`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'rota-console-'));
  private process: ChildProcess | null = null;
  private before: PreviewServer | null = null;
  private api = '';
  /** Where the console is. */
  url = '';
  private partnerKey = '';
  /** What the server is told by its environment besides; holds from its next start. */
  settings: Record<string, string> = {};

  static async start(): Promise<Rota> {
    const rota = new Rota();
    const file = join(rota.folder, 'shop.toml');
    mkdirSync(join(rota.folder, 'data'));
    writeFileSync(file, STORE_FILE);
    rota.run('apply', file);
    rota.partnerKey = rota.run('key', 'create', '--store', STORE, '--name', 'shop');
    await rota.serve('127.0.0.1:0');
    // CONSOLE_PREVIEW serves console/dist as it was last built, without building the binary anew.
    if (process.env.CONSOLE_PREVIEW) await rota.servePreview();
    return rota;
  }

  /** Adds open tickets of the past, by the bench's tool, while the server is away. */
  async fill(tickets: number) {
    await this.restart(async () => {
      const database = join(this.folder, 'data', 'rota.db');
      const count = ['--tickets', String(tickets), '--open', String(tickets), '--days', '30'];
      execFileSync(BENCH, ['fill', '--database', database, '--store', STORE, ...count], { stdio: 'ignore' });
    });
  }

  private get database(): string {
    return `sqlite:${join(this.folder, 'data', 'rota.db')}`;
  }

  /** `rota …` on the same database. */
  run(...args: string[]): string {
    const env = { ...process.env, ROTA_DATABASE: this.database };
    return execFileSync(BINARY, args, { env, encoding: 'utf8' }).trim();
  }

  /** Ends the server and starts it again under the same address; `between` is done while it is away. */
  async restart(between: () => Promise<void> = async () => {}) {
    await this.end();
    await between();
    await this.serve(new URL(this.api).host);
  }

  async stop() {
    await this.before?.close();
    await this.end();
    rmSync(this.folder, { recursive: true });
  }

  /** Has an agent accept an invitation. @returns the session's cookie. */
  async signIn(email: string, password: string): Promise<Session> {
    const token = this.invite(email).split('#')[1];
    const response = await this.post('/v1/session/invitation', { storeId: STORE, token, password });
    const [name = '', value = ''] =
      (response.headers.getSetCookie()[0] ?? '').split(';')[0]?.split('=') ?? [];
    return { name, value };
  }

  /** The link by which an agent sets a password. */
  invite(email: string): string {
    return this.run('agent', 'invite', '--store', STORE, email, '--public-url', this.url);
  }

  /** Posts a ticket as the shop's own system does. @returns its number. */
  async ticket(title: string, rest: Record<string, unknown> = {}): Promise<number> {
    const body = { channel: 'TASKS', bikCustomerId: '5233549', taskTitle: title, ...rest };
    const path = '/integrations/bikPlatformFunctions-createAndAssignTicket';
    const response = await this.post(path, body, { Authorization: `Basic ${this.partnerKey}` });
    return ((await response.json()) as { data: { ticket: { id: number } } }).data.ticket.id;
  }

  /** Posts JSON. @throws with the answer where it is not 2xx. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(new URL(path, this.api), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'none', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  private async serve(listen: string) {
    const env = { ...process.env, ...this.settings, ROTA_DATABASE: this.database };
    const server = spawn(BINARY, ['serve', '--listen', listen], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    this.process = server;
    for await (const line of createInterface({ input: server.stdout })) {
      const [, url] = /^listening on (\S+)$/.exec(line) ?? [];
      if (!url) continue;
      this.api = url;
      this.url ||= url;
      return;
    }
    throw new Error('the server ended before it listened');
  }

  private async servePreview() {
    process.env.ROTA_URL = this.api;
    this.before = await preview({ preview: { host: '127.0.0.1', port: 0 } });
    this.url = (this.before.resolvedUrls?.local[0] ?? '').replace(/\/$/, '');
  }

  private end(): Promise<void> {
    const server = this.process;
    if (!server || server.exitCode !== null) return Promise.resolve();
    return new Promise((done) => {
      server.once('exit', () => done());
      server.kill('SIGTERM');
    });
  }
}
