import { WaitQueue } from '../../../core/host/wait-queue.ts';
import { xfrmOf } from '../../../core/xfrm/xfrm-of.ts';
import type { XfrmListener } from '../../../core/xfrm/xfrm-state.ts';
import type { Run } from '../../line-input.ts';
import type { IpCommand } from '../ip-command.ts';
import { policyText, stateText } from './text.ts';

const OBJECTS = ['expire', 'SA', 'policy'];

/** `ip xfrm monitor`: changes as they happen, until it is stopped. Not modelled: acquire, aevent, report, flushes as such. */
export function* monitor(command: IpCommand): Run<number> {
  const wanted = new Set<string>();
  let noKeys = false;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'nokeys') noKeys = true;
    else if (word === 'all') OBJECTS.forEach((object) => wanted.add(object));
    else if (OBJECTS.includes(word)) wanted.add(word);
    else if (['acquire', 'aevent', 'report', 'all-nsid'].includes(word))
      command.notModelled(`ip xfrm monitor ${word}`);
    else command.unknownCommand('xfrm monitor', word);
  }
  if (wanted.size === 0) OBJECTS.forEach((object) => wanted.add(object));
  const { netns } = command;
  const options = { statistics: command.options.statistics, noKeys };
  const listener: XfrmListener = {
    associationAdded: (association) => {
      if (wanted.has('SA')) command.print(stateText(netns, association, options));
    },
    associationDeleted: (association) => {
      if (wanted.has('SA')) command.print(`Deleted ${stateText(netns, association, options)}`);
    },
    associationExpired: (association, hard) => {
      if (!wanted.has('expire')) return;
      command.print(`Expired ${stateText(netns, association, options)}\thard ${hard ? 1 : 0}\n`);
    },
    policyAdded: (policy, updated) => {
      if (wanted.has('policy'))
        command.print(`${updated ? 'Updated ' : ''}${policyText(netns, policy, options)}`);
    },
    policyDeleted: (policy) => {
      if (wanted.has('policy')) command.print(`Deleted ${policyText(netns, policy, options)}`);
    },
  };
  const { listeners } = xfrmOf(netns);
  listeners.push(listener);
  try {
    yield* command.proc.wait(new WaitQueue());
  } finally {
    listeners.splice(listeners.indexOf(listener), 1);
  }
  return 0;
}
