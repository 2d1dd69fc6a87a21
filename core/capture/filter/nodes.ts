import type { ArithmeticNode } from './arithmetic.ts';
import type { FrameView } from './frame-view.ts';

/** A yes or no about a frame. Evaluation allocates nothing. */
export interface FilterNode {
  matches(frame: FrameView): boolean;
}

export class AndNode implements FilterNode {
  private readonly left: FilterNode;
  private readonly right: FilterNode;

  constructor(left: FilterNode, right: FilterNode) {
    this.left = left;
    this.right = right;
  }

  matches(frame: FrameView): boolean {
    return this.left.matches(frame) && !frame.rejected && this.right.matches(frame);
  }
}

export class OrNode implements FilterNode {
  private readonly left: FilterNode;
  private readonly right: FilterNode;

  constructor(left: FilterNode, right: FilterNode) {
    this.left = left;
    this.right = right;
  }

  matches(frame: FrameView): boolean {
    return this.left.matches(frame) || (!frame.rejected && this.right.matches(frame));
  }
}

export class NotNode implements FilterNode {
  private readonly operand: FilterNode;

  constructor(operand: FilterNode) {
    this.operand = operand;
  }

  matches(frame: FrameView): boolean {
    return !this.operand.matches(frame);
  }
}

/** What an empty expression compiles to. */
export class TrueNode implements FilterNode {
  matches(): boolean {
    return true;
  }
}

/** (field & mask) = value, at a place from the start of the frame. */
export class FieldNode implements FilterNode {
  private readonly at: number;
  private readonly size: number;
  private readonly mask: number;
  private readonly value: number;

  constructor(at: number, size: number, value: number, mask = 0xffffffff) {
    this.at = at;
    this.size = size;
    this.mask = mask;
    this.value = value >>> 0;
  }

  matches(frame: FrameView): boolean {
    return (frame.load(this.at, this.size) & this.mask) >>> 0 === this.value;
  }
}

/** low ≤ field ≤ high, at a place from the start of the frame. */
export class FieldRangeNode implements FilterNode {
  private readonly at: number;
  private readonly size: number;
  private readonly low: number;
  private readonly high: number;

  constructor(at: number, size: number, low: number, high: number) {
    this.at = at;
    this.size = size;
    this.low = low;
    this.high = high;
  }

  matches(frame: FrameView): boolean {
    const value = frame.load(this.at, this.size);
    return value >= this.low && value <= this.high;
  }
}

/** low ≤ 16-bit port ≤ high, `at` bytes into what follows the IPv4 header at `networkBase`. */
export class TransportPortNode implements FilterNode {
  private readonly networkBase: number;
  private readonly at: number;
  private readonly low: number;
  private readonly high: number;

  constructor(networkBase: number, at: number, low: number, high: number) {
    this.networkBase = networkBase;
    this.at = at;
    this.low = low;
    this.high = high;
  }

  matches(frame: FrameView): boolean {
    const headerBytes = (frame.load(this.networkBase, 1) & 0xf) * 4;
    const port = frame.load(this.networkBase + headerBytes + this.at, 2);
    return port >= this.low && port <= this.high;
  }
}

export type RelationOperator = '=' | '!=' | '<' | '>' | '<=' | '>=';

export class RelationNode implements FilterNode {
  private readonly operator: RelationOperator;
  private readonly left: ArithmeticNode;
  private readonly right: ArithmeticNode;

  constructor(operator: RelationOperator, left: ArithmeticNode, right: ArithmeticNode) {
    this.operator = operator;
    this.left = left;
    this.right = right;
  }

  matches(frame: FrameView): boolean {
    const left = this.left.evaluate(frame);
    const right = this.right.evaluate(frame);
    switch (this.operator) {
      case '=':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '<=':
        return left <= right;
      case '>=':
        return left >= right;
    }
  }
}

export function and(...nodes: FilterNode[]): FilterNode {
  return nodes.reduce((left, right) => new AndNode(left, right));
}

export function or(...nodes: FilterNode[]): FilterNode {
  return nodes.reduce((left, right) => new OrNode(left, right));
}
