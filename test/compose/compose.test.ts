import { describe, expect, it } from 'vitest';
import { DockerLab } from '../docker/docker-lab.ts';

/** A lab with Compose files by path. */
function labWith(files: Readonly<Record<string, string>>): DockerLab {
  const lab = new DockerLab({ ipv6: true });
  for (const [path, text] of Object.entries(files)) lab.host.fileSystem.writeText(path, text);
  return lab;
}

const APP = `
services:
  web:
    image: nginx:alpine
    ports: ['8080:80']
    depends_on: [app]
    networks: [frontend]
  app:
    image: alpine
    command: sleep 1d
    stop_grace_period: 1s
    depends_on: [db]
    networks: { frontend: {}, backend: { aliases: [api] } }
  db: { image: alpine, command: sleep 1d, stop_grace_period: 1s, networks: [backend] }
networks: { frontend: {}, backend: {} }
`;

describe('docker compose up', () => {
  const lab = labWith({ '/srv/app/compose.yaml': APP });
  const first = lab.run('cd /srv/app; docker compose up -d');

  it('makes networks, then containers, each behind what it depends on, and says so on stderr', () => {
    expect(first.stdout).toBe('');
    expect(first.code).toBe(0);
    const lines = (what: string, statuses: string[]) => statuses.map((status) => ` ${what}  ${status}\n`);
    const containers = ['app-db-1', 'app-app-1', 'app-web-1'].map((name) => `Container ${name}`);
    expect(first.stderr).toBe(
      [
        ...['frontend', 'backend'].flatMap((name) => lines(`Network app_${name}`, ['Creating', 'Created'])),
        ...containers.flatMap((name) => lines(name, ['Creating', 'Created'])),
        ...containers.flatMap((name) => lines(name, ['Starting', 'Started'])),
      ].join(''),
    );
  });

  it('again finds everything as it must be', () => {
    const again = lab.run('docker-compose -f /srv/app/compose.yaml up -d');
    expect(again.stderr).toBe(
      ['db', 'app', 'web'].map((name) => ` Container app-${name}-1  Running\n`).join(''),
    );
  });

  it('labels what it makes', () => {
    const label = (name: string) => `{{index .Config.Labels "com.docker.compose.${name}"}}`;
    const names = ['project', 'service', 'container-number', 'oneoff', 'project.config_files', 'depends_on'];
    const shown = lab.run(`docker inspect -f '${names.map(label).join(' ')}' app-web-1`).stdout;
    expect(shown).toBe('app web 1 False /srv/app/compose.yaml app:service_started:false\n');
    const network = lab.run(
      `docker network inspect -f '{{index .Labels "com.docker.compose.network"}}' app_backend`,
    );
    expect(network.stdout).toBe('backend\n');
  });

  it('gives containers their own name, the service name and aliases on each network', () => {
    const names =
      'docker inspect -f \'{{json (index .NetworkSettings.Networks "app_backend").Aliases}}\' app-app-1';
    expect(lab.run(names).stdout).toMatch(/^\["app-app-1","app","api","[0-9a-f]{12}"\]\n$/);
    for (const name of ['db', 'app-db-1']) {
      expect(lab.run(`docker exec app-app-1 ping -c 1 ${name}`).code).toBe(0);
    }
    expect(lab.run('docker exec app-db-1 ping -c 1 api').code).toBe(0);
    const unreachable = lab.run('docker exec app-web-1 ping -c 1 db');
    expect([unreachable.code, unreachable.text]).toEqual([1, "ping: bad address 'db'\n"]);
  });

  it('lists containers, ports and projects', () => {
    const ps = lab.run('cd /srv/app; docker compose ps').stdout.split('\n');
    expect(ps[0]).toMatch(/^NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS$/);
    expect(ps[1]).toMatch(/^app-app-1 +alpine +"sleep 1d" +app +.* ago +Up .*$/);
    expect(ps[3]).toMatch(/^app-web-1 +nginx:alpine .* web .* 0\.0\.0\.0:8080->80\/tcp, :::8080->80\/tcp$/);
    expect(lab.run('cd /srv/app; docker compose ps -q db').stdout).toBe(
      lab.run("docker inspect -f '{{.Id}}' app-db-1").stdout,
    );
    expect(lab.run('cd /srv/app; docker compose port web 80').stdout).toBe('0.0.0.0:8080\n');
    const none = lab.run('cd /srv/app; docker compose port web 81');
    expect([none.code, none.stderr]).toEqual([
      1,
      'no port 81/tcp for container app-web-1: 8080/tcp, 8080/tcp\n',
    ]);
    expect(lab.run('docker compose ls').stdout).toBe(
      'NAME                STATUS              CONFIG FILES\napp                 running(3)          /srv/app/compose.yaml\n',
    );
  });

  it('scales up and down, and recreates what has changed in the file', () => {
    const up = lab.run('cd /srv/app; docker compose up -d --scale app=3').stderr;
    expect(up).toContain(' Container app-app-3  Started\n');
    const nslookup = lab.run('docker exec app-db-1 nslookup app').stdout;
    expect(nslookup.match(/^Address: /gm)).toHaveLength(3);
    const before = lab.run("docker inspect -f '{{.Id}}' app-db-1").stdout;
    lab.host.fileSystem.writeText('/srv/app/compose.yaml', APP.replace('db: {', 'db: { hostname: dbhost,'));
    const changed = lab.run('cd /srv/app; docker compose up -d').stderr;
    expect(changed).toContain(' Container app-db-1  Recreate\n Container app-db-1  Recreated\n');
    expect(changed).toContain(' Container app-app-3  Removed\n');
    expect(lab.run("docker inspect -f '{{.Id}}' app-db-1").stdout).not.toBe(before);
    expect(lab.run('docker exec app-db-1 hostname').stdout).toBe('dbhost\n');
  });

  it('runs one-off commands beside the service, and commands in its container', () => {
    const oneOff = lab.run('cd /srv/app; docker compose run --rm db sh -c "hostname; ping -c 1 -q app"');
    expect(oneOff.code).toBe(0);
    expect(oneOff.stdout).toMatch(/^dbhost\nPING app \(172\.\d+\.0\.\d+\): 56 data bytes/);
    expect(lab.run('docker ps -a --filter name=run').stdout.split('\n')).toHaveLength(2);
    expect(lab.run('cd /srv/app; docker compose exec db sh -c "exit 3"').code).toBe(3);
    expect(lab.run('cd /srv/app; echo typed | docker compose exec -T db cat').stdout).toBe('typed\n');
  });

  it('stops, starts, kills, pauses, restarts and removes services', () => {
    const compose = (words: string) => lab.run(`cd /srv/app; docker compose ${words}`).stderr;
    expect(compose('stop db')).toBe(' Container app-db-1  Stopping\n Container app-db-1  Stopped\n');
    expect(lab.run('cd /srv/app; docker compose exec db true').stderr).toBe('service "db" is not running\n');
    expect(compose('start db')).toBe(' Container app-db-1  Starting\n Container app-db-1  Started\n');
    expect(compose('pause db')).toBe(' Container app-db-1  Paused\n');
    expect(compose('unpause db')).toBe(' Container app-db-1  Unpaused\n');
    expect(compose('restart db')).toBe(' Container app-db-1  Restarting\n Container app-db-1  Started\n');
    expect(compose('kill db')).toBe(' Container app-db-1  Killing\n Container app-db-1  Killed\n');
    expect(compose('rm -f db')).toBe(' Container app-db-1  Removing\n Container app-db-1  Removed\n');
    expect(compose('rm -f db')).toBe('No stopped containers\n');
    expect(compose('stop nobody')).toBe('no such service: nobody\n');
  });

  it('down takes all away, what is depended on last, and says when there is nothing', () => {
    const down = lab.run('docker compose -p app down');
    const containers = [...down.stderr.matchAll(/Container app-(\w+)-1 {2}Removed/g)].map(([, name]) => name);
    expect(containers).toEqual(['web', 'app']);
    expect(down.stderr).toMatch(
      / Network app_frontend {2}Removed\n Network app_backend {2}Removing\n.*Removed\n$/s,
    );
    expect(lab.run('docker ps -aq').stdout).toBe('');
    expect(lab.run('docker network ls -q').stdout.split('\n')).toHaveLength(4);
    expect(lab.run('cd /srv/app; docker compose down').stderr).toBe(
      'Warning: No resource found to remove for project "app".\n',
    );
  });
});

