import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareCaptures,
  describeDifferences,
  outputOf,
  recordedText,
  replay,
  type CaptureComparison,
  type GoldenRun,
} from './golden.ts';

/** Recordings of services; and the share in order that is seen today: how httpd's writes fall into segments differs. */
const FOLDERS: readonly { name: string; inOrderAtLeast: number }[] = [
  { name: '09-service-vip', inOrderAtLeast: 0.44 },
  { name: '10-ingress', inOrderAtLeast: 0.55 },
];

const runs = new Map<string, GoldenRun>();

beforeAll(async () => {
  for (const { name } of FOLDERS) runs.set(name, await replay(name));
}, 240_000);
afterAll(() => {
  for (const run of runs.values()) run.dispose();
});

describe.each(FOLDERS)('recording $name', ({ name, inOrderAtLeast }) => {
  let captures: CaptureComparison[];

  beforeAll(() => {
    captures = compareCaptures(name, runs.get(name)!);
  }, 120_000);

  test('every packet of the recording is there and no other', () => {
    expect(describeDifferences(captures)).toBe('');
    expect(captures.length).toBeGreaterThan(0);
  });

  test('in the order recorded, as far as TCP is not split otherwise', () => {
    const total = captures.reduce((sum, capture) => sum + Math.max(capture.reference, capture.trace), 0);
    const matched = captures.reduce((sum, capture) => sum + capture.inOrder, 0);
    expect(matched / total).toBeGreaterThanOrEqual(inOrderAtLeast);
  });
});

/** Output with what is drawn at random, times and counters left out. */
function plain(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) =>
      line
        .replace(/^\[\d+:\d+\] /, '')
        .replace(/\[\d+:\d+\]$/, '')
        .replace(/(--sport |--dport 53 .*127\.0\.0\.11:|tcp .*127\.0\.0\.11:)\d{4,5}/, '$1PORT')
        .trimEnd(),
    )
    .filter((line) => line !== '' && !line.startsWith('#') && !/^\[rc=/.test(line));
}

/** The lines that match. */
function matching(text: string, pattern: RegExp): string[] {
  return plain(text).filter((line) => pattern.test(line));
}

describe('state of a service behind a virtual address', () => {
  const recorded = (host: string, ...words: string[]) =>
    outputOf(recordedText('09-service-vip', host), ...words);
  const replayed = (host: string, ...words: string[]) =>
    outputOf(runs.get('09-service-vip')!.result.transcript, `${host}$`, ...words);

  test('docker service inspect', () => {
    const json = (text: string) => {
      const whole: unknown = JSON.parse(text.slice(text.indexOf('\n[\n'), `${text}\n`.indexOf('\n]\n') + 2));
      return JSON.stringify(whole, (key, value: unknown) => (DRAWN.has(key) ? key : value));
    };
    expect(json(replayed('host1', 'docker service inspect svc'))).toBe(
      json(recorded('host1', 'docker service ps svc; docker service inspect svc')),
    );
  });

  test('docker service ps: which task is where', () => {
    const places = (text: string) =>
      matching(text, /^\w{12} /).map((line) => line.split(/\s+/).slice(1, 5).join(' '));
    const wanted = places(recorded('host1', 'docker service ps svc; docker service inspect svc'));
    expect(wanted).toHaveLength(3);
    expect(places(replayed('host1', 'docker service inspect svc'))).toEqual(wanted);
  });

  test.each(['host1', 'host2'])(
    'addresses, rules, virtual servers and settings of the balancer on %s',
    (host) => {
      const words = ['ipvsadm -Ln', 'conn_reuse_mode'];
      for (const pattern of [
        /^\s+inet |^(default|10\.)/,
        /^:|^-A |^\*|COMMIT/,
        /^FWM|^\s+->/,
        /^net\.ipv4|^\d$/,
      ]) {
        const wanted = matching(recorded(host, ...words), pattern);
        expect(wanted.length).toBeGreaterThan(0);
        expect(matching(replayed(host, ...words), pattern)).toEqual(wanted);
      }
    },
  );

  test.each(['host1', 'host2'])('hosts, addresses and routes of the containers on %s', (host) => {
    const seen = (text: string) =>
      matching(text, /^(host\d-\d|lo |eth\d@|default|10\.0\.1\.0|172\.18)/)
        .map((line) => line.replace(/@if\d+/, ''))
        .filter((line) => !line.startsWith('eth1') && !line.startsWith('172.18'))
        .sort();
    const wanted = seen(recorded(host, "docker ps --format '{{.Names}} {{.ID}}'"));
    expect(wanted.length).toBeGreaterThan(6);
    expect(seen(replayed(host, "docker ps --format '{{.Names}} {{.ID}}'"))).toEqual(wanted);
  });

  test('names: the virtual address, and the tasks in any order', () => {
    const answers = (text: string) =>
      matching(text, /^(Name|Address): |^\S+\.\s+600/)
        .map((line) => line.replace(/\s+/g, ' '))
        .sort();
    for (const words of ['nslookup svc', 'nslookup rr']) {
      const wanted = answers(recorded('host1', words));
      expect(wanted.length).toBeGreaterThan(3);
      expect(answers(replayed('host1', words))).toEqual(wanted);
    }
  });

  test('connections by server, in ipvsadm -Ln --stats and -Lcn', () => {
    // Packets differ with how TCP was cut into segments; connections do not.
    const conns = (text: string) =>
      matching(text, /^FWM|^\s+->.*:\d/).map((line) => line.trim().split(/\s+/).slice(0, 3).join(' '));
    const entries = (text: string) =>
      matching(text, /^(UDP|TCP) /)
        .map((line) => line.replace(/ \d\d:\d\d /, ' ').replace(/(10\.0\.1\.15:)\d+/, '$1PORT'))
        .sort();
    const wanted = recorded('host1', 'ipvsadm -Ln --stats');
    const got = replayed('host1', 'ipvsadm -Ln --stats');
    expect(conns(got)).toEqual(conns(wanted));
    expect(entries(wanted)).toHaveLength(19);
    expect(entries(got)).toEqual(entries(wanted));
  });

  test('a task that is to go has weight 0 and no name any more', () => {
    const words = 'docker service scale -d svc=2';
    for (const pattern of [/scaled to/, /^FWM|^\s+->/, /^10\.0\.1\./]) {
      expect(matching(replayed('host1', words), pattern)).toEqual(
        matching(recorded('host1', words), pattern),
      );
    }
    expect(replayed('host1', words)).toMatch(/svc\.3 .* host2 +Remove +Running /);
  });
});

