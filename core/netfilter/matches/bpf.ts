import type { Match, MatchContext } from '../tables/match.ts';
import { VALUE, type MatchExtension, type RuleSurroundings } from '../text/extension.ts';
import { INVALID_ARGUMENT, KernelError, ParameterError } from '../text/iptables-error.ts';
import { checkBpf, ClassicBpf, type BpfInstruction } from './classic-bpf.ts';

/** `-m bpf --bytecode` (xt_bpf.c). Not modelled: `--object-pinned` (eBPF). */
export class BpfMatch implements Match {
  readonly name = 'bpf';
  private readonly instructions: readonly BpfInstruction[];
  private readonly machine: ClassicBpf;

  constructor(bytecode: string, rule: RuleSurroundings) {
    this.instructions = parseBytecode(bytecode);
    const problem = checkBpf(this.instructions);
    if (problem !== null) throw new KernelError(INVALID_ARGUMENT);
    const random = rule.netns.host.sim.random.stream(`${rule.netns.host.name}:bpf`);
    this.machine = new ClassicBpf(this.instructions, { cpu: () => 0, random: () => random.uint32() });
  }

  matches(context: MatchContext): boolean {
    context.packet.seal();
    return this.machine.run(context.packet) !== 0;
  }

  save(): string {
    return ` --bytecode "${this.instructions.length},${this.text()}"`;
  }

  list(): string {
    return ` match bpf ${this.text()}`;
  }

  private text(): string {
    return this.instructions.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`).join(',');
  }
}

function parseBytecode(text: string): BpfInstruction[] {
  const [count, ...lines] = text.split(',');
  const instructions = lines.map((line) => {
    const match = /^\s*(\d+) (\d+) (\d+) (\d+)\s*$/.exec(line);
    if (match === null) throw new ParameterError(`bpf: error in bpf line: ${line}`);
    const [code, jt, jf, k] = match.slice(1).map(Number) as [number, number, number, number];
    return { code, jt, jf, k };
  });
  if (!/^\d+$/.test(count!)) throw new ParameterError('bpf: error parsing program length');
  if (Number(count) !== instructions.length) {
    throw new ParameterError('bpf: parsed program length is less or more than the program length given');
  }
  return instructions;
}

export const bpfExtension: MatchExtension = {
  name: 'bpf',
  options: { bytecode: VALUE, 'object-pinned': VALUE },
  build(given, rule) {
    if (given.has('object-pinned')) throw new ParameterError('bpf: not modelled: --object-pinned');
    const bytecode = given.value('bytecode');
    if (bytecode === undefined) throw new ParameterError('bpf: option "--bytecode" must be specified');
    return new BpfMatch(bytecode, rule);
  },
};
