import { describe, expect, it } from 'vitest';
import { Vxlan } from '../../core/device/vxlan/vxlan.ts';
import { IpLab } from '../xfrm/ip-lab.ts';

describe('ip link add … type vxlan', () => {
  it('makes the device that Docker makes, and prints it as the recording does once it was moved', () => {
    const lab = new IpLab();
    const overlay = lab.host.createNamespace('ov');
    const made = lab.run(
      'ip link add vx-001001 type vxlan id 4097 dstport 4789 learning proxy l2miss l3miss',
    );
    expect(made).toBe('');
    const dev = lab.host.initNamespace.device('vx-001001')!;
    expect(dev).toBeInstanceOf(Vxlan);
    overlay.moveDeviceHere(dev, 'vxlan0');
    expect(dev.linkIfindex).toBe(dev.ifindex);
    expect((dev as Vxlan).linkDetails()).toBe(
      'id 4097 srcport 0 0 dstport 4789 proxy l2miss l3miss ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx',
    );
    // The VNI stays taken where the device was made, as the overlay driver relies on.
    expect(lab.run('ip link add other type vxlan id 4097 dstport 4789')).toBe(
      'RTNETLINK answers: File exists\n',
    );
    expect(lab.run('ip link add other type vxlan id 4097 dstport 4790')).toBe('');
  });

  it('prints every setting, and refuses what is not modelled', () => {
    const lab = new IpLab();
    expect(
      lab.run(
        'ip link add v0 type vxlan id 7 remote 192.0.2.1 local 192.0.2.2 dev lo srcport 4000 5000 dstport 8472 nolearning ' +
          'tos inherit ttl 3 df set ageing 20 maxaddress 9 noudpcsum',
      ),
    ).toBe('');
    const dev = lab.host.initNamespace.device('v0') as Vxlan;
    expect(dev.linkDetails()).toBe(
      'id 7 remote 192.0.2.1 local 192.0.2.2 dev lo srcport 4000 5000 dstport 8472 nolearning tos inherit ttl 3 df set ' +
        'ageing 20 maxaddr 9 noudpcsum noudp6zerocsumtx noudp6zerocsumrx',
    );
    expect(dev.mtu).toBe(65536 - 50);
    for (const options of ['id 8 group 239.1.1.1', 'id 8 gbp', 'id 8 external']) {
      expect(lab.run(`ip link add v1 type vxlan ${options}`)).toContain('not modelled');
    }
    expect(lab.run('ip link add v1 type vxlan id 16777216')).toBe(
      'RTNETLINK answers: Numerical result out of range\n',
    );
    expect(lab.host.initNamespace.device('v1')).toBeUndefined();
  });
});
