import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { PORT, type Topology } from './topology.ts';

/** The timestamp option that every segment carries, with its padding. */
const TIMESTAMP_BYTES = 12;
/** Connecting, ARP and closing take far less. */
const SETUP_NS = 20_000_000;

/** A flow from client to server that can be sent along in units: datagrams, or full segments. */
export interface Flow {
  /** Payload bytes of one unit. */
  readonly unitBytes: number;
  /** Sends as many units at once as asked; what does not fit a buffer goes as room comes. */
  send(units: number): void;
  /** Payload bytes that the server's program has read. */
  readonly receivedBytes: number;
  /** When each unit, or piece of the stream, came: time and bytes read up to it. */
  readonly arrivals: { timeNs: number; bytes: number }[];
  close(): void;
}

/** UDP datagrams of `payload` bytes. */
export class UdpFlow implements Flow {
  readonly unitBytes: number;
  readonly arrivals: { timeNs: number; bytes: number }[] = [];
  receivedBytes = 0;
  private readonly topology: Topology;
  private readonly sender: UdpSocket;
  private readonly receiver: UdpSocket;
  private readonly data: Uint8Array;

  constructor(topology: Topology, payload: number) {
    this.unitBytes = payload;
    this.topology = topology;
    this.data = new Uint8Array(payload).fill(0x61);
    this.receiver = new UdpSocket(topology.server);
    this.receiver.receiveBufferBytes = 1e9;
    this.receiver.bind(0, PORT);
    this.sender = new UdpSocket(topology.client);
    this.sender.connect(topology.serverAddress, PORT);
    // The first datagram meets ARP and a new connection; the measured ones do not.
    this.send(1);
    topology.run(SETUP_NS);
    this.read();
    if (this.receivedBytes !== payload) throw new Error('the server is not reached');
    this.receivedBytes = 0;
    this.arrivals.length = 0;
  }

  send(units: number): void {
    this.topology.client.host.runJob(() => {
      for (let i = 0; i < units; i++) {
        const error = this.sender.send(this.data);
        if (error !== 0) throw new Error(`send: error ${error}`);
      }
    });
  }

  /** The server's program reads what is there. */
  read(): void {
    this.topology.server.host.runJob(() => {
      for (let datagram = this.receiver.receive(); datagram !== null; datagram = this.receiver.receive()) {
        this.receivedBytes += datagram.data.length;
        this.arrivals.push({ timeNs: datagram.receivedNs, bytes: this.receivedBytes });
      }
    });
  }

  close(): void {
    this.sender.close();
    this.receiver.close();
  }
}

/** A socket of a stream, at either end. */
class StreamEnd extends TcpSocket {
  protected readonly stream: TcpFlow;

  constructor(netns: NetNamespace, stream: TcpFlow) {
    super(netns);
    this.stream = stream;
  }
}

/** Reads at once whatever comes. */
class Receiver extends StreamEnd {
  override onReadable(): void {
    for (let data = this.receive(); data.length > 0; data = this.receive()) {
      this.stream.receivedBytes += data.length;
      this.stream.arrivals.push({ timeNs: this.netns.host.nowNs(), bytes: this.stream.receivedBytes });
    }
  }
}

class Listener extends StreamEnd {
  server: TcpSocket | null = null;

  protected override makeChild(): TcpSocket {
    return new Receiver(this.netns, this.stream);
  }

  override onAcceptable(): void {
    this.server = this.accept();
  }
}

class Sender extends StreamEnd {
  override onWritable(): void {
    this.stream.pump();
  }
}

/** A TCP stream whose segments carry `payload` bytes each, or as many as the MTU lets them. */
export class TcpFlow implements Flow {
  readonly unitBytes: number;
  readonly arrivals: { timeNs: number; bytes: number }[] = [];
  receivedBytes = 0;
  private readonly topology: Topology;
  private readonly listener: Listener;
  private readonly sender: TcpSocket;
  private unsent = 0;
  private readonly chunk = new Uint8Array(65536).fill(0x61);

  constructor(topology: Topology, payload: number) {
    this.topology = topology;
    this.listener = new Listener(topology.server, this);
    this.listener.reuseAddress = true;
    this.listener.bind(0, PORT);
    this.listener.listen(5);
    this.sender = new Sender(topology.client, this);
    this.sender.noDelay = true;
    this.sender.maxSegmentBytes = payload + TIMESTAMP_BYTES;
    this.sender.connect(topology.serverAddress, PORT);
    topology.run(SETUP_NS);
    if (this.listener.server === null) throw new Error('the server is not reached');
    this.unitBytes = this.sender.connection!.mssCache;
  }

  send(units: number): void {
    this.unsent += units * this.unitBytes;
    this.topology.client.host.runJob(() => this.pump());
  }

  close(): void {
    this.topology.client.host.runJob(() => this.sender.close());
    this.topology.server.host.runJob(() => this.listener.server!.close());
    this.listener.close();
    this.topology.run(SETUP_NS);
  }

  /** For the sender: there is room. */
  pump(): void {
    while (this.unsent > 0) {
      const taken = this.sender.send(this.chunk, 0, Math.min(this.chunk.length, this.unsent));
      if (taken < 0) throw new Error(`send: error ${-taken}`);
      if (taken === 0) return;
      this.unsent -= taken;
    }
  }
}
