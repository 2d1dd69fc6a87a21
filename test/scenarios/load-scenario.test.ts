import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatIpPrefix } from '../../protocols/ip-address.ts';
import { FOLLOWED_RELEASES } from '../../drivers/engine-release.ts';
import { load, placesOf, problemsOf } from './load.ts';

const data = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8');

describe('a whole scenario', () => {
  const scenario = load(data('encrypted-overlay.yaml'));

  it('has its units resolved and its defaults filled', () => {
    expect(scenario).toMatchObject({ name: 'encrypted-overlay', seed: 1, engine: '20.10', durationNs: 30e9 });
    expect(scenario.hosts['host1']!.interfaces['eth0']!.addresses.map(formatIpPrefix)).toEqual([
      '192.168.99.109/24',
    ]);
    expect(scenario.hosts['outside']!.docker).toBeUndefined();
    const { lan } = scenario.links;
    expect(lan!.kind).toBe('switch');
    expect(lan!.ends[2]!.transmit).toMatchObject({
      rateBps: 10e9,
      delayNs: 20_000,
      loss: 0,
      queue: { packets: 1000 },
    });
    expect(scenario.networks['ov']).toMatchObject({
      driver: 'overlay',
      attachable: true,
      driverOpts: { encrypted: '' },
    });
    expect(scenario.services['alpine2']!.deployment).toEqual({ kind: 'containers', host: 'host2' });
    expect(scenario.bringUp).toBe('before-steps');
  });

  it('has its steps read, each at its place', () => {
    expect(scenario.steps.map((step) => step.kind)).toEqual([
      'run',
      'run',
      'wait',
      'run',
      'run',
      'run',
      'capture-start',
      'capture-start',
      'link',
      'capture-stop',
    ]);
    expect(scenario.steps[3]).toMatchObject({
      command: 'ping -c 1 -s 1396 -M do alpine2',
      expect: { exit: 0, stdout: ['1 packets received'] },
    });
    expect(scenario.steps[4]).toMatchObject({ background: true });
    expect(scenario.steps[5]).toMatchObject({ atNs: 12.5e9 });
    expect(scenario.steps[8]).toMatchObject({ link: 'lan', up: false, durationNs: 500e6 });
    expect(scenario.steps[8]!.position).toEqual({ file: 'lab.yaml', line: 46, column: 5 });
  });

  it('takes a map of captures in a step, though YAML would not', () => {
    const step = scenario.steps[7];
    expect(step).toMatchObject({
      captures: [
        { file: 't1-c1.pcap', points: [{ node: 'alpine1', device: 'eth0' }] },
        { file: 't1-c2.pcap', points: [{ node: 'alpine2', device: 'eth0' }] },
      ],
    });
  });
});

describe('a plain Compose file', () => {
  const scenario = load(data('compose.yaml'), { file: 'app/compose.yaml', variables: { SECRET: 'a$b' } });

  it('runs on one host, brought up before what shows it', () => {
    expect(Object.keys(scenario.hosts)).toEqual(['host1']);
    expect(scenario.hosts['host1']!.docker).toEqual({});
    expect(scenario.steps.map((step) => step.text)).toEqual(['host1$ docker ps --all']);
    expect(scenario.bringUp).toBe('before-steps');
    expect(scenario.name).toBe('compose');
  });

  it('has short forms made long, merge keys followed and variables replaced', () => {
    const web = scenario.services['web']!;
    expect(web.image).toBe('alpine');
    expect(web.scale).toBe(2);
    expect(web.ports).toHaveLength(2);
    expect(Object.keys(web.networks!)).toEqual(['front', 'back']);
    expect(web.networks!['front']!.aliases).toEqual(['www']);
    expect(web.environment).toEqual({ MODE: 'test', EMPTY: null });
    expect(scenario.services['db']!.environment).toEqual({ PASSWORD: 'a$b' });
  });

  it('says what it ignores, with its place', () => {
    const notices = scenario.notices.map(({ line, message }) => `${line} ${message}`);
    expect(notices).toContain('9 services.web.build has no bearing on the network: ignored');
    expect(notices.filter((text) => /healthcheck|volumes|version/.test(text))).toHaveLength(4);
    // The restart policy is taken.
    expect(Object.values(scenario.services).map(({ restart }) => restart)).toEqual(['always', 'always']);
  });

  it('says which variables are unset, and takes none from the environment', () => {
    process.env['SECRET'] = 'from the environment';
    const { services, notices } = load(data('compose.yaml'));
    delete process.env['SECRET'];
    expect(services['db']!.environment).toEqual({ PASSWORD: '' });
    expect(notices.map((notice) => notice.message)).toContain(
      'the variable SECRET is not set: nothing stands in its place',
    );
  });
});

