#!/usr/bin/python3 -S
"""cri.py SOCKET METHOD [JSON]  asks a CRI server as kubelet does, and prints the answer as JSON.

Debian has neither crictl nor kubelet.  This is one unary gRPC call over HTTP/2 without a library: the headers are sent as plain
literals, and of the answer only the DATA frames are looked at.  The numbers are those of k8s.io/cri-api, runtime.v1.
"""
import json
import socket
import struct
import sys

STRING, NUMBER, BYTES, MAP = 'string', 'number', 'bytes', 'map'
NAMESPACES = {'network': (1, NUMBER), 'pid': (2, NUMBER), 'ipc': (3, NUMBER)}
SECCOMP = {'profile_type': (1, NUMBER), 'localhost_ref': (2, STRING)}
RESOURCES = {'cpu_period': (1, NUMBER), 'cpu_quota': (2, NUMBER), 'cpu_shares': (3, NUMBER), 'memory_limit_in_bytes': (4, NUMBER),
             'oom_score_adj': (5, NUMBER), 'cpuset_cpus': (6, STRING), 'unified': (9, MAP), 'memory_swap_limit_in_bytes': (10, NUMBER)}
POD = {
    'metadata': (1, {'name': (1, STRING), 'uid': (2, STRING), 'namespace': (3, STRING)}),
    'hostname': (2, STRING),
    'log_directory': (3, STRING),
    'linux': (8, {'cgroup_parent': (1, STRING), 'security_context': (2, {'namespace_options': (1, NAMESPACES), 'seccomp': (9, SECCOMP)})}),
}
CONTAINER = {
    'metadata': (1, {'name': (1, STRING)}),
    'image': (2, {'image': (1, STRING)}),
    'command': (3, STRING),
    'working_dir': (5, STRING),
    'log_path': (11, STRING),
    'linux': (15, {'resources': (1, RESOURCES), 'security_context': (2, {
        'namespace_options': (3, NAMESPACES), 'run_as_user': (5, {'value': (1, NUMBER)}), 'readonly_rootfs': (7, NUMBER),
        'no_new_privs': (11, NUMBER), 'seccomp': (15, SECCOMP)})}),
}
ID = {'container_id': (1, STRING)}
POD_ID = {'pod_sandbox_id': (1, STRING)}
METHODS = {  # the request, the answer
    'Version': ({}, {'runtime_name': (2, STRING)}),
    'RunPodSandbox': ({'config': (1, POD), 'runtime_handler': (2, STRING)}, POD_ID),
    'CreateContainer': ({'pod_sandbox_id': (1, STRING), 'config': (2, CONTAINER), 'sandbox_config': (3, POD)}, ID),
    'StartContainer': (ID, {}),
    'ExecSync': ({'container_id': (1, STRING), 'cmd': (2, STRING), 'timeout': (3, NUMBER)},
                 {'stdout': (1, BYTES), 'stderr': (2, BYTES), 'exit_code': (3, NUMBER)}),
    'UpdateContainerResources': ({'container_id': (1, STRING), 'linux': (2, RESOURCES)}, {}),
    'ContainerStatus': (ID, {'status': (1, {'state': (3, NUMBER), 'exit_code': (7, NUMBER), 'reason': (10, STRING), 'message': (11, STRING)})}),
    'StopContainer': ({'container_id': (1, STRING), 'timeout': (2, NUMBER)}, {}),
    'RemoveContainer': (ID, {}),
    'StopPodSandbox': (POD_ID, {}),
    'RemovePodSandbox': (POD_ID, {}),
}


def varint(number):
    number &= (1 << 64) - 1
    text = b''
    while number > 127:
        text += bytes([number & 127 | 128])
        number >>= 7
    return text + bytes([number])


def delimited(number, text):
    return varint(number << 3 | 2) + varint(len(text)) + text


def encode(shape, members):
    message = b''
    for name, value in members.items():
        number, kind = shape[name]
        if kind == NUMBER:
            message += varint(number << 3) + varint(int(value))
        elif kind == MAP:
            for entry in value.items():
                message += delimited(number, delimited(1, entry[0].encode()) + delimited(2, entry[1].encode()))
        elif kind == STRING:
            for text in value if isinstance(value, list) else [value]:
                message += delimited(number, text.encode())
        else:
            message += delimited(number, encode(kind, value))
    return message


def take_varint(message, at):
    number = shift = 0
    while True:
        number |= (message[at] & 127) << shift
        shift += 7
        at += 1
        if message[at - 1] < 128:
            return number, at


def decode(shape, message):
    members, at = {}, 0
    names = {number: (name, kind) for name, (number, kind) in shape.items()}
    while at < len(message):
        tag, at = take_varint(message, at)
        value, at = take_varint(message, at)
        if tag & 7 == 2:
            value, at = message[at:at + value], at + value
        name, kind = names.get(tag >> 3, (None, None))
        if isinstance(kind, dict):
            value = decode(kind, value)
        elif isinstance(value, bytes):
            value = value.decode(errors='replace')
        if name:
            members[name] = value
    return members


def frame(kind, flags, stream, payload):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def headers(method):
    pairs = {':method': 'POST', ':scheme': 'http', ':path': '/runtime.v1.RuntimeService/' + method, ':authority': 'localhost',
             'content-type': 'application/grpc', 'te': 'trailers'}
    return b''.join(b'\0' + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in pairs.items())


def exactly(connection, size):
    text = b''
    while len(text) < size:
        more = connection.recv(size - len(text))
        if not more:
            sys.exit('cri.py: the server hung up')
        text += more
    return text


def call(path, method, request):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0, b'') + frame(1, 4, 1, headers(method)) +
                       frame(0, 1, 1, b'\0' + struct.pack('>I', len(request)) + request))
    answer = b''
    while True:
        head = exactly(connection, 9)
        kind, flags, stream = struct.unpack('>BBI', head[3:])
        payload = exactly(connection, int.from_bytes(head[:3], 'big'))
        if kind == 0:
            answer += payload
        elif kind in (4, 6) and not flags & 1:      # SETTINGS, PING: to be acknowledged
            connection.sendall(frame(kind, 1, 0, payload if kind == 6 else b''))
        if stream == 1 and kind in (0, 1, 3) and (flags & 1 or kind == 3):
            break
    if not answer:
        sys.exit('cri.py: %s was refused, the reason is in the log of the server' % method)
    return answer[5:]


request, answer = METHODS[sys.argv[2]]
print(json.dumps(decode(answer, call(sys.argv[1], sys.argv[2], encode(request, json.loads(sys.argv[3] if len(sys.argv) > 3 else '{}'))))))
