import { describe, expect, it } from 'vitest';
import { openDefault, typeAll } from './open-default.ts';

const C1 = 'docker run -d --name c1 alpine sleep 1d';
const PING_STATISTICS = '2 packets transmitted, 2 packets received, 0% packet loss';

describe('a line', () => {
  it('gives what the command printed, by stream, and its exit code', async () => {
    const lab = await openDefault();
    expect(lab.prompt).toBe('host1$ ');
    const out = await lab.enter('echo out; echo err >&2; exit 3');
    expect(out).toEqual({ stdout: 'out\n', stderr: 'err\n', text: 'out\nerr\n', exitCode: 3 });
    expect((await lab.enter('docker rm c9')).stderr).toContain('No such container: c9');
    expect(lab.exitCode).toBe(1);
  });

  it('finds variables, directory, jobs and $? as the line before left them', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['pid=42', 'cd /etc', 'f() { echo f$1; }', 'sleep 5 &', 'false']);
    expect((await lab.enter('echo $? $pid $PWD; f x; jobs')).stdout).toBe(
      '1 42 /etc\nfx\n[1]  Running                 sleep 5 &\n'.replace(' &\n', '\n'),
    );
    await lab.enter('wait');
    expect(lab.nowNs).toBe(5e9);
    // The shell of another place is another one.
    await lab.enter(C1);
    expect((await lab.enter('c1$ echo "[$pid]"')).stdout).toBe('[]\n');
  });

  it('goes on until its command is complete', async () => {
    const lab = await openDefault({ echo: true });
    expect(await typeAll(lab, ['for i in 1 2', 'do echo $i', 'done'])).toBe(
      'host1$ for i in 1 2\n> do echo $i\n> done\n1\n2\n',
    );
    await lab.enter('echo "half');
    expect(lab.prompt).toBe('> ');
    await lab.interrupt();
    expect(lab.prompt).toBe('host1$ ');
  });

  it('takes simulated time, and between two lines none passes', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['ping -c 3 127.0.0.1', 'docker network ls', 'wait 1500ms']);
    expect((await lab.enter('time')).stdout).toBe('3.500000000 s\n');
  });
});

describe('a shell in a container', () => {
  it('has a prompt of its own until exit or ctrl-d', async () => {
    const lab = await openDefault({ echo: true });
    await typeAll(lab, [C1, 'docker exec -it c1 sh']);
    expect(lab.prompt).toBe('c1$ ');
    expect(await typeAll(lab, ['cd /etc', 'pwd', 'ping -c 2 172.17.0.1'])).toContain(PING_STATISTICS);
    expect(await typeAll(lab, ['cat', 'typed', '^D', 'echo back'])).toBe(
      'c1$ cat\ntyped\ntyped\nc1$ echo back\nback\n',
    );
    await lab.enter('exit 4');
    expect([lab.prompt, lab.exitCode]).toEqual(['host1$ ', 4]);
    await typeAll(lab, ['docker exec -it c1 sh', '^D']);
    expect([lab.prompt, lab.left]).toEqual(['host1$ ', false]);
  });

  it('comes with docker run -it, and detaching leaves it running', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['docker run -it --name c2 alpine', 'x=1']);
    expect(lab.prompt).toBe('c2$ ');
    await lab.enter('\x10\x11');
    expect(lab.prompt).toBe('host1$ ');
    await lab.enter('docker attach c2');
    await lab.enter('');
    expect((await lab.enter('echo $x')).stdout).toBe('1\n');
    // What the container printed has its own prompts, not the lab's.
    expect((await lab.enter('host1$ docker logs c2')).stdout).toContain('/ # ');
  });

  it('is left behind when its container is removed', async () => {
    const lab = await openDefault();
    await typeAll(lab, [C1, 'docker exec -it c1 sh', 'host1$ docker rm -f c1']);
    expect(lab.prompt).toBe('host1$ ');
  });

  it('leaves the words of steps to the lab', async () => {
    const lab = await openDefault();
    await typeAll(lab, [C1, 'docker exec -it c1 sh', 'wait 2s']);
    expect((await lab.enter('time')).stdout).toBe('2.000000000 s\n');
    expect((await lab.enter('host1$ docker ps -q')).stdout).toHaveLength(13);
    expect(lab.prompt).toBe('c1$ ');
  });
});

describe('a program that reads', () => {
  it('gets every line, whatever it looks like, until it ends', async () => {
    const lab = await openDefault({ echo: true });
    await typeAll(lab, ['docker run -d --name store redis', 'docker exec -it store redis-cli']);
    expect(lab.prompt).toBe('');
    expect(await typeAll(lab, ['set time 5', 'get time', 'exit'])).toBe(
      'set time 5\nOK\n127.0.0.1:6379> get time\n5\n127.0.0.1:6379> exit\n',
    );
    expect(lab.prompt).toBe('host1$ ');
  });

  it('gets a second for the answer to what was typed', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['tcpecho.py 9000 &', 'nc 127.0.0.1 9000']);
    expect((await lab.enter('hello')).stdout).toMatch(/ saw 127\.0\.0\.1:\d+ len=6\n$/);
    await lab.interrupt();
    expect(lab.prompt).toBe('host1$ ');
  });

  it('tells the namespace that its shell is in', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['ip netns add red', 'ip netns exec red bash']);
    expect(lab.prompt).toBe('host1:red$ ');
    await lab.enter('exit');
    expect((await lab.enter('host1:red$ ip -o link')).stdout).toMatch(/^1: lo:.*\n$/);
  });
});

