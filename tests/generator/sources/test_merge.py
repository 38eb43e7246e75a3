"""Several sources as one, and patterns over what is in them."""

import pytest

from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, Documents, GroupVersionDocument, Schema
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.merge import merge, select


def resource(group: str, version: str, name: str, *, namespaced: bool = True) -> DiscoveredResource:
    kind = GroupVersionKind(group, version, name.title())
    return DiscoveredResource(name, name, kind, namespaced, ("get",))


def document(api_version: str, *names: str, schemas: dict[str, Schema] | None = None) -> Documents:
    parsed = GroupVersion.parse(api_version)
    resources = tuple(resource(parsed.group, parsed.version, name) for name in names)
    return Documents((GroupVersionDocument(parsed, resources, schemas or {}),))


def names(documents: Documents) -> list[str]:
    return [
        f"{found.group_version}/{item.name}"
        for found in documents.group_versions
        for item in found.resources
    ]


def test_sources_are_united_and_sorted() -> None:
    one = document("b.example.com/v1", "ys", "zs", schemas={"B": Schema(type="string")})
    two = document("a.example.com/v1", "as")
    three = document("b.example.com/v1", "xs", "ys", schemas={"A": Schema(), "B": Schema("string")})
    merged = merge([("one", one), ("two", two), ("three", three)])
    assert names(merged) == [
        "a.example.com/v1/as",
        "b.example.com/v1/xs",
        "b.example.com/v1/ys",
        "b.example.com/v1/zs",
    ]
    assert list(merged.group_versions[1].schemas) == ["A", "B"]


def test_problems_are_kept() -> None:
    merged = merge([("one", Documents((), ("a",))), ("two", Documents((), ("b",)))])
    assert merged.problems == ("a", "b")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (document("g.x/v1", schemas={"A": Schema()}), "two: A of g.x/v1 is not the same as in one"),
        (
            Documents(
                (
                    GroupVersionDocument(
                        GroupVersion("g.x", "v1"),
                        (resource("g.x", "v1", "as", namespaced=False),),
                        {},
                    ),
                )
            ),
            "two: as of g.x/v1 is not the same as in one",
        ),
    ],
    ids=["schema", "resource"],
)
def test_a_contradiction_is_an_error_that_names_both(other: Documents, message: str) -> None:
    one = document("g.x/v1", "as", schemas={"A": Schema(type="string")})
    with pytest.raises(SourceError) as caught:
        merge([("one", one), ("two", other)])
    assert str(caught.value).startswith(message)


ALL = merge(
    [
        ("x", document("v1", "pods", "services")),
        ("x", document("apps/v1", "deployments")),
        ("x", document("acme.cert-manager.io/v1", "orders")),
        ("x", document("cert-manager.io/v1", "issuers")),
        ("x", document("metrics.k8s.io/v1beta1", "pods")),
    ]
)


@pytest.mark.parametrize(
    ("include", "exclude", "kept"),
    [
        ([], [], names(ALL)),
        (["apps/v1"], [], ["apps/v1/deployments"]),
        (["apps"], [], ["apps/v1/deployments"]),
        (["v1"], [], ["v1/pods", "v1/services"]),
        (["core/v1"], [], ["v1/pods", "v1/services"]),
        (["v1/pods"], [], ["v1/pods"]),
        (["core/v1/pods"], [], ["v1/pods"]),
        (["*/v1/pods"], [], ["v1/pods"]),
        (["*/*/pods"], [], ["v1/pods", "metrics.k8s.io/v1beta1/pods"]),
        (["*.cert-manager.io/*"], [], ["acme.cert-manager.io/v1/orders"]),
        (["*cert-manager.io/*"], ["acme*/*"], ["cert-manager.io/v1/issuers"]),
        (["*"], ["*.io/*", "v1/services"], ["v1/pods", "apps/v1/deployments"]),
        ([], ["*/*/pods", "*.io/*", "apps/v1"], ["v1/services"]),
    ],
)
def test_patterns_choose(include: list[str], exclude: list[str], kept: list[str]) -> None:
    assert names(select(ALL, include, exclude)) == kept


@pytest.mark.parametrize(
    "pattern", ["app/v1", "apps/v2", "apps/v1/pods", "Apps/v1", "a/b/c/d", "", "/v1", "v1/Pods"]
)
@pytest.mark.parametrize("excluded", [False, True], ids=["include", "exclude"])
def test_a_pattern_that_matches_nothing_is_an_error(pattern: str, excluded: bool) -> None:
    with pytest.raises(SourceError, match=f"the pattern '{pattern}' matches nothing"):
        select(ALL, [] if excluded else [pattern], [pattern] if excluded else [])


def test_a_pattern_is_used_even_where_another_one_wins() -> None:
    chosen = select(ALL, ["*", "apps/v1"], ["apps/v1"])
    assert "apps/v1/deployments" not in names(chosen)
