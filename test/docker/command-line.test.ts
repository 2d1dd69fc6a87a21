import { describe, expect, test } from 'vitest';
import { DockerLab } from './docker-lab.ts';

describe('complaints, word for word, with docker’s exit codes', () => {
  const lab = new DockerLab();
  lab.out('docker network create net1; docker network create --subnet 10.5.0.0/16 net2');
  lab.out(
    'docker run -d --name run1 alpine sleep 999; docker run -d --name host1 --network host alpine sleep 999',
  );
  const id = lab.out("docker inspect -f '{{.Id}}' run1").trim();

  test.each<[string, number, string]>([
    ['docker nonsense', 1, "docker: 'nonsense' is not a docker command.\nSee 'docker --help'\n"],
    ['docker run --nonsense alpine', 125, "unknown flag: --nonsense\nSee 'docker run --help'.\n"],
    ['docker run -Z alpine', 125, "unknown shorthand flag: 'Z' in -Z\nSee 'docker run --help'.\n"],
    ['docker run --name', 125, "flag needs an argument: --name\nSee 'docker run --help'.\n"],
    [
      'docker network create --internal=maybe net9',
      125,
      'invalid argument "maybe" for "--internal" flag: strconv.ParseBool: parsing "maybe": invalid syntax\nSee \'docker network create --help\'.\n',
    ],
    [
      'docker network rm',
      1,
      '"docker network rm" requires at least 1 argument.\nSee \'docker network rm --help\'.\n\nUsage:  docker network rm NETWORK [NETWORK...]\n\nRemove one or more networks\n',
    ],
    [
      'docker network ls a',
      1,
      '"docker network ls" accepts no arguments.\nSee \'docker network ls --help\'.\n\nUsage:  docker network ls [OPTIONS]\n\nList networks\n',
    ],
    ['docker run -p 80:x alpine', 125, "docker: Invalid containerPort: x.\nSee 'docker run --help'.\n"],
    [
      'docker run -p 8000-8001:80-83 alpine',
      125,
      "docker: Invalid ranges specified for container and host Ports: 80-83 and 8000-8001.\nSee 'docker run --help'.\n",
    ],
    [
      'docker run -p 1.2.3:80:80 alpine',
      125,
      "docker: Invalid ip address: 1.2.3.\nSee 'docker run --help'.\n",
    ],
    ['docker run -p 80:80/icmp alpine', 125, "docker: Invalid proto: icmp.\nSee 'docker run --help'.\n"],
    [
      'docker run --mac-address zz alpine',
      125,
      "docker: zz is not a valid mac address.\nSee 'docker run --help'.\n",
    ],
    [
      'docker run --dns nope alpine',
      125,
      'invalid argument "nope" for "--dns" flag: nope is not an ip address\nSee \'docker run --help\'.\n',
    ],
    [
      'docker run --sysctl vm.swappiness=1 alpine',
      125,
      'invalid argument "vm.swappiness=1" for "--sysctl" flag: sysctl \'vm.swappiness=1\' is not allowed\nSee \'docker run --help\'.\n',
    ],
    [
      'docker run --rm --restart always alpine',
      125,
      "docker: Conflicting options: --restart and --rm.\nSee 'docker run --help'.\n",
    ],
    [
      'docker run --name run1 alpine',
      125,
      `docker: Error response from daemon: Conflict. The container name "/run1" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.\nSee 'docker run --help'.\n`,
    ],
    [
      'docker run --network bridge --ip 172.17.0.9 alpine',
      125,
      "docker: Error response from daemon: user specified IP address is supported on user defined networks only.\nSee 'docker run --help'.\n",
    ],
    [
      'docker run --network bridge --network-alias web alpine',
      125,
      "docker: Error response from daemon: network-scoped alias is supported only for containers in user defined networks.\nSee 'docker run --help'.\n",
    ],
    [
      'docker run --network host --link run1 alpine',
      125,
      "docker: Error response from daemon: conflicting options: host type networking can't be used with links. This would result in undefined behavior.\nSee 'docker run --help'.\n",
    ],
    [
      'docker network create bridge',
      1,
      'Error response from daemon: operation is not permitted on predefined bridge network \n',
    ],
    ['docker network create net1', 1, 'Error response from daemon: network with name net1 already exists\n'],
    ['docker network create -d nope net9', 1, 'Error response from daemon: plugin "nope" not found\n'],
    [
      'docker network create --subnet 10.5.1.0/24 net9',
      1,
      'Error response from daemon: Pool overlaps with other one on this address space\n',
    ],
    [
      'docker network create --gateway 10.6.0.1 net9',
      1,
      'every ip-range or gateway must have a corresponding subnet\n',
    ],
    ['docker network create --subnet 10.6 net9', 1, 'invalid CIDR address: 10.6\n'],
    [
      'docker network create -o com.docker.network.bridge.enable_icc=maybe net9',
      1,
      'Error response from daemon: failed to parse com.docker.network.bridge.enable_icc value: "maybe" (strconv.ParseBool: parsing "maybe": invalid syntax)\n',
    ],
    [
      'docker network rm bridge',
      1,
      'Error response from daemon: bridge is a pre-defined network and cannot be removed\n',
    ],
    ['docker network rm nope', 1, 'Error: No such network: nope\n'],
    ['docker network inspect nope', 1, '[]\nError: No such network: nope\n'],
    ['docker network connect net1 nope', 1, 'Error response from daemon: No such container: nope\n'],
    ['docker network connect nope run1', 1, 'Error response from daemon: network nope not found\n'],
    [
      'docker network disconnect net1 run1',
      1,
      `Error response from daemon: container ${id} is not connected to network net1\n`,
    ],
    [
      'docker network connect net1 host1',
      1,
      'Error response from daemon: container cannot be disconnected from host network or connected to host network\n',
    ],
    ['docker inspect nope', 1, '[]\nError: No such object: nope\n'],
    [
      'docker inspect -f "{{.Nope}}" run1',
      1,
      '\nTemplate parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"\n',
    ],
    ['docker inspect -f "{{.Name" run1', 64, 'Template parsing error: template: :1: unclosed action\n'],
    [
      'docker rm run1',
      1,
      `Error response from daemon: You cannot remove a running container ${id}. Stop the container before attempting removal or force remove\n`,
    ],
    ['docker rm nope', 1, 'Error: No such container: nope\n'],
    [
      'docker start nope',
      1,
      'Error response from daemon: No such container: nope\nError: failed to start containers: nope\n',
    ],
    ['docker stop nope', 1, 'Error response from daemon: No such container: nope\n'],
    [
      'docker kill nope',
      1,
      'Error response from daemon: Cannot kill container: nope: No such container: nope\n',
    ],
    ['docker exec nope true', 1, 'Error: No such container: nope\n'],
    [
      'docker exec run1 nope',
      126,
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown\n',
    ],
    [
      'docker run --rm alpine nope',
      127,
      'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown.\n',
    ],
    [
      'docker run --rm --network host --sysctl net.ipv4.ip_forward=1 alpine true',
      125,
      'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: sysctl "net.ipv4.ip_forward" not allowed in host network namespace: unknown.\n',
    ],
    ['docker ps -f nonsense=1', 1, "Error response from daemon: Invalid filter 'nonsense'\n"],
  ])('%s', (line, code, text) => {
    expect(lab.run(line)).toMatchObject({ text, code });
  });
});

