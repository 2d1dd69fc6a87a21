import { describe, expect, test } from 'vitest';
import { Pipe } from '../../core/host/streams.ts';
import { DockerLab } from './docker-lab.ts';

function status(lab: DockerLab, name: string): string {
  return lab.out(`docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' ${name}`).trim();
}

describe('ending a container', () => {
  test('a first process that listens to no signal is killed after ten seconds', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name c1 alpine sleep 3600');
    lab.out('docker stop c1');
    expect(lab.sim.nowNs).toBe(10e9);
    expect(status(lab, 'c1')).toBe('exited 137');
  });

  test('a server that does ends at once, in its own way', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name web nginx');
    lab.out('docker stop web');
    expect(lab.sim.nowNs).toBe(0);
    expect(status(lab, 'web')).toBe('exited 0');
  });

  test('--stop-timeout and -t say how long', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name c1 --stop-timeout 3 alpine sleep 3600');
    lab.out('docker stop c1; docker start c1; docker stop -t 2 c1');
    expect(lab.sim.nowNs).toBe(5e9);
  });

  test('takes the processes of exec with it', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name c1 alpine sleep 3600');
    lab.out('docker exec -d c1 sleep 7200');
    expect(lab.out('ps ax')).toContain('sleep 7200');
    lab.out('docker kill c1');
    expect(lab.out('ps ax')).not.toContain('sleep 7200');
  });

  test('frees the address at once, and the next container has it', () => {
    const lab = new DockerLab();
    const address = (name: string) =>
      lab.out(`docker inspect -f '{{.NetworkSettings.IPAddress}}' ${name}`).trim();
    lab.out('docker run -d --name c1 alpine sleep 99; docker run -d --name c2 alpine sleep 99');
    lab.out('docker stop -t 0 c1; docker run -d --name c3 alpine sleep 99; docker start c1');
    expect([address('c1'), address('c2'), address('c3')]).toEqual(['172.17.0.4', '172.17.0.3', '172.17.0.2']);
  });

  test('--rm forgets it', () => {
    const lab = new DockerLab();
    expect(lab.out('docker run --rm --name c1 alpine echo done')).toBe('done\n');
    expect(lab.out('docker ps -aq')).toBe('');
    expect(lab.run('docker run --rm --name c1 alpine sh -c "exit 5"').code).toBe(5);
  });
});

describe('restart policies', () => {
  test('on-failure tries as often as it may', () => {
    const lab = new DockerLab();
    lab.out("docker run -d --name c1 --restart on-failure:2 alpine sh -c 'date +%s.%N; exit 3'");
    lab.wait(5);
    expect(status(lab, 'c1')).toBe('exited 3');
    const times = lab.out('docker logs c1').trim().split('\n').map(Number);
    expect(times.map((time) => Math.round((time - times[0]!) * 1000))).toEqual([0, 100, 300]);
  });

  test('always restarts what was killed from inside, and not what was stopped', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name c1 --restart always alpine sleep 3600');
    lab.out('kill -9 $(docker inspect -f "{{.State.Pid}}" c1)');
    lab.wait(1);
    expect(status(lab, 'c1')).toBe('running 0');
    lab.out('docker stop -t 0 c1');
    lab.wait(60);
    expect(status(lab, 'c1')).toBe('exited 137');
  });
});

test('a paused container does nothing, and goes on where it was', () => {
  const lab = new DockerLab();
  lab.out("docker run -d --name c1 alpine sh -c 'while true; do date +%s; sleep 1; done'");
  lab.wait(2.5);
  lab.out('docker pause c1');
  expect(lab.run('docker exec c1 true').stderr).toContain(
    'Container c1 is paused, unpause the container before exec',
  );
  lab.wait(10);
  const before = lab.out('docker logs c1').split('\n').length;
  lab.out('docker unpause c1');
  lab.wait(2.2);
  expect(before).toBe(4);
  expect(lab.out('docker logs c1').split('\n').length).toBe(7);
  expect(lab.out("docker ps --format '{{.Status}}'")).toBe('Up 14 seconds\n');
});

describe('attached', () => {
  test('input goes in, output comes out, the exit code is that of the program', () => {
    const lab = new DockerLab();
    expect(lab.out('echo text | docker run -i --rm alpine cat')).toBe('text\n');
    lab.out('docker run -d --name c1 alpine sleep 99');
    expect(lab.out('echo text | docker exec -i c1 cat')).toBe('text\n');
    expect(lab.run('docker exec c1 sh -c "exit 7"').code).toBe(7);
    const both = lab.run("docker exec c1 sh -c 'echo out; echo err >&2'");
    expect([both.stdout, both.stderr]).toEqual(['out\n', 'err\n']);
  });

  test('ctrl-p ctrl-q leaves a terminal, and attach comes back', () => {
    const lab = new DockerLab();
    const terminal = new Pipe();
    Object.assign(terminal, { isTerminal: true });
    terminal.write('echo $((40 + 2))\n');
    lab.sim.at(1e9, () => terminal.write('\x10\x11'));
    const first = lab.run('docker run -it --name c1 alpine sh', terminal);
    expect(first.stdout).toContain('42\n');
    expect(first.stdout).toContain('read escape sequence');
    expect(status(lab, 'c1')).toBe('running 0');
    const again = new Pipe();
    Object.assign(again, { isTerminal: true });
    again.write('exit 3\n');
    expect(lab.run('docker attach c1', again).code).toBe(3);
    expect(status(lab, 'c1')).toBe('exited 3');
  });

  test('a terminal that nobody sits at is left once the program waits', () => {
    const lab = new DockerLab();
    expect(lab.run('docker run -it --name c1 alpine ash').code).toBe(0);
    expect(status(lab, 'c1')).toBe('running 0');
    expect(lab.out('docker exec -it c1 echo here')).toBe('here\n');
  });

  test('logs follow until the end', () => {
    const lab = new DockerLab();
    lab.out("docker run -d --name c1 alpine sh -c 'for i in 1 2 3; do echo $i; sleep 1; done'");
    expect(lab.out('docker logs -f c1')).toBe('1\n2\n3\n');
    expect(lab.sim.nowNs).toBe(3e9);
    expect(lab.out('docker logs --tail 1 c1')).toBe('3\n');
    expect(lab.out('docker logs -t -n 1 c1')).toBe('2026-01-01T00:00:02Z 3\n');
  });

  test('wait prints the exit code', () => {
    const lab = new DockerLab();
    lab.out('docker run -d --name c1 alpine sh -c "sleep 4; exit 9"');
    expect(lab.out('docker wait c1')).toBe('9\n');
    expect(lab.sim.nowNs).toBe(4e9);
  });
});

