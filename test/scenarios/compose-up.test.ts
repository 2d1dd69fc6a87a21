import { describe, expect, it } from 'vitest';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { load } from './load.ts';

const LAB = `
name: lab
hosts:
  host1:
    interfaces: { eth0: { addresses: [192.168.1.2/24, 'fd00::2/64'], gateway: 192.168.1.1 } }
    docker: {}
  out: { interfaces: { eth0: { addresses: [192.168.1.1/24, 'fd00::1/64'] } } }
links: { lan: { connects: [host1/eth0, out/eth0] } }
`;

describe('networks and services of a file', () => {
  it('name their interfaces, their way out and their sysctls, with a release that has that', async () => {
    const { transcript } = await runScenario(
      load(`engine: '28.0'
${LAB}
networks: { front: {}, back: {} }
services:
  web:
    image: alpine
    command: sleep 1d
    networks:
      back: {}
      front:
        interface_name: lan7
        gw_priority: 1
        driver_opts: { com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.proxy_arp=1 }
steps:
  - web$ ip route show default
  - web$ cat /proc/sys/net/ipv4/conf/lan7/proxy_arp
`),
      {},
    );
    expect(transcript).toMatch(/^default via 172\.\d+\.0\.1 dev lan7 \n/m);
    expect(transcript).toMatch(/proxy_arp\n1\n/);
  });

  it('are there before the first step, on their networks, by their names', async () => {
    const { transcript } = await runScenario(
      load(`${LAB}
networks:
  front: { ipam: { config: [{ subnet: 10.5.0.0/24 }] } }
  back: {}
services:
  web:
    image: nginx
    networks: { front: { ipv4_address: 10.5.0.9, aliases: [www] }, back: {} }
    ports: ['8080:80']
    depends_on: [db]
  db: { image: alpine, command: sleep 1d, networks: [back, front] }
  lone: { image: alpine, command: ['sh', '-c', 'echo $$GREETING; sleep 60'], environment: { GREETING: 'good day' } }
steps:
  - out$ curl -s http://192.168.1.2:8080/ | grep -c '<title>'
  - db$ ping -c 1 www | grep -e bytes.from
  - host1$ docker ps --format '{{.Names}}'
  - host1$ docker logs lone
  - host1$ docker inspect -f '{{.HostConfig.NetworkMode}}' lone
`),
      {},
    );
    expect(transcript).toMatch(/<title>'\n1\n/);
    expect(transcript).toMatch(/^64 bytes from 10\.5\.0\.9: /m);
    expect(transcript).toMatch(/\nlone\nweb\ndb\n/);
    expect(transcript).toMatch(/^good day$/m);
    expect(transcript).toMatch(/^lab_default$/m);
  });

  it('are enough: a plain Compose file runs', async () => {
    const { transcript, exitCode } = await runScenario(
      load(`
services:
  web: { image: nginx, ports: ['8080:80'], depends_on: [db] }
  db: { image: alpine, command: sleep 1d }
`),
      {},
    );
    expect(exitCode).toBe(0);
    expect(transcript).toMatch(/ Up .* 0\.0\.0\.0:8080->80\/tcp, :::8080->80\/tcp +web\n/);
    expect(transcript).toMatch(/ Up .* db\n/);
  });

  it('of a swarm run on its nodes before the first step', async () => {
    const scenario = load(
      `${LAB}
swarm: { managers: [host1] }
services:
  web: { image: nginx, ports: ['8080:80'], deploy: { replicas: 2 } }
steps:
  - 'host1$ docker service ls; curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:8080/'
`,
    );
    const { transcript } = await runScenario(scenario, {});
    expect(transcript).toMatch(/ web +replicated +2\/2 +nginx:latest +\*:8080->80\/tcp *\n200/);
  });

  it('of a swarm that no node can run are told with their place', async () => {
    const scenario = load(`${LAB}
swarm: { managers: [host1] }
services:
  web: { image: nginx, deploy: { placement: { constraints: [node.role == worker] } } }
`);
    await expect(runScenario(scenario, {})).rejects.toThrow(
      /:12:3: the service is not up after 60 s: no suitable node \(scheduling constraints not satisfied on 1 node\)/,
    );
  });

  it('that Docker refuses are told with their place', async () => {
    const scenario = load(`${LAB}
services:
  aa: { image: alpine, command: sleep 9, ports: ['80:80'] }
  bb: { image: alpine, command: sleep 9, ports: ['80:80'] }
`);
    await expect(runScenario(scenario, {})).rejects.toThrow(
      /:12:3: host1\$ docker start bb: .*Bind for 0\.0\.0\.0:80 failed: port is already allocated/,
    );
  });
});

describe('machines of a file', () => {
  it('have the IPv6 addresses and routes that it gives them', async () => {
    const { transcript } = await runScenario(
      load(`
hosts:
  a: { interfaces: { eth0: { address: 'fd00::2/64', gateway: 'fd00::1' } } }
  b: { interfaces: { eth0: { addresses: ['fd00::1/64', '2001:db8::1/64'] } }, run: ['python3 -m http.server 8000 --bind ::'] }
links: { lan: { connects: [a/eth0, b/eth0] } }
steps:
  - a$ curl -s -o /dev/null -w '%{http_code}' 'http://[2001:db8::1]:8000/'
`),
      {},
    );
    expect(transcript).toContain('\n200');
  });
});
