import { get16, get32 } from '../../../protocols/bytes.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import {
  IPV6,
  IPV6_FRAGMENT,
  IPV6_HEADER_LENGTH,
  findIpv6FragmentHeader,
  walkIpv6Headers,
  walkedOffset,
  walkedProtocol,
} from '../../../protocols/ipv6.ts';
import type { NetDevice } from '../../device/net-device.ts';
import { Stage } from '../../host/cost-meter.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import { HOOK_NAMES, NF_ACCEPT, NF_DROP } from '../hook.ts';
import { ChainGraph } from './chain-graph.ts';
import { tracePacket } from './trace-packet.ts';
import {
  firstCandidate,
  QUICK_DESTINATION,
  QUICK_DESTINATION_HIGH,
  QUICK_IN,
  QUICK_OUT,
  QUICK_PORTS,
  QUICK_PROTOCOL,
  QUICK_SOURCE,
  QUICK_SOURCE_HIGH,
  QUICK_WORDS,
} from './quick-test.ts';
import {
  allMatch,
  portsFit,
  portsReadable,
  slowHeader,
  TCP_HEADER_BYTES,
  UDP_HEADER_BYTES,
} from './header-match.ts';
import { MatchContext, XT_CONTINUE, XT_RETURN } from './match.ts';
import { Chain, Rule, type RuleSpecification } from './rule.ts';
import {
  ACTION_ACCEPT,
  ACTION_CONTINUE,
  ACTION_DROP,
  ACTION_GOTO,
  ACTION_JUMP,
  ACTION_RETURN,
  FLAG_PORTS,
  FLAG_SLOW_HEADER,
  RuleProgram,
  STRIDE,
  WORD_ACTION,
  WORD_DESTINATION,
  WORD_DESTINATION_MASK,
  WORD_DESTINATION_PORTS,
  WORD_FLAGS,
  WORD_IN,
  WORD_MATCHES,
  WORD_OUT,
  WORD_SOURCE,
  WORD_SOURCE_MASK,
  WORD_SOURCE_PORTS,
} from './rule-program.ts';

/**
 * A table of one family in one namespace: its chains, and their evaluation as ip_tables does it
 * (net/ipv4/netfilter/ip_tables.c ipt_do_table).
 */
export class Table {
  readonly name: string;
  readonly family: number;
  readonly netns: NetNamespace;
  /** The built-in chains in the order of their hooks, then the others by name. */
  readonly chains: Chain[];
  private program: RuleProgram | null = null;
  private readonly context: MatchContext;
  private stack = new Int32Array(16);
  private depth = 0;
  /** The packet as quick tests see it. */
  private readonly packetWords = new Int32Array(QUICK_WORDS);
  private chainGraph: ChainGraph | null = null;

  constructor(netns: NetNamespace, family: number, name: string, hooks: readonly number[]) {
    this.netns = netns;
    this.family = family;
    this.name = name;
    this.context = new MatchContext(netns, family, name);
    this.chains = hooks.map((hook) => new Chain(HOOK_NAMES[hook]!, hook));
  }

  chain(name: string): Chain | undefined {
    return this.chains.find((chain) => chain.name === name);
  }

  /** Adds a user chain in its place: after the built-in ones, by name. */
  addChain(name: string): Chain {
    const chain = new Chain(name, -1);
    this.changed();
    this.place(chain);
    return chain;
  }

  removeChain(chain: Chain): void {
    this.changed();
    this.chains.splice(this.chains.indexOf(chain), 1);
  }

  /** Puts a rule into a chain, before the one at `index`. */
  insertRule(chain: Chain, index: number, rule: Rule): void {
    this.changed();
    if (rule.specification.jump !== '') this.chainGraph = null;
    chain.rules.splice(index, 0, rule);
  }

  /** Takes the rule at `index` out. */
  removeRule(chain: Chain, index: number): void {
    this.changed();
    const [rule] = chain.rules.splice(index, 1);
    if (rule!.specification.jump !== '') this.chainGraph = null;
  }

  /** Renames a user chain, and the jumps to it with it. `text` prints a rule. */
  renameChain(chain: Chain, name: string, text: (specification: RuleSpecification) => string): void {
    this.changed();
    this.chainGraph = null;
    for (const other of this.chains) {
      other.rules.forEach((rule, i) => {
        if (rule.specification.jump !== chain.name) return;
        const specification = { ...rule.specification, jump: name };
        const renamed = new Rule(specification, text(specification));
        renamed.packets = rule.packets;
        renamed.bytes = rule.bytes;
        other.rules[i] = renamed;
      });
    }
    chain.name = name;
    this.place(chain);
  }