describe('what a container is told', () => {
  const lab = new DockerLab();

  test('hostname, domain, extra hosts', () => {
    const hosts = lab.out(
      'docker run --rm --hostname web --domainname example.org --add-host db:10.0.0.9 --add-host gw:host-gateway alpine cat /etc/hosts',
    );
    expect(hosts).toContain('10.0.0.9\tdb\n172.17.0.1\tgw\n172.17.0.2\tweb.example.org web\n');
    expect(lab.out('docker run --rm --hostname web alpine cat /etc/hostname')).toBe('web\n');
    expect(lab.out('docker run --rm alpine hostname')).toMatch(/^[0-9a-f]{12}\n$/);
  });

  test('variables: Docker’s, the user’s, those without a value from the client', () => {
    expect(
      lab.out(
        "export B=2; docker run --rm -e A=1 -e B -e C --hostname web alpine sh -c 'echo $A$B$C $HOSTNAME $HOME'",
      ),
    ).toBe('12 web /root\n');
  });

  test('links: hosts, variables; the hosts file follows a restart', () => {
    lab.out('docker run -d --name tomcat1 --expose 8080 --expose 53/udp -e KEY=value alpine sleep 999');
    lab.out('docker run -d --name tomcat2 --link tomcat1:my-cat alpine sleep 999');
    const id = lab.out("docker inspect -f '{{.Config.Hostname}}' tomcat1").trim();
    expect(lab.out('docker exec tomcat2 cat /etc/hosts')).toContain(`172.17.0.2\tmy-cat ${id} tomcat1\n`);
    expect(lab.out('docker exec tomcat2 env | grep CAT')).toBe(
      [
        'MY_CAT_PORT=udp://172.17.0.2:53',
        'MY_CAT_PORT_53_UDP=udp://172.17.0.2:53',
        'MY_CAT_PORT_53_UDP_ADDR=172.17.0.2',
        'MY_CAT_PORT_53_UDP_PORT=53',
        'MY_CAT_PORT_53_UDP_PROTO=udp',
        'MY_CAT_PORT_8080_TCP=tcp://172.17.0.2:8080',
        'MY_CAT_PORT_8080_TCP_ADDR=172.17.0.2',
        'MY_CAT_PORT_8080_TCP_PORT=8080',
        'MY_CAT_PORT_8080_TCP_PROTO=tcp',
        'MY_CAT_NAME=/tomcat2/my-cat',
        'MY_CAT_ENV_KEY=value',
        '',
      ].join('\n'),
    );
    lab.out('docker stop -t 0 tomcat1; docker run -d --name other alpine sleep 999; docker start tomcat1');
    expect(lab.out('docker exec tomcat2 cat /etc/hosts')).toContain(`172.17.0.4\tmy-cat ${id} tomcat1\n`);
    expect(lab.run('docker exec tomcat2 ping -c 1 my-cat').code).toBe(0);
    expect(lab.run('docker exec tomcat1 ping -c 1 tomcat2').text).toBe("ping: bad address 'tomcat2'\n");
  });

  test('what it may do: change its network only when told so', () => {
    const change = 'ip link set eth0 down';
    expect(lab.run(`docker run --rm alpine ${change}`).code).not.toBe(0);
    expect(lab.run(`docker run --rm --cap-add NET_ADMIN alpine ${change}`).code).toBe(0);
    expect(lab.run(`docker run --rm --privileged alpine ${change}`).code).toBe(0);
    expect(
      lab.out(
        'docker run --rm --sysctl net.ipv4.ip_default_ttl=33 alpine cat /proc/sys/net/ipv4/ip_default_ttl',
      ),
    ).toBe('33\n');
  });
});

