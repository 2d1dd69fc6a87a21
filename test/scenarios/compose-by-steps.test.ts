import { describe, expect, it } from 'vitest';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { load } from './load.ts';

describe('services that a step brings up', () => {
  it('are in a Compose file on their host, literal dollars and all', async () => {
    const { transcript, exitCode } = await runScenario(
      load(`
name: lab
hosts:
  host1: { interfaces: { eth0: { address: 192.168.1.2/24 } }, docker: {} }
  host2: { interfaces: { eth0: { address: 192.168.1.3/24 } }, docker: {} }
links: { lan: { connects: [host1/eth0, host2/eth0] } }
services:
  web: { image: nginx, ports: ['8080:80'], x-host: host1 }
  job: { image: alpine, command: sh -c 'echo $$HOME', x-host: host2 }
steps:
  - host1$ docker ps -q
  - host1$ docker compose up -d
  - run: host2$ docker compose up
    expect: { stdout: 'job-1  | /root' }
  - run: host2$ curl -s http://192.168.1.2:8080/
    expect: { stdout: <title>Welcome to nginx! }
  - run: host1$ docker compose ps --services
    expect: { matches: ['^web\\n$'] }
  - lab-web-1$ hostname
`),
      {},
    );
    expect(transcript).toMatch(/docker ps -q\nhost1\$ docker compose/);
    expect(exitCode).toBe(0);
  });
});
