import { describe, expect, test } from 'vitest';
import { run } from '../overlay/run-swarm.ts';
import { runSwarm, spread, swarmOf, tasks } from './lab.ts';

describe('placement', () => {
  test('spreads over the nodes, keeps to constraints, says why it cannot', async () => {
    const { outputs } = await runSwarm(3, [
      'host1$ docker node update --label-add disk=ssd host2 > /dev/null; docker service create -d --name a --replicas 6 --network ov alpine sleep 9999; docker service create -d --name b --replicas 2 --constraint node.labels.disk==ssd alpine sleep 9999; docker service create -d --name c --constraint node.role==worker --constraint node.hostname!=host3 alpine sleep 9999; docker service create -d --name d --constraint node.hostname==host9 alpine sleep 9999; docker service create -d --name e --mode global --constraint node.role==worker alpine sleep 9999; docker service create -d --name f --replicas 4 --replicas-max-per-node 1 alpine sleep 9999; sleep 3',
      'host1$ docker service ps a',
      'host1$ docker service ps b c',
      'host1$ docker service ps --no-trunc d',
      'host1$ docker service ps e',
      'host1$ docker service ls',
    ]);
    expect(spread(outputs[1]!)).toEqual(['host1 2', 'host2 2', 'host3 2']);
    expect(spread(outputs[2]!)).toEqual(['host2 3']);
    expect(outputs[3]).toMatch(
      /d\.1 .*Pending .*"no suitable node \(scheduling constraints not satisfied on 3 nodes\)"/,
    );
    expect(spread(outputs[4]!)).toEqual(['host2 1', 'host3 1']);
    expect(outputs[5]).toMatch(/ e +global +2\/2 /);
    expect(outputs[5]).toMatch(/ f +replicated +3\/4 \(max 1 per node\) /);
  });

  test('what is refused', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name web -p 8080:80 nginx > /dev/null',
      'host1$ docker service create --name other -p 8080:8080 nginx',
      'host1$ docker service create --name rr --endpoint-mode dnsrr -p 81:80 nginx',
      'host1$ docker service create --name web nginx',
      'host1$ docker service create --name "a b" nginx',
      'host1$ docker service create --name x --constraint node.role=manager nginx',
      'host1$ docker service create --name x --network bridge nginx',
      'host1$ docker service create --name x --network nowhere nginx',
      'host1$ docker service scale web=many',
      'host1$ docker service rm nope; docker service ps nope; docker service inspect nope; docker service logs nope',
    ]);
    const daemon = 'Error response from daemon: rpc error: code =';
    expect(outputs[1]).toMatch(
      /InvalidArgument desc = port '8080' is already in use by service 'web' \(\w{25}\) as an ingress port$/,
    );
    expect(outputs[2]).toBe(
      `${daemon} InvalidArgument desc = EndpointSpec: port published with ingress mode can't be used with dnsrr mode`,
    );
    expect(outputs[3]).toContain('name conflicts with an existing object: service web already exists');
    expect(outputs[4]).toBe(`${daemon} InvalidArgument desc = name must be valid as a DNS name component`);
    expect(outputs[5]).toBe(`${daemon} InvalidArgument desc = constraint expected one operator from ==, !=`);
    expect(outputs[6]).toBe('not modelled: services on the network bridge of their node');
    expect(outputs[7]).toBe('Error: No such network: nowhere');
    expect(outputs[8]).toContain('invalid replicas value many');
    expect(outputs[9]!.split('\n')).toEqual([
      'Error: No such service: nope',
      'no such service: nope',
      '[]',
      'Error: no such service: nope',
      'no such task or service: nope',
    ]);
  });

  test('host ports: one task a node, the next one waits', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name h --replicas 3 --publish mode=host,target=80,published=8088 nginx; sleep 3; docker service ps h; docker service ps --no-trunc h',
      'host1$ curl -s -o /dev/null -w "%{http_code}\\n" http://192.168.99.102:8088/; docker service rm h; sleep 15; docker service create -d --name n --network ov --publish mode=host,target=80,published=8088 --constraint node.hostname==host1 nginx; sleep 3; iptables -t nat -S DOCKER | grep 8088',
    ]);
    expect(spread(outputs[0]!)).toEqual(['host1 1', 'host2 1']);
    expect(outputs[0]).toContain('"no suitable node (host-mode port already in use on 2 nodes)"');
    // With a network of the swarm the port is that of the task on docker_gwbridge.
    expect(outputs[1]).toMatch(/^200\n/);
    expect(outputs[1]).toMatch(
      /! -i docker_gwbridge .*--dport 8088 -j DNAT --to-destination 172\.18\.0\.\d+:80$/,
    );
  });
});

