import { sizeNotes } from './size-notes.ts';
import type { World } from './world.ts';

/** What a run's counters say to a person: why something did not work that looks as if it should have. */
export function notesOf(world: World): string[] {
  const notes: string[] = [];
  for (const [name, host] of world.hosts) {
    const refused = host.dropsOf('NIC_FOREIGN_MAC');
    if (refused > 0) {
      notes.push(
        `${name}: ${frames(refused)} for other MAC addresses dropped by a card that is not to be promiscuous ` +
          '(`promiscuous: false`): macvlan needs one that may; ipvlan has the MAC of the card itself',
      );
    }
    const foreign = host.dropsOf('SWITCH_FOREIGN_MAC');
    if (foreign > 0) {
      notes.push(
        `${name}: ${frames(foreign)} from MAC addresses other than its cards' dropped by a switch ` +
          '(`foreign_macs: refuse`): macvlan needs a switch that lets them through; ipvlan has the MAC of the card itself',
      );
    }
  }
  return [...notes, ...sizeNotes(world)];
}

function frames(count: number): string {
  return count === 1 ? '1 frame' : `${count} frames`;
}
