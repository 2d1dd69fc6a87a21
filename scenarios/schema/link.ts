import * as z from 'zod';
import { duration } from '../../programs/compose-file/schema/values.ts';
import { mtu, probability, queueLimit, rate, vlanId, type QueueLimit } from './values.ts';

const impairments = {
  rate: rate.optional().describe('Bits per second; without it frames take no time to send.'),
  delay: duration.optional().describe('Propagation delay, one way.'),
  jitter: duration.optional().describe('The delay varies by up to this much, uniformly, either way.'),
  loss: probability.optional(),
  duplicate: probability.optional(),
  reorder: probability.optional().describe('Share of frames that overtake those before them.'),
  corrupt: probability.optional().describe('Share of frames in which a bit is flipped.'),
  queue: queueLimit.optional().describe('What may wait to be sent at each end; default 1000 packets.'),
};

/** What happens to frames in one direction. */
export interface LinkDirection {
  /** Infinity: sending takes no time. */
  readonly rateBps: number;
  readonly delayNs: number;
  readonly jitterNs: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
  readonly queue: QueueLimit;
}

/** The VLANs of a switch port: untagged frames belong to `access` or `native`; `trunk` are passed tagged. */
export interface PortVlans {
  readonly access: number | undefined;
  readonly trunk: readonly number[];
  readonly native: number | undefined;
}

export interface LinkEnd {
  readonly host: string;
  readonly interface: string;
  /** What frames sent from this end meet. */
  readonly transmit: LinkDirection;
  /** Undefined: the port takes no notice of tags. */
  readonly vlans: PortVlans | undefined;
}

/** A cable (two ends) or a switch (more). */
export interface Link {
  readonly ends: readonly LinkEnd[];
  readonly kind: 'cable' | 'switch';
  /** Largest frame payload passed, in bytes; undefined: no limit of its own. */
  readonly mtu: number | undefined;
  /** The switch drops frames whose source is not the MAC of the card they come from. */
  readonly refusesForeignMacs: boolean;
  /** The switch sends a frame back out of the port it came from when that is where its destination is. */
  readonly reflective: boolean;
}

const DEFAULT_QUEUE: QueueLimit = { packets: 1000 };

const linkEndText = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9_.@-]{1,15}$/,
    'an end is written host/interface, as host1/eth0',
  );

const directionSchema = z.strictObject(impairments);
type DirectionInput = z.output<typeof directionSchema>;

const vlansSchema = z
  .strictObject({ access: vlanId.optional(), trunk: z.array(vlanId).optional(), native: vlanId.optional() })
  .refine((vlans) => vlans.access === undefined || vlans.trunk === undefined, {
    error: 'a port is either access or trunk',
  });

export const linkSchema = z
  .strictObject({
    connects: z.array(linkEndText).min(2, 'a link has two ends or more'),
    ...impairments,
    mtu: mtu.optional(),
    from: z
      .record(linkEndText, directionSchema)
      .optional()
      .describe('What differs for frames sent from one end, as { host1/eth0: { delay: 5ms } }.'),
    vlans: z.record(linkEndText, vlansSchema).optional().describe('VLANs of switch ports, by end.'),
    foreign_macs: z
      .enum(['pass', 'refuse'])
      .optional()
      .describe("refuse: the switch passes frames from the cards' own MACs only, as many clouds do."),
    reflective: z
      .boolean()
      .optional()
      .describe('The switch may send frames back out of the port they came from (802.1Qbg), for vepa.'),
  })
  .transform((input): Link => {
    const { connects, mtu: linkMtu, from = {}, vlans = {}, foreign_macs, reflective = false, ...both } = input;
    const refusesForeignMacs = foreign_macs === 'refuse';
    const ends = connects.map((text): LinkEnd => {
      const slash = text.indexOf('/');
      const own = vlans[text];
      return {
        host: text.slice(0, slash),
        interface: text.slice(slash + 1),
        transmit: resolveDirection(both, from[text] ?? {}),
        vlans: own && { access: own.access, trunk: own.trunk ?? [], native: own.native },
      };
    });
    const hasPorts = Object.keys(vlans).length > 0;
    return {
      ends,
      kind: ends.length === 2 && !hasPorts && !refusesForeignMacs && !reflective ? 'cable' : 'switch',
      mtu: linkMtu,
      refusesForeignMacs,
      reflective,
    };
  })
  .describe('Two ends: a cable; more, or anything only a switch can do: a switch.');

function resolveDirection(both: DirectionInput, own: DirectionInput): LinkDirection {
  return {
    rateBps: own.rate ?? both.rate ?? Infinity,
    delayNs: own.delay ?? both.delay ?? 0,
    jitterNs: own.jitter ?? both.jitter ?? 0,
    loss: own.loss ?? both.loss ?? 0,
    duplicate: own.duplicate ?? both.duplicate ?? 0,
    reorder: own.reorder ?? both.reorder ?? 0,
    corrupt: own.corrupt ?? both.corrupt ?? 0,
    queue: own.queue ?? both.queue ?? DEFAULT_QUEUE,
  };
}