describe('state of published ports', () => {
  const recorded = (host: string, ...words: string[]) => outputOf(recordedText('10-ingress', host), ...words);
  const replayed = (host: string, ...words: string[]) =>
    outputOf(runs.get('10-ingress')!.result.transcript, `${host}$`, ...words);

  test.each(['host1', 'host2'])('rules, marks, virtual servers and settings on %s', (host) => {
    const words = ['iptables-save -c', 'ingress_sbox', 'ipvsadm -Ln'];
    const pattern = /^-A |^FWM|^\s+->|^net\.ipv4|^ +inet .*(10\.0\.0|172)/;
    const got = matching(replayed(host, ...words), pattern);
    expect(got.length).toBeGreaterThan(50);
    expect(got).toEqual(matching(recorded(host, ...words), pattern));
  });

  test.each(['host1', 'host2'])('dockerd listens on the ports on %s', (host) => {
    const listeners = (text: string) =>
      matching(text, /:(8080|5353) /).map((line) =>
        line
          .replace(/\s+/g, ' ')
          .replace(/pid=\d+,fd=\d+/, 'PID')
          .trim(),
      );
    const words = ['ss -lntup'];
    const wanted = listeners(recorded(host, ...words));
    expect(wanted).toHaveLength(2);
    expect(listeners(replayed(host, ...words))).toEqual(wanted);
  });

  test('rules, addresses and routes of the task', () => {
    // Addresses on docker_gwbridge go by who started first on the host.
    const pattern = /^-A |^ +inet (?!172)|^(default|10\.)/;
    const seen = (text: string) =>
      matching(text, pattern).map((line) => line.replace(/127\.0\.0\.11:?\d*/g, 'DNS'));
    const wanted = seen(recorded('host2', 'dx ing.1.'));
    expect(wanted.length).toBeGreaterThan(15);
    expect(seen(replayed('host2', 'ip route; nsenter -t'))).toEqual(wanted);
  });

  test('docker service inspect: the endpoint', () => {
    const endpoint = (text: string) =>
      matching(text, /^\{/)[0]!.replace(/"NetworkID":"\w+"/, '"NetworkID":"ID"');
    expect(endpoint(replayed('host1', 'docker service ps ing'))).toBe(
      endpoint(recorded('host1', 'docker service ps ing')),
    );
  });

  test('connections that came in from the nodes themselves, by their states', () => {
    const flows = (text: string) =>
      matching(text, /(dport|virtual|172\.18\.0\.2):?=?(8080|5353)?.*(8080|5353)/)
        .filter((line) => !/dport=4789/.test(line))
        .map((line) =>
          line
            .replace(/^(tcp|udp) +\d+ \d+ /, '$1 ')
            .replace(/ \d\d:\d\d /, ' ')
            .replace(/(sport=(?!8080)|dport=(?!8080|5353)|172\.18\.0\.[14]:|192\.168\.99\.1:)\d+/g, '$1PORT'),
        )
        .sort();
    const wanted = flows(recorded('host1', 'ipvsadm -Lcn'));
    expect(wanted.length).toBeGreaterThan(10);
    expect(flows(replayed('host1', 'ipvsadm -Lcn'))).toEqual(wanted);
  });

  test('mode=host is a plain published port of the bridge', () => {
    const words = 'docker service create -d --no-resolve-image --name hostpub';
    const rules = (text: string) => matching(text, /^-A /);
    expect(rules(replayed('host1', words))).toEqual(rules(recorded('host1', words)));
  });
});

/** Keys of `docker service inspect` whose values are drawn or hang on the clock. */
const DRAWN: ReadonlySet<string> = new Set([
  'ID',
  'Version',
  'CreatedAt',
  'UpdatedAt',
  'Target',
  'NetworkID',
]);
