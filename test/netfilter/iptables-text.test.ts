import { describe, expect, it } from 'vitest';
import { AF_INET, AF_INET6 } from '../../core/netfilter/conntrack/tuple.ts';
import { NF_INET_FORWARD } from '../../core/netfilter/hook.ts';
import { ipset } from '../../core/netfilter/ipset/ipset-command.ts';
import { openTable } from '../../core/netfilter/tables/open-table.ts';
import { iptables } from '../../core/netfilter/text/iptables-command.ts';
import { iptablesRestore, splitWords } from '../../core/netfilter/text/iptables-restore.ts';
import { newNamespace, packetOf, run, run6 } from './lab.ts';

const HELP = "Try `iptables -h' or 'iptables --help' for more information.\n";

/** A rule's options and how iptables-save prints them, when that differs. */
const ROUND_TRIPS: [table: string, rule: string, saved?: string][] = [
  ['filter', '-s 10.0.0.0/8 ! -d 10.1.2.3/32 -i br+ ! -o eth0 -j ACCEPT'],
  ['filter', '-s 10/8 -j DROP', '-s 10.0.0.0/8 -j DROP'],
  ['filter', '-s 10.0.0.1/255.0.255.0 -j DROP', '-s 10.0.0.0/255.0.255.0 -j DROP'],
  ['filter', '! -p icmp -j RETURN'],
  ['filter', '-p 99 -f -j DROP'],
  ['filter', '-p tcp --syn -j DROP', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP'],
  ['filter', '-p tcp -m tcp ! --sport 1024:65535 --dport 80 --tcp-flags FIN,SYN NONE -j DROP'],
  ['filter', '-p tcp --dport http -j ACCEPT', '-p tcp -m tcp --dport 80 -j ACCEPT'],
  ['filter', '-p udp -m multiport ! --dports 53,5000:6000 -j ACCEPT'],
  ['filter', '-p icmp --icmp-type echo-request -j ACCEPT', '-p icmp -m icmp --icmp-type 8 -j ACCEPT'],
  ['filter', '-p icmp -m icmp --icmp-type 3/4 -j ACCEPT'],
  [
    'filter',
    '-m conntrack --ctstate new,ESTABLISHED -j ACCEPT',
    '-m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT',
  ],
  [
    'filter',
    '-m conntrack ! --ctstate INVALID --ctorigdst 10.0.0.0/8 --ctorigdstport 80 --ctstatus ASSURED --ctdir REPLY -j ACCEPT',
  ],
  ['filter', '-m addrtype ! --src-type LOCAL,BROADCAST --limit-iface-in -j DROP'],
  ['filter', '-m mark ! --mark 0x1/0xff -m connmark --mark 0x2 -j ACCEPT'],
  ['filter', '-m physdev --physdev-in veth1 ! --physdev-is-bridged -j ACCEPT'],
  ['filter', '-m policy --dir in --pol ipsec --strict --reqid 7 --proto esp --mode transport -j ACCEPT'],
  [
    'filter',
    '-m limit --limit 5/minute --limit-burst 9 -j ACCEPT',
    '-m limit --limit 5/min --limit-burst 9 -j ACCEPT',
  ],
  ['filter', '-m statistic --mode nth --every 3 --packet 1 -j ACCEPT'],
  [
    'filter',
    '-m statistic --mode random --probability 0.5 -j ACCEPT',
    '-m statistic --mode random --probability 0.50000000000 -j ACCEPT',
  ],
  ['filter', '-m comment --comment "a b" -j ACCEPT'],
  ['filter', '-m comment --comment word -j ACCEPT'],
  [
    'filter',
    '-m mac --mac-source 02:42:AC:11:00:02 -j ACCEPT',
    '-m mac --mac-source 02:42:ac:11:00:02 -j ACCEPT',
  ],
  ['filter', '-m pkttype --pkt-type multicast -m ttl --ttl-lt 5 -m length --length 10:20 -j ACCEPT'],
  ['filter', '-m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.1-10.1.0.2 -j ACCEPT'],
  [
    'filter',
    '-m dscp --dscp-class EF -m tos --tos 0x10/0x3f -j ACCEPT',
    '-m dscp --dscp 0x2e -m tos --tos 0x10/0x3f -j ACCEPT',
  ],
  ['filter', '-m ipvs --ipvs ! --vport 80 -j ACCEPT'],
  ['filter', '-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'],
  ['filter', '-p tcp -j REJECT --reject-with tcp-reset'],
  [
    'filter',
    '-j LOG --log-prefix "in: " --log-level info --log-tcp-options',
    '-j LOG --log-prefix "in: " --log-level 6 --log-tcp-options',
  ],
  ['filter', '-j NFLOG --nflog-prefix x --nflog-group 3'],
  ['mangle', '-j MARK --set-mark 0x10/0xf0', '-j MARK --set-xmark 0x10/0xf0'],
  ['mangle', '-j MARK --and-mark 0xff', '-j MARK --set-xmark 0x0/0xffffff00'],
  ['mangle', '-j CONNMARK --save-mark', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
  ['mangle', '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu'],
  ['mangle', '-j TOS --set-tos Minimize-Delay', '-j TOS --set-tos 0x10/0x3f'],
  ['mangle', '-j DSCP --set-dscp 10', '-j DSCP --set-dscp 0x0a'],
  ['mangle', '-j TTL --ttl-inc 1'],
  ['mangle', '-p sctp -m sctp --sport 80 -j CHECKSUM --checksum-fill'],
  ['raw', '-j CT --zone 5'],
  ['raw', '-j CT --notrack'],
  ['nat', '-j MASQUERADE --random'],
  ['nat', '-p udp -j SNAT --to-source 10.0.0.1-10.0.0.9:1024-65535 --persistent'],
  ['nat', '-p udp -j SNAT --to-source :53'],
];

describe('rules as text', () => {
  for (const [table, rule, saved] of ROUND_TRIPS) {
    it(rule, () => {
      const netns = newNamespace();
      const chain = table === 'nat' ? 'POSTROUTING' : table === 'raw' ? 'PREROUTING' : 'FORWARD';
      // A device that POSTROUTING cannot have is not among the rules above.
      run(netns, `-t ${table} -A ${chain} ${rule}`);
      const line = run(netns, `-t ${table} -S ${chain} 1`);
      expect(line).toBe(`-A ${chain} ${saved ?? rule}\n`);
      // What was printed means the same rule.
      expect(iptables(netns, AF_INET, ['-t', table, '-C', ...splitWords(line).slice(1)]).code).toBe(0);
    });
  }

  it('IPv6', () => {
    const netns = newNamespace();
    run6(netns, '-A FORWARD -s fd00::/64 -p icmpv6 --icmpv6-type 128 -j ACCEPT');
    run6(netns, '-A FORWARD -j REJECT');
    expect(run6(netns, '-S FORWARD')).toBe(
      '-P FORWARD ACCEPT\n' +
        '-A FORWARD -s fd00::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT\n' +
        '-A FORWARD -j REJECT --reject-with icmp6-port-unreachable\n',
    );
  });

  it('several sources and destinations make several rules', () => {
    const netns = newNamespace();
    run(netns, '-A INPUT -s 10.0.0.1,10.0.0.2 -d 10.0.1.0/24 -j DROP');
    expect(run(netns, '-S INPUT')).toContain('10.0.0.1/32 -d 10.0.1.0/24 -j DROP\n-A INPUT -s 10.0.0.2/32');
  });
});

describe('iptables -L', () => {
  it('prints columns, counters and references as recorded', () => {
    const netns = newNamespace();
    run(netns, '-N DOCKER-USER');
    run(netns, '-A FORWARD -c 115 40564 -j DOCKER-USER');
    run(netns, '-A FORWARD -c 2 78 -o br-4df434e88020 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
    run(netns, '-A FORWARD -i br-4df434e88020 ! -o br-4df434e88020 -c 2000000 1234567890 -j ACCEPT');
    run(netns, '-A FORWARD -i br0 ! -d 172.20.0.0/16 -p udp --dport 4789 -j DROP');
    run(netns, '-P FORWARD DROP -c 2 168');
    expect(run(netns, '-nvL FORWARD')).toBe(
      'Chain FORWARD (policy DROP 2 packets, 168 bytes)\n' +
        ' pkts bytes target     prot opt in     out     source               destination         \n' +
        '  115 40564 DOCKER-USER  0    --  *      *       0.0.0.0/0            0.0.0.0/0           \n' +
        '    2    78 ACCEPT     0    --  *      br-4df434e88020  0.0.0.0/0            0.0.0.0/0            ctstate RELATED,ESTABLISHED\n' +
        '2000K 1235M ACCEPT     0    --  br-4df434e88020 !br-4df434e88020  0.0.0.0/0            0.0.0.0/0           \n' +
        '    0     0 DROP       17   --  br0    *       0.0.0.0/0           !172.20.0.0/16        udp dpt:4789\n',
    );
    expect(run(netns, '-L DOCKER-USER -n')).toBe(
      'Chain DOCKER-USER (1 references)\n' +
        'target     prot opt source               destination         \n',
    );
  });

  it('starts the counters of policies anew with each change of the table, those of rules not', () => {
    const netns = newNamespace();
    run(netns, '-A INPUT -c 3 180 -j RETURN');
    run(netns, '-P INPUT DROP -c 2 168');
    run(netns, '-L INPUT');
    expect(run(netns, '-v -S INPUT')).toBe('-P INPUT DROP -c 2 168\n-A INPUT -c 3 180 -j RETURN\n');
    run(netns, '-A OUTPUT -j RETURN');
    expect(run(netns, '-v -S INPUT')).toBe('-P INPUT DROP -c 0 0\n-A INPUT -c 3 180 -j RETURN\n');
  });

  it('prints names without -n, and numbers of lines', () => {
    const netns = newNamespace();
    run(netns, '-t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to 172.17.0.2:8080');
    expect(run(netns, '-t nat -L PREROUTING --line-numbers')).toBe(
      'Chain PREROUTING (policy ACCEPT)\n' +
        'num  target     prot opt source               destination         \n' +
        '1    DNAT       tcp  --  anywhere             anywhere             tcp dpt:http to:172.17.0.2:8080\n',
    );
  });
});

describe('commands', () => {
  const fails = (setup: string[], line: string, code: number, stderr: string) => {
    const netns = newNamespace();
    for (const command of setup) run(netns, command);
    expect(iptables(netns, AF_INET, splitWords(line))).toEqual({ code, stdout: '', stderr });
  };

  it('inserts, replaces and deletes by number', () => {
    const netns = newNamespace();
    for (const port of [1, 2, 3]) run(netns, `-A INPUT -p udp --dport ${port} -j DROP`);
    run(netns, '-I INPUT 2 -p udp --dport 9 -j ACCEPT');
    run(netns, '-R INPUT 1 -p udp --dport 8 -j ACCEPT');
    run(netns, '-D INPUT 4');
    run(netns, '-D INPUT -p udp --dport 2 -j DROP');
    expect(run(netns, '-S INPUT')).toBe(
      '-P INPUT ACCEPT\n-A INPUT -p udp -m udp --dport 8 -j ACCEPT\n-A INPUT -p udp -m udp --dport 9 -j ACCEPT\n',
    );
  });

  it('renames a chain and the jumps to it, and sorts chains by name', () => {
    const netns = newNamespace();
    run(netns, '-N B');
    run(netns, '-N A');
    run(netns, '-A FORWARD -j B');
    run(netns, '-E B Z');
    expect(run(netns, '-S')).toBe(
      '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N A\n-N Z\n-A FORWARD -j Z\n',
    );
  });

  it('complains as iptables does', () => {
    const bad = 'iptables: Bad rule (does a matching rule exist in that chain?).\n';
    const none = 'iptables: No chain/target/match by that name.\n';
    const invalid = "iptables: Invalid argument. Run `dmesg' for more information.\n";
    const version = 'iptables v1.8.9 (legacy): ';
    fails([], '-C FORWARD -j ACCEPT', 1, bad);
    fails([], '-A NONE -j ACCEPT', 1, none);
    fails([], '-L NONE', 1, none);
    fails(['-N A'], '-N A', 1, 'iptables: Chain already exists.\n');
    fails(['-N A', '-A FORWARD -j A'], '-X A', 1, 'iptables: Too many links.\n');
    fails(['-N A', '-A A -j DROP'], '-X A', 1, 'iptables: Directory not empty.\n');
    fails([], '-D INPUT 3', 1, 'iptables: Index of deletion too big.\n');
    fails(['-N A', '-N B', '-A A -j B'], '-A B -j A', 1, 'iptables: Too many levels of symbolic links.\n');
    fails([], '-A FORWARD -j MASQUERADE', 1, invalid);
    fails(['-t nat -N A', '-t nat -A PREROUTING -j A'], '-t nat -A A -j MASQUERADE', 1, invalid);
    fails(['-t nat -N A', '-t nat -A A -j MASQUERADE'], '-t nat -A PREROUTING -j A', 1, invalid);
    fails(
      [],
      '-A INPUT -j NOWHERE',
      2,
      `${version}Couldn't load target \`NOWHERE':No such file or directory\n\n${HELP}`,
    );
    fails(
      [],
      '-A INPUT -m nothing',
      2,
      `${version}Couldn't load match \`nothing':No such file or directory\n\n${HELP}`,
    );
    fails([], '-A INPUT -m recent --set', 2, `${version}not modelled: match \`recent'\n${HELP}`);
    fails([], '-A FORWARD -j CLASSIFY', 2, `${version}not modelled: target \`CLASSIFY'\n${HELP}`);
    fails([], '-A INPUT --dport 80', 2, `${version}unknown option "--dport"\n${HELP}`);
    fails([], '-A INPUT -o eth0', 2, `${version}Can't use -o with INPUT\n\n${HELP}`);
    expect(iptables(newNamespace(), AF_INET, ['-t', 'foo', '-L']).code).toBe(3);
  });

  it('a table has hooks only once it is used', () => {
    const netns = newNamespace();
    expect(netns.hooks4.isEmpty(NF_INET_FORWARD)).toBe(true);
    run(netns, '-t mangle -L');
    expect(netns.hooks4.isEmpty(NF_INET_FORWARD)).toBe(false);
    expect(netns.hooks6.isEmpty(NF_INET_FORWARD)).toBe(true);
  });
});

describe('iptables-restore', () => {
  const options = { noFlush: false, counters: false, table: null, test: false };

  it('changes a table as a whole or not at all', () => {
    const netns = newNamespace();
    run(netns, '-A INPUT -j DROP');
    const input = '*filter\n:INPUT ACCEPT [0:0]\n:X - [0:0]\n-A INPUT -j X\n-A INPUT -j NOWHERE\nCOMMIT\n';
    const output = iptablesRestore(netns, AF_INET, input, options);
    expect(output.code).toBe(2);
    expect(output.stderr).toContain('Error occurred at line: 5\n');
    expect(run(netns, '-S')).toBe('-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-A INPUT -j DROP\n');
  });

  it('with --noflush keeps what is not named', () => {
    const netns = newNamespace();
    run(netns, '-A INPUT -j DROP');
    const input = '*filter\n:X - [0:0]\n-A X -j RETURN\nCOMMIT\n';
    expect(iptablesRestore(netns, AF_INET, input, { ...options, noFlush: true }).code).toBe(0);
    expect(run(netns, '-S')).toContain('-N X\n-A INPUT -j DROP\n-A X -j RETURN\n');
  });

  it('reads ip6tables tables on their own', () => {
    const netns = newNamespace();
    expect(
      iptablesRestore(netns, AF_INET6, '*filter\n-A INPUT -s fd00::1 -j DROP\nCOMMIT\n', options).code,
    ).toBe(0);
    expect(run(netns, '-S INPUT')).toBe('-P INPUT ACCEPT\n');
    expect(run6(netns, '-S INPUT')).toContain('-A INPUT -s fd00::1/128 -j DROP\n');
  });
});

describe('sets and targets that count', () => {
  it('matches addresses, networks and ports of a set', () => {
    const netns = newNamespace();
    const set = (line: string) => expect(ipset(netns, line.split(' ')).stderr).toBe('');
    set('create nets hash:net');
    set('add nets 10.0.0.0/24');
    set('add nets 10.0.0.7/32 nomatch');
    set('create services hash:ip,port');
    set('add services 10.1.0.1,udp:2000');
    run(netns, '-A FORWARD -m set --match-set nets src -j DROP');
    run(netns, '-A FORWARD -m set --match-set services dst,dst -j DROP');
    const table = openTable(netns, AF_INET, 'filter')!;
    const verdict = (parts: Parameters<typeof packetOf>[1]) =>
      table.run(NF_INET_FORWARD, packetOf(netns, parts), netns.loopback, netns.loopback);
    expect(verdict({ source: '10.0.0.9' })).toBe(0);
    expect(verdict({ source: '10.0.0.7' })).toBe(1);
    expect(verdict({ source: '10.9.0.1', destination: '10.1.0.1' })).toBe(0);
    expect(verdict({ source: '10.9.0.1', destination: '10.1.0.1', destinationPort: 2001 })).toBe(1);
    expect(ipset(netns, ['destroy', 'nets']).stderr).toContain('in use');
    run(netns, '-F');
    expect(ipset(netns, ['destroy', 'nets']).code).toBe(0);
  });

  it('every third packet, and a token bucket', () => {
    const netns = newNamespace();
    run(netns, '-A FORWARD -m statistic --mode nth --every 3 --packet 0 -j DROP');
    run(netns, '-A FORWARD -m limit --limit 1/sec --limit-burst 2 -j ACCEPT');
    run(netns, '-A FORWARD -j DROP');
    const table = openTable(netns, AF_INET, 'filter')!;
    const verdicts = Array.from({ length: 9 }, () =>
      table.run(NF_INET_FORWARD, packetOf(netns, {}), netns.loopback, netns.loopback),
    );
    // One in three goes first; of the others the bucket lets two pass.
    expect(verdicts.filter((verdict) => verdict === 1)).toHaveLength(2);
    table.syncCounters();
    expect(table.chain('FORWARD')!.rules.map((rule) => rule.packets)).toEqual([3, 2, 4]);
  });
});
