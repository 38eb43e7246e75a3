"""Credentials from programs: when they run, what they are told, and what they may answer."""

from __future__ import annotations

import gc
import json
import logging
import os
import stat
import sys
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubewright.auth.exec_plugin import ExecPluginSource, run_plugin, shared_exec_source
from kubewright.auth.exec_spec import ExecCluster, ExecSpec, InteractiveMode, parse_answer
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"
START = 1_800_000_000.0
SPEC = ExecSpec(command="login")


def answer(*, api_version: str = V1, **status: Any) -> bytes:
    return json.dumps(
        {"apiVersion": api_version, "kind": "ExecCredential", "status": status}
    ).encode()


def rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Plugin:
    """Counts its runs; gives token-1, token-2, ... for ``lifetime`` seconds of its clock each."""

    def __init__(self, lifetime: float | None = None) -> None:
        self.runs = 0
        self.now = START
        self.lifetime = lifetime
        self.error: str | None = None
        self.fixed_token: str | None = None
        self.source = ExecPluginSource(SPEC, run=self, now=lambda: self.now)

    def __call__(self, spec: ExecSpec, cluster: ExecCluster | None) -> bytes:
        self.runs += 1
        if self.error is not None:
            raise ConfigError(self.error)
        status = {"token": self.fixed_token or f"token-{self.runs}"}
        if self.lifetime is not None:
            status["expirationTimestamp"] = rfc3339(self.now + self.lifetime)
        return answer(**status)

    def token_after(self, seconds: float) -> str | None:
        self.now += seconds
        return self.source.current().token


