#!/usr/bin/env python3
"""ipv6.py: the IPv6 packets of every capture of a recording against a run's captures, as JSON.

usage: ipv6.py RECORDED_FOLDER CAPTURES_FOLDER

For each capture that has IPv6 packets on either side: how many were recorded, which of them have no twin in the run,
and which of the run's have none in the recording. Packets are compared by tracediff.py's fields and the records of
multicast listener reports, in any order; link-local addresses, solicited-node groups and random MACs as patterns.
Only captures with IPv6 in them are decoded. Needs tshark.
"""
import collections, glob, json, os, struct, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tracediff as td

REPORT_FIELDS = ["icmpv6.mldr.mar.record_type", "icmpv6.mldr.mar.multicast_address"]
td.FIELDS += [*REPORT_FIELDS, "icmpv6.opt.type"]
recorded, captures = sys.argv[1], sys.argv[2]


def has_ipv6(path):
    """Whether a classic pcap of Ethernet frames holds an IPv6 packet, tagged or not."""
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack(order + "I", data[at + 8 : at + 12])[0]
        frame = data[at + 16 : at + 16 + length]
        at += 16 + length
        if (frame[16:18] if frame[12:14] == b"\x81\x00" else frame[12:14]) == b"\x86\xdd":
            return True
    return False


def packets(path):
    """The IPv6 packets of a capture as a multiset of short texts."""
    rows = td.read(path, "ipv6", None)
    found = collections.Counter()
    for packet in td.canonical(rows, {"frame.time_relative", "ipv6.plen"}, set(), False):
        groups = [group(v) for v in packet.pop(REPORT_FIELDS[1], "").split(",") if v]
        records = [f"{kind} {g}" for kind, g in zip(packet.pop(REPORT_FIELDS[0], "").split(","), groups)]
        tag = f"vlan {packet['vlan.id']}: " if "vlan.id" in packet else ""
        target = packet.get("icmpv6.nd.ns.target_address", "")
        parts = [
            f"{tag}{packet.get('eth.src')} > {packet.get('eth.dst')}, {packet.get('ipv6.src')} > {packet.get('ipv6.dst')}",
            f"hlim {packet.get('ipv6.hlim')} {packet.get('frame.protocols')} type {packet.get('icmpv6.type')}",
            f"length {packet.get('frame.len')}",
            *([f"target {target}"] if target else []),
            *([f"options {packet['icmpv6.opt.type']}"] if "icmpv6.opt.type" in packet else []),
            *records,
        ]
        found[", ".join(parts)] += 1
    return found


def group(address):
    return "ff02::1:ff*" if address.startswith("ff02::1:ff") else address


result = []
for ref in sorted(glob.glob(os.path.join(recorded, "*.pcap"))):
    name = os.path.basename(ref)[:-5]
    got = os.path.join(captures, name + ".pcap")
    sides = [packets(path) if os.path.exists(path) and has_ipv6(path) else collections.Counter() for path in (ref, got)]
    if not any(sides):
        continue
    result.append({
        "name": name, "recorded": sorted(sides[0].elements()),
        "onlyRecorded": sorted((sides[0] - sides[1]).elements()), "onlyRun": sorted((sides[1] - sides[0]).elements()),
    })
json.dump(result, sys.stdout)