describe('a project', () => {
  it('stops its containers at the same time', () => {
    const lab = labWith({
      '/p/compose.yaml':
        'services: { a: { image: alpine, command: sleep 1d }, b: { image: alpine, command: sleep 1d } }',
    });
    lab.run('cd /p; docker compose up -d');
    const beforeNs = lab.sim.nowNs;
    lab.run('cd /p; docker compose down');
    expect((lab.sim.nowNs - beforeNs) / 1e9).toBe(10);
  });

  it('has a network of its own when its services name none', () => {
    const lab = labWith({
      '/my.Shop/docker-compose.yml': 'services: { a: { image: nginx }, b: { image: alpine, tty: true } }',
    });
    lab.run('cd /my.Shop; docker compose up -d');
    expect(lab.run("docker inspect -f '{{.HostConfig.NetworkMode}}' myshop-a-1").stdout).toBe(
      'myshop_default\n',
    );
    expect(lab.run('docker exec myshop-b-1 wget -q -O - http://a/').text).toContain('<title>');
  });

  it('shares an external network with another project, once somebody has made it', () => {
    const project = (service: string) =>
      `services: { ${service}: { image: alpine, command: sleep 1d, networks: [shared_net] } }\nnetworks: { shared_net: { external: true } }`;
    const lab = labWith({ '/one/compose.yaml': project('first'), '/two/compose.yaml': project('second') });
    const missing = lab.run('cd /one; docker compose up -d');
    expect([missing.code, missing.stderr]).toEqual([
      1,
      'network shared_net declared as external, but could not be found\n',
    ]);
    lab.run('docker network create shared_net');
    lab.run('cd /one; docker compose up -d; cd /two; docker compose up -d');
    expect(lab.run('docker exec one-first-1 ping -c 1 second').code).toBe(0);
    expect(lab.run('docker exec two-second-1 ping -c 1 one-first-1').code).toBe(0);
    const down = lab.run('cd /one; docker compose down -t 0').stderr;
    expect(down).not.toContain('Network');
    expect(lab.run('docker network ls --filter name=shared_net -q').stdout).not.toBe('');
  });

  it('has every way of networking', () => {
    const lab = labWith({
      '/p/compose.yaml': `
services:
  host: { image: nginx, network_mode: host }
  none: { image: alpine, command: sleep 1d, network_mode: none }
  owner: { image: alpine, command: sleep 1d, networks: { fixed: { ipv4_address: 10.9.0.77 } }, mac_address: '02:42:aa:bb:cc:dd' }
  guest: { image: alpine, command: sleep 1d, network_mode: 'service:owner' }
  outer: { image: alpine, command: sleep 1d, network_mode: 'container:solo' }
  client:
    image: alpine
    command: sleep 1d
    networks: { fixed: { aliases: [c1, c2] } }
    links: ['owner:boss']
    extra_hosts: ['api.local:10.9.0.77', 'gw:host-gateway']
    dns: 10.9.0.53
    dns_search: [lan]
    expose: ['9000']
    ports:
      - { target: 53, published: 5353, protocol: udp, host_ip: 127.0.0.1 }
      - 7000-7001:8000-8001
    labels: [tier=front]
    environment: [A=1]
networks: { fixed: { name: plain, driver: bridge, ipam: { config: [{ subnet: 10.9.0.0/24, gateway: 10.9.0.254 }] } } }
`,
    });
    lab.run('docker run -d --name solo alpine sleep 1d');
    expect(lab.run('cd /p; docker compose up -d').code).toBe(0);
    expect(lab.run('curl -s http://127.0.0.1/ | grep -c "<title>"').stdout).toBe('1\n');
    expect(lab.run('docker exec p-none-1 ip -br link').stdout).toMatch(/^lo [^\n]*\n$/);
    expect(lab.run('docker exec p-guest-1 ip addr show eth0').stdout).toMatch(
      /02:42:aa:bb:cc:dd[^]*inet 10\.9\.0\.77\/24/,
    );
    expect(lab.run('docker exec p-outer-1 hostname -i').stdout).toBe(
      lab.run('docker exec solo hostname -i').stdout,
    );
    const inspect = (template: string) => lab.run(`docker inspect -f '${template}' p-client-1`).stdout;
    expect(inspect('{{json .NetworkSettings.Networks.plain.Links}}')).toBe(
      '["p-owner-1:boss","p-owner-1:owner-1","p-owner-1:p-owner-1"]\n',
    );
    expect(inspect('{{.HostConfig.ExtraHosts}} {{.HostConfig.Dns}} {{.HostConfig.DnsSearch}}')).toBe(
      '[api.local:10.9.0.77 gw:host-gateway] [10.9.0.53] [lan]\n',
    );
    expect(inspect('{{.Config.Labels.tier}} {{index .Config.Env 0}}')).toBe('front A=1\n');
    expect(lab.run('docker exec p-client-1 ping -c 1 boss').stdout).toContain('(10.9.0.77)');
    expect(lab.run('docker exec p-client-1 cat /etc/hosts').stdout).toMatch(
      /10\.9\.0\.77\tapi\.local\n172\.17\.0\.1\tgw\n/,
    );
    expect(lab.run('docker port p-client-1').stdout).toBe(
      '53/udp -> 127.0.0.1:5353\n8000/tcp -> 0.0.0.0:7000\n8000/tcp -> :::7000\n8001/tcp -> 0.0.0.0:7001\n8001/tcp -> :::7001\n',
    );
    expect(lab.run('docker network inspect -f "{{(index .IPAM.Config 0).Gateway}}" plain').stdout).toBe(
      '10.9.0.254\n',
    );
  });

  it('leaves services with profiles out until they are asked for', () => {
    const lab = labWith({
      '/p/compose.yaml':
        'services: { a: { image: alpine, command: sleep 1d }, b: { image: alpine, command: sleep 1d, profiles: [debug] }, c: { image: alpine, command: sleep 1d, profiles: [other] } }',
    });
    const names = () => lab.run("docker ps --format '{{.Names}}' | sort | xargs echo").stdout;
    lab.run('cd /p; docker compose up -d');
    expect(names()).toBe('p-a-1\n');
    lab.run('cd /p; docker compose --profile debug up -d');
    expect(names()).toBe('p-a-1 p-b-1\n');
    lab.run('cd /p; docker compose up -d c');
    expect(names()).toBe('p-a-1 p-b-1 p-c-1\n');
  });

  it('takes variables from the environment and .env, and warns of those that have no value', () => {
    const lab = labWith({
      '/p/compose.yaml':
        'services: { a: { image: "nginx:${TAG:-alpine}", ports: ["${PORT}:80"], environment: { WHO: "$WHO", FROM: } } }',
      '/p/.env': '# a comment\nPORT=8081\nCOMPOSE_PROJECT_NAME=named\n',
    });
    const up = lab.run('cd /p; FROM=shell docker compose up -d');
    expect(up.stderr).toMatch(
      /^time="[^"]*" level=warning msg="The \\"WHO\\" variable is not set\. Defaulting to a blank string\."\n/,
    );
    expect(lab.run("docker inspect -f '{{.Config.Image}} {{.Config.Env}}' named-a-1").stdout).toMatch(
      /^nginx:alpine \[WHO= FROM=shell /,
    );
    expect(lab.run('docker port named-a-1 80').stdout).toContain('0.0.0.0:8081\n');
  });

  it('is laid together of several files', () => {
    const lab = labWith({
      '/p/compose.yaml': 'services: { a: { image: nginx, ports: ["80:80"], environment: { X: "1" } } }',
      '/p/compose.override.yaml':
        'services: { a: { ports: ["443:443"], environment: [X=2, Z=3] }, b: { image: alpine, command: sleep 1d } }',
    });
    const config = lab.run('cd /p; docker compose config').stdout;
    expect(config).toBe(`name: p
services:
  a:
    command: null
    entrypoint: null
    environment:
      X: "2"
      Z: "3"
    image: nginx
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "80"
        protocol: tcp
      - mode: ingress
        target: 443
        published: "443"
        protocol: tcp
  b:
    command: sleep 1d
    entrypoint: null
    image: alpine
    networks:
      default: null
networks:
  default:
    name: p_default
`);
  });

  it('waits for services that must have ended well, and fails when they have not', () => {
    const file = (code: number) => `
services:
  job: { image: alpine, command: sh -c "sleep 3; exit ${code}" }
  web: { image: nginx, depends_on: { job: { condition: service_completed_successfully } } }
`;
    const lab = labWith({ '/good/compose.yaml': file(0), '/bad/compose.yaml': file(5) });
    const good = lab.run('cd /good; docker compose up -d');
    expect(good.stderr).toMatch(
      /job-1 {2}Waiting\n Container good-job-1 {2}Exited\n Container good-web-1 {2}Starting/,
    );
    const bad = lab.run('cd /bad; docker compose up -d');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/\nservice "job" didn't complete successfully: exit 5\n$/);
    expect(bad.stderr).not.toContain('bad-web-1  Started');
  });
});

