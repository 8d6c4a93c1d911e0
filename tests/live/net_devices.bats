load helpers
# linux.netDevices: devices of the runtime's network namespace move into the container's.  The runtime's is one of the test's
# own, HOST_NS, so that nothing of this machine is touched; its devices are veth pairs.

ring3() { RING3_TEST_COOKIE=$COOKIE on_host "$RUNTIME" --root "$STATE" "$@"; }
on_host() {
	if [ -n "${HOST_NS:-}" ]; then nsenter --net="/proc/$HOST_NS/ns/net" "$@"; else "$@"; fi
}
in_container() { nsenter --net="/proc/$(pid_of)/ns/net" "$@"; }

# host DEVICE...: a network namespace for the runtime, with these devices; the other end of each pair is called peer-DEVICE.
host() {
	has_veth || skip "no veth devices in this kernel"
	hold network
	HOST_NS=$HOLDER
	[ "$(on_host readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
	local device
	for device; do
		on_host ip link add "$device" type veth peer name "peer-$device"
	done
}
has_veth() { unshare --net ip link add veth-try type veth peer name veth-peer 2>/dev/null; }
net_devices() { printf '.linux.netDevices = %s' "$1"; }

# of PLACE DEVICE FILTER: what `ip address` says of the device there, as JSON.
of() { "$1" ip -json address show dev "$2" | jq -c ".[0] | $3"; }
# The addresses of a device, sorted, with broadcast; without the link-local ones, which the kernel makes.
addresses() { of "$1" "$2" '[.addr_info[] | select(.scope == "global") | "\(.local)/\(.prefixlen) \(.broadcast)"] | sort'; }
is_there() { "$1" ip link show dev "$2" >/dev/null 2>&1; }
is_gone() { ! is_there "$@"; }	# bats does not see a "!" of the test itself

# bats test_tags=not:user
@test "D-21 D-25 the device is in the container, up, and no more on the host" {
	host dev0
	on_host ip link set dev0 mtu 1400 address 02:00:00:00:00:42
	create "$(net_devices '{dev0: {}}')" sleep 1000
	is_gone on_host dev0
	is_there on_host peer-dev0
	[ "$(of in_container dev0 '.flags | index("UP") != null')" = true ]
	[ "$(of in_container dev0 '[.mtu, .address]')" = '[1400,"02:00:00:00:00:42"]' ]
	start
	delete
}

# bats test_tags=not:user
@test "D-21 sysctls and hooks of create find the device" {
	host dev0
	create "$(net_devices '{dev0: {name: "inner0"}}') | .linux.sysctl = {\"net.ipv4.conf.inner0.rp_filter\": \"2\"}
		| .hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"jq .pid >$BUNDLE/pid; nsenter --net=/proc/\$(cat $BUNDLE/pid)/ns/net ip link show >$BUNDLE/seen\"]}]" sleep 1000
	grep -q inner0 "$BUNDLE/seen"
	[ "$(nsenter --net="/proc/$(pid_of)/ns/net" sysctl -n net.ipv4.conf.inner0.rp_filter)" = 2 ]
	delete
}

# bats test_tags=not:user
@test "D-22 the device has the name that was asked for" {
	host dev0 dev1
	create "$(net_devices '{dev0: {name: "inner0"}, dev1: {name: "dev0"}}')" sleep 1000
	is_there in_container inner0
	is_there in_container dev0
	is_gone in_container dev1
	delete
}

# bats test_tags=not:user
@test "D-23 the kernel picks the number for %d, and the addresses follow" {
	host dev0 dev1
	on_host ip address add 192.0.2.7/24 dev dev0
	hold network
	nsenter --net="/proc/$HOLDER/ns/net" ip link add eth0 type veth peer name eth1
	create "$(net_devices '{dev0: {name: "eth%d"}, dev1: {name: "eth%d"}}') | (.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$HOLDER/ns/net\"" sleep 1000
	[ "$(addresses in_container eth2)" = '["192.0.2.7/24 null"]' ] || [ "$(addresses in_container eth3)" = '["192.0.2.7/24 null"]' ]
	[ "$(of in_container eth2 '.flags | index("UP") != null')" = true ]
	[ "$(of in_container eth3 '.flags | index("UP") != null')" = true ]
	is_gone on_host dev0
	delete
}

# bats test_tags=not:user
@test "D-24 permanent addresses of global scope come along, and no others" {
	host dev0
	on_host ip link set dev0 up
	on_host ip link set peer-dev0 up
	on_host ip address add 192.0.2.7/24 broadcast 192.0.2.255 dev dev0 label dev0:one
	on_host ip address add 192.0.2.8/24 dev dev0
	on_host ip address add 198.51.100.1 peer 198.51.100.2 dev dev0
	on_host ip address add 169.254.7.1/16 dev dev0 scope link
	on_host ip address add 203.0.113.2/24 dev dev0 valid_lft 1000 preferred_lft 1000
	on_host ip -6 address add 2001:db8::7/64 dev dev0 nodad
	on_host ip -6 address add 2001:db8::8/64 dev dev0 valid_lft 1000 preferred_lft 1000
	create "$(net_devices '{dev0: {name: "inner0"}}')" sleep 1000
	[ "$(addresses in_container inner0)" = '["192.0.2.7/24 192.0.2.255","192.0.2.8/24 null","198.51.100.1/32 null","2001:db8::7/64 null"]' ]
	[ "$(of in_container inner0 '[.addr_info[] | select(.local == "198.51.100.1").address]')" = '["198.51.100.2"]' ]
	[ "$(of in_container inner0 '[.addr_info[] | select(.local == "192.0.2.8").secondary]')" = '[true]' ]
	[ "$(of in_container inner0 '[.addr_info[] | select(.scope == "link" and .family == "inet")]')" = '[]' ]
	in_container ip route show dev inner0 | grep -q 192.0.2.0/24
	delete
}

# bats test_tags=not:user
@test "D-26 LC-16 the device stays in a namespace that outlives the container" {
	host dev0
	hold network
	up "$(net_devices '{dev0: {}}') | (.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$HOLDER/ns/net\"" true
	within 2000 is stopped
	delete
	nsenter --net="/proc/$HOLDER/ns/net" ip link show dev dev0
	is_gone on_host dev0
}

@test "D-27 an ordinary user, and root without CAP_NET_ADMIN, get an error" {
	bundle "$(net_devices '{dev0: {}}')" true
	if [ "$LIVE_AS" = user ]; then
		try create -b "$BUNDLE" "$ID"
	else
		run setpriv --bounding-set -net_admin "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID"
	fi
	fails config.json: linux.netDevices "takes CAP_NET_ADMIN"
}

# back DEVICE: it is where it was, with its addresses, and up.
back() {
	[ "$(of on_host "$1" '.flags | index("UP") != null')" = true ]
	[ "$(addresses on_host "$1")" = '["192.0.2.7/24 192.0.2.255","2001:db8::7/64 null"]' ]
	[ "$(of on_host "$1" '[.addr_info[] | select(.local == "192.0.2.7" or .local == "169.254.7.1") | .label] | sort')" = "[\"$1\",\"$1:one\"]" ]
}
host_with_addresses() {
	host "$@"
	on_host ip link set "$1" up
	on_host ip address add 192.0.2.7/24 broadcast 192.0.2.255 dev "$1" label "$1:one"
	on_host ip address add 169.254.7.1/16 dev "$1" scope link
	on_host ip -6 address add 2001:db8::7/64 dev "$1" nodad
	back "$1"
}

# bats test_tags=not:user
@test "D-21 a device that is missing is an error, and no other one moves" {
	host_with_addresses dev0
	local before
	before=$(on_host ip -details address)
	refused "$(net_devices '{dev0: {}, dev9: {}}')" config.json: linux.netDevices.dev9 "there is no network device dev9"
	[ "$(on_host ip -details address)" = "$before" ]
}

# bats test_tags=not:user
@test "D-22 a name that the container has already is an error, and no device moves" {
	host_with_addresses dev0 dev1
	local before
	before=$(on_host ip -details address)
	refused "$(net_devices '{dev0: {}, dev1: {name: "lo"}}')" config.json: linux.netDevices.dev1 "has a network device lo already"
	[ "$(on_host ip -details address)" = "$before" ]
}

# bats test_tags=not:user
@test "D-21 a device that cannot move is an error, and the one before it comes back" {
	host_with_addresses dev0
	refused "$(net_devices '{dev0: {}, lo: {name: "lo1"}}')" config.json: linux.netDevices.lo "move it into"
	back dev0
	is_there on_host lo
}

# bats test_tags=not:user
@test "D-21 the runtime's own network namespace is refused as the container's" {
	host_with_addresses dev0
	refused "$(net_devices '{dev0: {}}') | (.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$HOST_NS/ns/net\"" \
		config.json: linux.netDevices "is the runtime's own"
	refused "$(net_devices '{dev0: {}}') | .linux.namespaces -= [{type: \"network\"}] | .mounts -= [.mounts[] | select(.type == \"sysfs\")]" \
		config.json: linux.netDevices "need a network namespace"
	back dev0
}

# bats test_tags=not:user
@test "D-21 LC-21 whatever fails behind the move, the device comes back with its name and addresses" {
	host_with_addresses dev0
	local device='{dev0: {name: "inner0"}}' hook
	for hook in prestart createRuntime createContainer; do
		refused "$(net_devices "$device") | .hooks.$hook = [{path: \"/bin/false\"}]" "hook"
		back dev0
	done
	refused "$(net_devices "$device") | .linux.sysctl = {\"net.ipv4.ip_forward\": \"x\"}" sysctl
	back dev0
	refused "$(net_devices "$device") | .process.args = [\"/no/such/program\"]" "/no/such/program"
	back dev0
	bundle "$(net_devices "$device")" true
	try create --pid-file /no/such/directory/pid -b "$BUNDLE" "$ID"
	fails /no/such/directory
	back dev0
}

# bats test_tags=not:user
@test "D-21 LC-21 the container process dies while it is set up, and the device comes back" {
	host_with_addresses dev0
	refused "$(net_devices '{dev0: {}}') | .hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"kill -9 \$(jq .pid)\"]}]" killed
	back dev0
}
