import { OutputDescriptor } from '../../../core/host/descriptor.ts';
import { Pipe, TextInput } from '../../../core/host/streams.ts';
import type { Process } from '../../../core/host/process.ts';
import { spawnChild } from '../../child-process.ts';
import type { Run } from '../../line-input.ts';
import { scriptProgram } from '../../shell/script-program.ts';
import { decode, type TcpStream } from '../../sockets-io/tcp-stream.ts';
import type { HttpRequest } from '../request.ts';

/** A script to run for a request. */
export interface CgiScript {
  /** `/cgi-bin/id`. */
  name: string;
  text: string;
  /** What follows the script in the URL. */
  pathInfo: string;
}

/** Finds the script of a path below /cgi-bin/: the first part that is a file; what follows is PATH_INFO. */
export function findCgiScript(proc: Process, home: string, path: string): CgiScript | null {
  const parts = path.split('/');
  for (let length = 3; length <= parts.length; length++) {
    const name = parts.slice(0, length).join('/');
    const text = proc.context.fileSystem.readText(`${home === '/' ? '' : home}${name}`);
    if (text !== null) return { name, text, pathInfo: path.slice(name.length) };
  }
  return null;
}

/**
 * Runs a script and pumps its output to the client as it comes (cgi_io_loop_and_exit): the status line is the
 * server's, sent by itself with the script's first bytes, unless the script begins with `Status:` or `HTTP`.
 */
export function* runCgi(
  proc: Process,
  stream: TcpStream,
  request: HttpRequest,
  script: CgiScript,
  home: string,
  remoteAddress: string,
): Run<void> {
  const output = new Pipe();
  const descriptor = OutputDescriptor.on(output);
  const child = spawnChild(
    proc,
    scriptProgram(script.text),
    [script.name.slice(script.name.lastIndexOf('/') + 1)],
    { stdin: new TextInput(decode(request.body)), stdout: descriptor, stderr: proc.stderr },
    { environment: cgiEnvironment(proc, stream, request, script, home, remoteAddress) },
  );
  descriptor.close();
  proc.own({ releasedBy: () => child.kill() });
  let held = '';
  let started = false;
  for (;;) {
    const text = output.read();
    if (text === '' && output.ended) break;
    held += text;
    if (!started && held.length >= 4) {
      started = true;
      if (held.startsWith('Status: ')) held = `HTTP/1.1 ${held.slice(8)}`;
      else if (!held.startsWith('HTTP')) yield* stream.write('HTTP/1.1 200 OK\r\n');
    }
    if (started && held !== '') {
      yield* stream.write(held);
      held = '';
    }
    if (text === '') yield* proc.wait(output.readable);
  }
  if (held !== '') yield* stream.write(`HTTP/1.1 200 OK\r\n${held}`);
}

function cgiEnvironment(
  proc: Process,
  stream: TcpStream,
  request: HttpRequest,
  script: CgiScript,
  home: string,
  remoteAddress: string,
): Map<string, string> {
  const { headers } = request;
  const directory = script.name.slice(0, script.name.lastIndexOf('/'));
  const environment = new Map(proc.environment);
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) environment.set(name, value);
  };
  set('PWD', `${home === '/' ? '' : home}${directory}`);
  set('PATH_INFO', script.pathInfo);
  set('REQUEST_METHOD', request.method);
  set('REQUEST_URI', request.target);
  set('SCRIPT_FILENAME', `${home}${script.name}`);
  set('SCRIPT_NAME', script.name);
  set('QUERY_STRING', request.query);
  set('SERVER_SOFTWARE', 'busybox httpd/1.35.0');
  set('SERVER_PROTOCOL', 'HTTP/1.0');
  set('GATEWAY_INTERFACE', 'CGI/1.1');
  set('REMOTE_ADDR', remoteAddress);
  set('REMOTE_PORT', String(stream.socket.remotePort));
  set('HTTP_USER_AGENT', headers.get('User-Agent'));
  set('HTTP_ACCEPT', headers.get('Accept'));
  set('HTTP_ACCEPT_LANGUAGE', headers.get('Accept-Language'));
  if (request.body.length > 0) set('CONTENT_LENGTH', String(request.body.length));
  set('HTTP_COOKIE', headers.get('Cookie'));
  set('CONTENT_TYPE', headers.get('Content-Type'));
  set('HTTP_REFERER', headers.get('Referer'));
  set('HTTP_HOST', headers.get('Host') ?? '');
  return environment;
}
