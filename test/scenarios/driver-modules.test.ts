import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { load } from './load.ts';

/** A scenario that lies beside its driver module. */
function scenario(module: string, kind = 'loop') {
  const file = fileURLToPath(new URL('data/lab.yaml', import.meta.url));
  return load(
    `
drivers: [${module}]
hosts:
  host1: { interfaces: { eth0: { address: 192.168.99.109/24 } }, docker: {} }
steps:
  - host1$ docker network create -d ${kind} --subnet 10.9.0.0/24 l && docker run -d --name c1 --network l alpine sleep 60
  - host1$ docker exec c1 ip -br addr; ping -c 1 10.9.0.2
  - host1$ docker network inspect -f '{{.Driver}}' l
`,
    { file },
  );
}

describe('driver modules', () => {
  it('add kinds of networks, when code is allowed', async () => {
    const { transcript } = await runScenario(scenario('./loop-driver.js'), { allowCode: true });
    expect(transcript).toMatch(/^loop0 +UNKNOWN +10\.9\.0\.2\/24 *$/m);
    expect(transcript).toMatch(/^loop$/m);
  });

  it('need no imports: the classes come with the context', async () => {
    const { transcript } = await runScenario(scenario('./pair-driver.js', 'pair'), { allowCode: true });
    expect(transcript).toMatch(/^pair0@if\d+ +UP +10\.9\.0\.2\/24 *$/m);
    expect(transcript).toContain('1 packets transmitted, 1 received, 0% packet loss');
  });

  it('are refused without leave, at their place', async () => {
    await expect(runScenario(scenario('./loop-driver.js'), {})).rejects.toThrow(
      /data\/lab\.yaml:2:1: drivers of its own .* need --allow-code\n.*\n.*\n {2}they are programs .* add --allow-code/,
    );
    await expect(runScenario(scenario('./loop-driver.js'), {})).rejects.toThrow(
      'drivers of its own (./loop-driver.js) need --allow-code',
    );
  });

  it('that are none, or not there, are named', async () => {
    await expect(runScenario(scenario('./none.js'), { allowCode: true })).rejects.toThrow(/^\.\/none\.js: /);
    await expect(runScenario(scenario('./compose.yaml'), { allowCode: true })).rejects.toThrow(
      /^\.\/compose\.yaml: /,
    );
  });
});
