#!/usr/bin/env bash
# The kernel's own TCP (CUBIC) over 10 ms with loss: kernel-tcp-loss.sh LOSS SEED BYTES. Prints its goodput.
# Two network namespaces, a third between them with delay-relay. Needs root, gcc, iproute2, ethtool and python3.
set -euo pipefail
loss=$1 seed=$2 bytes=$3
here=$(dirname "$0")
work=$(mktemp -d)
cleanup() {
  kill $(jobs -p) 2>/dev/null || true
  for n in dw-a dw-b dw-m; do ip netns del $n 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
gcc -O2 -o "$work/delay-relay" "$here/delay-relay.c"
for n in dw-a dw-b dw-m; do
  ip netns add $n
  ip -n $n link set lo up
  ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1
done
ip link add e0 netns dw-a type veth peer name pa netns dw-m
ip link add e0 netns dw-b type veth peer name pb netns dw-m
ip -n dw-a addr add 10.9.0.1/24 dev e0
ip -n dw-b addr add 10.9.0.2/24 dev e0
for end in dw-a:e0 dw-b:e0 dw-m:pa dw-m:pb; do
  ip -n "${end%:*}" link set "${end#*:}" up
  ip netns exec "${end%:*}" ethtool -K "${end#*:}" tso off gso off gro off tx off rx off >/dev/null
done
ip netns exec dw-m "$work/delay-relay" pa pb 5000 "$loss" "$seed" &
sleep 0.5
ip netns exec dw-b python3 - <<'PY' &
import socket, time
listener = socket.socket()
listener.bind(('10.9.0.2', 5001))
listener.listen(1)
connection, _ = listener.accept()
total, start = 0, None
while data := connection.recv(262144):
    start = start or time.monotonic()
    total += len(data)
seconds = time.monotonic() - start
print(f'{total} bytes, {seconds:.2f} s, {total * 8 / seconds / 1e6:.2f} Mbit/s', flush=True)
PY
server=$!
until ip netns exec dw-b ss -tln | grep -q 5001; do sleep 0.2; done
ip netns exec dw-a python3 - "$bytes" <<'PY'
import socket, subprocess, sys
client = socket.socket()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'cubic')
client.connect(('10.9.0.2', 5001))
left, block = int(sys.argv[1]), b'x' * 65536
while left > 0:
    client.sendall(block[:left])
    left -= len(block)
listed = subprocess.run(['ss', '-tino', 'dst', '10.9.0.2'], capture_output=True, text=True).stdout
print(' '.join(word for word in listed.split() if word.split(':')[0] in ('cubic', 'rtt', 'mss', 'cwnd', 'bytes_retrans')))
client.close()
PY
wait $server
