import { Nic } from '../../core/device/link/nic.ts';
import { powerOn } from '../../core/host/power.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { rebootEngine } from '../../drivers/engine/reboot.ts';
import { runShellLine } from '../../programs/shell/run-shell-line.ts';
import type { Host as HostDescription } from '../schema/host.ts';
import { addHostRoutes, configureNic } from './build-hosts.ts';
import { hostContext, type World } from './world.ts';

/**
 * A machine boots that had lost its power: cards, routes, Docker, sysctls and programs as the file has them, in the
 * order of the first boot. It takes no time.
 */
export function reboot(world: World, name: string, description: HostDescription): void {
  const host = world.host(name);
  powerOn(host);
  for (const [device, settings] of Object.entries(description.interfaces)) {
    const card = host.initNamespace.device(device);
    if (card instanceof Nic) configureNic(card, settings);
  }
  addHostRoutes(host, description);
  rebootEngine(host);
  const sysctls = Object.entries(description.sysctls).map(([key, value]) => `sysctl -w ${key}=${value}`);
  for (const line of [...sysctls, ...description.run]) {
    const streams = { stdin: EMPTY_INPUT, stdout: new TextBuffer(), stderr: new TextBuffer() };
    runShellLine(host, hostContext(host), line, streams);
  }
}