describe('tasks', () => {
  test('are replaced when they end, by the restart policy', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name w --replicas 1 --constraint node.hostname==host2 alpine sleep 9999; docker service create -d --name once --restart-condition none alpine true; docker service create -d --name bad --restart-delay 1s --restart-max-attempts 2 alpine false; sleep 3',
      'host2$ docker kill $(docker ps -q) > /dev/null',
      'host1$ sleep 3; docker service ps w; sleep 4; docker service ps w',
      'host1$ docker service ps once; sleep 10; docker service ps bad',
    ]);
    const [early, late] = [
      outputs[2]!.slice(0, outputs[2]!.lastIndexOf('ID  ')),
      outputs[2]!.slice(outputs[2]!.lastIndexOf('ID  ')),
    ];
    // The successor is made ready at once and starts after five seconds.
    expect(tasks(early)).toEqual(['w.1 host2 Ready Ready', '\\_ w.1 host2 Shutdown Failed']);
    expect(tasks(late)).toEqual(['w.1 host2 Running Running', '\\_ w.1 host2 Shutdown Failed']);
    expect(late).toContain('"task: non-zero exit (137)"');
    expect(tasks(outputs[3]!.split(/(?=ID  )/)[0]!)[0]).toMatch(/^once\.1 host\d Shutdown Complete$/);
    expect(tasks(outputs[3]!.split(/(?=ID  )/)[1]!)).toHaveLength(3);
  });

  test('leave a drained node and one that lost its power; neither gets them back by itself', async () => {
    const { outputs } = await runSwarm(3, [
      'host1$ docker service create -d --name web --replicas 3 --network ov -p 8080:80 nginx; sleep 3',
      'host1$ docker node update --availability drain host2; sleep 15; docker service ps web',
      'host1$ docker node update --availability active host2; sleep 5; docker service ps web',
      'host host3 down',
      'host1$ sleep 30; docker node ls; docker service ps web; nsenter --net=/run/docker/netns/ingress_sbox ipvsadm -Ln',
      'host1$ for i in 1 2 3; do curl -s -m 2 -o /dev/null -w "%{http_code}\\n" http://127.0.0.1:8080/; done',
      'host host3 up',
      'host1$ sleep 30; docker node ls; docker service ps web',
      'host3$ docker ps -q',
      'host1$ docker service rm web; sleep 15',
      'host3$ docker ps -aq',
    ]);
    expect(spread(outputs[1]!).map((each) => each.slice(0, 5))).toEqual(['host1', 'host3']);
    expect(spread(outputs[2]!)).toEqual(spread(outputs[1]!));
    expect(outputs[3]).toMatch(/host3 +Down /);
    expect(tasks(outputs[3]!).filter((line) => line.includes(' Running Running'))).toHaveLength(3);
    expect(tasks(outputs[3]!).filter((line) => / host3 Running /.test(line))).toEqual([]);
    expect(outputs[3]!.match(/-> 10\.0\.0\.\d+:0 +Masq +1 /g)).toHaveLength(3);
    expect(outputs[4]).toBe('200\n200\n200');
    expect(outputs[5]).toMatch(/host3 +Ready /);
    expect(tasks(outputs[5]!).filter((line) => / host3 Running /.test(line))).toEqual([]);
    expect(outputs[6]).toBe('');
    expect(outputs[8]).toBe('');
  });
});