class TestWhenItRuns:
    def test_without_an_expiry_once(self) -> None:
        plugin = Plugin()

        assert [plugin.token_after(s) for s in (0, 86_400, 86_400)] == ["token-1"] * 3

    @pytest.mark.parametrize(
        ("lifetime", "still", "renewed"),
        [
            pytest.param(3600, 3539, 3540, id="a minute ahead"),
            pytest.param(100, 89, 90, id="a tenth of a short life ahead"),
        ],
    )
    def test_ahead_of_the_expiry(self, lifetime: float, still: float, renewed: float) -> None:
        plugin = Plugin(lifetime)

        tokens = [plugin.token_after(s) for s in (0, still, renewed - still)]

        assert tokens == ["token-1", "token-1", "token-2"]

    def test_each_time_if_what_it_gives_has_expired(self) -> None:
        plugin = Plugin(-1)

        assert [plugin.token_after(0) for _ in range(2)] == ["token-1", "token-2"]

    def test_a_failure_ahead_of_the_expiry_is_no_failure_yet(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        plugin = Plugin(3600)
        plugin.token_after(0)
        plugin.error = "no network"

        tokens = [plugin.token_after(s) for s in (3545, 1, 1)]

        assert (tokens, plugin.runs) == (["token-1"] * 3, 2)
        assert caplog.messages == ["no network; going on with the credentials from before"]

    def test_a_failure_after_the_expiry_is_one(self) -> None:
        plugin = Plugin(3600)
        plugin.token_after(0)
        plugin.error = "no network"

        with pytest.raises(ConfigError, match="no network"):
            plugin.token_after(3600)

    def test_the_same_answer_is_the_same_value(self) -> None:
        plugin = Plugin(3600)
        plugin.fixed_token = "same"
        first = plugin.source.current()
        plugin.now += 4000

        assert plugin.source.current() is first
        assert plugin.runs == 2


class TestAfterARejection:
    def test_it_runs_again(self) -> None:
        plugin = Plugin()
        rejected = plugin.source.current()

        assert plugin.source.refresh(rejected)
        assert plugin.source.current() == Credentials(token="token-2")

    def test_not_if_another_request_was_first(self) -> None:
        plugin = Plugin()
        rejected = plugin.source.current()
        plugin.source.refresh(rejected)

        assert plugin.source.refresh(rejected)
        assert plugin.runs == 2

    def test_a_plugin_that_repeats_itself_is_not_asked_at_every_request(self) -> None:
        plugin = Plugin()
        plugin.fixed_token = "same"
        rejected = plugin.source.current()

        changed = [plugin.source.refresh(rejected) for _ in range(3)]
        runs = plugin.runs
        plugin.now += 11
        plugin.source.refresh(rejected)

        assert (changed, runs, plugin.runs) == ([False] * 3, 2, 3)

    def test_a_failure_leaves_the_answer_of_the_server(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        plugin = Plugin()
        rejected = plugin.source.current()
        plugin.error = "no network"

        assert not plugin.source.refresh(rejected)
        assert caplog.messages == ["after the server rejected the credentials: no network"]


class Slow:
    """Runs until it is let go, and knows how many wait."""

    def __init__(self, result: Callable[[int], bytes]) -> None:
        self.runs = 0
        self.started = threading.Event()
        self.go = threading.Event()
        self.result = result

    def __call__(self, spec: ExecSpec, cluster: ExecCluster | None) -> bytes:
        self.runs += 1
        self.started.set()
        assert self.go.wait(30)
        return self.result(self.runs)


def in_threads(count: int, call: Callable[[], object], slow: Slow) -> list[object]:
    """Call in many threads at once, let the plugin go when all have begun."""
    results: list[object] = []
    begun = threading.Barrier(count + 1)

    def run() -> None:
        begun.wait(30)
        try:
            results.append(call())
        except ConfigError as error:
            results.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    begun.wait(30)
    assert slow.started.wait(30)
    slow.go.set()
    for thread in threads:
        thread.join(30)
    return results


class TestManyThreads:
    def test_one_run_serves_all(self) -> None:
        slow = Slow(lambda run: answer(token=f"token-{run}"))
        source = ExecPluginSource(SPEC, run=slow)

        results = in_threads(100, source.current, slow)

        assert (results, slow.runs) == ([Credentials(token="token-1")] * 100, 1)

    def test_one_run_serves_all_that_were_rejected(self) -> None:
        slow = Slow(lambda run: answer(token=f"token-{run}"))
        slow.go.set()
        source = ExecPluginSource(SPEC, run=slow)
        rejected = source.current()
        slow.go.clear()
        slow.started.clear()

        results = in_threads(100, lambda: source.refresh(rejected), slow)

        assert (results, slow.runs) == ([True] * 100, 2)

    def test_nobody_waits_while_the_old_credentials_serve(self) -> None:
        now = START
        slow = Slow(lambda run: answer(token=f"t{run}", expirationTimestamp=rfc3339(now + 3600)))
        slow.go.set()
        source = ExecPluginSource(SPEC, run=slow, now=lambda: now)
        source.current()
        slow.go.clear()
        slow.started.clear()
        now += 3550
        leader = threading.Thread(target=source.current)
        leader.start()
        assert slow.started.wait(30)

        meanwhile = source.current()
        slow.go.set()
        leader.join(30)

        assert (meanwhile.token, source.current().token) == ("t1", "t2")

    def test_the_thread_that_leads_may_be_interrupted(self) -> None:
        first = threading.Event()

        def run(spec: ExecSpec, cluster: ExecCluster | None) -> bytes:
            if not first.is_set():
                first.set()
                raise KeyboardInterrupt
            return answer(token="t")

        source = ExecPluginSource(SPEC, run=run)
        with pytest.raises(KeyboardInterrupt):
            source.current()

        assert source.current() == Credentials(token="t")


class TestAnswers:
    def test_token_and_certificate(self) -> None:
        cert = trustme.CA().issue_cert("me@example.org")
        chain, key = cert.cert_chain_pems[0].bytes(), cert.private_key_pem.bytes()
        output = answer(
            token="t",
            clientCertificateData=chain.decode(),
            clientKeyData=key.decode(),
            expirationTimestamp="2030-01-02T03:04:05+01:00",
        )

        found = parse_answer(output, SPEC)

        assert found.expires == datetime(2030, 1, 2, 2, 4, 5, tzinfo=UTC)
        assert found.credentials.token == "t"
        assert found.credentials.certificate is not None
        assert (found.credentials.certificate.cert, found.credentials.certificate.key) == (
            chain,
            key,
        )

    @pytest.mark.parametrize(
        ("output", "problem"),
        [
            pytest.param(b"", "what it wrote is not JSON", id="nothing"),
            pytest.param(b"hunter2", "what it wrote is not JSON", id="bare token"),
            pytest.param(b"\xff\xfe", "what it wrote is not JSON", id="binary"),
            pytest.param(b"[" * 200_000, "what it wrote is not JSON", id="deep"),
            pytest.param(b'["hunter2"]', "what it wrote is not a JSON object", id="list"),
            pytest.param(b'{"kind":"hunter2"}', "the kind of what it wrote is not", id="kind"),
            pytest.param(
                answer(api_version=V1BETA1, token="hunter2"),
                f"did not answer in {V1}",
                id="version",
            ),
            pytest.param(
                b'{"kind":"ExecCredential","apiVersion":"%s"}' % V1.encode(),
                "what it wrote has no status",
                id="no status",
            ),
            pytest.param(answer(), "status has neither a token nor", id="empty status"),
            pytest.param(answer(token=None), "status has neither a token nor", id="null token"),
            pytest.param(answer(token=["hunter2"]), "status.token is not a string", id="type"),
            pytest.param(answer(clientKeyData="hunter2"), "status has one of", id="half a pair"),
            pytest.param(
                answer(clientKeyData="hunter2", clientCertificateData="hunter2"),
                "no client certificate (PEM) in clientCertificateData of the credential plugin",
                id="no PEM",
            ),
            pytest.param(answer(token="hunter2\nX: y"), "a line break or another", id="header"),
            pytest.param(
                answer(token="hunter2", expirationTimestamp="soon"), "no RFC 3339 time", id="time"
            ),
            pytest.param(
                answer(token="hunter2", expirationTimestamp="2030-01-01T00:00:00"),
                "no RFC 3339 time",
                id="time without a zone",
            ),
        ],
    )
    def test_an_answer_that_cannot_be_used_is_never_shown(
        self, output: bytes, problem: str
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            parse_answer(output, SPEC)

        assert problem in str(caught.value)
        assert "the credential plugin login" in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], ExecSpec]:
    """Make a plugin of Python statements."""

    def make(body: str) -> ExecSpec:
        path = tmp_path / "plugin.py"
        path.write_text(f"import json, os, sys\n{body}\n")
        return ExecSpec(
            command=sys.executable, args=("-S", str(path)), interactive_mode="IfAvailable"
        )

    return make


PRINT_ENVIRONMENT = "print(json.dumps([json.loads(os.environ['KUBERNETES_EXEC_INFO']), os.environ.get('A'), os.environ.get('B'), sys.stdin.read()]))"


class TestRunning:
    def test_it_is_told_about_itself(self, script: Callable[[str], ExecSpec]) -> None:
        spec = script(PRINT_ENVIRONMENT)
        spec = ExecSpec(command=spec.command, args=spec.args, env=(("A", "own"),))

        output = run_plugin(
            spec, None, environ={"A": "parent", "B": "parent"}, has_terminal=lambda: False
        )

        assert json.loads(output) == [
            {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False}},
            "own",
            "parent",
            "",
        ]

    def test_it_is_told_about_the_cluster(self, script: Callable[[str], ExecSpec]) -> None:
        cluster = ExecCluster(
            server="https://dev",
            tls_server_name="api",
            insecure_skip_tls_verify=True,
            ca_data=b"PEM",
            proxy_url="http://p:1",
            disable_compression=True,
            config='{"audience":"a"}',
        )

        output = run_plugin(script(PRINT_ENVIRONMENT), cluster, has_terminal=lambda: False)

        assert json.loads(output)[0]["spec"]["cluster"] == {
            "server": "https://dev",
            "tls-server-name": "api",
            "insecure-skip-tls-verify": True,
            "certificate-authority-data": "UEVN",
            "proxy-url": "http://p:1",
            "disable-compression": True,
            "config": {"audience": "a"},
        }

    def test_the_whole_way(self, script: Callable[[str], ExecSpec]) -> None:
        spec = script(f"print({answer(token='t').decode()!r})")

        assert ExecPluginSource(spec).current() == Credentials(token="t")

    def test_a_failure_names_the_code_and_shows_no_output(
        self, script: Callable[[str], ExecSpec], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        spec = script("print('hunter2'); sys.exit(3)")

        with pytest.raises(ConfigError) as caught:
            run_plugin(spec, None, has_terminal=lambda: False)

        assert str(caught.value) == (
            f"the credential plugin {sys.executable} failed with exit code 3;"
            " what it had to say is on the standard error"
        )
        assert caught.value.__context__ is None
        assert "hunter2" not in caplog.text

    def test_it_may_not_take_forever(self, script: Callable[[str], ExecSpec]) -> None:
        spec = script("print('hunter2', flush=True); import time; time.sleep(60)")

        with pytest.raises(ConfigError, match=r"did not end within 0\.2 s") as caught:
            run_plugin(spec, None, has_terminal=lambda: False, timeout=0.2)

        assert caught.value.__cause__ is None

    def test_no_shell_reads_its_arguments(self, script: Callable[[str], ExecSpec]) -> None:
        spec = script("print(sys.argv[1])")
        spec = ExecSpec(command=spec.command, args=(*spec.args, "$(id); `id` && id"))

        assert run_plugin(spec, None, has_terminal=lambda: False) == b"$(id); `id` && id\n"

    def test_a_command_is_found_in_path(self, tmp_path: Path) -> None:
        self.make_program(tmp_path / "my-login", "echo found")

        output = run_plugin(
            ExecSpec(command="my-login", interactive_mode="Never"),
            None,
            environ={"PATH": f"{tmp_path}{os.pathsep}/bin"},
        )

        assert output == b"found\n"

    def test_the_plugins_own_path_does_not_choose_the_plugin(self, tmp_path: Path) -> None:
        self.make_program(tmp_path / "my-login", "echo found")
        spec = ExecSpec(
            command="my-login", env=(("PATH", str(tmp_path)),), interactive_mode="Never"
        )

        with pytest.raises(ConfigError, match="my-login is not in PATH"):
            run_plugin(spec, None, environ={"PATH": "/bin"})

    def test_a_relative_folder_of_path_is_not_trusted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.make_program(tmp_path / "my-login", "echo found")

        with pytest.raises(ConfigError, match="a relative folder of PATH"):
            run_plugin(
                ExecSpec(command="my-login", interactive_mode="Never"),
                None,
                environ={"PATH": "."},
            )

    def test_a_program_that_cannot_be_run(self, tmp_path: Path) -> None:
        path = tmp_path / "plugin"
        path.write_text("#!/bin/sh\n")

        with pytest.raises(ConfigError, match="cannot be run: Permission denied"):
            run_plugin(ExecSpec(command=str(path), interactive_mode="Never"), None)

    @staticmethod
    def make_program(path: Path, line: str) -> None:
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(stat.S_IRWXU)


@pytest.mark.parametrize(
    ("mode", "terminal", "interactive"),
    [
        pytest.param("Never", True, False, id="never"),
        pytest.param("IfAvailable", False, False, id="no terminal"),
        pytest.param("IfAvailable", True, True, id="terminal"),
        pytest.param("Always", True, True, id="always"),
    ],
)
def test_a_plugin_knows_whether_it_may_ask(
    script: Callable[[str], ExecSpec], mode: InteractiveMode, terminal: bool, interactive: bool
) -> None:
    spec = script("print(os.environ['KUBERNETES_EXEC_INFO'])")
    spec = ExecSpec(command=spec.command, args=spec.args, interactive_mode=mode)

    output = run_plugin(spec, None, has_terminal=lambda: terminal)

    assert json.loads(output)["spec"] == {"interactive": interactive}


def test_a_plugin_that_has_to_ask_needs_a_terminal() -> None:
    spec = ExecSpec(command=sys.executable, interactive_mode="Always")

    with pytest.raises(ConfigError, match="standard input is no terminal: run it in one"):
        run_plugin(spec, None, has_terminal=lambda: False)


class TestNotInstalled:
    spec = ExecSpec(
        command="no-such-plugin",
        install_hint="\x1b[31mInstall\x1b[0m it:\n\tbrew install x\x07",
        interactive_mode="Never",
    )

    def test_the_user_is_told_what_to_install(self) -> None:
        with pytest.raises(ConfigError) as caught:
            ExecPluginSource(self.spec).current()

        first, second, *hint = str(caught.value).splitlines()
        assert first == "the credential plugin no-such-plugin is not in PATH"
        assert "kubernetes.io/docs" in second
        assert hint == ["Install it:", "\tbrew install x"]

    def test_but_not_again_and_again(self) -> None:
        now = START
        source = ExecPluginSource(self.spec, now=lambda: now)
        lengths: list[int] = []
        for step in [0.0] * 12 + [3601.0]:
            now += step
            with pytest.raises(ConfigError) as caught:
                source.current()
            lengths.append(len(str(caught.value).splitlines()))

        assert lengths == [4] * 10 + [1, 1, 4]


class TestSharing:
    def test_equal_plugins_share_and_others_do_not(self) -> None:
        plain = ExecSpec(command="x", args=("1",))
        other = ExecSpec(command="x", args=("2",))

        first = shared_exec_source(plain)

        assert shared_exec_source(ExecSpec(command="x", args=("1",))) is first
        assert shared_exec_source(other) is not first

    def test_the_cluster_counts_where_the_plugin_is_told_of_it(self) -> None:
        told = ExecSpec(command="x", provide_cluster_info=True)
        untold = ExecSpec(command="x")
        a, b = ExecCluster(server="https://a"), ExecCluster(server="https://b")

        of_told = shared_exec_source(told, a)
        of_untold = shared_exec_source(untold, a)

        assert shared_exec_source(told, b) is not of_told
        assert shared_exec_source(told, ExecCluster(server="https://a")) is of_told
        assert shared_exec_source(untold, b) is of_untold

    def test_what_nobody_uses_goes(self) -> None:
        source = shared_exec_source(ExecSpec(command="y"))
        gone = weakref.ref(source)
        del source
        gc.collect()

        assert gone() is None


def test_no_repr_shows_what_may_be_secret() -> None:
    spec = ExecSpec(command="x", args=("hunter2",), env=(("A", "hunter2"),))
    cluster = ExecCluster(server="https://x", config='"hunter2"')
    source = ExecPluginSource(spec, cluster, run=lambda spec, cluster: answer(token="hunter2"))
    source.current()

    assert "hunter2" not in repr(spec) + repr(cluster) + repr(source) + repr(source.current())
