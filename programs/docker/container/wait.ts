import { atLeast, type DockerCommand } from '../docker-command.ts';
import { complaintOf } from '../each-operand.ts';

export const wait: DockerCommand = {
  names: ['wait'],
  shortcuts: ['wait'],
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  flags: [],
  operands: atLeast(1),
  *run({ proc, engine, operands }) {
    const complaints: string[] = [];
    for (const name of operands) {
      try {
        const container = engine.containers.get(name);
        while (container.isRunning) yield* proc.wait(container.ended);
        proc.print(`${container.state.exitCode}\n`);
      } catch (error) {
        complaints.push(complaintOf(error));
      }
    }
    for (const complaint of complaints) proc.printError(`${complaint}\n`);
    return complaints.length === 0 ? 0 : 1;
  },
};