  /** Which hooks lead to which chains. */
  graph(): ChainGraph {
    return (this.chainGraph ??= new ChainGraph(this));
  }

  /** Puts a chain that was renamed in its place. Jumps to it follow by their rules being made anew. */
  place(chain: Chain): void {
    const present = this.chains.indexOf(chain);
    if (present >= 0) this.chains.splice(present, 1);
    let index = this.chains.length;
    while (index > 0 && !this.chains[index - 1]!.isBuiltin && this.chains[index - 1]!.name > chain.name) {
      index--;
    }
    this.chains.splice(index, 0, chain);
  }

  /** Called before rules, policies or chains change: what was counted goes to the rules. */
  changed(): void {
    this.program?.flushCounters();
    this.program = null;
  }

  /** Chains were replaced as a whole. */
  chainsReplaced(): void {
    this.changed();
    this.chainGraph = null;
  }

  /** Brings the counters of rules and chains up to date, to be read. */
  syncCounters(): void {
    this.program?.flushCounters();
  }

  /** The rules that jump or go to a chain. */
  references(name: string): Rule[] {
    const all = this.chains.flatMap((chain) => chain.rules);
    return all.filter((rule) => rule.specification.jump === name);
  }

  /** Takes a packet through the chain of a hook: a verdict (NF_*). */
  run(hook: number, packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const program = (this.program ??= this.compile());
    const context = this.context;
    context.packet = packet;
    context.inDev = inDev;
    context.outDev = outDev;
    context.hook = hook;
    context.hotDrop = false;
    if (!this.readHeaders(context)) return NF_DROP;
    return this.traverse(program, context);
  }

  private compile(): RuleProgram {
    const program = new RuleProgram(this.chains, this.family);
    if (this.stack.length < program.depth + this.depth) this.stack = new Int32Array(program.depth * 2 + 16);
    return program;
  }

  private readHeaders(context: MatchContext): boolean {
    const packet = context.packet;
    const at = packet.networkOffset;
    const buf = packet.buf;
    if (this.family === AF_INET) {
      context.protocol = buf[at + IPV4.PROTOCOL]!;
      context.source = get32(buf, at + IPV4.SOURCE) | 0;
      context.destination = get32(buf, at + IPV4.DESTINATION) | 0;
      context.transport = at + ((buf[at]! & 0x0f) << 2);
      context.fragmentOffset = get16(buf, at + IPV4.FLAGS_FRAGMENT) & 0x1fff;
      return true;
    }
    const length = packet.tail - at;
    const walk = walkIpv6Headers(buf, at, length);
    if (walk < 0) return false;
    context.protocol = walkedProtocol(walk);
    context.transport = at + walkedOffset(walk);
    context.fragmentOffset = 0;
    if (buf[at + IPV6.NEXT_HEADER] === PROTO.FRAGMENT || walkedOffset(walk) > IPV6_HEADER_LENGTH) {
      const header = findIpv6FragmentHeader(buf, at, length);
      if (header >= 0) context.fragmentOffset = get16(buf, at + header + IPV6_FRAGMENT.OFFSET_FLAGS) >>> 3;
    }
    return true;
  }

