import type { FrameView } from './frame-view.ts';

/** A number computed from a frame: unsigned, 32 bits, wrapping, as in the BPF machine. */
export interface ArithmeticNode {
  evaluate(frame: FrameView): number;
}

export class ConstantNode implements ArithmeticNode {
  readonly value: number;

  constructor(value: number) {
    this.value = value >>> 0;
  }

  evaluate(): number {
    return this.value;
  }
}

/** `len`: the length of the frame. */
export class LengthNode implements ArithmeticNode {
  evaluate(frame: FrameView): number {
    return frame.length;
  }
}

/** `proto[index:size]` for a header at a place that is known when the filter is compiled. */
export class LoadNode implements ArithmeticNode {
  private readonly base: number;
  private readonly index: ArithmeticNode;
  private readonly size: number;

  constructor(base: number, index: ArithmeticNode, size: number) {
    this.base = base;
    this.index = index;
    this.size = size;
  }

  evaluate(frame: FrameView): number {
    return frame.load((this.base + this.index.evaluate(frame)) >>> 0, this.size);
  }
}

/** `tcp[index:size]` and the like: the header follows an IPv4 header whose length is in its first byte. */
export class TransportLoadNode implements ArithmeticNode {
  private readonly networkBase: number;
  private readonly index: ArithmeticNode;
  private readonly size: number;

  constructor(networkBase: number, index: ArithmeticNode, size: number) {
    this.networkBase = networkBase;
    this.index = index;
    this.size = size;
  }

  evaluate(frame: FrameView): number {
    const headerBytes = (frame.load(this.networkBase, 1) & 0xf) * 4;
    const at = (this.networkBase + headerBytes + this.index.evaluate(frame)) >>> 0;
    return frame.load(at, this.size);
  }
}

export class NegateNode implements ArithmeticNode {
  private readonly operand: ArithmeticNode;

  constructor(operand: ArithmeticNode) {
    this.operand = operand;
  }

  evaluate(frame: FrameView): number {
    return -this.operand.evaluate(frame) >>> 0;
  }
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export class BinaryNode implements ArithmeticNode {
  private readonly operator: ArithmeticOperator;
  private readonly left: ArithmeticNode;
  private readonly right: ArithmeticNode;

  constructor(operator: ArithmeticOperator, left: ArithmeticNode, right: ArithmeticNode) {
    this.operator = operator;
    this.left = left;
    this.right = right;
  }

  evaluate(frame: FrameView): number {
    const left = this.left.evaluate(frame);
    const right = this.right.evaluate(frame);
    switch (this.operator) {
      case '+':
        return (left + right) >>> 0;
      case '-':
        return (left - right) >>> 0;
      case '*':
        return Math.imul(left, right) >>> 0;
      case '&':
        return (left & right) >>> 0;
      case '|':
        return (left | right) >>> 0;
      case '^':
        return (left ^ right) >>> 0;
      case '<<':
        return right > 31 ? 0 : (left << right) >>> 0;
      case '>>':
        return right > 31 ? 0 : left >>> right;
      default:
        return this.divide(frame, left, right);
    }
  }

  /** The BPF machine ends with "no match" on a division by zero. */
  private divide(frame: FrameView, left: number, right: number): number {
    if (right === 0) {
      frame.rejected = true;
      return 0;
    }
    return this.operator === '/' ? Math.floor(left / right) : left % right;
  }
}
