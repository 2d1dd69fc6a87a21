import type { Run } from '../../line-input.ts';
import { EXIT_USAGE, IpError, matches, type IpCommand } from '../ip-command.ts';
import { monitor } from './monitor.ts';
import { policy } from './policy.ts';
import { state } from './state.ts';

const USAGE = `Usage: ip xfrm XFRM-OBJECT { COMMAND | help }
where  XFRM-OBJECT := state | policy | monitor`;

/** `ip xfrm`: associations and policies of IPsec. */
export function xfrm(command: IpCommand): number | Run<number> {
  const word = command.take() ?? 'help';
  if (matches(word, 'state')) return state(command);
  if (matches(word, 'policy')) return policy(command);
  if (matches(word, 'monitor')) return monitor(command);
  throw new IpError(USAGE, EXIT_USAGE);
}