describe('elsewhere', () => {
  it('is reached by `on` and by a prompt typed with the line', async () => {
    const lab = await openDefault();
    await lab.enter('docker run -d --name c1 --hostname box alpine sleep 1d');
    expect((await lab.enter('on c1 hostname')).stdout).toBe('box\n');
    expect((await lab.enter('c1$ hostname')).stdout).toBe('box\n');
    await lab.enter('on c1');
    expect(lab.prompt).toBe('c1$ ');
    expect((await lab.enter('hostname')).stdout).toBe('box\n');
    await lab.enter('exit');
    expect([lab.prompt, lab.left]).toEqual(['host1$ ', false]);
    await lab.enter('exit');
    expect(lab.left).toBe(true);
  });
});

describe('ctrl-c', () => {
  it('stops a ping that never ends, and the lab goes on', async () => {
    const lab = await openDefault({
      onOutput: (text) => text.includes('icmp_seq=5') && void lab.interrupt(),
    });
    const { stdout } = await lab.enter('ping 127.0.0.1');
    expect(stdout).toContain('5 packets transmitted, 5 received');
    expect((await lab.enter('echo on')).stdout).toBe('on\n');
  });

  it('goes to the program in the container, not to the client', async () => {
    const lab = await openDefault({ onOutput: (text) => text.includes('seq=3') && void lab.interrupt() });
    await typeAll(lab, [C1, 'docker exec -it c1 sh']);
    expect((await lab.enter('ping 172.17.0.1')).stdout).toContain(
      '4 packets transmitted, 4 packets received',
    );
    // An exit after it is an exit: the last status, 130 maybe, is no second interrupt.
    await typeAll(lab, ['cat', '^C', 'exit']);
    expect([lab.prompt, lab.exitCode]).toEqual(['host1$ ', 130]);
  });

  it('ends a wait', async () => {
    const lab = await openDefault({ pause: async () => void lab.interrupt() });
    await lab.enter('ping 127.0.0.1 > /dev/null &');
    expect((await lab.enter('wait 1h')).exitCode).toBe(130);
    expect(lab.nowNs).toBeLessThan(3600e9);
  });
});

describe('a limit', () => {
  it('interrupts what never ends', async () => {
    const lab = await openDefault({ limitNs: 3.5e9 });
    const { stdout, stderr, exitCode } = await lab.enter('ping 127.0.0.1');
    expect(stdout).toContain('4 packets transmitted, 4 received');
    expect(stderr).toBe('dockwire: "ping 127.0.0.1" still ran after 3.5 s of simulated time: interrupted\n');
    expect([exitCode, lab.nowNs]).toEqual([124, 3.5e9]);
  });

  it('kills what does not listen', async () => {
    const lab = await openDefault({ limitNs: 2e9 });
    // The first process of a container gets no signal that it does not listen to.
    const { exitCode } = await lab.enter('docker run --rm alpine sleep 1d');
    expect([exitCode, lab.nowNs]).toEqual([124, 3e9]);
  });
});

describe('wrong input', () => {
  const CASES: readonly (readonly [string, string, number])[] = [
    ['on c9 ls', 'dockwire: there is no host or running container called c9\n', 127],
    ['on', 'dockwire: on what?; write on NAME [COMMAND], as on c1 ip addr\n', 2],
    ['link wire down', 'dockwire: there is no link "wire"\n', 2],
    ['host host2 down', 'dockwire: there is no host "host2"; did you mean "host1"?\n', 2],
    ['capture stop x', 'dockwire: there is no open capture "x"\n', 2],
    [
      'capture start x on host1/eth7',
      'host1/eth7: there is no such interface; host1 has lo, eth0, docker0',
      127,
    ],
    ['capture start x on host1/eth0 filter udp prot 53', 'dockwire: ', 2],
    ['capture begin', '"capture begin" is not a step; write capture start NAME on', 2],
    ['kill c9', 'kill: ', 1],
    ['dokcer ps', 'dokcer: command not found\n', 127],
  ];

  it.each(CASES)('%s', async (line, message, code) => {
    const lab = await openDefault();
    const { stderr, exitCode } = await lab.enter(line);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });

  it('a capture is not overwritten', async () => {
    const lab = await openDefault();
    await typeAll(lab, ['capture start x on host1/eth0', 'capture stop x']);
    expect((await lab.enter('capture start x on host1/eth0')).stderr).toContain(
      'there is a capture x.pcap already',
    );
  });
});
