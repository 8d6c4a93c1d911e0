load helpers

LINE='awk '"'"'$5 == "/m" || $5 ~ "^/m/" { t = ""; for (i = 7; $i != "-"; i++) t = t " " $i; print $5 " attr," $6 ", tags" t " type," $(i+1) " source," $(i+2) " sb," $(i+3) "," }'"'"' /proc/self/mountinfo'

tmpfs() { mount_of /m tmpfs tmpfs "$1"; }
bind() { printf '.mounts += [{destination: "%s", source: "%s", options: %s}]' "$@"; }

@test "M-01 mounts are made in the listed order" {
	inside "$(tmpfs '[]') | .mounts += [{destination: \"/m/sub\", type: \"tmpfs\", source: \"one\"}, {destination: \"/m/sub\", type: \"tmpfs\", source: \"two\"}]" "$LINE"
	ok
	[[ ${lines[0]} == "/m "* && ${lines[1]} == "/m/sub "*one* && ${lines[2]} == "/m/sub "*two* ]] || show
}

# A link in what is mounted leads around in the root, not out of it.
@test "M-01 a bind source that an earlier mount makes" {
	mkdir -p "$BUNDLE/src/sub" "$BUNDLE/other" "$ROOTFS/a" "$ROOTFS/b" "$ROOTFS/c" "$ROOTFS/d"
	echo outer >"$BUNDLE/src/file"
	echo inner >"$BUNDLE/other/file"
	echo host >"$BUNDLE/secret"
	touch "$ROOTFS/c/f"
	ln -s "$BUNDLE" "$BUNDLE/src/out"
	inside "$(bind /a "$BUNDLE/src" '["bind"]') | $(bind /a/sub "$BUNDLE/other" '["bind"]') | $(bind /b "$ROOTFS/a" '["rbind","ro"]') |
		$(bind "$ROOTFS/c" "$ROOTFS/b/sub/file" '["bind"]' | sed s,/c,/c/f,) | $(bind /d "$ROOTFS/a" '["bind"]')" \
		'cat /b/file /b/sub/file /c/f; ls -A /d/sub; touch /b/x; ls '"$ROOTFS"
	has "outer" "inner
inner" "touch: /b/x: Read-only file system" "ls: $ROOTFS: No such file or directory"
	refused "$(bind /a "$BUNDLE/src" '["bind"]') | $(bind /b "$ROOTFS/a/out/secret" '["bind"]')" "mounts[7].source" "no such file or directory"
	rm -rf "$ROOTFS/a" "$ROOTFS/b" "$ROOTFS/c" "$ROOTFS/d"
}

@test "M-02 a destination that is missing is created" {
	inside "$(mount_of /new/deep/dir tmpfs t '[]')" 'grep -c " /new/deep/dir " /proc/self/mountinfo'
	prints 1
	rm -r "$ROOTFS/new"
}

@test "M-02 a relative destination counts from the root" {
	inside "$(mount_of m tmpfs t '[]')" "$LINE"
	ok
	has "/m attr"
}

@test "M-02 a destination through a symbolic link out of the root stays inside" {
	mkdir -p "$BUNDLE/outside"
	ln -sfn "$BUNDLE/outside" "$ROOTFS/evil"
	ln -sfn ../../../../../../../.. "$ROOTFS/up"
	inside "$(mount_of /evil/x tmpfs t '[]') | $(mount_of /up/y tmpfs t '[]')" 'cat /proc/self/mountinfo'
	rm -rf "$ROOTFS/evil" "$ROOTFS/up" "$ROOTFS/y" "$ROOTFS/tmp/ring3-live"*
	ok
	[ -z "$(ls "$BUNDLE/outside")" ]
	has " /y " "$BUNDLE/outside/x "
}

@test "M-02 the root itself is no destination" {
	refused "$(mount_of / tmpfs t '[]')" "mounts[6].destination"
}

@test "M-02 a missing destination is an error" {
	refused '.mounts += [{type: "tmpfs", source: "t"}]' "mounts[6]" "destination"
}

