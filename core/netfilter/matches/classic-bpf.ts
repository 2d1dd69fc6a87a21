import { get16, get32 } from '../../../protocols/bytes.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import { walkIpv6Headers, walkedOffset, walkedProtocol } from '../../../protocols/ipv6.ts';
import type { Packet } from '../../packet/packet.ts';

/** Instruction classes and fields (include/uapi/linux/bpf_common.h). */
const BPF_LD = 0x00;
const BPF_LDX = 0x01;
const BPF_ST = 0x02;
const BPF_STX = 0x03;
const BPF_ALU = 0x04;
const BPF_JMP = 0x05;
const BPF_RET = 0x06;
const BPF_MISC = 0x07;
const BPF_X = 0x08;
const BPF_IMM = 0x00;
const BPF_ABS = 0x20;
const BPF_IND = 0x40;
const BPF_MEM = 0x60;
const BPF_LEN = 0x80;
const BPF_MSH = 0xa0;
const BPF_A = 0x10;
const MEMORY_WORDS = 16;

/** Negative loads (include/uapi/linux/filter.h). */
const SKF_AD_OFF = -0x1000;
const SKF_NET_OFF = -0x100000;
const SKF_LL_OFF = -0x200000;

/** One instruction (struct sock_filter). */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** What ancillary loads ask for besides the packet. */
export interface BpfEnvironment {
  cpu(): number;
  random(): number;
}

/** Why a program cannot run, or null (bpf_check_classic). */
export function checkBpf(program: readonly BpfInstruction[]): string | null {
  if (program.length === 0 || program.length > 4096) return 'bad length';
  for (let i = 0; i < program.length; i++) {
    const { code, jt, jf, k } = program[i]!;
    const kind = code & 7;
    if (kind === BPF_JMP) {
      const far = (code & 0xf0) === 0 ? k : Math.max(jt, jf);
      if (i + 1 + far >= program.length) return `jump out of the program at ${i}`;
    }
    const usesMemory =
      kind === BPF_ST ||
      kind === BPF_STX ||
      ((kind === BPF_LD || kind === BPF_LDX) && (code & 0xe0) === BPF_MEM);
    if (usesMemory && k >= MEMORY_WORDS) return `memory word ${k} at ${i}`;
    if (
      kind === BPF_ALU &&
      (code & BPF_X) === 0 &&
      k === 0 &&
      ((code & 0xf0) === 0x30 || (code & 0xf0) === 0x90)
    ) {
      return `division by zero at ${i}`;
    }
  }
  return (program.at(-1)!.code & 7) === BPF_RET ? null : 'the last instruction is no return';
}

/**
 * Classic BPF (net/core/filter.c) over a packet as xt_bpf sees it: offsets count from the network header. Negative
 * ones reach ancillary data (SKF_AD_*), the network header (SKF_NET_OFF) and the link header (SKF_LL_OFF).
 */
export class ClassicBpf {
  private readonly program: readonly BpfInstruction[];
  private readonly environment: BpfEnvironment;
  private readonly memory = new Int32Array(MEMORY_WORDS);
  private failed = false;

  constructor(program: readonly BpfInstruction[], environment: BpfEnvironment) {
    this.program = program;
    this.environment = environment;
  }

  /** The program's return value; 0 when it reads outside the packet. */
  run(packet: Packet): number {
    const { program, memory } = this;
    const length = packet.tail - packet.networkOffset;
    let a = 0;
    let x = 0;
    memory.fill(0);
    this.failed = false;
    for (let pc = 0; pc < program.length; pc++) {
      const { code, jt, jf, k } = program[pc]!;
      switch (code & 7) {
        case BPF_LD:
        case BPF_LDX: {
          const value = this.load(packet, code, k | 0, a, x, length);
          if (this.failed) return 0;
          if ((code & 7) === BPF_LD) a = value;
          else x = value;
          break;
        }
        case BPF_ST:
          memory[k] = a;
          break;
        case BPF_STX:
          memory[k] = x;
          break;
        case BPF_ALU: {
          const operand = (code & BPF_X) !== 0 ? x : k | 0;
          const isDivision = (code & 0xf0) === 0x30 || (code & 0xf0) === 0x90;
          if (isDivision && operand === 0) return 0;
          a = alu(code & 0xf0, a, operand);
          break;
        }
        case BPF_JMP: {
          const operand = (code & BPF_X) !== 0 ? x : k;
          pc += (code & 0xf0) === 0 ? k : holds(code & 0xf0, a >>> 0, operand >>> 0) ? jt : jf;
          break;
        }
        case BPF_RET:
          return ((code & 0x18) === BPF_A ? a : k) >>> 0;
        case BPF_MISC:
          if ((code & 0xf8) === 0) x = a;
          else a = x;
          break;
        default:
          return 0;
      }
    }
    return 0;
  }

