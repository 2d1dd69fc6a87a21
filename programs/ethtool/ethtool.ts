import type { NetDevice } from '../../core/device/net-device.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { notModelled } from '../not-modelled.ts';
import { FEATURE_LINES, featureText, isSwitchable, type FeatureLine } from './features.ts';

const BAD_ARGUMENTS = 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n';

/**
 * `ethtool -k DEV` and `ethtool -K DEV FEATURE on|off …`: the offloads of a device, as ethtool 6.1 shows and sets them.
 * Not modelled: everything else of ethtool, and every feature but TSO, GSO and GRO, which are refused by name.
 */
export function* ethtool(proc: Process): ProgramRun {
  const [, option, name, ...settings] = proc.argv;
  if (option === undefined) return usage(proc);
  const shows = ['-k', '--show-features', '--show-offload'].includes(option);
  const changes = ['-K', '--features', '--offload'].includes(option);
  if (!shows && !changes) return notModelled(proc, option);
  if (name === undefined || (changes && settings.length === 0)) return usage(proc);
  const dev = proc.netns.device(name);
  if (dev === undefined) {
    proc.printError('netlink error: no device matches name (offset 24)\nnetlink error: No such device\n');
    return 1;
  }
  if (changes) return change(proc, dev, settings);
  proc.print(featureText(dev));
  return 0;
}

function usage(proc: Process): number {
  proc.printError(BAD_ARGUMENTS);
  return 1;
}

/** Switches all or, when one of the features cannot be, none. */
function change(proc: Process, dev: NetDevice, settings: readonly string[]): number {
  const changed: { line: FeatureLine; on: boolean }[] = [];
  for (let i = 0; i < settings.length; i += 2) {
    const line = FEATURE_LINES.find(({ name, short }) => name === settings[i] || short === settings[i]);
    const value = settings[i + 1];
    if (value !== 'on' && value !== 'off') return usage(proc);
    if (line?.key === undefined) return notModelled(proc, settings[i]!);
    changed.push({ line, on: value === 'on' });
  }
  if (proc.context.netAdmin === false) {
    proc.printError('netlink error: Operation not permitted\n');
    return 1;
  }
  if (changed.some(({ line, on }) => on && !isSwitchable(dev, line))) {
    proc.printError('Could not change any device features\n');
    return 1;
  }
  for (const { line, on } of changed) dev.features[line.key!] = on;
  return 0;
}
