"""A TLS server on the loopback address and two clients: one trusts the bundled root, one does not."""
import socket
import ssl
import threading

server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain("/app/server.pem", "/app/server.key")
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]


def serve() -> None:
    while True:
        connection, _ = listener.accept()
        try:
            with server.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)
        except OSError:
            pass


def connect(context: ssl.SSLContext) -> str:
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            return secured.version()


threading.Thread(target=serve, daemon=True).start()
trusting = ssl.create_default_context()
trusting.load_verify_locations("/app/root.pem")
print("trusted with the bundled root:", connect(trusting))
try:
    connect(ssl.create_default_context())
except ssl.SSLCertVerificationError as error:
    print("refused without it:", error.reason)
