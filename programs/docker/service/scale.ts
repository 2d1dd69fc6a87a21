import type { Service } from '../../../drivers/swarm/services/service.ts';
import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findService } from './find-service.ts';
import { waitConverged } from './wait-converged.ts';

export const scale: DockerCommand = {
  names: ['scale'],
  usage: 'SERVICE=REPLICAS [SERVICE=REPLICAS...]',
  summary: 'Scale one or multiple replicated services',
  flags: [
    {
      name: 'detach',
      short: 'd',
      kind: 'bool',
      usage: 'Exit immediately instead of waiting for convergence',
    },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const { services } = asked.cluster;
    const complaints: string[] = [];
    const scaled: Service[] = [];
    for (const operand of operands) checkOperand(operand);
    for (const operand of operands) {
      const [name = '', replicas = ''] = operand.split('=');
      try {
        const service = findService(asked, name);
        if (service.spec.replicas === null) {
          throw new CliError('scale can only be used with replicated or replicated-job mode');
        }
        services.update(service, { ...service.spec, replicas: Number(replicas) });
        scaled.push(service);
        proc.print(`${name} scaled to ${Number(replicas)}\n`);
      } catch (error) {
        complaints.push(`${name}: ${complaintOf(error)}`);
      }
    }
    if (!flags.bool('detach')) {
      for (const service of scaled) yield* waitConverged(proc, services, service, false);
    }
    if (complaints.length === 0) return 0;
    proc.printError(`${complaints.join('\n')}\n`);
    return 1;
  },
};

function checkOperand(operand: string): void {
  if (!operand.includes('=')) throw new CliError(`invalid scale specifier '${operand}'`);
  const replicas = operand.slice(operand.indexOf('=') + 1);
  if (/^\d+$/.test(replicas)) return;
  throw new CliError(
    `invalid replicas value ${replicas}: strconv.ParseUint: parsing ${JSON.stringify(replicas)}: invalid syntax`,
  );
}
