load helpers
# Every word of the specification's table: what the kernel says about a mount that was made with it.
# In a user namespace what comes from the host stays as it is there: flags that are set, times of access, and a tree whole.  Rows
# that change such things are tagged not:userns.

LINE='awk '"'"'$5 == "/m" || $5 == "/m/in" { t = ""; for (i = 7; $i != "-"; i++) t = t " " $i; print $5 " attr," $6 ", tags" t " sb," $(i+3) "," }'"'"' /proc/self/mountinfo'

# fresh "WORDS": a tmpfs on /m with these options.
fresh() {
	inside ".mounts += [{destination: \"/m\", type: \"tmpfs\", source: \"t\", options: (\"$1\" | split(\" \"))}]" "$LINE"
	ok
}

# tree "WORDS" [HOST OPTIONS OF THE INNER MOUNT]: an rbind of a directory with a mount below it; host namespace private.
# TREE_FILTER is applied to the bundle before.
tree() {
	run_tree "$@"
	ok
}
run_tree() {
	mkdir -p "$BUNDLE/src"
	bundle "${TREE_FILTER:-.} | .mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: (\"rbind $1\" | split(\" \"))}]" sh -c "$LINE"
	run unshare -m --propagation private sh -c "mount -t tmpfs -o ${2:-rw} t '$BUNDLE/src' -o mode=755 || exit 9
		mount -o remount,rw '$BUNDLE/src'; mkdir '$BUNDLE/src/in'; mount -o remount,${2:-rw},bind '$BUNDLE/src'; mount -t tmpfs -o ${2:-rw} t '$BUNDLE/src/in'
		[ -z '${3:-}' ] || mount --make-rshared '$BUNDLE/src'
		RING3_TEST_COOKIE=$COOKIE exec '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
}
both() {
	local line
	[ "${#lines[@]}" -eq 2 ] || show
	for line in "${lines[@]}"; do
		[[ $line == *"$1"* ]] || { echo "expected in both: $1"; show; return 1; }
	done
}
neither() {
	[ "${#lines[@]}" -eq 2 ] || show
	lacks "$1"
}
outer_only() {
	[[ ${lines[0]} == *"$1"* && ${lines[1]} != *"$1"* ]] || { echo "expected in the outer one only: $1"; show; }
}

