import { describe, expect, it } from 'vitest';
import { dockerZeroLab } from '../programs/lab.ts';

describe('ip address with IPv6', () => {
  it('shows, adds and removes addresses', () => {
    const { lab } = dockerZeroLab();
    lab.host.initNamespace.ipv6!.setAllDisabled(0);
    lab.wait(5);
    const shown = lab.run(lab.machine, 'ip -6 addr show dev docker0').stdout;
    // As recorded on a host: the scope is followed by a space.
    expect(shown).toContain(
      '    inet6 fe80::42:b6ff:fe5e:6d42/64 scope link \n       valid_lft forever preferred_lft forever\n',
    );
    expect(lab.run(lab.machine, 'ip addr show lo').stdout).toContain('    inet6 ::1/128 scope host \n');
    expect(lab.run(lab.machine, 'ip addr add fd00::1/64 dev docker0').exit).toBe(0);
    expect(lab.run(lab.machine, 'ip addr show docker0').stdout).toContain(
      'inet6 fd00::1/64 scope global tentative \n',
    );
    lab.wait(3);
    expect(lab.run(lab.machine, 'ip addr show docker0').stdout).toContain('inet6 fd00::1/64 scope global \n');
    expect(lab.run(lab.machine, 'ip addr add fd00::1/64 dev docker0').stderr).toContain('File exists');
    expect(lab.run(lab.machine, 'ip addr del fd00::1/64 dev docker0').exit).toBe(0);
    expect(lab.run(lab.machine, 'ip addr show docker0').stdout).not.toContain('fd00');
    expect(lab.run(lab.machine, 'sysctl -n net.ipv6.conf.docker0.disable_ipv6').stdout).toBe('0\n');
  });
});