const HOSTS = `hosts:
  host1: { interfaces: { eth0: { address: 10.0.0.1/24 } }, docker: {} }
  host2: { interfaces: { eth0: { address: 10.0.0.2/24 } }, docker: {} }
`;

describe('mistakes in the form', () => {
  it('an unknown key, with the key that was meant', () => {
    const [problem] = problemsOf('hosts:\n  h:\n    interfaces:\n      eth0: { addres: 10.0.0.1/24 }\n');
    expect(problem).toMatchObject({ line: 4, column: 15, hint: 'did you mean "address"?' });
    expect(problem!.message).toBe('hosts.h.interfaces.eth0: unknown key "addres"');
  });

  it('several at once', () => {
    expect(
      placesOf(
        'nam: x\nhosts:\n  h: { interfaces: { eth0: { mtu: 10 } } }\nlinks: { a: { connects: [h/eth0] } }\n',
      ),
    ).toEqual([
      '3:35 hosts.h.interfaces.eth0.mtu: 10 is too small',
      '4:25 links.a.connects: a link has two ends or more',
      '1:1 unknown key "nam"',
    ]);
  });

  it('every unknown key of a map', () => {
    expect(placesOf(`${HOSTS}networks: { n: { a: 1, driver: bridge, b: 2, x-c: 3 } }\n`)).toEqual([
      '4:18 networks.n: unknown key "a"',
      '4:40 networks.n: unknown key "b"',
    ]);
  });

  it.each(['constructor', 'prototype'])('a name that JavaScript has taken: %s', (name) => {
    expect(placesOf(`services:\n  ${name}: { image: x }\n`)).toEqual([
      `2:3 services.${name}: "${name}" cannot be a name here`,
    ]);
  });

  it.each([
    ['services: [a]\n', '1:11 services: expected a map, not a list'],
    ['services: { a: { dns: 5 } }\n', '1:23 services.a.dns: expected text or a list, not 5'],
    ['services: { a: { ports: [{ published: 1 }] } }\n', '1:26 services.a.ports.0: "target" is missing'],
    [
      'services: { a: { ports: [{ target: 80, mode: hots }] } }\n',
      '1:46 services.a.ports.0.mode: the text "hots" is not known here',
    ],
    ['services: { a: { ports: [1.5] } }\n', '1:26 services.a.ports.0: expected a whole number, not 1.5'],
    [
      'services: { a: { expose: [80, [81]] } }\n',
      '1:31 services.a.expose.1: expected text or a number, not a list',
    ],
  ])('%j: %s', (text, place) => {
    expect(placesOf(text)).toEqual([place]);
  });

  it('keys that begin with x- are free everywhere', () => {
    expect(
      placesOf(`${HOSTS}x-a: 1\nlinks: { l: { x-b: 2, connects: [host1/eth0, host2/eth0] } }\n`),
    ).toEqual([]);
  });

  it('a networking key of Compose that is not modelled says so', () => {
    const text = 'networks: { default: { enable_ipv4: false } }\nservices: { a: { image: x } }\n';
    expect(placesOf(text)[0]).toMatch(/^1:24 .*enable_ipv4: is not modelled/);
    expect(placesOf('services:\n  a:\n    extends: b\n')[0]).toMatch(
      /^3:5 .*is not modelled; use a YAML anchor/,
    );
  });

  it('an unquoted engine 20.10 is still that release', () => {
    expect(load(`${HOSTS}engine: 20.10\n`).engine).toBe('20.10');
  });

  it.each([
    ['"28.5"', '28.5'],
    ['28.0', '28.0'],
    ['"28"', '28.0'],
    ['27', '27.5'],
    ['"24.0.9"', '24.0'],
    ['v29.1', '29.1'],
  ])('engine %s is release %s', (written, release) => {
    expect(load(`${HOSTS}engine: ${written}\n`).engine).toBe(release);
  });

  it.each(['"19.03"', '28.9', '21', 'latest', 'true'])('engine %s is refused where it stands', (written) => {
    const lines = HOSTS.split('\n').length;
    const [place] = placesOf(`${HOSTS}engine: ${written}\n`);
    expect(place).toMatch(new RegExp(`^${lines}:9 engine: `));
    if (written !== 'true') expect(place).toContain('the releases that can be followed: 20.10, 23.0, 24.0');
  });

  it('a key of daemon.json that the release does not have yet is an error where it stands', () => {
    const file = (engine: string) =>
      `engine: "${engine}"\nhosts:\n  a:\n    docker: { allow-direct-routing: true }\n`;
    expect(placesOf(file('28.1'))).toEqual([
      '4:37 allow-direct-routing: Docker 28.1 has no such key; it is of 28.2 and later',
    ]);
    expect(placesOf(file('28.2'))).toEqual([]);
  });

  it('a key of a service that the release does not have yet is an error where it stands', () => {
    const file = (engine: string) =>
      `engine: "${engine}"\nservices:\n  a: { image: x, networks: { default: { gw_priority: 1 } } }\n`;
    expect(placesOf(file('27.5'))).toEqual([
      '3:54 gw_priority: Docker 27.5 has no such key; it is of 28.0 and later',
    ]);
    expect(placesOf(file('28.0'))).toEqual([]);
  });

  it('every release that is followed can be named', () => {
    for (const release of FOLLOWED_RELEASES) {
      expect(load(`${HOSTS}engine: "${release}"\n`).engine).toBe(release);
    }
  });

  it('a command with a colon is one problem that says to quote it', () => {
    const problems = problemsOf(`${HOSTS}steps:\n  - host1$ curl -H "Host: a" x\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.hint).toContain('quote a command');
  });

  it('a merge key does not hide where a value stands', () => {
    const text = 'x-a: &a\n  ports: ["80:nope"]\nservices:\n  web:\n    <<: *a\n    image: x\n';
    expect(placesOf(text)[0]).toMatch(/^2:11 services.web.ports.0/);
  });

  it('a key that stands twice, and one that cannot be', () => {
    expect(placesOf('name: a\nname: b\n')).toEqual(['2:1 "name" stands here twice']);
    expect(placesOf('hosts:\n  __proto__: {}\n')).toEqual(['2:3 "__proto__" cannot be a key']);
  });
});

describe('mistakes in the whole', () => {
  const cases: [what: string, text: string, place: string][] = [
    [
      'an address on one link twice',
      'hosts:\n  a: { interfaces: { eth0: { address: 10.0.0.1/24 } } }\n  b: { interfaces: { eth0: { addresses: [fd00::1/64, 10.0.0.1/24] } } }\nlinks: { l: { connects: [a/eth0, b/eth0] } }\n',
      '3:54 10.0.0.1 is the address of a/eth0 already',
    ],
    [
      'a MAC twice',
      'hosts:\n  a: { interfaces: { eth0: { mac: 02:00:00:00:00:01 }, eth1: { mac: 02-00-00-00-00-01 } } }\n',
      '2:69 02:00:00:00:00:01 is the MAC of a/eth0 already',
    ],
    [
      'a gateway outside',
      'hosts:\n  a: { interfaces: { eth0: { address: 10.0.0.1/24, gateway: 10.0.1.1 } } }\n',
      '2:61 the gateway 10.0.1.1 is in no subnet of this interface',
    ],
    [
      'an end without a host',
      `${HOSTS}links: { l: { connects: [host1/eth0, hots2/eth0] } }\n`,
      '4:38 there is no host "hots2"',
    ],
    [
      'an end without an interface',
      `${HOSTS}links: { l: { connects: [host1/eth0, host2/eth1] } }\n`,
      '4:38 host2 has no interface "eth1"',
    ],
    [
      'an interface on two links',
      `${HOSTS}  host3: { interfaces: { eth0: } }\nlinks:\n  l: { connects: [host1/eth0, host2/eth0] }\n  m: { connects: [host1/eth0, host3/eth0] }\n`,
      '7:19 host1/eth0 is on link "l" already',
    ],
    [
      'overlapping subnets',
      `${HOSTS}networks:\n  a: { ipam: { config: [{ subnet: 10.1.0.0/16 }] } }\n  b: { ipam: { config: [{ subnet: 10.1.2.0/24 }] } }\n`,
      '6:35 subnet 10.1.2.0/24 overlaps 10.1.0.0/16 of network "a"',
    ],
    [
      'a subnet over docker0',
      `${HOSTS}networks: { a: { ipam: { config: [{ subnet: 172.17.0.0/24 }] } } }\n`,
      '4:45 subnet 172.17.0.0/24 overlaps 172.17.0.0/16 of the default bridge of host1',
    ],
    [
      'a network gateway outside',
      `${HOSTS}networks: { a: { ipam: { config: [{ subnet: 10.1.0.0/24, gateway: 10.2.0.1 }] } } }\n`,
      '4:67 the gateway 10.2.0.1 is outside the subnet',
    ],
    [
      'an unknown driver',
      `${HOSTS}networks: { a: { driver: brigde } }\n`,
      '4:26 there is no network driver "brigde"',
    ],
    [
      'an overlay without a swarm',
      `${HOSTS}networks: { a: { driver: overlay } }\n`,
      '4:26 an overlay network needs a swarm',
    ],
    [
      'an undefined network',
      `${HOSTS}services: { a: { networks: [fron], x-host: host1 } }\nnetworks: { front: }\n`,
      '4:29 there is no network "fron"',
    ],
    ['an unknown x-host', `${HOSTS}services: { a: { x-host: hots1 } }\n`, '4:26 there is no host "hots1"'],
    [
      'no x-host where it matters',
      `${HOSTS}services: { a: { image: x } }\n`,
      '4:13 on which host does "a" run?',
    ],
    [
      'a fixed address outside',
      `${HOSTS}networks: { n: { ipam: { config: [{ subnet: 10.1.0.0/24 }] } } }\nservices: { a: { x-host: host1, networks: { n: { ipv4_address: 10.2.0.5 } } } }\n`,
      '5:64 10.2.0.5 is in no subnet of network "n"',
    ],
    [
      'an unknown capture node',
      `${HOSTS}captures: [{ on: hots1/eth0, file: a }]\n`,
      '4:18 there is no host or container "hots1"',
    ],
    [
      'an unknown capture device',
      `${HOSTS}captures: [{ on: host1/eth7, file: a }]\n`,
      '4:18 host1 has no interface "eth7"',
    ],
    [
      'two captures in one file',
      `${HOSTS}captures: [{ on: host1/eth0, file: a }, { on: host2/eth0, file: a.pcap }]\n`,
      '4:65 two captures write a.pcap',
    ],
    [
      'two interfaces in a .pcap',
      `${HOSTS}captures: [{ on: [host1/eth0, host2/eth0], file: a.pcap }]\n`,
      '4:12 captures.0: "a.pcap": a .pcap file holds one interface, not 2',
    ],
    [
      'a bad filter',
      `${HOSTS}captures: [{ on: host1/eth0, file: a, filter: "udp prot 5" }]\n`,
      '4:52 filter',
    ],
    [
      'an unknown place to run',
      `${HOSTS}steps:\n  - hots1$ ls\n`,
      '5:5 there is no host or container "hots1"',
    ],
    ['no step', `${HOSTS}steps:\n  - wiat 5s\n`, '5:5 "wiat 5s" is not a step'],
    ['an open quote', `${HOSTS}steps:\n  - host1$ echo 'a\n`, "5:17 ' is not closed"],
    ['an open quote in quotes', `${HOSTS}steps:\n  - "host1$ echo $(ls"\n`, '5:18 $( is not closed'],
    ['a link that is not', `${HOSTS}steps:\n  - link lan down\n`, '5:5 there is no link "lan"'],
    [
      'a pattern without end',
      `${HOSTS}steps:\n  - run: host1$ ls\n    expect: { matches: "(a+)+b" }\n`,
      '6:24 the pattern (a+)+b repeats within a repetition',
    ],
    [
      'expect without a command',
      `${HOSTS}steps:\n  - { run: wait 5s, background: true }\n`,
      '5:21 only a command has background',
    ],
    [
      'a capture that never was',
      `${HOSTS}steps:\n  - capture stop far\n`,
      '5:5 no capture "far" was started',
    ],
    [
      'a swarm node without Docker',
      'hosts: { a: { interfaces: } }\nswarm: { managers: [a] }\n',
      '2:21 a has no Docker',
    ],
    ['nothing to run', 'name: x\n', '1:1 neither hosts nor services: there is nothing to run'],
  ];
  it.each(cases)('%s', (_, text, place) => {
    const places = placesOf(text);
    expect(places[0]?.startsWith(place), places.join('\n')).toBe(true);
    expect(places).toHaveLength(1);
  });

  it('the same address behind different links is no mistake', () => {
    const host = (name: string, address: string) =>
      `  ${name}: { interfaces: { eth0: { address: ${address} } } }\n`;
    const text =
      `hosts:\n${host('a', '10.0.0.1/24')}${host('b', '10.0.0.2/24')}${host('c', '10.0.0.1/24')}${host('d', '10.0.0.2/24')}` +
      'links: { l: { connects: [a/eth0, b/eth0] }, m: { connects: [c/eth0, d/eth0] } }\n';
    expect(placesOf(text)).toEqual([]);
  });

  it('containers that steps make can be named', () => {
    const steps = [
      'host1$ docker run -d --name c9 --net n1 alpine sleep 1d',
      'c9$ ip addr',
      'capture start a on c9/eth0@host',
      'capture start b on host1/n1',
      'host1$ docker network create n1',
      'host1$ docker service create --name svc --replicas 2 alpine',
      'svc.2$ ip addr',
      'svc.host1$ ip addr',
      'host1:ingress_sbox$ ipvsadm -Ln',
      'capture start c on host1:lb_ov/eth0 -p filter "udp port 53"',
      'host1$ docker rename c9 c10',
      'kill c10',
      'host host1 down',
    ];
    const scenario = load(`${HOSTS}steps:\n${steps.map((step) => `  - '${step}'\n`).join('')}`);
    expect(scenario.steps).toHaveLength(steps.length);
    expect(placesOf(`${HOSTS}steps:\n  - 'svc.host1$ ip addr'\n`)).toHaveLength(1);
    expect(scenario.steps[9]).toMatchObject({ captures: [{ filter: 'udp port 53', promiscuous: false }] });
  });
});

describe('--set', () => {
  it('changes a value, makes maps that are missing, and reads YAML', () => {
    const scenario = load(HOSTS, {
      set: ['hosts.host1.docker.mtu=1400', 'links.l.connects=[host1/eth0, host2/eth0]'],
    });
    expect(scenario.hosts['host1']!.docker).toEqual({ mtu: 1400 });
    expect(scenario.links['l']!.kind).toBe('cable');
  });

  it('points at itself when its value is wrong', () => {
    expect(problemsOf(HOSTS, { set: ['hosts.host1.docker.mtu=fast'] })[0]).toMatchObject({
      file: '--set hosts.host1.docker.mtu=fast',
      column: 24,
    });
    expect(problemsOf(HOSTS, { set: ['no assignment'] })[0]!.message).toContain('is not path=value');
  });
});
