import { describe, expect, test } from 'vitest';
import { livesOf, oneHost, told } from './lab.ts';

describe('the life of a packet', () => {
  test('through a published port, and the answer back', async () => {
    const text = oneHost(`
services: { web: { image: httpd, network_mode: bridge, ports: ['8080:80'] } }
steps: ['outside$ curl -s http://192.168.99.109:8080/']
`);
    const [syn, answer] = await livesOf(text, 'tcp port 8080');
    expect(syn!.text).toMatch(/^IP 192\.168\.99\.1\.\d+ > 192\.168\.99\.109\.8080: Flags \[S\]/);
    expect(syn!.madeBy).toMatch(/^curl \(pid \d+\)$/);
    expect(told(syn!.steps)).toEqual([
      'outside: sent; route: 192.168.99.0/24 dev eth0',
      'outside: waits for the MAC address of 192.168.99.109 on eth0',
      expect.stringMatching(
        /^outside: because of it packet \d+ is sent: ARP, Request who-has 192\.168\.99\.109/,
      ),
      'outside: sent on eth0',
      'host1: received on eth0',
      'host1: conntrack: NEW',
      'host1: nat PREROUTING: DOCKER rule 2 (! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80)',
      'host1: NAT: destination 192.168.99.109:8080 → 172.17.0.2:80',
      'host1: routed: 172.17.0.0/16 dev docker0',
      'host1: waits for the MAC address of 172.17.0.2 on docker0',
      expect.stringMatching(/^host1: because of it packet \d+ is sent: ARP, Request who-has 172\.17\.0\.2/),
      'host1: sent on docker0',
      expect.stringMatching(
        /^host1: bridge docker0: its MAC address is behind port veth\w+ \(web\/eth0@host\)$/,
      ),
      expect.stringMatching(/^host1: sent on veth\w+ \(web\/eth0@host\)$/),
      'web: received on eth0',
      'web: routed: for this machine (local 172.17.0.2)',
      'web: delivered: tcp listener',
      expect.stringMatching(
        /^web: because of it packet \d+ is sent: IP 172\.17\.0\.2\.80 > 192\.168\.99\.1\.\d+: Flags \[S\.\]/,
      ),
    ]);
    expect(answer!.cause).toBe(syn!.packet);
    expect(answer!.madeBy).toBeNull();
    expect(told(answer!.steps)).toEqual(
      expect.arrayContaining([
        'host1: conntrack: ESTABLISHED, a reply',
        'host1: NAT: source 172.17.0.2:80 → 192.168.99.109:8080',
        expect.stringMatching(/^outside: delivered: tcp socket of curl \(pid \d+\)$/),
      ]),
    );
  });

  test('out through MASQUERADE, in fragments', async () => {
    const text = oneHost(`
services: { c1: { image: alpine, command: sleep 1d, network_mode: bridge } }
steps: ['c1$ ping -c 1 -s 2000 192.168.99.1']
`);
    const [request, reply] = await livesOf(text, 'icmp');
    const steps = told(request!.steps);
    expect(steps).toContain('host1: nat POSTROUTING: rule 1 (-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE)');
    expect(steps.filter((step) => step.includes('NAT: source'))).toEqual([
      expect.stringMatching(/^host1: NAT: source 172\.17\.0\.2, id (\d+) → 192\.168\.99\.109, id \1$/),
    ]);
    const about = steps.filter((step) => /fragment/.test(step));
    expect(about).toEqual([
      'c1: longer than the MTU of 1500: cut to fragments',
      'host1: the fragment waits for the others',
      'host1: put together of 2 fragments',
      'host1: longer than the MTU of 1500: cut to fragments',
      'outside: the fragment waits for the others',
      'outside: put together of 2 fragments',
    ]);
    expect(
      request!.steps.filter(({ kind, namespace }) => kind === 'sent' && namespace === 'c1'),
    ).toHaveLength(2);
    expect(request!.steps.map(({ packet }) => packet)).toContainEqual(
      expect.stringMatching(/, fragment from byte 1480$/),
    );
    expect(reply!.cause).toBe(request!.packet);
    expect(told(reply!.steps)).toEqual(
      expect.arrayContaining([
        'host1: NAT: destination 192.168.99.109 → 172.17.0.2',
        expect.stringMatching(/^c1: delivered: raw socket of ping/),
      ]),
    );
  });

  test('dropped between two bridges: by which rule', async () => {
    const text = oneHost(`
networks: { red: {}, blue: { ipam: { config: [{ subnet: 172.19.0.0/16 }] } } }
services:
  r1: { image: alpine, command: sleep 1d, networks: [red] }
  b1: { image: alpine, command: sleep 1d, networks: { blue: { ipv4_address: 172.19.0.9 } } }
steps: ['r1$ ping -c 1 -W 1 172.19.0.9']
`);
    const [request] = await livesOf(text, 'icmp');
    const last = request!.steps.at(-1)!;
    expect(last).toMatchObject({
      host: 'host1',
      namespace: 'host1',
      kind: 'dropped',
      reason: 'NETFILTER_DROP',
      rule: { table: 'filter', hook: 'FORWARD', chain: 'DOCKER-ISOLATION-STAGE-2', what: 'rule' },
    });
    expect(last.text).toMatch(
      /^dropped: NETFILTER_DROP by filter FORWARD: DOCKER-ISOLATION-STAGE-2 rule \d \(-o br-\w+ -j DROP\)$/,
    );
    expect(last.rule!.text).toMatch(/^-o br-\w+ -j DROP$/);
  });

  test('a next hop that does not answer, and no route: the sender is told', async () => {
    const text = oneHost(`
services: { c1: { image: alpine, command: sleep 1d, network_mode: bridge } }
steps:
  - c1$ ping -c 1 -W 4 172.17.0.77
  - host1$ ip route del default
  - c1$ ping -c 1 -W 1 8.8.8.8
`);
    const [toNobody, unreachable, toNowhere, noRoute] = await livesOf(text, 'icmp');
    expect(told(toNobody!.steps).slice(-3)).toEqual([
      'c1: 172.17.0.77 did not answer on eth0',
      expect.stringMatching(/^c1: because of it packet \d+ is sent: .* ICMP host 172\.17\.0\.77 unreachable/),
      'c1: dropped: NEIGH_FAILED: the next hop did not answer ARP or neighbour solicitations.',
    ]);
    expect(toNobody!.steps.at(-1)!.timeNs).toBeGreaterThan(3e9);
    expect(unreachable!.cause).toBe(toNobody!.packet);
    expect(told(toNowhere!.steps).slice(-2)).toEqual([
      expect.stringMatching(/^host1: because of it packet \d+ is sent: .* ICMP net 8\.8\.8\.8 unreachable/),
      expect.stringMatching(/^host1: dropped: IP_INNOROUTES: /),
    ]);
    expect(noRoute!.cause).toBe(toNowhere!.packet);
  });

  test('across an encrypted overlay: VXLAN in ESP, and out again, one packet all the way', async () => {
    const host = (address: string) => `{ interfaces: { eth0: { address: ${address}/24 } }, docker: {} }`;
    const text = `
hosts: { host1: ${host('192.168.99.109')}, host2: ${host('192.168.99.110')} }
links: { lan: { connects: [host1/eth0, host2/eth0], delay: 1ms } }
swarm: { managers: [host1], workers: [host2] }
networks: { ov: { driver: overlay, attachable: true, driver_opts: { encrypted: '' } } }
services:
  c1: { image: alpine, command: sleep 1d, networks: [ov], x-host: host1 }
  c2: { image: alpine, command: sleep 1d, networks: [ov], x-host: host2 }
steps: [wait 20s, 'c1$ ping -c 1 c2']
`;
    const [request, reply] = await livesOf(text, 'icmp[0] == 8 or icmp[0] == 0');
    const kinds = ['encapsulated', 'encrypted', 'decrypted', 'decapsulated', 'delivered'];
    const main = request!.steps.filter(({ kind }) => kinds.includes(kind));
    expect(main.map(({ kind, namespace }) => `${namespace} ${kind}`)).toEqual([
      'host1:ov encapsulated',
      'host1 encrypted',
      'host2 decrypted',
      'host2:ov decapsulated',
      'c2 delivered',
    ]);
    expect(main[1]!.packet).toMatch(/^IP 192\.168\.99\.109 > 192\.168\.99\.110: ESP\(spi=0x\w+,seq=0x1\)/);
    expect(main[0]!.text).toMatch(/^vxlan0: into VXLAN, VNI \d+, to VTEP 192\.168\.99\.110$/);
    const spi = /SPI (0x\w+)/;
    expect(spi.exec(main[2]!.text)![1]).toBe(spi.exec(main[1]!.text)![1]);
    expect(main[3]!.packet).toBe(request!.text);
    expect(reply!.cause).toBe(request!.packet);
  });

  test('to a service of a swarm: IPVS chooses a task', async () => {
    const text = `
hosts: { host1: { interfaces: { eth0: { address: 192.168.99.109/24 } }, docker: {} } }
swarm: { managers: [host1] }
networks: { ov: { driver: overlay, attachable: true } }
services:
  web: { image: httpd, networks: [ov], deploy: { replicas: 2 } }
  c1: { image: alpine, command: sleep 1d, networks: [ov], x-host: host1 }
steps: ['c1$ wget -q -O - http://web/']
`;
    const lives = await livesOf(text, 'tcp[tcpflags] & tcp-syn != 0');
    const chosen = lives[0]!.steps.find(({ kind }) => kind === 'balanced')!;
    expect(chosen.namespace).toBe('host1:lb_ov');
    expect(chosen.text).toMatch(
      /^IPVS: virtual service 10\.0\.1\.\d+:80 → real server 10\.0\.1\.\d+:80, by NAT$/,
    );
    const answered = lives[1]!.steps.find(({ kind }) => kind === 'balanced')!;
    expect(answered.text).toMatch(/^IPVS: from real server /);
  });

  test('nothing listens: refused by a reset because of it', async () => {
    const text = oneHost(`
services: { c1: { image: alpine, command: sleep 1d, network_mode: bridge } }
steps: ['host1$ curl -s http://172.17.0.2/']
`);
    const [syn, reset] = await livesOf(text, 'tcp');
    expect(told(syn!.steps).slice(-2)).toEqual([
      expect.stringMatching(/^c1: because of it packet \d+ is sent: .*Flags \[R\.\]/),
      expect.stringMatching(/^c1: dropped: NO_SOCKET: /),
    ]);
    expect(reset!.cause).toBe(syn!.packet);
  });
});