@test "M-02 a destination inside /proc is refused, but for what tools need" {
	refused "$(mount_of /proc/sys tmpfs t '[]')" "/proc/sys"
	echo x >"$BUNDLE/f"
	inside "$(bind /proc/uptime "$BUNDLE/f" '["bind"]')" 'cat /proc/uptime'
	prints x
}

@test "M-03 a bind source relative to the bundle" {
	mkdir "$BUNDLE/src"
	echo content >"$BUNDLE/src/f"
	inside "$(bind /m src '["bind"]')" 'cat /m/f'
	prints content
}

@test "M-03 a file is bound onto a file that is created" {
	echo content >"$BUNDLE/f"
	inside "$(bind /some/file "$BUNDLE/f" '["bind","ro"]')" 'cat /some/file; echo x >/some/file'
	rm -r "$ROOTFS/some"
	has content
}

@test "M-03 a bind source that is missing is an error that names it" {
	refused "$(bind /m /no/such/source '["bind"]')" "/no/such/source" "no such file or directory" "mounts[6]"
	no_file /no/such/source
}

@test "M-03 a source is not needed for a file system" {
	inside '.mounts += [{destination: "/m", type: "tmpfs"}]' "$LINE"
	ok
	has "type,tmpfs"
}

@test "M-03 the source of a file system is free text" {
	inside "$(mount_of /m tmpfs anything '[]')" "$LINE"
	ok
	has "source,anything"
}

@test "M-04 an unknown file system is an error" {
	refused "$(mount_of /m nosuchfs none '[]')" "nosuchfs" "mounts[6]"
}

@test "M-04 no type and no bind is an error" {
	refused '.mounts += [{destination: "/m", source: "/tmp"}]' "mounts[6]"
}

@test "M-04 type bind alone is no bind mount" {
	refused "$(mount_of /m bind /tmp '[]')" "mounts[6]"
}

@test "M-04 the type is a dummy when bind is an option" {
	mkdir "$BUNDLE/src"
	echo content >"$BUNDLE/src/f"
	inside "$(mount_of /m nonsense "$BUNDLE/src" '["rbind"]')" 'cat /m/f'
	prints content
}

@test "M-05 words of the file system reach it" {
	inside "$(tmpfs '["size=4096k","mode=0750","uid=5"]')" "$LINE; stat -c '%a %u' /m"
	ok
	has "size=4096k" "750 5"
}

@test "M-05 a word that the file system refuses is an error" {
	refused "$(tmpfs '["nosuchoption=1"]')" "nosuchoption" "mounts[6]"
}

@test "M-06 the last of a pair wins" {
	inside "$(tmpfs '["ro","rw","nosuid","suid","noexec","exec","nodev","dev","noatime","atime","sync","async"]')" "$LINE"
	ok
	has "attr,rw,relatime," "sb,rw,"
	inside "$(tmpfs '["rw","ro","suid","nosuid"]')" "$LINE"
	ok
	has ",nosuid," ",ro,"
}

# bats test_tags=not:userns,not:user
@test "M-07 an idmapped bind mount" {
	mkdir "$BUNDLE/src"
	touch "$BUNDLE/src/f"
	chown 1234:1235 "$BUNDLE/src/f"
	inside "$(bind /m "$BUNDLE/src" '["bind"]') | .mounts[-1].uidMappings = [{containerID: 1234, hostID: 77, size: 1}]
		| .mounts[-1].gidMappings = [{containerID: 1235, hostID: 78, size: 1}]" "stat -c '%u %g' /m/f"
	prints "77 78"
	[ "$(stat -c '%u %g' "$BUNDLE/src/f")" = "1234 1235" ]
}

# What root of the file system is, is 77 in the mount.
# bats test_tags=not:userns,not:user
@test "M-07 an idmapped mount of another type than bind" {
	inside "$(mount_of /m tmpfs tmpfs '["mode=0777"]') | .mounts[-1].uidMappings = [{containerID: 0, hostID: 77, size: 1}]
		| .mounts[-1].gidMappings = [{containerID: 0, hostID: 78, size: 1}]" "stat -c '%u %g' /m"
	prints "77 78"
}

