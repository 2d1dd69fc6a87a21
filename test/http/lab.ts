import { readFileSync } from 'node:fs';
import type { ProgramRun } from '../../core/host/program.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { connectTcp } from '../../programs/sockets-io/connect-tcp.ts';
import { acceptTcp, listenTcp } from '../../programs/sockets-io/listen-tcp.ts';
import { TcpStream, decode } from '../../programs/sockets-io/tcp-stream.ts';
import { Lab, type Container, type Place } from '../programs/lab.ts';
import { addWebPrograms } from './register.ts';

/** The machine `outside` of the recordings and a web server with the published port's address and files. */
export function webLab(): { lab: Lab; web1: Container } {
  const lab = new Lab();
  addWebPrograms(lab);
  const bridge = lab.bridge('net', '02:42:b6:5e:6d:42', '192.168.99.1/24');
  const web1 = lab.container(
    'web1',
    bridge,
    '192.168.99.109/24',
    '192.168.99.1',
    '02:42:ac:11:00:02',
    'ea:9e:15:64:73:6f',
  );
  web1.context.fileSystem.writeText(
    '/www/cgi-bin/id',
    '#!/bin/sh\necho "Content-Type: text/plain"; echo; echo "host=$(hostname) client=$REMOTE_ADDR:$REMOTE_PORT"\n',
  );
  return { lab, web1 };
}

export function recorded(name: string): string {
  return readFileSync(new URL(`./recorded/${name}`, import.meta.url), 'utf8');
}

/** Serves one connection: collects what comes and answers `reply` once a line is empty, then closes. */
export function serveOnce(lab: Lab, place: Place, port: number, reply: string): { request: string } {
  const seen = { request: '' };
  spawn(lab, place, function* (proc): ProgramRun {
    const listener = listenTcp(proc, 0, port, 5);
    const stream = new TcpStream(proc, yield* acceptTcp(proc, listener));
    while (!seen.request.includes('\r\n\r\n')) {
      const data = yield* stream.read();
      if (data.length === 0) return 0;
      seen.request += decode(data);
    }
    yield* stream.write(reply);
    return 0;
  });
  lab.wait(0.01);
  return seen;
}

/** Sends a text and returns all that comes back. */
export function exchange(
  lab: Lab,
  place: Place,
  address: string,
  port: number,
  text: string,
  localPort = 0,
): string {
  let reply = '';
  spawn(lab, place, function* (proc): ProgramRun {
    const stream = new TcpStream(proc, yield* connectTcp(proc, parseIpv4(address), port, { localPort }));
    yield* stream.write(text);
    for (;;) {
      const data = yield* stream.read();
      if (data.length === 0) return 0;
      reply += decode(data);
    }
  });
  lab.wait(2);
  return reply;
}

export function spawn(lab: Lab, place: Place, program: (proc: Process) => ProgramRun): Process {
  return lab.host.processes.spawn(program, {
    context: place.context,
    argv: ['test'],
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
}
