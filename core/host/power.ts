import { Nic } from '../device/link/nic.ts';
import type { Host } from './host.ts';
import { SIGKILL } from './process.ts';

/**
 * Power is lost: processes end without a word to anybody, and what the kernel held is gone - namespaces, devices,
 * addresses, tables, connections. The disk and the cards stay; the cards wait, down, in the namespace that the machine
 * boots with. What Docker had on is the caller's to note before.
 */
export function powerOff(host: Host): void {
  host.running = false;
  for (const process of host.processes.list()) process.kill(SIGKILL);
  const old = host.namespaces.splice(0);
  host.initNamespace = host.createNamespace('');
  const cards = old.flatMap((netns) => netns.devices.filter((dev) => dev instanceof Nic));
  for (const card of cards) {
    for (const upper of card.uppers.slice()) upper.netns.destroyDevice(upper);
    host.initNamespace.moveDeviceHere(card, card.bootName);
    card.setMac(card.bootMac);
    card.setPromiscuity(-card.promiscuity);
  }
  for (const netns of old.reverse()) netns.destroy();
  host.bridgeNetfilter.loaded = false;
  host.bridgeNetfilter.callIptables = 0;
  host.bridgeNetfilter.callIp6tables = 0;
  host.bridgeNetfilter.callArptables = 0;
  host.hostname = host.name;
  host.fileSystem.removeTree('/var/run/');
  host.fileSystem.removeTree('/run/');
}

/** Power is back: frames are received and processes run again. The cards are still to be configured. */
export function powerOn(host: Host): void {
  host.running = true;
  host.initNamespace.ipv4.setUp(host.initNamespace.loopback);
}
