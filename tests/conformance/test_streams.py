"""Logs, exec, attach, port-forward and copies through a real API server.

The node behind it is a stand-in (tests/kubelet), with the stream server that kubelets use.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubewright import NotFoundError, TransportError, connect
from kubewright.errors import ConnectionLostError, RequestError, StoppedError
from kubewright.streams import RemoteCommandError
from kubewright.streams.copy import CopyError
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1.client import PodClient
from tests.support.apiserver import APIServer, Endpoint
from tests.support.kubelet import Kubelet
from tests.support.patience import wait_until

pytestmark = pytest.mark.conformance

MANY = 100 << 20


@pytest.fixture(scope="module")
def pods(clientset: Clientset) -> Iterator[PodClient]:
    with Kubelet(clientset, "streams") as kubelet:
        kubelet.run("web")
        pods = clientset.core_v1.pods("default")
        yield pods
        pods.delete("web", grace_period_seconds=0)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Threads and sockets are as many after the test as before it."""
    before = threading.active_count(), _sockets()
    yield
    wait_until(lambda: threading.active_count() <= before[0] and _sockets() <= before[1])


def _sockets() -> int:
    folder = Path("/proc/self/fd")
    count = 0
    for each in folder.iterdir():
        try:
            count += os.readlink(each).startswith("socket:")
        except OSError:
            continue
    return count


