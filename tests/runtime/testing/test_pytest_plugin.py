"""The pytest plugin: loaded where a suite asks for it, and no fixture without need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

EXAMPLES = Path(__file__).parents[3] / "examples"
CONFTEST = 'pytest_plugins = ["kubewright.testing.pytest_plugin"]'


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite that loads the plugin, on a machine without a kube-apiserver."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(pytester.path))
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES), prepend=os.pathsep)
    pytester.makeconftest(CONFTEST)
    return pytester


def _run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", "-rs", *options)


def test_each_test_has_a_cluster_of_its_own(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        from kubewright_k8s.core_v1 import ConfigMap

        @pytest.mark.parametrize("time", [1, 2])
        def test_create(clientset, fake_cluster, time):
            given = ConfigMap.from_wire({"metadata": {"name": "a"}})
            clientset.core_v1.config_maps("default").create(given)
            assert [a.verb for a in fake_cluster.actions] == ["create"]
            assert clientset.cluster is fake_cluster
    """)

    _run(suite).assert_outcomes(passed=2)


def test_the_package_is_a_setting(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nkubewright_package = acme.kube")
    suite.makepyfile("""
        def test_list(clientset):
            assert list(clientset.web_example_com_v1.websites.list()) == []
    """)

    _run(suite).assert_outcomes(passed=1)


def test_the_package_is_a_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture(scope="session")
        def kubewright_package():
            return "acme.kube"

        def test_list(clientset):
            assert list(clientset.web_example_com_v1.websites.list()) == []
    """)

    _run(suite).assert_outcomes(passed=1)


def test_a_package_that_is_not_there_is_named(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nkubewright_package = no_such_package")
    suite.makepyfile("def test_any(clientset): pass")

    result = _run(suite)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*no module no_such_package: set kubewright_package to a package*"]
    )


def test_without_a_program_the_api_server_is_skipped(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_any(api_server): pass")

    result = _run(suite)

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["*there is no kube-apiserver and no etcd on PATH, and KUBEBUILDER_ASSETS is not set*"]
    )


def test_an_api_server_can_be_required(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_any(api_server): pass")

    result = _run(suite, "-o", "kubewright_require_api_server=true")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no kube-apiserver and no etcd on PATH*"])


def test_nothing_is_there_without_the_plugin(suite: pytest.Pytester) -> None:
    Path(suite.path, "conftest.py").unlink()
    suite.makepyfile("def test_any(fake_cluster): pass")

    result = _run(suite)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'fake_cluster' not found*"])
