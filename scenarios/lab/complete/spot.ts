import type { Node } from '../../run/nodes.ts';

/** Where a line is completed. */
export interface Spot extends Node {
  readonly directory: string;
}
