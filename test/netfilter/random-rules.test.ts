import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NF_ACCEPT, NF_DROP } from '../../core/netfilter/hook.ts';
import {
  CHAINS,
  Interpreter,
  commandOf,
  forward,
  packetArbitrary,
  ruleArbitrary,
  tableOf,
} from './random-rules.ts';

describe('a table against a literal interpreter', () => {
  it('gives the same verdicts, marks and counters', () => {
    fc.assert(
      fc.property(
        fc.array(ruleArbitrary, { minLength: 1, maxLength: 25 }),
        fc.array(packetArbitrary, { minLength: 1, maxLength: 15 }),
        (rules, packets) => {
          const lab = tableOf(rules.map(commandOf));
          const { table } = lab;
          const interpreter = new Interpreter(rules);
          for (const plain of packets) {
            const { verdict, packet } = forward(lab, plain);
            expect(verdict).toBe(interpreter.verdict(plain) === 'ACCEPT' ? NF_ACCEPT : NF_DROP);
            expect(packet.mark).toBe(interpreter.mark);
          }
          table.syncCounters();
          for (const name of CHAINS) {
            const counted = table.chain(name)!.rules.map((rule) => rule.packets);
            const expected = rules
              .filter(({ chain }) => chain === name)
              .map((rule) => interpreter.hits.get(rule) ?? 0);
            expect(counted).toEqual(expected);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