describe('updates', () => {
  test('one task after the other; a rollback goes back; a scale replaces nothing', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name web --replicas 2 --network ov nginx > /dev/null; sleep 3',
      'host1$ docker service update --image nginx:1.25 web; docker service ps web; docker service inspect -f "{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Image}}" web',
      'host1$ docker service rollback -q web; docker service inspect -f "{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Image}}" web',
      'host1$ docker service scale -d web=3; sleep 4; docker service ps -f desired-state=running web',
    ]);
    expect(outputs[1]).toMatch(/^web\noverall progress: 0 out of 2 tasks\n/);
    expect(outputs[1]).toContain('overall progress: 1 out of 2 tasks\n');
    expect(outputs[1]).toContain('verify: Waiting 5 seconds to verify that tasks are stable...\n');
    expect(outputs[1]).toContain('verify: Service converged\n');
    expect(tasks(outputs[1]!).map((line) => line.replace(/ host\d/, ''))).toEqual([
      'web.1 Running Running',
      '\\_ web.1 Shutdown Shutdown',
      'web.2 Running Running',
      '\\_ web.2 Shutdown Shutdown',
    ]);
    expect(outputs[1]).toMatch(/completed nginx:1\.25$/);
    expect(outputs[2]).toBe('web\nrollback_completed nginx:latest');
    expect(tasks(outputs[3]!)).toHaveLength(3);
  });

  test('an update whose tasks fail pauses, or turns round', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name p alpine sleep 9999; docker service create -d --name r --update-failure-action rollback alpine sleep 9999; sleep 2',
      'host1$ docker service update --args "false" p',
      'host1$ docker service update -d --args "false" r; sleep 40; docker service inspect -f "{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Args}}" r',
    ]);
    expect(outputs[1]).toMatch(
      /service update paused: update paused due to failure or early termination of task \w{25}$/,
    );
    expect(outputs[2]).toBe('r\nrollback_completed [sleep 9999]');
  });

  test('networks and ports come and go', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name web --constraint node.role==manager --network ov -p 8080:80 nginx > /dev/null; sleep 3',
      'host1$ docker service update -q --network-add ov2 --publish-add 9090:80 web; docker exec $(docker ps -q) ip -br -4 addr; for p in 8080 9090; do curl -s -o /dev/null -w "%{http_code}\\n" http://127.0.0.1:$p/; done',
      'host1$ docker service update -q --network-rm ov --publish-rm 80 web; docker exec $(docker ps -q) ip -br -4 addr; curl -s -m 2 http://127.0.0.1:9090/; echo $?; iptables -t nat -S DOCKER-INGRESS; ss -lnt | grep -c 9090',
    ]);
    // Interfaces by the networks' names, the gateway bridge last.
    expect(outputs[1]).toMatch(
      /eth0.* 10\.0\.0\.\d+\/24 *\neth1.* 10\.0\.1\.\d+\/24 *\neth2.* 10\.0\.2\.\d+\/24 *\neth3.* 172\.18\./,
    );
    expect(outputs[1]).toMatch(/\n200\n200$/);
    expect(outputs[2]).toMatch(
      /^web\nlo .*\neth0.* 10\.0\.2\.\d+\/24 *\neth1.* 172\.18\.[\d.]+\/16 *\n7\n-N DOCKER-INGRESS\n-A DOCKER-INGRESS -j RETURN\n0$/,
    );
  });
});