# bats test_tags=not:user
@test "M-07 O-60 idmap takes the container's mappings when the mount has none" {
	mkdir "$BUNDLE/src"
	touch "$BUNDLE/src/f"
	inside "$USERNS | $(bind /m "$BUNDLE/src" '["bind","idmap"]')" "stat -c '%u %g' /m/f; touch /m/new"
	prints "0 0"
	[ "$(stat -c '%u' "$BUNDLE/src/new")" -eq 0 ]
}

# bats test_tags=not:userns,not:user
@test "M-07 O-60 idmap in a user namespace that is joined takes the mappings that this one has" {
	local other
	up "$USERNS"
	other=$(ring3 state "$ID" | jq .pid)
	mkdir "$BUNDLE/src"
	touch "$BUNDLE/src/f"
	local join="(.linux.namespaces[] | select(.type == \"user\")) += {path: \"/proc/$other/ns/user\"} | del(.linux.uidMappings, .linux.gidMappings) | .linux.cgroupsPath += \"-2\""
	bundle "$USERNS | $join | $(bind /m "$BUNDLE/src" '["bind","idmap"]')" sh -c "stat -c '%u %g' /m/f; touch /m/new; stat -c %u /m/new"
	run ring3 run -b "$BUNDLE" "$ID-2"
	prints "0 0
0"
	[ "$(stat -c '%u' "$BUNDLE/src/new")" -eq 0 ]
	bundle "$USERNS | $join | $(bind /m "$BUNDLE/src" '["bind","idmap=uids=@0-0-1;gids=@0-0-1"]')"
	run ring3 create -b "$BUNDLE" "$ID-2"
	fails "mounts[6].options" "joined user namespace"
	delete
}

@test "M-07 only one of the two mappings is an error" {
	refused "$(bind /m "$WORK" '["bind"]') | .mounts[-1].uidMappings = [{containerID: 0, hostID: 77, size: 1}]" "mounts[6]"
}

# bats test_tags=not:userns,not:user
@test "M-07 O-60 idmap without any mapping is an error" {
	refused "$(bind /m "$WORK" '["bind","idmap"]')" "mounts[6]" "idmap"
}

# bats test_tags=not:user
@test "M-07 a file system that cannot be idmapped is an error" {
	refused "$(bind /m /proc/sys '["bind"]') | .mounts[-1].uidMappings = [{containerID: 0, hostID: 77, size: 1}] | .mounts[-1].gidMappings = .mounts[-1].uidMappings" "mounts[6]"
}

@test "M-09 flags of a bind are applied though its source lacks them" {
	mkdir "$BUNDLE/src"
	inside "$(bind /m "$BUNDLE/src" '["bind","ro","nosuid","nodev","noexec"]')" "$LINE; touch /m/x"
	has "attr,ro,nosuid,nodev,noexec" "Read-only file system"
}

# flags_of "WORDS" [FILTER]: of a bind of a mount that has every flag, with these words.
flags_of() {
	bundle "${2:-.} | $(bind /m "$BUNDLE/src" "[\"bind\"${1:+,\"${1// /\",\"}\"}]")" sh -c "$LINE"
	mkdir -p "$BUNDLE/src"
	run unshare -m --propagation private sh -c "mount -t tmpfs t '$BUNDLE/src' && mount -o remount,bind,ro,nosuid,nodev,noexec,nosymfollow,noatime '$BUNDLE/src' &&
		RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
}

# bats test_tags=not:userns,not:user
@test "M-09 a bind has its source's flags, or, where its options name one, those that they name" {
	flags_of ""
	has "attr,ro,nosuid,nodev,noexec,noatime,nosymfollow,"
	flags_of "rprivate"
	has "attr,ro,nosuid,nodev,noexec,noatime,nosymfollow,"
	flags_of "nodev"
	has "attr,rw,nodev,noatime, tags"
	flags_of "dev"
	has "attr,rw,noatime, tags"
	flags_of "rro nosuid"
	has "attr,ro,nosuid,noatime, tags"
}

# bats test_tags=not:user
@test "M-09 in a user namespace what a bind does not name keeps the host's locks, what it names is an error" {
	flags_of "nodev" "$USERNS"
	has "attr,ro,nosuid,nodev,noexec,noatime, tags"
	flags_of "dev" "$USERNS"
	fails "mounts[6]" "change attributes of /m: what the options change is locked by the host's mount"
}