@pytest.fixture
def echo() -> Iterator[int]:
    """A server of this machine that sends back what it gets; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            with connection:
                while data := connection.recv(1 << 16):
                    connection.sendall(data)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


class TestExec:
    def test_output_and_exit_code_are_values(self, pods: PodClient, nothing_left: None) -> None:
        done = pods.exec("web", ["sh", "-c", "echo out; echo err >&2; exit 7"])
        assert (done.exit_code, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
        assert pods.exec("web", ["true"]).exit_code == 0

    def test_input_is_read_to_its_end(self, pods: PodClient, nothing_left: None) -> None:
        done = pods.exec("web", ["wc", "-c"], input=b"\x00\xff" * 1000)
        assert (done.exit_code, done.stdout.strip()) == (0, b"2000")

    def test_arguments_reach_the_program_as_they_are(self, pods: PodClient) -> None:
        arguments = ["a b", "", "*", "é&x=1", "$HOME", "-n"]
        done = pods.exec("web", ["printf", "%s|", *arguments])
        assert done.stdout.decode() == "".join(f"{each}|" for each in arguments)

    def test_a_session_is_a_talk(self, pods: PodClient, nothing_left: None) -> None:
        with pods.open_exec("web", ["cat"], stdin=True) as session:
            session.write(b"one")
            assert session.read(10) == ("stdout", b"one")
            session.write(b"two")
            assert session.read(10) == ("stdout", b"two")
            assert session.exit_code is None
            session.close_stdin()
            assert session.wait(10) == 0
            assert list(session) == []

    def test_a_terminal_is_told_its_size(self, pods: PodClient, nothing_left: None) -> None:
        with pods.open_exec("web", ["size"], tty=True, size=(80, 24)) as session:
            session.resize(100, 30)
            session.resize(120, 40)
            output = b"".join(data for _, data in session)
        assert output.split() == [b"tty", b"true", b"80x24", b"100x30", b"120x40"]

    def test_a_program_that_is_not_there_is_an_error(self, pods: PodClient) -> None:
        with pytest.raises(RemoteCommandError, match="no-such-program"):
            pods.exec("web", ["no-such-program"])

    def test_a_pod_that_is_not_there_is_an_error(self, pods: PodClient, nothing_left: None) -> None:
        with pytest.raises(NotFoundError, match="nobody"):
            pods.exec("nobody", ["true"])

    @pytest.mark.parametrize("command", [[], "ls"])
    def test_what_is_no_command_is_an_error(self, pods: PodClient, command: list[str]) -> None:
        with pytest.raises(RequestError):
            pods.exec("web", command)

    def test_silence_ends_with_the_time(self, pods: PodClient, nothing_left: None) -> None:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            pods.exec("web", ["sleep", "30"], timeout=0.5)
        assert time.monotonic() - started < 5

    def test_closing_wakes_the_reader(self, pods: PodClient, nothing_left: None) -> None:
        with pods.open_exec("web", ["sleep", "30"]) as session:
            threading.Timer(0.3, session.close).start()
            with pytest.raises(StoppedError):
                session.wait()

    def test_what_reads_no_input_ends_all_the_same(self, pods: PodClient) -> None:
        done = pods.exec("web", ["sh", "-c", "exit 3"], input=b"x" * (1 << 20))
        assert done.exit_code == 3

    def test_a_hundred_megabytes_both_ways(self, pods: PodClient, nothing_left: None) -> None:
        data = random.Random(7).randbytes(1 << 20) * (MANY >> 20)
        assert pods.exec("web", ["cat"], input=data, timeout=60).stdout == data

    def test_a_hundred_sessions_leave_nothing_behind(
        self, pods: PodClient, nothing_left: None
    ) -> None:
        for number in range(100):
            done = pods.exec("web", ["echo", str(number)], input=b"")
            assert done.stdout == f"{number}\n".encode()


class TestAttach:
    def test_a_hundred_megabytes_both_ways(self, pods: PodClient, nothing_left: None) -> None:
        data = random.Random(7).randbytes(1 << 20) * (MANY >> 20)
        with pods.attach("web", stdin=True) as session:
            done = session.communicate(data, timeout=60)
        assert done.stdout == data
        assert done.stderr == b"attached\n"

    def test_without_input(self, pods: PodClient, nothing_left: None) -> None:
        with pods.attach("web") as session:
            assert session.communicate(timeout=10).stdout == b"nothing is put in"

    def test_a_hundred_sessions_leave_nothing_behind(
        self, pods: PodClient, nothing_left: None
    ) -> None:
        for _ in range(100):
            with pods.attach("web") as session:
                assert session.wait(10) == 0


class TestPortForward:
    def test_a_hundred_megabytes_both_ways(
        self, pods: PodClient, echo: int, nothing_left: None
    ) -> None:
        data = random.Random(7).randbytes(1 << 20) * (MANY >> 20)
        with (
            pods.port_forward("web", echo) as forward,
            socket.create_connection(("127.0.0.1", forward.local_port)) as connection,
        ):
            assert _echoed(connection, data) == data

    def test_a_connection_without_a_local_port(
        self, pods: PodClient, echo: int, nothing_left: None
    ) -> None:
        with pods.port_forward("web", echo, local_port=None) as forward:
            with forward.connect() as connection:
                assert _echoed(connection, b"hello") == b"hello"
            with pytest.raises(RequestError):
                _ = forward.local_port

    def test_many_connections_at_once(self, pods: PodClient, echo: int, nothing_left: None) -> None:
        with pods.port_forward("web", echo, local_port=None) as forward:
            results: list[bool] = []

            def talk(number: int) -> None:
                data = random.Random(number).randbytes(200_000)
                with forward.connect() as connection:
                    results.append(_echoed(connection, data) == data)

            threads = [threading.Thread(target=talk, args=(number,)) for number in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        assert results == [True] * 20

    def test_a_hundred_tunnels_leave_nothing_behind(
        self, pods: PodClient, echo: int, nothing_left: None
    ) -> None:
        for number in range(100):
            with (
                pods.port_forward("web", echo, local_port=None) as forward,
                forward.connect() as connection,
            ):
                assert _echoed(connection, b"%d" % number) == b"%d" % number

    def test_a_port_where_nobody_listens_ends_the_connection(
        self, pods: PodClient, nothing_left: None
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with (
            pods.port_forward("web", port, local_port=None) as forward,
            forward.connect() as connection,
        ):
            connection.settimeout(10)
            assert connection.recv(1) == b""

    def test_a_local_port_that_is_taken_is_an_error(
        self, pods: PodClient, echo: int, nothing_left: None
    ) -> None:
        with pytest.raises(RequestError, match=f"port {echo}"):
            pods.port_forward("web", 80, local_port=echo, addresses=["127.0.0.1"])

    def test_a_pod_that_is_not_there_is_an_error(self, pods: PodClient, nothing_left: None) -> None:
        with pytest.raises(NotFoundError, match="nobody"):
            pods.port_forward("nobody", 80)


def _echoed(connection: socket.socket, data: bytes) -> bytes:
    def send() -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    thread.start()
    connection.settimeout(60)
    pieces: list[bytes] = []
    while piece := connection.recv(1 << 16):
        pieces.append(piece)
    thread.join()
    return b"".join(pieces)


class TestPeerThatDies:
    """A node that dies ends what runs there; the API server then says that all went well.

    It cannot tell a command that ended from a node that did, and no client can.
    """

    def died(self, clientset: Clientset, name: str, act: Callable[[PodClient], None]) -> None:
        """Let something happen to a pod whose node dies."""
        with Kubelet(clientset, name) as kubelet:
            kubelet.run(name)
            pods = clientset.core_v1.pods("default")
            try:
                act(pods)
            finally:
                pods.delete(name, grace_period_seconds=0)

    def test_a_session_ends_with_its_node(self, clientset: Clientset, nothing_left: None) -> None:
        def act(pods: PodClient) -> None:
            with pods.open_exec("dies-a", ["cat"], stdin=True) as session:
                session.write(b"x")
                assert session.read(10) == ("stdout", b"x")
                pods.exec("dies-a", ["die"], timeout=20)
                assert session.read(20) is None

        self.died(clientset, "dies-a", act)

    def test_a_forwarded_connection_ends_with_its_node(
        self, clientset: Clientset, echo: int, nothing_left: None
    ) -> None:
        def act(pods: PodClient) -> None:
            with pods.port_forward("dies-b", echo, local_port=None) as forward:
                with forward.connect() as connection:
                    connection.sendall(b"x")
                    connection.settimeout(20)
                    assert connection.recv(1) == b"x"
                    pods.exec("dies-b", ["die"], timeout=20)
                    assert connection.recv(1) == b""
                wait_until(lambda: forward.failure is not None)
                with pytest.raises(ConnectionLostError):
                    forward.connect()

        self.died(clientset, "dies-b", act)

    def test_a_server_that_is_killed_is_a_lost_connection(self, echo: int) -> None:
        with (
            APIServer() as server,
            connect(kubeconfig=json.loads(server.kubeconfig_text())) as rest,
        ):
            clientset = Clientset(rest)
            kubelet = Kubelet(clientset, "node").__enter__()
            kubelet.run("web")
            pods = clientset.core_v1.pods("default")
            with (
                pods.open_exec("web", ["cat"], stdin=True) as command,
                pods.attach("web", stdin=True) as attached,
                pods.follow_log("web") as log,
                pods.port_forward("web", echo, local_port=None) as forward,
                forward.connect() as connection,
            ):
                for session in (command, attached):
                    session.write(b"x")
                connection.sendall(b"x")
                connection.settimeout(20)
                assert connection.recv(1) == b"x"
                server.kill()
                for session in (command, attached):
                    with pytest.raises(ConnectionLostError):
                        session.wait(20)
                with pytest.raises(TransportError):
                    list(log)
                assert connection.recv(1) == b""
                with pytest.raises(ConnectionLostError):
                    forward.connect()
            kubelet.stop()


class TestLog:
    def test_bytes_as_they_are(self, pods: PodClient) -> None:
        assert pods.log("web") == b"main \nnot \xff text\n"

    def test_options_reach_the_node(self, pods: PodClient) -> None:
        log = pods.log(
            "web",
            container="main",
            previous=True,
            since_seconds=60,
            tail_lines=3,
            limit_bytes=1000,
            timestamps=True,
        )
        told = log.split(b"\n")[0].decode()
        expected = "main limitBytes=1000&previous=true&sinceSeconds=60&tailLines=3&timestamps=true"
        assert told == expected

    def test_following_yields_lines_as_they_come(self, pods: PodClient, nothing_left: None) -> None:
        with pods.follow_log("web") as log:
            lines = log.text_lines()
            assert next(lines) == "main follow=true"
            assert next(lines) == "not � text"
            assert [next(lines) for _ in range(3)] == ["line 0", "line 1", "line 2"]

    def test_a_container_that_is_not_there_is_an_error(self, pods: PodClient) -> None:
        with pytest.raises(Exception, match="other"):
            pods.log("web", container="other")


class TestCopy:
    def test_a_folder_there_and_back(
        self, pods: PodClient, tmp_path: Path, nothing_left: None
    ) -> None:
        source = tmp_path / "source"
        (source / "deep").mkdir(parents=True)
        (source / "deep" / "-x").write_bytes(os.urandom(3 << 20))
        (source / "empty").mkdir()
        there = tmp_path / "container"
        there.mkdir()
        pods.copy_to("web", source, f"{there}/copied")
        pods.copy_from("web", f"{there}/copied", tmp_path / "back")
        for copy in (there / "copied", tmp_path / "back"):
            assert (copy / "deep" / "-x").read_bytes() == (source / "deep" / "-x").read_bytes()
            assert (copy / "empty").is_dir()

    def test_one_file(self, pods: PodClient, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"\x00\xff")
        pods.copy_to("web", tmp_path / "a", f"{tmp_path}/b")
        pods.copy_from("web", f"{tmp_path}/b", tmp_path / "c")
        assert (tmp_path / "c").read_bytes() == b"\x00\xff"

    def test_what_leads_out_is_not_written(self, pods: PodClient, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        (inside / "link").symlink_to("/etc")
        with pytest.raises(CopyError, match="link"):
            pods.copy_from("web", str(inside), tmp_path / "out")

    def test_what_is_not_there_is_an_error(
        self, pods: PodClient, tmp_path: Path, nothing_left: None
    ) -> None:
        with pytest.raises(CopyError, match="missing"):
            pods.copy_from("web", f"{tmp_path}/missing", tmp_path / "x")
        (tmp_path / "a").write_bytes(b"x" * (1 << 20))
        # the exit code of a command that does not read its input may be lost between node and server
        with pytest.raises(CopyError, match=r"ended with|wrote 0 of 1"):
            pods.copy_to("web", tmp_path / "a", f"{tmp_path}/no/where/b")
        with pytest.raises(FileNotFoundError):
            pods.copy_to("web", tmp_path / "nothing", "/tmp/x")
        with pytest.raises(RequestError):
            pods.copy_to("web", tmp_path / "a", "relative")


def test_a_closed_client_ends_its_sessions(
    api_server: Endpoint, pods: PodClient, nothing_left: None
) -> None:
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as rest:
        session = type(pods)(rest, "default").open_exec("web", ["sleep", "30"])
    with pytest.raises(StoppedError):
        session.wait(10)
    session.close()
