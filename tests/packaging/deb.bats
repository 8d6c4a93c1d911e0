# What `make deb` built: DEB is its path.  Installing, upgrading and removing it: tests/engines/package.bats, in the test machine.

@test "the package is lintian-clean" {
	run lintian --allow-root --fail-on error,warning,info "$DEB"
	[ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$output"; false; }
}

@test "two builds in different folders give the same bytes" {
	top=$BATS_TEST_DIRNAME/../..
	other=$(mktemp -d)
	tar -c -C "$top" --exclude=./build . | tar -x -C "$other"
	(cd "$other" && umask 077 && LC_ALL=C TZ=Pacific/Auckland contrib/debian/build)
	run cmp "$DEB" "$other/build/${DEB##*/}"
	rm -rf "$other"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the package has the program, its helper, man pages, completions, the AppArmor profile and nothing that is switched on" {
	list=$(dpkg-deb -c "$DEB" | awk '{ print substr($6, 2) }')
	for file in /usr/bin/ring3 /usr/libexec/ring3/ring3-systemd /usr/share/man/man1/ring3.1.gz /usr/share/bash-completion/completions/ring3 \
		/usr/share/zsh/site-functions/_ring3 /usr/share/fish/vendor_completions.d/ring3.fish /etc/apparmor.d/ring3 \
		/usr/share/doc/ring3/engines/podman/ /usr/share/doc/ring3/engines/containerd/ /usr/share/doc/ring3/engines/docker/; do
		grep -qxF "$file" <<<"$list" || { echo "not there: $file"; false; }
	done
	others=$(grep '^/etc/.*[^/]$' <<<"$list" | grep -vxF /etc/apparmor.d/ring3) || true
	[ -z "$others" ] || { echo "$others"; false; }
}
