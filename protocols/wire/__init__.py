"""LECO spoken directly between a chip's server and its clients.

From the bytes up: `frames` (LECO messages), `arrays` (numpy beside JSON), `messages` (the closed list of JSON-RPC
objects), `codec` (payloads and back), `bounds` (every limit), `ledger` (at most once), `events` (what a session wants
done), `directory` and `work` (its halves), `session` (the server's state, without sockets), `methods` (the OpenRPC
document), `link` (a client's name and ids), `urls` (addresses), and the two files that know ZMQ: `zmq_server` and
`zmq_client`. `serve` opens a chip and serves it. `SPEC.md` beside this folder is the same for implementers in other
languages; `spec` writes its tables, `vectors` the golden messages.
"""