test('lists: tables, templates, filters, -q', () => {
  const lab = new DockerLab();
  lab.out('docker network create --label tier=front net10; docker network create net9');
  lab.out(
    'docker run -d --name one --network net9 --label app=a alpine sleep 99; docker create --name two nginx',
  );
  expect(lab.out("docker network ls --format '{{.Name}}'")).toBe('bridge\nhost\nnet9\nnet10\nnone\n');
  expect(
    lab.out("docker network ls -f type=custom -f label=tier=front --format '{{.Name}} {{.Driver}}'"),
  ).toBe('net10 bridge\n');
  expect(lab.out("docker network ls -f dangling=true --format '{{.Name}}'")).toBe('net10\n');
  expect(lab.out("docker ps -a --format 'table {{.Names}}\\t{{.Status}}'")).toBe(
    'NAMES     STATUS\ntwo       Created\none       Up Less than a second\n',
  );
  const names = (filter: string) => lab.out(`docker ps -a ${filter} --format '{{.Names}}'`);
  expect([
    names('-f network=net9'),
    names('-f status=created'),
    names('-f label=app'),
    names('-n 1'),
  ]).toEqual(['one\n', 'two\n', 'one\n', 'two\n']);
  expect(lab.out('docker ps -q')).toMatch(/^[0-9a-f]{12}\n$/);
  expect(lab.out('docker network prune -f')).toBe('Deleted Networks:\nnet10\n\n');
  expect(lab.out('docker container prune -f')).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n\n/);
});
