import type { Process } from '../../../core/host/process.ts';
import type { ProgramRun } from '../../../core/host/program.ts';
import { absolutePath } from '../../files.ts';
import type { Run } from '../../line-input.ts';
import { parseUrl, type Url } from '../url.ts';
import type { CurlConnection } from './connection.ts';
import { CURLE, CurlError } from './curl-error.ts';
import { parseCurlArguments } from './options.ts';
import { meterEnd, meterStart } from './progress-meter.ts';
import { readCurlSettings, type CurlSettings } from './settings.ts';
import { Transfer, type TransferSink } from './transfer.ts';
import { writeOut } from './write-out.ts';

const VERSION =
  'curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1\nRelease-Date: 2023-02-20\nProtocols: http\nFeatures: IPv6\n';

/** Statuses worth another try with --retry. */
const TRANSIENT: readonly number[] = [408, 429, 500, 502, 503, 504];

/**
 * curl 7.88.1 for http. Standard output counts as a terminal, so the progress meter shows only with -o and -O.
 * Not modelled: TLS and other protocols, globbing, uploads (-T, -F), proxies, cookie files, HTTP/2.
 */
export function* curl(proc: Process): ProgramRun {
  const args = parseCurlArguments(proc.argv.slice(1));
  const settings = typeof args === 'string' ? args : readCurlSettings(proc, args);
  if (typeof args === 'string' || typeof settings === 'string') {
    proc.printError(settings as string);
    return CURLE.FAILED_INIT;
  }
  if (args.given.some(({ name }) => name === 'version')) {
    proc.print(VERSION);
    return 0;
  }
  if (args.urls.length === 0) {
    proc.printError(
      "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    );
    return CURLE.FAILED_INIT;
  }
  const pool: Pool = { connection: null, opened: 0 };
  let exitCode = 0;
  for (const [i, text] of args.urls.entries()) {
    const output = settings.outputs[i] ?? (settings.remoteName ? remoteName(text) : null);
    exitCode = yield* fetchUrl(proc, text, settings, output === '-' ? null : output, pool);
  }
  return exitCode;
}

interface Pool {
  connection: CurlConnection | null;
  opened: number;
}

/** -O: the last part of the path. */
function remoteName(url: string): string {
  return /\/([^/?#]*)(?:[?#].*)?$/.exec(url.replace(/^[^:]*:\/\//, ''))?.[1] ?? '';
}

/** One URL of the command line, with the tries that --retry allows. */
function* fetchUrl(
  proc: Process,
  text: string,
  settings: CurlSettings,
  output: string | null,
  pool: Pool,
): Run<number> {
  const startNs = proc.nowNs;
  let delayNs = settings.retryDelayNs || 1e9;
  for (let left = settings.retries; ; left--) {
    const { code, retry } = yield* attempt(proc, text, settings, output, pool);
    if (retry === null || left <= 0 || proc.nowNs - startNs + delayNs > settings.retryMaxTimeNs) return code;
    if (!settings.silent) {
      const waitS = Math.floor(delayNs / 1e9);
      proc.printError(`Warning: Problem : ${retry}. Will retry in ${waitS} seconds. ${left} retries left.\n`);
    }
    yield* proc.sleep(delayNs);
    if (settings.retryDelayNs === 0) delayNs = Math.min(delayNs * 2, 600e9);
  }
}

function* attempt(
  proc: Process,
  text: string,
  settings: CurlSettings,
  output: string | null,
  pool: Pool,
): Run<{ code: number; retry: string | null }> {
  const sink = new OutputSink(proc, settings, output);
  const transfer = new Transfer(proc, settings, sink, pool);
  const meter = output !== null && !settings.noProgress;
  let failure = { code: 0, message: '' };
  try {
    const url = checkedUrl(text, settings, output);
    if (meter) proc.printError(meterStart());
    for (const { text: entry } of settings.resolve) sink.say(`* Added ${entry} to DNS cache`);
    yield* transfer.run(url);
  } catch (error) {
    if (!(error instanceof CurlError)) throw error;
    failure = { code: error.code, message: error.message };
  }
  const status = transfer.result.head?.status ?? 0;
  if (failure.code === 0 && settings.failWithBody && status >= 400) {
    failure = { code: CURLE.HTTP_RETURNED_ERROR, message: `The requested URL returned error: ${status}` };
  }
  sink.finish();
  if (meter) proc.printError(meterEnd(transfer.result));
  if (failure.code !== 0 && (!settings.silent || settings.showError)) {
    proc.printError(`curl: (${failure.code}) ${failure.message}\n`);
  }
  if (settings.writeOut !== null) {
    proc.print(
      writeOut(settings.writeOut, transfer.result, failure, (complaint) => proc.printError(complaint)),
    );
  }
  return { code: failure.code, retry: retryReason(settings, failure.code, status) };
}

function checkedUrl(text: string, settings: CurlSettings, output: string | null): Url {
  const url = parseUrl(text);
  if (url === null) throw new CurlError(CURLE.URL_MALFORMAT, 'URL using bad/illegal format or missing URL');
  if (output === '')
    throw new CurlError(CURLE.WRITE_ERROR, 'Failed writing received data to disk/application');
  if (url.scheme === 'https') throw new CurlError(CURLE.UNSUPPORTED_PROTOCOL, 'not modelled: TLS (https)');
  if (url.scheme !== 'http') {
    throw new CurlError(
      CURLE.UNSUPPORTED_PROTOCOL,
      `Protocol "${url.scheme}" not supported or disabled in libcurl`,
    );
  }
  if (!settings.appendData || settings.data === null) return url;
  return { ...url, target: `${url.target}${url.target.includes('?') ? '&' : '?'}${settings.data}` };
}

/** Why --retry tries again; null when it does not. */
function retryReason(settings: CurlSettings, code: number, status: number): string | null {
  if (code === CURLE.OPERATION_TIMEDOUT || code === CURLE.COULDNT_RESOLVE_HOST) return 'timeout';
  if (code === CURLE.COULDNT_CONNECT && settings.retryConnRefused) return 'connection refused';
  if (code !== 0 && settings.retryAllErrors) return '(retrying all errors)';
  return TRANSIENT.includes(status) ? 'HTTP error' : null;
}

/** Puts headers and body where -o, -i, -D and -v want them. */
class OutputSink implements TransferSink {
  readonly toFile: boolean;
  private readonly proc: Process;
  private readonly settings: CurlSettings;
  private readonly output: string | null;
  private readonly decoder = new TextDecoder();
  private fileText = '';
  private dumped = '';
  private wrote = false;

  constructor(proc: Process, settings: CurlSettings, output: string | null) {
    this.proc = proc;
    this.settings = settings;
    this.output = output;
    this.toFile = output !== null;
  }

  header(text: string): void {
    this.dumped += text;
    if (this.settings.include || this.settings.head) this.put(text);
  }

  body(data: Uint8Array): void {
    this.put(this.decoder.decode(data, { stream: true }));
  }

  say(line: string): void {
    if (this.settings.verbose) this.proc.printError(`${line}\n`);
  }

  finish(): void {
    const { fileSystem } = this.proc.context;
    if (this.output !== null && this.wrote && this.output !== '/dev/null') {
      fileSystem.writeText(absolutePath(this.proc, this.output), this.fileText);
    }
    const { dumpHeader } = this.settings;
    if (dumpHeader === '-') this.proc.print(this.dumped);
    else if (dumpHeader !== null) fileSystem.writeText(absolutePath(this.proc, dumpHeader), this.dumped);
  }

  private put(text: string): void {
    this.wrote = true;
    if (this.output === null) this.proc.print(text);
    else this.fileText += text;
  }
}