describe('names', () => {
  test('the virtual address, the tasks, aliases and addresses backwards', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name web --replicas 2 --network name=ov,alias=www alpine sleep 9999 > /dev/null; docker service create -d --name rr --replicas 2 --endpoint-mode dnsrr --network ov alpine sleep 9999 > /dev/null; docker run -d --name cl --network ov alpine sleep 9999 > /dev/null; sleep 4',
      'host1$ for n in web www tasks.web tasks.www rr tasks.rr; do echo $n $(docker exec cl dig +short $n | sort); done; docker service inspect -f "{{(index .Endpoint.VirtualIPs 0).Addr}}" web',
      'host1$ docker exec cl dig +short -x $(docker exec cl dig +short tasks.web | sort | head -1); docker exec cl dig +short -x $(docker exec cl dig +short web)',
      'host1$ docker service rm web > /dev/null; sleep 15; docker exec cl nslookup web; docker exec cl ping -c 1 -W 1 rr | head -2',
    ]);
    const answers = new Map(
      outputs[1]!
        .split('\n')
        .map((line): [string, string[]] => [line.split(' ')[0]!, line.split(' ').slice(1)]),
    );
    const vip = outputs[1]!.split('\n').at(-1)!.split('/')[0]!;
    expect(answers.get('web')).toEqual([vip]);
    expect(answers.get('www')).toEqual([vip]);
    expect(answers.get('tasks.web')).toHaveLength(2);
    expect(answers.get('tasks.www')).toEqual(answers.get('tasks.web'));
    expect(answers.get('rr')).toHaveLength(2);
    expect(answers.get('tasks.rr')).toEqual(answers.get('rr'));
    // A virtual address has no name: the question goes on to the host's servers, of which there are none.
    expect(outputs[2]).toMatch(/^web\.\d\.\w{25}\.ov\.\n;; communications error/);
    expect(outputs[3]).not.toMatch(/Name:\s+web/);
    expect(outputs[3]).toContain('64 bytes from');
  });
});

test('docker network inspect -v: services, their marks, and where their tasks are', async () => {
  const { outputs } = await runSwarm(2, [
    'host1$ docker service create -d --name web --replicas 2 --network ov alpine sleep 9999 > /dev/null; docker run -d --name plain --network ov alpine sleep 9999 > /dev/null; sleep 4',
    'host1$ docker network inspect -v -f "{{json .Services}}" ov; docker network inspect ov | grep -c LocalLBIndex',
  ]);
  const [json = '', count] = outputs[1]!.split('\n');
  const services = JSON.parse(json) as Record<
    string,
    { VIP: string; LocalLBIndex: number; Tasks: { Name: string; Info: { 'Host IP': string } }[] }
  >;
  expect(services['web']).toMatchObject({ VIP: '10.0.1.2', Ports: [], LocalLBIndex: 256 });
  expect(services['web']!.Tasks.map(({ Info }) => Info['Host IP']).sort()).toEqual([
    '192.168.99.101',
    '192.168.99.102',
  ]);
  expect(services['']).toMatchObject({ VIP: '<nil>', LocalLBIndex: 0, Tasks: [{ Name: 'plain' }] });
  expect(count).toBe('0');
});

describe('the routing mesh', () => {
  test('ports of the swarm’s choosing, and ranges in a list of services', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name a -p 80 nginx > /dev/null; docker service create -d --name b -p 80 -p 53/udp nginx > /dev/null; docker service create -d --name c -p 8000-8002:80-82 -p 9000:80 nginx > /dev/null; docker service ls --format "{{.Name}} {{.Ports}}"',
    ]);
    expect(outputs[0]!.split('\n')).toEqual([
      'a *:30000->80/tcp',
      'b *:30001->80/tcp, *:30000->53/udp',
      'c *:8000-8002->80-82/tcp, *:9000->80/tcp',
    ]);
  });

  test('the ingress network can be remade, with a warning and only when nobody needs it', async () => {
    const { outputs } = await runSwarm(2, [
      'host1$ docker service create -d --name w -p 81:80 nginx > /dev/null; sleep 3; echo y | docker network rm ingress; docker service rm w > /dev/null; sleep 15',
      'host1$ echo n | docker network rm ingress; docker network ls -qf name=ingress | wc -l',
      'host1$ echo y | docker network rm ingress; docker service create --name w -p 81:80 nginx',
      'host1$ docker network create -d overlay --ingress --subnet 10.11.0.0/16 --opt com.docker.network.driver.mtu=1400 my-ingress > /dev/null; docker network create -d overlay --ingress second; docker service create -d --name w -p 81:80 nginx > /dev/null; sleep 3; curl -s -o /dev/null -w "%{http_code}\\n" http://192.168.99.102:81/; nsenter --net=/run/docker/netns/ingress_sbox ip addr show eth0',
    ]);
    expect(outputs[0]).toMatch(/ingress network cannot be removed because service \w{25} depends on it$/);
    expect(outputs[1]).toMatch(/^WARNING! Before removing the routing-mesh network/);
    expect(outputs[1]).toMatch(/1$/);
    expect(outputs[2]).toContain('service needs ingress network, but no ingress network is present');
    expect(outputs[3]).toMatch(/ingress network \(\w{25}\) is already present\n200\n/);
    expect(outputs[3]).toContain('mtu 1350');
    expect(outputs[3]).toContain('inet 10.11.0.');
  });

  test('docker_gwbridge can be made by hand before it is needed', async () => {
    const head = swarmOf(2).replace(/swarm: .*\nnetworks:[^]*$/, '');
    const { outputs } = await run(head, [
      'host1$ docker network create --subnet 10.40.0.0/24 -o com.docker.network.bridge.name=docker_gwbridge -o com.docker.network.bridge.enable_icc=false docker_gwbridge > /dev/null; docker swarm init > /dev/null; docker service create -d --name w -p 81:80 nginx > /dev/null; sleep 3; curl -s -o /dev/null -w "%{http_code}\\n" http://127.0.0.1:81/; iptables -t nat -S DOCKER-INGRESS | grep DNAT',
    ]);
    expect(outputs[0]).toBe(
      '200\n-A DOCKER-INGRESS -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.40.0.2:81',
    );
  });
});

