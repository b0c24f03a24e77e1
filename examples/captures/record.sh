#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Records office.pcap: an afternoon of a small office in half a minute. Needs root, on Debian or
# one of its children; installs what is missing. Nothing leaves the network namespaces that it
# makes and removes again; addresses and names are those kept for documentation.
#
#   sudo examples/captures/record.sh [FILE]
#
#     pc ------- untagged ---+                    +--- untagged ------- server
#     phone ---- VLAN 20 ----+- floor == trunk == core - VLAN 20 ---- pbx
#     branch --- VLAN 100.30 +         |          +--- VLAN 100.30 ---- hq
#                                   recorded
#
# Hosts send untagged frames; the access ports of the two switches tag them (802.1Q for voice,
# 802.1Q in 802.1ad for the branch's line), so tags are seen on the trunk only. access.bpf.c does
# it, because not every kernel has 802.1Q devices or a bridge that filters VLANs.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin # the distribution's own tools

here=$(cd "$(dirname "$0")" && pwd)
capture=$(realpath -m "${1:-$here/office.pcap}")
hosts="pc phone branch server pbx hq"
namespaces="$hosts floor core"
prefix=skep-office
work=
jobs_started=()

die() {
	echo "record.sh: $*" >&2
	exit 2
}

install_missing() {
	local -A package=([busybox]=busybox [clang-19]=clang-19 [curl]=curl [dig]=bind9-dnsutils
		[dnsmasq]=dnsmasq-base [ethtool]=ethtool [ip]=iproute2 [ping]=iputils-ping
		[python3]=python3 [socat]=socat [tc]=iproute2 [tcpdump]=tcpdump)
	local missing=() tool
	for tool in "${!package[@]}"; do
		command -v "$tool" >/dev/null || missing+=("${package[$tool]}")
	done
	test -e /usr/include/bpf/bpf_helpers.h || missing+=(libbpf-dev)
	test ${#missing[@]} -eq 0 && return
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# What runs in a namespace, and what runs there in the background until the end.
at() { ip netns exec "$prefix-$1" "${@:2}"; }
serve() {
	at "$@" >>"$work/log" 2>&1 &
	jobs_started+=($!)
}

cleanup() {
	local status=$? pid namespace
	test $status = 0 || test ! -s "$work/log" || tail -n 20 "$work/log" >&2
	for pid in "${jobs_started[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	for namespace in $namespaces; do ip netns del "$prefix-$namespace" 2>/dev/null || true; done
	rm -rf "$work" "$capture.part"
}

# Frames as they would be on a wire: no segments or fragments left for the receiver to put
# together, checksums in place, tags inside the frame.
plain_wire() {
	at "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off \
		txvlan off rxvlan off tx-vlan-stag-hw-insert off rx-vlan-stag-hw-parse off \
		>/dev/null 2>&1 || true
}

# cable A PORT B PORT
cable() {
	ip link add "$2" netns "$prefix-$1" type veth peer name "$4" netns "$prefix-$3"
	plain_wire "$1" "$2"
	plain_wire "$3" "$4"
}

make_switch() {
	at "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	at "$1" sysctl -qw net.bridge.bridge-nf-call-iptables=0 \
		net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0 \
		2>/dev/null || true # kernels without bridge netfilter
	at "$1" ip link add switch type bridge stp_state 0 mcast_snooping 0
	at "$1" ip link set switch up
}

# access SWITCH HOST VLAN: a port of that name, tagged by access.bpf.c
access() {
	cable "$1" "$2" "$2" eth0
	at "$1" tc qdisc add dev "$2" clsact
	test "$3" = plain || at "$1" tc filter add dev "$2" ingress bpf direct-action \
		object-file "$work/access.bpf.o" section "tc/$3_in"
	at "$1" tc filter add dev "$2" egress bpf direct-action \
		object-file "$work/access.bpf.o" section "tc/$3_out"
	at "$1" ip link set "$2" master switch up
}

# host NAME MAC MTU ADDRESS...: the MTU leaves room for the tags, so no frame exceeds 1514 bytes
host() {
	local name=$1 mac=$2 mtu=$3 address
	at "$name" ip link set lo up
	at "$name" ip link set eth0 address "$mac" mtu "$mtu" up
	for address in "${@:4}"; do at "$name" ip address add "$address" dev eth0; done
}

wire() {
	local name
	for name in $namespaces; do ip netns add "$prefix-$name"; done
	clang-19 -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c "$here/access.bpf.c" -o "$work/access.bpf.o"
	make_switch floor
	make_switch core
	cable floor trunk core trunk
	access floor pc plain
	access floor phone voice
	access floor branch branch
	access core server plain
	access core pbx voice
	access core hq branch
	at floor ip link set trunk master switch up
	at core ip link set trunk master switch up
	serve core tcpdump -i trunk --immediate-mode -n -U -Z root -w "$capture.part"
	sleep 1
	# From here on everything is on the record: address detection, multicast reports, ...
	host server 02:00:00:00:10:01 1500 192.0.2.1/24 2001:db8:10::1/64
	host pbx 02:00:00:00:20:01 1496 198.51.100.1/24 2001:db8:20::1/64
	host hq 02:00:00:00:30:01 1492 203.0.113.1/24 2001:db8:30::1/64
	host pc 02:00:00:00:10:0b 1500 2001:db8:10::b/64 # IPv4 by DHCP
	host phone 02:00:00:00:20:0b 1496 198.51.100.11/24 2001:db8:20::b/64
	host branch 02:00:00:00:30:0b 1492 203.0.113.11/24 2001:db8:30::b/64
	sleep 3 # until duplicate address detection is done
}

# name_service HOST V4 V6: example.test, with one answer that fits no single frame
name_service() {
	local notes=() line
	for line in $(seq 1 12); do
		notes+=(--txt-record="notes.example.test,$line $(printf 'lorem ipsum dolor sit amet %.0s' {1..8})")
	done
	serve "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
		--pid-file= --dhcp-leasefile="$work/leases-$1" --user=root --bind-interfaces \
		--interface=eth0 --edns-packet-max=4096 --local=/example.test/ --domain=example.test \
		--host-record="www.example.test,$2,$3" --host-record="mail.example.test,$2,$3" \
		--mx-host=example.test,mail.example.test,10 "${notes[@]}" "${@:4}"
}

servers() {
	mkdir "$work/www"
	local kilobytes name
	for kilobytes in 1 4 16 64; do
		seq -f "line %06g of a page in the office" 100000 |
			head -c $((kilobytes * 1024)) >"$work/www/page-$kilobytes.txt" || true
	done
	seq -f "%06g: firmware" 100000 | head -c 20000 >"$work/www/phone.bin" || true

	name_service server 192.0.2.1 2001:db8:10::1 \
		--dhcp-range=192.0.2.100,192.0.2.200,1h --dhcp-host=02:00:00:00:10:0b,192.0.2.11
	name_service pbx 198.51.100.1 2001:db8:20::1 --enable-tftp --tftp-root="$work/www"
	for name in server hq; do
		serve "$name" python3 -m http.server --bind :: --directory "$work/www" 80
	done
	serve server socat TCP6-LISTEN:23,fork,reuseaddr,ipv6only=0 \
		SYSTEM:'echo login\:; read name; echo Welcome to example.test, $name; cat'
	serve server socat -u TCP6-LISTEN:9100,fork,reuseaddr,ipv6only=0 OPEN:/dev/null
	serve hq socat -u TCP6-LISTEN:9100,fork,reuseaddr,ipv6only=0 OPEN:/dev/null
	serve server socat -u UDP6-RECVFROM:4739,fork OPEN:/dev/null
	serve server socat -u UDP4-RECV:5004,ip-add-membership=239.1.1.1:eth0 OPEN:/dev/null
	sleep 2
}

# Failures are part of the traffic: closed ports, names that do not exist.
try() { at "$@" >>"$work/log" 2>&1 || true; }

lease_address() {
	cat >"$work/lease" <<'SCRIPT'
#!/bin/sh
test "$1" = bound && ip address add "$ip/24" dev "$interface"
exit 0
SCRIPT
	chmod +x "$work/lease"
	try pc busybox udhcpc -i eth0 -f -q -n -s "$work/lease"
}

names() {
	local i server
	for i in $(seq 1 20); do
		try pc dig @192.0.2.1 +tries=1 +time=2 "host-$i.example.test" A
	done
	for server in 192.0.2.1 2001:db8:10::1; do
		try pc dig "@$server" +tries=1 +time=2 www.example.test A
		try pc dig "@$server" +tries=1 +time=2 www.example.test AAAA
		try pc dig "@$server" +tries=1 +time=2 example.test MX
		try pc dig "@$server" +tries=1 +time=2 +tcp notes.example.test TXT
		try pc dig "@$server" +tries=1 +time=2 +bufsize=4096 +ignore notes.example.test TXT
		try pc dig "@$server" +tries=1 +time=1 -p 5300 www.example.test A # closed
	done
	try phone dig @198.51.100.1 +tries=1 +time=2 www.example.test A
	try phone dig @2001:db8:20::1 +tries=1 +time=2 www.example.test AAAA
}

pages() {
	local kilobytes server
	for server in 192.0.2.1 '[2001:db8:10::1]'; do
		for kilobytes in 1 4 16 64 1 4 1; do
			try pc curl -s -o /dev/null -H 'Host: www.example.test' "http://$server/page-$kilobytes.txt"
		done
		try pc curl -s -o /dev/null "http://$server/nothing.html"
		try pc curl -s -o /dev/null "http://$server:8080/" # closed
	done
	for server in 203.0.113.1 '[2001:db8:30::1]'; do
		for kilobytes in 4 64 16; do
			try branch curl -s -o /dev/null -H 'Host: hq.example.test' \
				"http://$server/page-$kilobytes.txt"
		done
	done
}

pings() {
	try pc ping -c 5 -i 0.2 192.0.2.1
	try pc ping -c 5 -i 0.2 2001:db8:10::1
	try pc ping -c 3 -i 0.2 -s 4000 192.0.2.1 # fragments
	try pc ping -c 3 -i 0.2 -s 4000 2001:db8:10::1
	try pc ping -c 3 -i 0.2 -R 192.0.2.1 # options: record route, timestamps
	try pc ping -c 3 -i 0.2 -T tsandaddr 192.0.2.1
	try pc ping -c 2 -i 0.2 -W 1 192.0.2.77 # nobody there
	try phone ping -c 3 -i 0.2 -s 3000 198.51.100.1
	try branch ping -c 3 -i 0.2 -s 3000 203.0.113.1
	try branch ping -c 3 -i 0.2 -s 3000 2001:db8:30::1
}

transfers() {
	head -c 300000 <(seq 100000) >"$work/print"
	try pc socat -u "OPEN:$work/print" 'TCP6:[2001:db8:10::1]:9100'
	try branch socat -u "OPEN:$work/print" TCP4:203.0.113.1:9100
	try phone curl -s -o /dev/null tftp://198.51.100.1/phone.bin
	try pc bash -c "(sleep 0.3; echo guest; sleep 0.3; echo ls; sleep 0.3) |
		socat - TCP4:192.0.2.1:23"
	try pc bash -c "(sleep 0.3; echo guest; sleep 0.3) | socat - TCP6:[2001:db8:10::1]:23"
	head -c 4000 "$work/print" >"$work/datagram"
	try pc socat -u -b 4000 "OPEN:$work/datagram" UDP4-SENDTO:192.0.2.1:4739 # fragments, ports
	try pc socat -u -b 4000 "OPEN:$work/datagram" 'UDP6-SENDTO:[2001:db8:10::1]:4739'
}

call() {
	at pbx python3 "$here/talk.py" voice 198.51.100.11 &
	try phone python3 "$here/talk.py" voice 198.51.100.1
	wait $!
}

extension_headers() {
	try pc python3 "$here/talk.py" options 2001:db8:10::1
	# Segment routing puts a routing header into every packet on its way to the server.
	at server sysctl -qw net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.eth0.seg6_enabled=1
	at server ip address add 2001:db8:10::51/64 dev eth0 nodad
	if at pc ip -6 route add 2001:db8:10::1/128 encap seg6 mode inline \
		segs 2001:db8:10::51 dev eth0 2>>"$work/log"; then
		try pc ping -c 3 -i 0.2 2001:db8:10::1
		try pc curl -s -o /dev/null 'http://[2001:db8:10::1]/page-4.txt'
	fi
}

test "$(id -u)" = 0 || die "needs root to make network namespaces; run it with sudo"
install_missing
work=$(mktemp -d)
chmod 755 "$work" # servers drop their privileges
trap cleanup EXIT
wire
servers
lease_address
names
pages
pings
transfers
call
extension_headers
sleep 1
mv "$capture.part" "$capture"
echo "$capture: $(tcpdump -n -r "$capture" 2>/dev/null | wc -l) packets, $(stat -c %s "$capture") bytes"
