import { DockerLab, OUTSIDE, type DockerLabOptions } from './docker-lab.ts';
import { readTranscript, replay, type Replayed } from './transcript.ts';

/** The transcripts of the recordings, and what it takes to run their commands here. */

export interface Replay {
  name: string;
  options?: DockerLabOptions;
  /** What the recorder ran before, without a trace. */
  before?: string[];
  /** Commands left out, each for a reason. */
  skip: RegExp[];
  /** Lines left out on both sides. */
  ignore?: RegExp;
  /** Commands whose lines may come in another order: ids are drawn, hash tables walked, answers race. */
  unordered: RegExp[];
  /** How many commands must agree, so that none is lost on the way. */
  count: number;
}

/** The web server of the recordings' image `nginx`: busybox httpd with one script. */
const WEB = `mkdir -p /www/cgi-bin
printf '%s\\n' '#!/bin/sh' > /www/cgi-bin/id
printf '%s\\n' 'echo "Content-Type: text/plain"; echo; echo "host=$(hostname) client=$REMOTE_ADDR:$REMOTE_PORT"' >> /www/cgi-bin/id
chmod +x /www/cgi-bin/id
busybox-httpd -f -p 80 -h /www
`;

/** Of ss: its heading, whose width hangs on the sockets, and containerd, which is not there. */
const NOT_OURS = /^Netid |"containerd"/;

/** What the recorder's shell knew and ours does not: dx, the place of the tools, pids. */
function adapt(command: string): string {
  return (
    command
      .replaceAll('dx ', 'docker exec ')
      // The recorder gave `outside` a route to the containers for this one.
      .replace(
        /^(?=ip netns exec outside curl .*172\.17\.0\.2)/,
        `ip -n outside route add 172.17.0.0/16 via 192.168.99.109; `,
      )
      // And made the path to `far` narrow for a while.
      .replace(
        /^(?=docker exec c1 iping -M do .* 198\.51)/,
        'ip -n outside link set eth1 mtu 1400; ip -n far link set eth0 mtu 1400; ',
      )
      .replace(
        /^(?=ip netns exec outside ping .* 172\.17)/,
        'ip -n outside link set eth1 mtu 1500; ip -n far link set eth0 mtu 1500; ip -n outside route add 172.17.0.0/16 via 192.168.99.109; ',
      )
      // On a slow machine the second came two seconds later, so that the flow became a stream.
      .replace(/44001; /, '44001; sleep 2.2; ')
      .replaceAll('python3 /share/tools/', '')
      .replace(/nsenter -t \d+ /g, 'nsenter -t $(docker inspect -f "{{.State.Pid}}" a1) ')
      .replace(/(?<=docker run.*)-P nginx/, '--expose 80 -P nginx')
      .replace(/(?<=docker run.*) nginx(?=$|;)/g, ' alpine sh -c "$(cat /root/web.sh)"')
  );
}

export const REPLAYS: Replay[] = [
  {
    name: '01-bridge-default',
    skip: [/^lsmod/, /bridge fdb/],
    unordered: [/neigh/, /network inspect/],
    count: 33,
  },
  {
    name: '02-bridge-user',
    // docker0 had been up before, and so has a link-local address.
    before: ['docker run --rm alpine sleep 5'],
    // Busybox's shell runs its own `ip`, which prints otherwise.
    skip: [/^docker exec a1 sh -c .*ip addr/],
    unordered: [/neigh/, /nslookup/],
    count: 51,
  },
  {
    name: '03-nat-out',
    before: [
      // What recording 02 left, and the network that was made without a trace.
      'docker network create --subnet 172.28.0.0/16 --ip-range 172.28.5.0/24 --gateway 172.28.5.254 --aux-address a=172.28.5.1 --aux-address b=172.28.5.3 netr',
      'docker run --rm --network netr alpine sleep 5',
      'for n in 1 2 3 4; do docker network create used$n; done; docker network create netu; docker network rm used1 used2 used3 used4',
      // The script flushes before it captures; bridges report their groups within two seconds.
      'sleep 2; conntrack -F',
    ],
    skip: [/python3 -c/],
    // What passed before the recording is in the count.
    ignore: /^Chain POSTROUTING/,
    // The table of connections is a hash.
    unordered: [/conntrack -L/],
    count: 32,
  },
  {
    name: '05-modes',
    // A daemon without the proxy had run before: its rule is not taken away by the next one.
    before: ['iptables -t nat -A POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE'],
    skip: [/ls -l \/proc/],
    unordered: [/network inspect/],
    count: 13,
  },
  {
    name: '04-publish-proxyon',
    before: [
      'docker network create net2',
      // A daemon without the proxy had run before: these are not taken away by the next one.
      'iptables -t nat -A POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE',
      'sysctl -qw net.ipv4.conf.docker0.route_localnet=1',
      'sleep 2; conntrack -F',
    ],
    skip: [],
    ignore: NOT_OURS,
    unordered: [/conntrack -L/],
    count: 35,
  },
  {
    name: '04-publish-proxyoff',
    options: { daemon: { 'userland-proxy': false } },
    before: ['docker network create net2', 'sleep 2; conntrack -F'],
    // In conntrack, a flow that ended 31 seconds ago on a slow machine is gone.
    skip: [/conntrack -L/],
    // Recovered from a log without the comments.
    ignore: new RegExp(`${NOT_OURS.source}|^# `),
    unordered: [],
    count: 33,
  },
];

/**
 * Runs a transcript in a lab of its own, as far as the first command that `until` fits, which is not run. `startNs` is
 * the recording's midnight on the lab's clock.
 */
export function runReplay(
  { name, options, before = [], skip }: Replay,
  until?: RegExp,
): {
  lab: DockerLab;
  commands: Replayed[];
  startNs: number;
} {
  const lab = new DockerLab({ ...options, ipv6: true, before: ['ip link add dummy0 type dummy'] });
  for (const line of OUTSIDE) lab.out(line);
  lab.host.fileSystem.writeText('/root/web.sh', WEB);
  for (const line of before) lab.out(line);
  const recorded = readTranscript(name);
  const end =
    until === undefined ? recorded.length : recorded.findIndex(({ command }) => until.test(command));
  if (end < 0) throw new Error(`${name}: no command fits ${until}`);
  const startNs = lab.sim.nowNs - recorded[0]!.timeNs;
  const commands = replay(lab, recorded.slice(0, end), (command) =>
    skip.some((pattern) => pattern.test(command)) ? null : adapt(command),
  );
  return { lab, commands, startNs };
}
