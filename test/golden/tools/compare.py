#!/usr/bin/env python3
"""compare.py: every capture of a folder of recordings against a run's captures, as JSON.

usage: compare.py RECORDED_FOLDER CAPTURES_FOLDER [GLOB]

For each RECORDED/NAME.pcap that has a CAPTURES/NAME.pcap (or .pcapng) it counts the packets that agree in order,
in any order, and with TCP's timing aside (see tracediff.py, whose comparison this is). IPv6 background traffic and
Swarm's control traffic are left out. Each trace is decoded once. Needs tshark.
"""
import collections, fnmatch, glob, json, os, sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import difflib
import tracediff as td

recorded, captures = sys.argv[1], sys.argv[2]
only = sys.argv[3] if len(sys.argv) > 3 else "*"
FILTER = "not ipv6 and not (tcp.port == 2377 or tcp.port == 7946 or udp.port == 7946)"
LOOPBACK_IGNORED = "ip.checksum.status,udp.checksum.status,tcp.checksum.status,icmp.checksum.status,udp.checksum,udp.payload,tcp.payload"

random_file = os.path.join(recorded, "random-ports")
random_ports = {int(p) for p in open(random_file).read().strip().split(",") if p} if os.path.exists(random_file) else set()
ref_sa = trace_sa = None
if os.path.exists(os.path.join(recorded, "esp_sa")):
    keys = [k for k in (os.path.join(captures, "esp_sa"), os.path.join(captures, "..", "esp_sa")) if os.path.exists(k)]
    if keys:
        ref_sa, trace_sa = os.path.join(recorded, "esp_sa"), keys[0]


def aligned(ref, got):
    """Matched packets in order, and what differs, as text."""
    rk, gk = [tuple(sorted(p.items())) for p in ref], [tuple(sorted(p.items())) for p in got]
    matched, lines = 0, []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, rk, gk, autojunk=False).get_opcodes():
        if tag == "equal":
            matched += i2 - i1
            continue
        for k in range(max(i2 - i1, j2 - j1)):
            r = ref[i1 + k] if i1 + k < i2 else None
            g = got[j1 + k] if j1 + k < j2 else None
            if r and g and r.get("frame.protocols") == g.get("frame.protocols"):
                diff = {f: (r.get(f), g.get(f)) for f in sorted(set(r) | set(g)) if r.get(f) != g.get(f)}
                lines.append(f"~ #{i1+k+1}/#{j1+k+1} {td.brief(r)} {diff}")
            else:
                if r: lines.append(f"- #{i1+k+1} {td.brief(r)}")
                if g: lines.append(f"+ #{j1+k+1} {td.brief(g)}")
    return matched, lines


def multiset(ref, got):
    count = lambda packets: collections.Counter(tuple(sorted(p.items())) for p in packets)
    return sum((count(ref) & count(got)).values())


def compare(ref_path):
    name = os.path.basename(ref_path)[:-5]
    got_path = next((p for p in (os.path.join(captures, name + e) for e in (".pcap", ".pcapng")) if os.path.exists(p)), None)
    if got_path is None:
        return {"name": name, "missing": True}
    with ThreadPoolExecutor(2) as pool:
        ref_rows, got_rows = pool.map(lambda a: td.read(a[0], FILTER, a[1]), ((ref_path, ref_sa), (got_path, trace_sa)))
    td.DERIVED.clear()
    td.collect_derived(ref_rows, got_rows)
    ignore = {"frame.time_relative"}
    if name.endswith("-lo") or name == "remote-client-eth0":
        ignore |= set(LOOPBACK_IGNORED.split(","))
    unseen = td.ports(got_rows) - td.ports(ref_rows) if random_ports else set()
    view = lambda rows, ports, numbered: td.canonical([list(row) for row in rows], ignore, ports, numbered)
    ref, got = view(ref_rows, random_ports, True), view(got_rows, random_ports | unseen, True)
    matched, lines = aligned(ref, got)
    loose = multiset(view(ref_rows, random_ports, False), view(got_rows, random_ports | unseen, False))
    coarse_ref, coarse_got = td.coarse(ref_rows), td.coarse(got_rows)
    coarse = multiset(view(coarse_ref, random_ports, False), view(coarse_got, random_ports | unseen, False))
    return {"name": name, "missing": False, "reference": len(ref), "trace": len(got), "inOrder": matched, "anyOrder": loose,
            "coarse": coarse, "coarseTotal": max(len(coarse_ref), len(coarse_got)), "differences": lines[:40]}


paths = sorted(p for p in glob.glob(os.path.join(recorded, "*.pcap")) if fnmatch.fnmatch(os.path.basename(p)[:-5], only))
json.dump([compare(p) for p in paths], sys.stdout)