  /**
   * The loop over the rules. What stays the same for a packet is in locals; a rule that is not for the packet mostly
   * costs its quick test alone.
   */
  private traverse(program: RuleProgram, context: MatchContext): number {
    const { words, counters } = program;
    const incoming = program.patterns.resultOf(context.inDev);
    const outgoing = program.patterns.resultOf(context.outDev);
    const inBits = incoming.bits;
    const outBits = outgoing.bits;
    const packetWords = this.packetWords;
    const hasPorts = this.readQuickWords(context, incoming.number, outgoing.number);
    const quick = hasPorts ? program.quick : program.noQuickTests();
    const isIpv4 = program.addresses6 === null;
    const { source, destination, protocol } = context;
    const bytes = context.packet.tail - context.packet.networkOffset;
    const stack = this.stack;
    const base = this.depth;
    const policy = program.policies[context.hook]!;
    let depth = base;
    let index = program.entries[context.hook]!;
    let from = index;
    let visited = 1;
    let ports = -1;
    let verdict = -1;
    for (;;) {
      index = firstCandidate(quick, packetWords, index);
      const at = index * STRIDE;
      const flags = words[at + WORD_FLAGS]!;
      if (inBits[words[at + WORD_IN]!] === 0 || outBits[words[at + WORD_OUT]!] === 0) {
        index++;
        continue;
      }
      if (isIpv4 && (flags & FLAG_SLOW_HEADER) === 0) {
        if (
          (((source ^ words[at + WORD_SOURCE]!) & words[at + WORD_SOURCE_MASK]!) |
            ((destination ^ words[at + WORD_DESTINATION]!) & words[at + WORD_DESTINATION_MASK]!) |
            ((protocol ^ flags) & (flags >>> 8) & 0xff)) !==
          0
        ) {
          index++;
          continue;
        }
      } else if (!slowHeader(program, context, index, flags)) {
        index++;
        continue;
      }
      if ((flags & FLAG_PORTS) !== 0) {
        if (ports === -1) ports = portsReadable(context) ? 1 : 0;
        if (ports === 0 && context.hotDrop) {
          verdict = NF_DROP;
          break;
        }
        if (
          ports === 0 ||
          !portsFit(context, words[at + WORD_SOURCE_PORTS]!, words[at + WORD_DESTINATION_PORTS]!)
        ) {
          index++;
          continue;
        }
      }
      const list = words[at + WORD_MATCHES]!;
      if (list >= 0 && !allMatch(program, context, list)) {
        if (context.hotDrop) {
          verdict = NF_DROP;
          break;
        }
        index++;
        continue;
      }
      counters[2 * index]!++;
      counters[2 * index + 1]! += bytes;
      if (context.packet.nfTrace || context.netns.host.env.tracer !== null) {
        tracePacket(program.origins[index]!, context);
      }
      const action = words[at + WORD_ACTION]!;
      let kind = action & 7;
      if (kind === ACTION_CONTINUE) {
        index++;
        continue;
      }
      if (kind > ACTION_GOTO) {
        // A target may send packets of its own through this table; their stack begins above ours.
        this.depth = depth;
        const result = program.targets[action >> 3]!.run(context);
        this.depth = base;
        if (result === XT_CONTINUE) {
          index++;
          continue;
        }
        if (result !== XT_RETURN) {
          verdict = result;
          break;
        }
        kind = ACTION_RETURN;
      }
      if (kind === ACTION_ACCEPT || kind === ACTION_DROP) {
        verdict = kind === ACTION_ACCEPT ? NF_ACCEPT : NF_DROP;
        break;
      }
      visited += index - from + 1;
      if (kind === ACTION_RETURN) {
        index = depth === base ? policy : stack[--depth]!;
      } else {
        if (kind === ACTION_JUMP) stack[depth++] = index + 1;
        index = action >> 3;
      }
      from = index;
    }
    const cost = context.netns.host.cost;
    if (cost !== null) {
      cost.charge(Stage.netfilterHook, bytes);
      cost.chargeTimes(Stage.netfilterRule, visited + index - from);
    }
    return verdict;
  }

  /** Fills in what quick tests look at; false when the packet has no ports to read. */
  private readQuickWords(context: MatchContext, incoming: number, outgoing: number): boolean {
    const words = this.packetWords;
    const { buf, networkOffset, tail } = context.packet;
    words[QUICK_IN] = incoming;
    words[QUICK_OUT] = outgoing;
    words[QUICK_PROTOCOL] = context.protocol;
    if (context.isIpv4) {
      words[QUICK_SOURCE] = context.source;
      words[QUICK_DESTINATION] = context.destination;
    } else {
      words[QUICK_SOURCE] = get32(buf, networkOffset + IPV6.SOURCE + 12);
      words[QUICK_DESTINATION] = get32(buf, networkOffset + IPV6.DESTINATION + 12);
      words[QUICK_SOURCE_HIGH] = get32(buf, networkOffset + IPV6.SOURCE + 4);
      words[QUICK_DESTINATION_HIGH] = get32(buf, networkOffset + IPV6.DESTINATION + 4);
    }
    if (context.protocol !== PROTO.TCP && context.protocol !== PROTO.UDP) {
      // Rules with ports have a protocol that this packet has not.
      words[QUICK_PORTS] = 0;
      return true;
    }
    const header = context.protocol === PROTO.TCP ? TCP_HEADER_BYTES : UDP_HEADER_BYTES;
    if (context.fragmentOffset !== 0 || context.transport + header > tail) return false;
    words[QUICK_PORTS] = get32(buf, context.transport);
    return true;
  }
}
