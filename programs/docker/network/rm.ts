import { requireNetwork } from '../find-object.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';
import { CliError } from '../cli-error.ts';
import { confirm } from '../confirm.ts';

const INGRESS_WARNING =
  'WARNING! Before removing the routing-mesh network, make sure all the nodes in your swarm run the same docker engine version. Otherwise, removal may not be effective and functionality of newly create ingress networks will be impaired.';

export const rm: DockerCommand = {
  names: ['rm', 'remove'],
  usage: 'NETWORK [NETWORK...]',
  summary: 'Remove one or more networks',
  flags: [{ name: 'force', short: 'f', kind: 'bool' }],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    let code = 0;
    for (const name of operands) {
      try {
        const network = requireNetwork(engine, name);
        if (network.spec.ingress && !(yield* confirm(proc, INGRESS_WARNING))) continue;
        engine.networks.remove(network.id);
        proc.print(`${name}\n`);
      } catch (error) {
        const isMissing = error instanceof CliError;
        if (isMissing && flags.bool('force')) continue;
        proc.printError(`${complaintOf(error)}\n`);
        code = 1;
      }
    }
    return code;
  },
};
