# Podman below systemd, and Podman's build.  The driver of cgroups makes no difference: services split theirs.
# bats file_tags=not:cgroupfs
load podman

# systemd-socket-activate waits for a connection; the socket is in the container then, at number 3.
@test "socket activation: the socket is descriptor 3, LISTEN_FDS and LISTEN_PID are the container's" {
	local path=$SHARED/listening inode
	rm -f "$path" "$SHARED/activated"
	systemd-socket-activate -l "$path" podman --cgroup-manager="$DRIVER" --runtime "$NAME" run --rm --replace --name "socket-$KEY" busybox \
		sh -c 'echo $LISTEN_FDS $LISTEN_PID $$; readlink /proc/self/fd/3' >"$SHARED/activated" 2>"$SHARED/activate.log" </dev/null 3>&- &
	within 60 test -S "$path"
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])' "$path"
	inode=$(awk -v path="$path" '$8 == path && $6 == "01" { print $7; exit }' /proc/net/unix)
	wait $! || { cat "$SHARED/activate.log"; return 1; }
	[ "$(<"$SHARED/activated")" = "1 1 1
socket:[$inode]" ] || { echo "inode $inode"; cat "$SHARED/activate.log" "$SHARED/activated"; return 1; }
}

@test "quadlet: contrib's unit starts a container, whose end is the service's" {
	local unit=/etc/containers/systemd/hello.container id
	mkdir -p /etc/containers/systemd
	sed "s/--runtime=ring3/--runtime=$NAME --cgroup-manager=$DRIVER/" "$CONTRIB/podman/hello.container" >"$unit"
	systemctl daemon-reload
	systemctl start hello.service
	run systemctl show -p ActiveState -p SubState hello.service
	prints "ActiveState=active
SubState=running"
	run pod inspect -f '{{.OCIRuntime}} {{.State.Pid}} {{.Id}}' systemd-hello
	[[ $output == "$NAME "* ]] || show "$NAME"
	PID=${output#* } PID=${PID% *}
	[[ $(cgroup_of "$PID") == "/sys/fs/cgroup/system.slice/hello.service/libpod-payload-${output##* }" ]]
	systemctl stop hello.service
	dead "$PID"
	rm "$unit"
	systemctl daemon-reload
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
