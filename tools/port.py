"""Print the first free port of 127.0.0.1 from the given one on."""

import socket
import sys


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


try:
    wanted = int(sys.argv[1])
except ValueError:
    sys.exit(f"NASX_PORT is {sys.argv[1]}, want a number from 1 to 65535.")
if not 0 < wanted < 65536:
    sys.exit(f"NASX_PORT is {wanted}, want a number from 1 to 65535.")
for port in range(wanted, min(wanted + 200, 65536)):
    if is_free(port):
        print(port)
        sys.exit(0)
sys.exit(f"No port from {wanted} to {wanted + 199} is free: name another one with NASX_PORT.")
