import { roleCommand } from './role-command.ts';

export const demote = roleCommand('demote', 'worker', 'Demote one or more nodes from manager in the swarm');