describe('networks of a container', () => {
  test('it is put on the one it was connected to before it started', () => {
    const lab = new DockerLab();
    lab.out(
      'docker network create net1; docker create --name c1 alpine sleep 99; docker network connect net1 c1',
    );
    lab.out('docker start c1');
    expect(lab.out('docker exec c1 ip -br -4 addr')).toMatch(
      /eth0.* 172\.17\.0\.2\/16[^]*eth1.* 172\.18\.0\.2\/16/,
    );
    lab.out('docker network disconnect bridge c1');
    expect(lab.out('docker exec c1 ip route')).toBe(
      'default via 172.18.0.1 dev eth1 \n172.18.0.0/16 dev eth1 proto kernel scope link src 172.18.0.2 \n',
    );
  });

  test('published ports move to the network that is the way out', () => {
    const lab = new DockerLab();
    lab.out('docker network create alpha');
    lab.out('docker run -d --name c1 -p 80:80 alpine sleep 99');
    lab.out('docker network connect alpha c1');
    // "alpha" sorts before "bridge", so it is the gateway now.
    expect(lab.out('iptables -t nat -S DOCKER')).toContain('--to-destination 172.18.0.2:80');
    expect(lab.out('docker port c1')).toBe('80/tcp -> 0.0.0.0:80\n');
    lab.out('docker network disconnect alpha c1');
    expect(lab.out('iptables -t nat -S DOCKER')).toContain('--to-destination 172.17.0.2:80');
  });

  test('the namespace goes with the last container in it', () => {
    const lab = new DockerLab();
    const namespaces = lab.host.namespaces.length;
    lab.out(
      'docker run -d --name base alpine sleep 99; docker run -d --name child --network container:base alpine sleep 99',
    );
    lab.out('docker rm -f base');
    expect(lab.host.namespaces.length).toBe(namespaces + 1);
    expect(lab.out('docker exec child ip -br addr')).toBe('lo               UNKNOWN        127.0.0.1/8 \n');
    lab.out('docker rm -f child');
    expect(lab.host.namespaces.length).toBe(namespaces);
    expect(lab.out('ls /var/run/docker/netns')).toBe('');
  });

  test('a failed start gives everything back', () => {
    const lab = new DockerLab();
    const devices = lab.host.initNamespace.devices.length;
    const namespaces = lab.host.namespaces.length;
    lab.out('docker run -d --name c1 -p 80:80 alpine sleep 99');
    const rules = lab.out('iptables-save | grep -v "^[#:]"');
    const failed = lab.run('docker run -d --name c2 -p 81:81 -p 80:80 alpine sleep 99');
    expect(failed.code).toBe(125);
    expect(lab.out('iptables-save | grep -v "^[#:]"')).toBe(rules);
    lab.out('docker rm c2; docker rm -f c1');
    expect(lab.host.initNamespace.devices.length).toBe(devices);
    expect(lab.host.namespaces.length).toBe(namespaces);
    expect(lab.out('docker run --rm alpine ip -br addr show eth0')).toContain('172.17.0.2/16');
  });
});

test('the same seed gives the same ids and names, another one others', () => {
  const story = (seed: number) => {
    const lab = new DockerLab({ seed });
    return [
      'docker run -d alpine sleep 9',
      'docker network create net1',
      'docker ps -a --no-trunc',
      'ip addr',
    ].map((line) => lab.out(line));
  };
  expect(story(7)).toEqual(story(7));
  expect(story(7)).not.toEqual(story(8));
});

test('there is no daemon inside a container, nor on a machine without Docker', () => {
  const lab = new DockerLab();
  const inside = lab.run('docker run --rm alpine docker ps');
  expect(inside.text).toBe(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
  );
  expect(inside.code).toBe(1);
});

test('from release 28 an address is told to the network three times, a second apart', () => {
  const seen = (release: string, options = '') => {
    const lab = new DockerLab({ release });
    lab.out(`docker network create ${options} net1`);
    lab.run('tcpdump -tt -n -i br-$(docker network ls -q -f name=net1) arp > /tmp/arp &');
    lab.out('docker run -d --network net1 alpine sleep 99');
    lab.wait(10);
    lab.run('pkill tcpdump');
    const lines = lab
      .out('cat /tmp/arp')
      .split('\n')
      .filter((line) => line.includes('ARP'));
    return lines.map((line) => `${Number(line.split(' ')[0]) % 60} ${line.replace(/^.*ARP, /, '')}`);
  };
  const text = 'Request who-has 172.18.0.2 tell 172.18.0.2, length 28';
  expect(seen('27.5')).toEqual([]);
  expect(seen('28.5')).toEqual([`0 ${text}`, `1 ${text}`, `2 ${text}`]);
  expect(seen('28.5', '-o com.docker.network.advertise_addr_nmsgs=1')).toEqual([`0 ${text}`]);
});