describe('output of services', () => {
  const files = {
    '/p/compose.yaml': `
services:
  one: { image: alpine, command: sh -c "echo hello; sleep 1; echo 'to stderr' >&2; exit 3" }
  second: { image: alpine, container_name: named, command: printf 'no newline' }
`,
  };

  it('comes behind names while up is attached, with how each ended', () => {
    const up = labWith(files).run('cd /p; docker compose up');
    expect(up.stdout).toBe(
      'Attaching to named, one-1\none-1  | hello\nnamed  | no newline\nnamed exited with code 0\none-1 exited with code 3\n',
    );
    expect(up.stderr).toContain('one-1  | to stderr\n');
    expect(up.code).toBe(0);
  });

  it('can end all of them, with the exit code of one', () => {
    const lab = labWith(files);
    expect(lab.run('cd /p; docker compose up --exit-code-from one').code).toBe(3);
    expect(lab.run('cd /p; docker compose up --abort-on-container-exit').stdout).toContain(
      'Aborting on container exit...\n',
    );
  });

  it('is kept for logs', () => {
    const lab = labWith(files);
    lab.run('cd /p; docker compose up -d; sleep 2');
    const logs = lab.run('cd /p; docker compose logs');
    expect(logs.stdout).toBe('named  | no newline\none-1  | hello\n');
    expect(logs.stderr).toBe('one-1  | to stderr\n');
    expect(lab.run('cd /p; docker compose logs --no-log-prefix --tail 1 one').text).toBe('to stderr\n');
  });

  it('ends gracefully by ctrl-c', () => {
    const lab = labWith({ '/p/compose.yaml': 'services: { web: { image: nginx } }' });
    const up = lab.run('cd /p; timeout -s INT 5 docker compose up');
    expect(up.stdout).toContain('Gracefully stopping... (press Ctrl+C again to force)\n');
    expect(up.stderr).toMatch(/ Container p-web-1 {2}Stopping\n Container p-web-1 {2}Stopped\n$/);
  });
});

