import { roleCommand } from './role-command.ts';

export const promote = roleCommand('promote', 'manager', 'Promote one or more nodes to manager in the swarm');
