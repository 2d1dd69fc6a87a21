import type { SecurityAssociation } from './security-association.ts';
import { markMatches, sameMark, selectorMatches, type XfrmFlow, type XfrmMark } from './xfrm-selector.ts';
import type { XfrmTemplate } from './xfrm-policy.ts';

/** The security association database of a namespace (net/xfrm/xfrm_state.c). */
export class AssociationDatabase {
  /** Grows with every change, so that what was looked up before can be told to be old. */
  generation = 0;
  /** Newest first, as `ip xfrm state` lists them. */
  private readonly all: SecurityAssociation[] = [];
  /** By SPI as a signed number. */
  private readonly bySpi = new Map<number, SecurityAssociation[]>();

  list(): readonly SecurityAssociation[] {
    return this.all;
  }

  /** xfrm_state_lookup: who opens a packet that came in. */
  lookup(mark: number, destination: number, spi: number, protocol: number): SecurityAssociation | null {
    const list = this.bySpi.get(spi | 0);
    if (list === undefined) return null;
    for (let i = 0; i < list.length; i++) {
      const association = list[i]!;
      if (association.destination !== destination || association.protocol !== protocol) continue;
      if (markMatches(association.mark, mark)) return association;
    }
    return null;
  }

  /** The association of exactly this destination, SPI, protocol and mark. */
  find(destination: number, spi: number, protocol: number, mark: XfrmMark): SecurityAssociation | undefined {
    return this.bySpi
      .get(spi | 0)
      ?.find(
        (association) =>
          association.destination === destination &&
          association.protocol === protocol &&
          sameMark(association.mark, mark),
      );
  }

  /** xfrm_state_find: who carries out a template between two addresses, the youngest that is not dying. */
  resolve(
    template: XfrmTemplate,
    source: number,
    destination: number,
    flow: XfrmFlow,
  ): SecurityAssociation | null {
    let best: SecurityAssociation | null = null;
    const list = template.spi !== 0 ? (this.bySpi.get(template.spi | 0) ?? []) : this.all;
    for (const association of list) {
      if (association.state !== 'valid' || association.destination !== destination) continue;
      if (association.source !== source && association.source !== 0) continue;
      if (association.reqid !== template.reqid || association.mode !== template.mode) continue;
      if (association.protocol !== template.protocol || !markMatches(association.mark, flow.mark)) continue;
      if (!selectorMatches(association.selector, flow)) continue;
      if (best === null || isBetter(association, best)) best = association;
    }
    return best;
  }

  insert(association: SecurityAssociation): void {
    this.all.unshift(association);
    const list = this.bySpi.get(association.spi | 0);
    if (list === undefined) this.bySpi.set(association.spi | 0, [association]);
    else list.unshift(association);
    this.generation++;
  }

  remove(association: SecurityAssociation): boolean {
    const index = this.all.indexOf(association);
    if (index < 0) return false;
    this.all.splice(index, 1);
    const list = this.bySpi.get(association.spi | 0)!;
    list.splice(list.indexOf(association), 1);
    if (list.length === 0) this.bySpi.delete(association.spi | 0);
    this.generation++;
    association.release();
    return true;
  }
}

/** xfrm_state_look_at. */
function isBetter(association: SecurityAssociation, best: SecurityAssociation): boolean {
  if (association.dying !== best.dying) return best.dying;
  return association.usage.addedNs > best.usage.addedNs;
}