describe('stacks', () => {
  const compose = String.raw`printf 'services:\n  web:\n    image: nginx\n    ports: ["8080:80"]\n    deploy:\n      replicas: 2\n      restart_policy: { condition: on-failure }\n  db:\n    image: alpine\n    command: sleep 9999\n    networks: { back: { aliases: [store] } }\nnetworks:\n  back: {}\n' > /c.yaml`;

  test('are deployed, listed, changed and removed', async () => {
    const { outputs } = await runSwarm(2, [
      `host1$ ${compose}; docker stack deploy -c /c.yaml shop; sleep 4; docker stack ls; docker stack services shop`,
      'host1$ docker stack ps shop; docker service inspect -f "{{json .Spec.TaskTemplate.RestartPolicy}} {{json .Spec.TaskTemplate.Networks}}" shop_db',
      'host1$ sed -i "s/replicas: 2/replicas: 3/" /c.yaml; docker stack deploy -c /c.yaml shop; sleep 4; docker service ls',
      'host1$ docker stack rm shop; sleep 15; docker stack ls; docker network ls -q -f name=shop; docker ps -aq; docker stack rm shop',
    ]);
    expect(outputs[0]).toMatch(
      /^Creating network shop_back\nCreating network shop_default\nCreating service shop_db\nCreating service shop_web\n/,
    );
    expect(outputs[0]).toMatch(/\nshop +2 +Swarm\n/);
    expect(outputs[0]).toMatch(/shop_web +replicated +2\/2 +nginx:latest +\*:8080->80\/tcp/);
    expect(
      spread(outputs[1]!)
        .map((each) => Number(each.split(' ')[1]))
        .reduce((a, b) => a + b),
    ).toBe(3);
    expect(outputs[1]).toMatch(/"Aliases":\["store","db"\]/);
    expect(outputs[2]).toMatch(/Updating service shop_web \(id: \w{25}\)\n/);
    expect(outputs[2]).toMatch(/shop_web +replicated +3\/3/);
    expect(outputs[3]).toBe(
      'Removing service shop_db\nRemoving service shop_web\nRemoving network shop_back\nRemoving network shop_default\nNAME      SERVICES   ORCHESTRATOR\nNothing found in stack: shop',
    );
  });
});

test('svc.host1 is the task that a global service has on host1', async () => {
  const { outputs } = await runSwarm(2, [
    "host1$ docker service create -d --name all --mode global --hostname '{{.Node.Hostname}}-all' --network ov alpine sleep 9999; sleep 5",
    'all.host1$ hostname',
    'all.host2$ hostname',
    'kill all.host2',
    'wait 20s',
    'all.host2$ hostname',
  ]);
  expect(outputs.slice(1)).toEqual(['host1-all', 'host2-all', 'host2-all']);
});
