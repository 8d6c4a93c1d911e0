# Podman below systemd, and Podman's build.  The driver of cgroups makes no difference: services split theirs.
# bats file_tags=not:cgroupfs
load podman

@test "socket activation: the socket is descriptor 3, LISTEN_FDS and LISTEN_PID are the container's" {
	activated "$SHARED"
}

@test "quadlet: contrib's unit starts a container, and it ends with its service" {
	mkdir -p /etc/containers/systemd
	quadlet /etc/containers/systemd pod systemctl
	[[ $GROUP == /sys/fs/cgroup/system.slice/* ]]
}

@test "build: RUN as root and as a user, with secrets and mounts" {
	local context=$SHARED/context
	mkdir -p "$context"
	echo copied >"$context/file"
	echo secret >"$SHARED/secret"
	cat >"$context/Containerfile" <<-'END'
		FROM localhost/busybox
		ARG value
		COPY file /file
		RUN --mount=type=secret,id=s --mount=type=tmpfs,target=/t --mount=type=cache,target=/c \
			cat /run/secrets/s >/result && cat /file >>/result && echo "$value" >>/result && touch /t/x /c/x && grep -q ' /t ' /proc/self/mountinfo
		USER 1000
		WORKDIR /tmp/work
		RUN [ "$(id -u)" = 1000 ] && pwd >>/tmp/user && ulimit -n >>/tmp/user
		CMD cat /result /tmp/user
	END
	run pod build -q --isolation oci --network none --layers=false --ulimit nofile=512:1024 --build-arg value=argument --secret "id=s,src=$SHARED/secret" -t "built-$KEY" "$context"
	exits 0
	run pod run --rm "built-$KEY"
	prints "secret
copied
argument
/tmp/work
512"
}