describe('complaints', () => {
  const complaint = (text: string, words = 'up -d') => {
    const { code, stderr } = labWith({ '/p/compose.yaml': text }).run(`cd /p; docker compose ${words}`);
    return [code, stderr];
  };

  it('are those of Compose', () => {
    expect(new DockerLab().run('docker compose up')).toMatchObject({
      code: 14,
      stderr: 'no configuration file provided: not found\n',
    });
    expect(new DockerLab().run('docker compose -f /nowhere.yaml up')).toMatchObject({
      code: 14,
      stderr: 'open /nowhere.yaml: no such file or directory\n',
    });
    expect(complaint('services: { a: { image: x, networks: [gone] } }')).toEqual([
      15,
      'service "a" refers to undefined network gone: invalid compose project\n',
    ]);
    expect(complaint('services: { a: { image: x, depends_on: [b] } }')).toEqual([
      15,
      'service "a" depends on undefined service "b": invalid compose project\n',
    ]);
    expect(
      complaint('services: { a: { image: x, depends_on: [b] }, b: { image: x, depends_on: [a] } }'),
    ).toEqual([15, 'dependency cycle detected: a -> b -> a\n']);
    expect(
      complaint('services: { a: { image: x, network_mode: host, networks: [b] } }\nnetworks: { b: }'),
    ).toEqual([
      15,
      'service a declares mutually exclusive `network_mode` and `networks`: invalid compose project\n',
    ]);
    expect(complaint('services: { a: { image: x } }', 'frobnicate')).toEqual([
      1,
      'unknown docker command: "compose frobnicate"\n',
    ]);
  });

  it('about the form of a file have line and column', () => {
    const [code, text] = complaint('services:\n  a:\n    imagine: x\n');
    expect(code).toBe(15);
    expect(text).toMatch(
      /^\/p\/compose\.yaml:3:5: services\.a: unknown key "imagine"\n[^]*did you mean "image"\?\n$/,
    );
  });

  it('of the daemon leave what was made', () => {
    const lab = labWith({
      '/p/compose.yaml':
        'services: { a: { image: nginx, ports: ["80:80"] }, b: { image: nginx, ports: ["80:80"] } }',
    });
    const up = lab.run('cd /p; docker compose up -d');
    expect(up.code).toBe(1);
    expect(up.stderr).toMatch(
      /\nError response from daemon: driver failed programming external connectivity on endpoint p-b-1 .*port is already allocated\n$/,
    );
    expect(lab.run("cd /p; docker compose ps -a --format '{{.Service}} {{.State}}'").stdout).toBe(
      'a running\nb created\n',
    );
  });

  it('name what is not modelled', () => {
    expect(complaint('services: { a: { image: x } }', 'build')).toEqual([
      1,
      'docker: not modelled: compose build\n',
    ]);
    const [code, text] = complaint(
      'services: { a: { image: nginx, healthcheck: { test: curl } }, b: { image: nginx, depends_on: { a: { condition: service_healthy } } } }',
    );
    expect(code).toBe(0);
    expect(text).toMatch(/msg="services\.a\.healthcheck is not modelled: ignored"/);
    expect(text).toMatch(/msg="healthchecks are not modelled: b does not wait for a to be healthy"/);
  });
});