@test "O-01 async clears sync" { fresh "sync async"; lacks ",sync,"; }
@test "O-02 atime clears noatime" { fresh "noatime atime"; lacks ",noatime,"; }
# bats test_tags=not:user,not:userns
@test "O-03 bind is not recursive" {
	mkdir -p "$BUNDLE/src/in"
	bundle ".mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: [\"bind\"]}]" sh -c "$LINE"
	run unshare -m --propagation private sh -c "mount -t tmpfs t '$BUNDLE/src/in'; RING3_TEST_COOKIE=$COOKIE exec '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	ok
	[ "${#lines[@]}" -eq 1 ] || show
}
@test "O-04 defaults changes nothing" { fresh "defaults"; has "attr,rw,relatime,"; }
@test "O-05 dev clears nodev" { fresh "nodev dev"; lacks ",nodev,"; }
@test "O-06 diratime clears nodiratime" { fresh "nodiratime diratime"; lacks ",nodiratime,"; }
@test "O-07 dirsync" { fresh "dirsync"; has ",dirsync,"; }
@test "O-08 exec clears noexec" { fresh "noexec exec"; lacks ",noexec,"; }
@test "O-09 iversion is no word for the file system" { fresh "iversion"; has "attr,rw,"; }
@test "O-10 lazytime" { fresh "lazytime"; has ",lazytime,"; }
@test "O-11 loud is no word for the file system" { fresh "silent loud"; has "attr,rw,"; }
@test "O-12 mand is no word for the file system" { fresh "mand"; has "attr,rw,"; }
@test "O-13 noatime" { fresh "noatime"; has ",noatime,"; }
@test "O-14 nodev" { fresh "nodev"; has ",nodev,"; }
@test "O-15 nodiratime" { fresh "nodiratime"; has ",nodiratime,"; }
@test "O-16 noexec" { fresh "noexec"; has ",noexec,"; }
@test "O-17 noiversion is no word for the file system" { fresh "iversion noiversion"; has "attr,rw,"; }
@test "O-18 nolazytime clears lazytime" { fresh "lazytime nolazytime"; lacks ",lazytime,"; }
@test "O-19 nomand is no word for the file system" { fresh "mand nomand"; has "attr,rw,"; }
@test "O-20 norelatime is accepted" { fresh "norelatime"; has "attr,rw,"; }
@test "O-21 nostrictatime clears strictatime" { fresh "strictatime nostrictatime"; has ",relatime,"; }
@test "O-22 nosuid" { fresh "nosuid"; has ",nosuid,"; }
@test "O-23 nosymfollow" { fresh "nosymfollow"; has ",nosymfollow,"; }
@test "O-24 private" { fresh "shared private"; lacks "shared:"; }
# bats test_tags=not:user,not:userns
@test "O-25 ratime clears noatime in the whole tree" { tree "ratime" noatime; neither ",noatime,"; }
# bats test_tags=not:user
@test "O-26 rbind takes the mounts below along" { tree ""; both "attr,rw"; }
# bats test_tags=not:user,not:userns
@test "O-27 rdev clears nodev in the whole tree" { tree "rdev" nodev; neither ",nodev,"; }
# bats test_tags=not:user,not:userns
@test "O-28 rdiratime clears nodiratime in the whole tree" { tree "rdiratime" nodiratime; neither ",nodiratime,"; }
@test "O-29 relatime" { fresh "noatime relatime"; has ",relatime,"; lacks ",noatime,"; }
@test "O-30 remount changes the mount that is there" {
	inside '.mounts += [{destination: "/m", type: "tmpfs", source: "t"}, {destination: "/m", type: "tmpfs", source: "t", options: ["remount", "ro", "nosuid"]}]' "$LINE"
	ok
	[ "${#lines[@]}" -eq 1 ] || show
	has ",ro," ",nosuid,"
}
# bats test_tags=not:user,not:userns
@test "O-31 rexec clears noexec in the whole tree" { tree "rexec" noexec; neither ",noexec,"; }
# bats test_tags=not:user,not:userns
@test "O-32 rnoatime" { tree "rnoatime"; both ",noatime,"; }
# bats test_tags=not:user,not:userns
@test "O-33 rnodiratime" { tree "rnodiratime"; both ",nodiratime,"; }
# bats test_tags=not:user
@test "O-25 O-31 O-33 in a user namespace what the host's mount locks is an error that says so" {
	TREE_FILTER=$USERNS
	run_tree ratime noatime
	fails "config.json:" "mounts[" "change attributes of /m: what the options change is locked by the host's mount"
	run_tree rexec noexec
	fails "change attributes of /m: what the options change is locked by the host's mount"
	run_tree rnodiratime
	fails "change attributes of /m: what the options change is locked by the host's mount"
}
# bats test_tags=not:user
@test "O-34 rnoexec" { tree "rnoexec"; both ",noexec,"; }
# bats test_tags=not:user
@test "O-35 rnorelatime" { tree "rnorelatime"; both "attr,rw"; }
# bats test_tags=not:user,not:userns
@test "O-36 rnostrictatime" { tree "rnostrictatime" strictatime; both "attr,rw"; }
# bats test_tags=not:user
@test "O-37 rnosuid" { tree "rnosuid"; both ",nosuid,"; }
# bats test_tags=not:user
@test "O-38 rnosymfollow" { tree "rnosymfollow"; both ",nosymfollow,"; }
@test "O-39 ro" { fresh "ro"; has ",ro,"; }
# bats test_tags=not:user
@test "O-39 ro of an rbind leaves the mounts below as they are" { tree "ro"; outer_only "attr,ro"; }
# bats test_tags=not:user
@test "O-40 rprivate" { tree "rprivate" rw shared; neither "shared:"; neither "master:"; }
# bats test_tags=not:user,not:userns
@test "O-41 rrelatime" { tree "rrelatime" noatime; both ",relatime,"; }
# bats test_tags=not:user
@test "O-42 rro" { tree "rro"; both "attr,ro"; }
# bats test_tags=not:user,not:userns
@test "O-43 rrw clears ro in the whole tree" { tree "rrw" ro; neither "attr,ro"; }
# bats test_tags=not:user
@test "O-44 rshared" { tree "rshared"; both "shared:"; }
# bats test_tags=not:user
@test "O-45 rslave" { tree "rslave" rw shared; both "master:"; neither "shared:"; }
# bats test_tags=not:user,not:userns
@test "O-46 rstrictatime" { tree "rstrictatime" noatime; neither ",relatime,"; neither ",noatime,"; }
# bats test_tags=not:user,not:userns
@test "O-47 rsuid clears nosuid in the whole tree" { tree "rsuid" nosuid; neither ",nosuid,"; }
# bats test_tags=not:user
@test "O-48 rsymfollow clears nosymfollow in the whole tree" { tree "rnosymfollow rsymfollow"; neither ",nosymfollow,"; }
# bats test_tags=not:user
@test "O-49 runbindable" { tree "runbindable"; both "unbindable"; }
@test "O-50 rw clears ro" { fresh "ro rw"; lacks ",ro,"; }
@test "O-51 shared" { fresh "shared"; has "shared:"; }
@test "O-52 silent is no word for the file system" { fresh "silent"; has "attr,rw,"; }
# bats test_tags=not:user
@test "O-53 slave" { tree "slave" rw shared; [[ ${lines[0]} == *master:* ]] || show; }
@test "O-54 strictatime" { fresh "strictatime"; lacks ",relatime,"; lacks ",noatime,"; }
@test "O-55 suid clears nosuid" { fresh "nosuid suid"; lacks ",nosuid,"; }
@test "O-56 symfollow clears nosymfollow" { fresh "nosymfollow symfollow"; lacks ",nosymfollow,"; }
@test "O-57 sync" { fresh "sync"; has ",sync,"; }
@test "O-58 tmpcopyup fills the tmpfs with what it covers" {
	mkdir -p "$ROOTFS/covered/dir"
	echo content >"$ROOTFS/covered/dir/file"
	chmod 0640 "$ROOTFS/covered/dir/file"
	ln -sfn dir/file "$ROOTFS/covered/link"
	give "$ROOTFS/covered"
	inside '.mounts += [{destination: "/covered", type: "tmpfs", source: "t", options: ["tmpcopyup"]}]' \
		'cat /covered/link; stat -c %a /covered/dir/file; grep -c " /covered " /proc/self/mountinfo; rm -r /covered/dir'
	prints "content
640
1"
	[ -e "$ROOTFS/covered/dir/file" ]
	rm -r "$ROOTFS/covered"
}
@test "O-59 unbindable" { fresh "unbindable"; has "unbindable"; }
# The ids that the container calls 6 and 7; the source's 5 becomes these.
FIRST=0
[ "$LIVE_AS" != userns ] || FIRST=100000
IDMAP="uidMappings: [{containerID: 5, hostID: $((FIRST + 6)), size: 1}], gidMappings: [{containerID: 5, hostID: $((FIRST + 7)), size: 1}]"

