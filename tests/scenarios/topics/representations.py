"""Other shapes of an answer: tables, metadata alone, and what cannot be had."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, pod, widget

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@scenario
def a_table_of_custom_objects(s: Server) -> None:
    s.made("widgets", widget("a"), widget("b", size=2, color="blue"))
    s.call("GET", "widgets", accept=TABLE)
    s.call("GET", "widgets/a", accept=TABLE)


@scenarios({"none": "None", "metadata": "Metadata", "object": "Object", "odd": "Everything"})
def what_rows_include(s: Server, include: str) -> None:
    s.made("widgets", widget("a"))
    s.call("GET", "widgets", accept=TABLE, includeObject=include)


@scenario
def a_table_of_config_maps(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.call("GET", "configmaps", accept=TABLE, includeObject="None")


@scenario
def a_table_of_deployments(s: Server) -> None:
    s.made("deployments", deployment("web"))
    s.call("GET", "deployments", accept=TABLE, includeObject="None")


@scenario
def a_table_of_pods(s: Server) -> None:
    s.made("pods", pod("a"))
    s.call("GET", "pods", accept=TABLE, includeObject="None")


@scenario
def an_empty_table(s: Server) -> None:
    s.call("GET", "widgets", accept=TABLE)


@scenario
def a_page_of_a_table(s: Server) -> None:
    s.made("widgets", widget("a"), widget("b"))
    s.call("GET", "widgets", accept=TABLE, limit=1, includeObject="None")


@scenario
def the_metadata_of_one_object(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}))
    s.call("GET", "configmaps/a", accept=PARTIAL)
    s.made("widgets", widget("a"))
    s.call("GET", "widgets/a", accept=PARTIAL)


@scenario
def the_metadata_of_many(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.call("GET", "configmaps", accept=PARTIALS)
    s.call("GET", "configmaps", accept=PARTIALS, limit=1)
    s.made("widgets", widget("a"))
    s.call("GET", "widgets", accept=PARTIALS)


@scenario
def the_metadata_after_a_write(s: Server) -> None:
    s.call("POST", "configmaps", config_map("a"), accept=PARTIAL)
    merge = "application/merge-patch+json"
    s.call("PATCH", "configmaps/a", {"data": {"b": "2"}}, content_type=merge, accept=PARTIAL)


@scenario
def the_metadata_of_what_is_not_there(s: Server) -> None:
    s.call("GET", "configmaps/none", accept=PARTIAL)
    s.call("GET", "configmaps/none", accept=TABLE)


@scenarios(
    {
        "text": "text/plain",
        "anything": "*/*",
        "any application": "application/*",
        "a choice": "text/html, application/json;q=0.5",
        "YAML": "application/yaml",
        "YAML as text": "text/yaml",
        "a type that is not there": "application/xml",
        "upper case": "APPLICATION/JSON",
        "JSON that is not wanted": "application/json;q=0",
        "JSON and a charset": "application/json;charset=utf-8",
        "an unknown kind else YAML": "application/json;as=Nothing;v=v1;g=meta.k8s.io,application/yaml",
        "none": "",
        "an unknown kind": "application/json;as=Nothing;v=v1;g=meta.k8s.io",
        "a table else JSON": f"{TABLE},application/json",
        "a table of an old version": "application/json;as=Table;v=v1beta1;g=meta.k8s.io",
    }
)
def what_can_be_read(s: Server, accept: str) -> None:
    s.made("configmaps", config_map("a"))
    s.call("GET", "configmaps/a", accept=accept)
    s.made("widgets", widget("a"))
    s.call("GET", "widgets/a", accept=accept)
    s.call("GET", "configmaps/none", accept=accept)
    s.call("GET", "/api/v1/namespaces/default/nothings", accept=accept)
    s.call("POST", "configmaps", config_map("b"), accept=accept)
    s.call("DELETE", "configmaps/b", accept=accept)


@scenario
def texts_in_yaml(s: Server) -> None:
    texts = ["", "1", "1.5", "true", "yes", "null", "~", " a", "a: b", "a\nb", "a\nb\n", "#a", "-"]
    texts += ["2001-01-01", "0x1", "'", '"', "é", "\t", "x" * 200, "a b " * 40, "y", "!a", "- a"]
    data = {f"k{index}": text for index, text in enumerate(texts)}
    s.made("configmaps", config_map("a", data))
    s.call("GET", "configmaps/a", accept="application/yaml")
    s.made("widgets", widget("a", free={"f": 0.5, "l": [], "n": [1, [2], {"a": None}], "o": {}}))
    s.call("GET", "widgets/a", accept="application/yaml")