  private load(packet: Packet, code: number, k: number, a: number, x: number, length: number): number {
    switch (code & 0xe0) {
      case BPF_IMM:
        return k;
      case BPF_MEM:
        return this.memory[k]!;
      case BPF_LEN:
        return length;
      case BPF_ABS:
        return k < 0
          ? this.loadNegative(packet, code & 0x18, k, a, x)
          : this.loadBytes(packet, code & 0x18, packet.networkOffset + k);
      case BPF_IND: {
        const offset = (x + k) | 0;
        return offset < 0
          ? this.loadNegative(packet, code & 0x18, offset, a, x)
          : this.loadBytes(packet, code & 0x18, packet.networkOffset + offset);
      }
      case BPF_MSH:
        return (this.loadBytes(packet, 0x10, packet.networkOffset + k) & 0xf) << 2;
      default:
        this.failed = true;
        return 0;
    }
  }

  private loadBytes(packet: Packet, size: number, at: number): number {
    const bytes = size === 0 ? 4 : size === 0x08 ? 2 : 1;
    if (at < 0 || at + bytes > packet.tail) {
      this.failed = true;
      return 0;
    }
    if (size === 0) return get32(packet.buf, at) | 0;
    return size === 0x08 ? get16(packet.buf, at) : packet.buf[at]!;
  }

  private loadNegative(packet: Packet, size: number, offset: number, a: number, x: number): number {
    if (offset >= SKF_AD_OFF) return this.ancillary(packet, offset - SKF_AD_OFF, a, x);
    if (offset >= SKF_NET_OFF)
      return this.loadBytes(packet, size, packet.networkOffset + offset - SKF_NET_OFF);
    if (offset >= SKF_LL_OFF && packet.macOffset >= 0) {
      return this.loadBytes(packet, size, packet.macOffset + offset - SKF_LL_OFF);
    }
    this.failed = true;
    return 0;
  }

  /** SKF_AD_*. Netlink attributes (NLATTR) and the hardware type are 0 here. */
  private ancillary(packet: Packet, which: number, a: number, x: number): number {
    switch (which) {
      case 0:
        return packet.protocol;
      case 4:
        return packet.pktType;
      case 8:
        return packet.dev?.ifindex ?? 0;
      case 20:
        return packet.mark | 0;
      case 28:
        return packet.dev?.hardHeaderLength === 14 ? 1 : 772;
      case 32:
        return packet.flowHash | 0;
      case 36:
        return this.environment.cpu();
      case 40:
        return a ^ x;
      case 52:
        return payloadOffset(packet);
      case 56:
        return this.environment.random() | 0;
      default:
        return 0;
    }
  }
}

/** skb_get_poff: from the network header to what the transport header carries. */
function payloadOffset(packet: Packet): number {
  const { buf, networkOffset: at, tail } = packet;
  const isIpv4 = buf[at]! >> 4 === 4;
  const walk = isIpv4 ? 0 : walkIpv6Headers(buf, at, tail - at);
  if (walk < 0) return 0;
  const transport = isIpv4 ? (buf[at]! & 0x0f) << 2 : walkedOffset(walk);
  const protocol = isIpv4 ? buf[at + IPV4.PROTOCOL]! : walkedProtocol(walk);
  switch (protocol) {
    case PROTO.TCP:
      return transport + Math.max(20, (buf[at + transport + 12]! >> 4) * 4);
    case PROTO.UDP:
    case PROTO.ICMP:
    case PROTO.ICMPV6:
    case PROTO.IGMP:
      return transport + 8;
    case PROTO.SCTP:
      return transport + 12;
    default:
      return transport;
  }
}

function alu(operation: number, a: number, b: number): number {
  switch (operation) {
    case 0x00:
      return (a + b) | 0;
    case 0x10:
      return (a - b) | 0;
    case 0x20:
      return Math.imul(a, b);
    case 0x30:
      return ((a >>> 0) / (b >>> 0)) | 0;
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return a << (b & 31);
    case 0x70:
      return a >>> (b & 31);
    case 0x80:
      return -a | 0;
    case 0x90:
      return ((a >>> 0) % (b >>> 0)) | 0;
    default:
      return a ^ b;
  }
}

function holds(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case 0x10:
      return a === operand;
    case 0x20:
      return a > operand;
    case 0x30:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
