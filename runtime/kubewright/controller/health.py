"""Says over HTTP whether a program lives, is ready, and what it does.

controller-runtime: the ``healthz``, ``readyz`` and ``metrics`` servers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from kubewright.controller.controller import Controller
from kubewright.schema import ObjectName
from kubewright.workqueue import RateLimitingQueue, RecordedMetrics

__all__ = ["HealthServer"]

Check = Callable[[], bool]


class HealthServer:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``; a context manager.

    A check that returns false or raises makes the answer 500 and names the check.
    """

    def __init__(
        self,
        *controllers: Controller,
        address: str = "127.0.0.1",
        port: int = 0,
        health: Mapping[str, Check] | None = None,
        ready: Mapping[str, Check] | None = None,
    ) -> None:
        """Take the port; answers come once it is entered.

        Args:
            controllers: each is ready when its caches are; their figures, and those of their queues
                that have `RecordedMetrics`, are the metrics.
            address: where to listen; ``""`` for all addresses, which a kubelet needs.
            port: 0 for one that is free; see `port`.
            health: checks by name, such as ``{"election": elector.is_healthy}``.
            ready: more checks by name.

        Raises:
            OSError: the port is taken.
        """
        checks = {controller.name: _readiness(controller) for controller in controllers}
        pages: dict[str, Callable[[], tuple[int, str]]] = {
            "/healthz": lambda: _checked(health or {}),
            "/readyz": lambda: _checked({**checks, **(ready or {})}),
            "/metrics": lambda: (200, _metrics(controllers)),
        }

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                status, text = (404, "not found\n") if page is None else page()
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            # a probe comes every few seconds; the name of the argument is that of http.server
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer((address, port), Answers)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _readiness(controller: Controller) -> Check:
    return lambda: controller.is_ready


def _checked(checks: Mapping[str, Check]) -> tuple[int, str]:
    lines: list[str] = []
    failed = False
    for name, check in checks.items():
        try:
            passes = check()
        except Exception as error:  # a check that fails is what this is for
            passes, reason = False, f": {error}"
        else:
            reason = ""
        failed = failed or not passes
        lines.append(f"[{'+' if passes else '-'}] {name}{' ok' if passes else ' failed' + reason}")
    return (500 if failed else 200), "".join(
        f"{line}\n" for line in [*lines, "failed" if failed else "ok"]
    )


def _metrics(controllers: Iterable[Controller]) -> str:
    """The figures in the text format of Prometheus, by client-go's names where it has them."""
    lines: list[str] = []
    for controller in controllers:
        stats = controller.stats
        name = controller.name.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        figures: dict[str, float] = {
            **_queue_figures(controller.queue),
            "controller_reconcile_success_total": stats.succeeded,
            "controller_reconcile_errors_total": stats.failed,
            "controller_reconcile_requeue_total": stats.requeued,
            "controller_active_workers": stats.working,
        }
        lines += [f'{key}{{name="{name}"}} {value}' for key, value in figures.items()]
    return "".join(f"{line}\n" for line in lines)


def _queue_figures(queue: RateLimitingQueue[ObjectName]) -> dict[str, float]:
    metrics = queue.metrics
    if not isinstance(metrics, RecordedMetrics):
        return {}
    queue.report()
    return {
        "workqueue_depth": metrics.items,
        "workqueue_adds_total": metrics.adds,
        "workqueue_retries_total": metrics.retries,
        "workqueue_queue_duration_seconds_sum": metrics.queue_seconds,
        "workqueue_queue_duration_seconds_count": metrics.handed_out,
        "workqueue_work_duration_seconds_sum": metrics.work_seconds,
        "workqueue_work_duration_seconds_count": metrics.finished,
        "workqueue_unfinished_work_seconds": metrics.unfinished_seconds,
        "workqueue_longest_running_processor_seconds": metrics.longest_seconds,
    }