# bats test_tags=not:user
@test "O-60 idmap" {
	mkdir "$BUNDLE/src"
	chown 5:5 "$BUNDLE/src"
	inside ".mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: [\"bind\", \"idmap\"], $IDMAP}]" "stat -c '%u %g' /m"
	prints "6 7"
}
# bats test_tags=not:user
@test "O-61 ridmap maps the mounts below as well" {
	mkdir -p "$BUNDLE/src"
	bundle ".mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: [\"rbind\", \"ridmap\"], $IDMAP}]" sh -c "stat -c '%u %g' /m /m/in"
	run unshare -m --propagation private sh -c "mount -t tmpfs -o uid=5,gid=5 t '$BUNDLE/src'; mkdir '$BUNDLE/src/in'; mount -t tmpfs -o uid=5,gid=5 t '$BUNDLE/src/in'
		RING3_TEST_COOKIE=$COOKIE exec '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	prints "6 7
6 7"
}
# bats test_tags=not:user
@test "O-62 rnodev" { tree "rnodev"; both ",nodev,"; }
@test "O-64 copy-symlink makes the link again instead of following it" {
	ln -s /nowhere/at/all "$BUNDLE/link"
	inside ".mounts += [{destination: \"/copied\", source: \"$BUNDLE/link\", options: [\"bind\", \"copy-symlink\"]}]" 'readlink /copied'
	rm -f "$ROOTFS/copied"
	prints /nowhere/at/all
}
@test "O-65 src-nofollow refuses to follow a link" {
	mkdir "$BUNDLE/real"
	ln -s real "$BUNDLE/link"
	bundle ".mounts += [{destination: \"/m\", source: \"$BUNDLE/link\", options: [\"bind\", \"src-nofollow\"]}]" sh -c "ls -ld /m; $LINE"
	try run -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ] || lacks "attr,"
}