# bats test_tags=not:user
@test "M-09 a bind in a user namespace keeps the host's locked flags" {
	bundle "$USERNS | $(bind /m "$BUNDLE/src" '["rbind"]')" sh -c "$LINE"
	mkdir "$BUNDLE/src"
	run unshare -m --propagation private sh -c "mount -t tmpfs -o nosuid,nodev,noexec,ro t '$BUNDLE/src' &&
		RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	ok
	has "nosuid,nodev,noexec"
}

# Podman's files for --userns=auto are below /run/containers, which is the host root's alone.
# bats test_tags=not:user
@test "M-09 a bind source where the container's root may not go, with the host's locked flags" {
	bundle "$USERNS | $ALL_CAPS | $(bind /m "$BUNDLE/shut/src" '["rbind"]')" sh -c "cat /m/f; mount -o remount,bind,rw /m; touch /m/x; $LINE"
	mkdir -p "$BUNDLE/shut/src" "$ROOTFS/m"
	chmod 700 "$BUNDLE/shut"
	run unshare -m --propagation private sh -c "mount -t tmpfs t '$BUNDLE/shut/src' && echo text >'$BUNDLE/shut/src/f' && mount -o remount,bind,ro '$BUNDLE/shut/src' &&
		RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	ok
	has "text" "ermission denied" "Read-only file system" "attr,ro,"
}

# bats test_tags=not:user
@test "M-09 a bind source that is not there is an error in a user namespace, too" {
	refused "$USERNS | $(bind /m "$BUNDLE/shut/none" '["bind"]')" "mounts[6].source" "no such file or directory"
	mkdir -m 700 "$BUNDLE/shut"
	refused "$USERNS | $(bind /m "$BUNDLE/shut/none" '["bind"]')" "mounts[6].source" "no such file or directory"
}

# bats test_tags=not:user
@test "M-10 the host never sees a mount that a container makes below a shared bind source, unless asked" {
	mkdir -p "$BUNDLE/src/sub"
	bundle "$ALL_CAPS | $(bind /m "$BUNDLE/src" '["rbind"]')" sh -c 'mount -t tmpfs inner /m/sub; grep -c inner /proc/self/mountinfo'
	run unshare -m --propagation private sh -c "mount --bind '$BUNDLE/src' '$BUNDLE/src' && mount --make-shared '$BUNDLE/src' &&
		RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'; grep -c inner /proc/self/mountinfo" </dev/null
	[ "$output" = "1
0" ] || show
}

# bats test_tags=not:userns,not:user
@test "M-10 rshared with a shared rootfsPropagation remains a peer of the host" {
	mkdir -p "$BUNDLE/src/sub"
	bundle "$ALL_CAPS | .linux.rootfsPropagation = \"shared\" | $(bind /m "$BUNDLE/src" '["rbind","rshared"]')" sh -c 'mount -t tmpfs inner /m/sub; grep -c inner /proc/self/mountinfo'
	run unshare -m --propagation private sh -c "mount --bind '$BUNDLE/src' '$BUNDLE/src' && mount --make-shared '$BUNDLE/src' &&
		RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'; grep -c inner /proc/self/mountinfo" </dev/null
	[ "$output" = "1
1" ] || show
}

@test "M-11 proc through a symbolic link is refused" {
	mkdir -p "$BUNDLE/root"
	cp -a "$ROOTFS/." "$BUNDLE/root/"
	rmdir "$BUNDLE/root/proc"
	ln -s etc "$BUNDLE/root/proc"
	refused ".root.path = \"$BUNDLE/root\"" "/proc"
}

@test "M-11 options of proc: hidepid and subset" {
	inside '.mounts[0].options = ["hidepid=2", "nosuid"]' 'grep " /proc " /proc/self/mountinfo'
	ok
	has "nosuid"
	[[ $output =~ hidepid=(2|invisible) ]]
}

@test "M-11 proc, sysfs and mqueue in a user namespace" {
	inside "$USERNS" 'cat /proc/self/mountinfo'
	ok
	has " /proc " " /sys " " /dev/mqueue "
}

@test "M-12 a cgroup mount shows the container's own cgroup and nothing above" {
	inside "$(mount_of /sys/fs/cgroup cgroup cgroup '["nosuid","noexec","nodev","relatime","ro"]')" \
		'cat /sys/fs/cgroup/cgroup.procs; grep " /sys/fs/cgroup " /proc/self/mountinfo; mkdir /sys/fs/cgroup/x'
	has "cgroup2" "1" "Read-only file system"
}

@test "M-12 a cgroup mount without a cgroup namespace is a bind of the container's own cgroup" {
	inside "del(.linux.namespaces[] | select(.type == \"cgroup\")) | $(mount_of /sys/fs/cgroup cgroup2 cgroup '["ro"]')" \
		'cat /sys/fs/cgroup/cgroup.procs; ls /sys/fs/cgroup'
	ok
	has "cgroup.procs"
	lacks "$ID"
	mounts_now mounts
	[ "$mounts" = "$MOUNTS_BEFORE" ]
}

@test "M-12 a cgroup mount in a user namespace" {
	inside "$USERNS | $(mount_of /sys/fs/cgroup cgroup2 cgroup '["ro"]')" 'cat /sys/fs/cgroup/cgroup.procs'
	ok
}

@test "M-01 a read-only tmpfs: /dev gets its nodes, and later mounts their places in it" {
	inside "(.mounts[] | select(.destination == \"/dev\") | .options) += [\"ro\"] | $(mount_of /m tmpfs t '["ro"]') |
		$(mount_of /m/in/side tmpfs t '[]')" '
		echo x >/dev/null && touch /m/in/side/file && ls /dev/pts/ptmx
		touch /dev/file /m/file
		awk "\$5 == \"/dev\" || \$5 == \"/m\" || \$5 == \"/m/in/side\" { print \$5, substr(\$6, 1, 2) }" /proc/self/mountinfo'
	has "/dev/pts/ptmx" "touch: /dev/file: Read-only file system" "touch: /m/file: Read-only file system" "/dev ro" "/m ro" "/m/in/side rw"
}

@test "M-13 a tmpfs takes the mode of the directory it covers, unless told" {
	mkdir -m 0751 "$ROOTFS/covered"
	inside "$(mount_of /covered tmpfs t '[]')" 'stat -c %a /covered'
	prints 751
	inside "$(mount_of /covered tmpfs t '["mode=0700"]')" 'stat -c %a /covered'
	rmdir "$ROOTFS/covered"
	prints 700
}

# bats test_tags=not:user
@test "M-14 devpts: gid that the user namespace maps, and one that it does not" {
	inside "$USERNS"' | .mounts[2].options += ["gid=5"]' 'grep " /dev/pts " /proc/self/mountinfo'
	ok
	has "gid=100005"
	refused "$USERNS"' | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 3}] | .mounts[2].options += ["gid=5"]' "mounts[2]"
}

@test "M-15 nothing is mounted that config.json does not list" {
	inside '.mounts = [.mounts[0]]' 'cut -d" " -f5 /proc/self/mountinfo | grep -v ^/dev/'
	prints "/
/proc"
}

@test "M-16 a bind source that is a symbolic link is followed on the host" {
	mkdir "$BUNDLE/real"
	echo content >"$BUNDLE/real/f"
	ln -s real "$BUNDLE/link"
	inside "$(bind /m "$BUNDLE/link" '["bind"]')" 'cat /m/f'
	prints content
}

@test "K18 a file system option of more than 255 bytes" {
	grep -qw overlay /proc/filesystems || skip "needs overlay in the kernel"
	local long=$BUNDLE/$(printf 'd%.0s' {1..120})
	local layers= i
	for i in 1 2 3 4; do
		mkdir -p "$long/$i"
		echo "$i" >"$long/$i/file$i"
		layers="$layers:$long/$i"
	done
	inside "$(mount_of /m overlay overlay "[\"lowerdir=${layers#:}\"]")" 'cat /m/file1 /m/file4'
	prints "1
4"
}

@test "M-01 a failing mount leaves none of those before it" {
	refused "$(tmpfs '[]') | $(mount_of /m2 nosuchfs none '[]')" nosuchfs
	mounts_now mounts
	[ "$mounts" = "$MOUNTS_BEFORE" ]
}
