"""Python names: good to read, legal, and each from its own wire name alone."""

import keyword
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright.model import Model
from kubewright.schema import GroupVersion
from kubewright_gen.resolve.naming import (
    attribute_name,
    class_name,
    distinct,
    field_name,
    module_name,
    plural_kind,
    wire_alias,
)


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("name", "name"),
        ("podCIDR", "pod_cidr"),
        ("podCIDRs", "pod_cidrs"),
        ("clusterIPs", "cluster_ips"),
        ("nonResourceURLs", "non_resource_urls"),
        ("nonResourceURLPath", "non_resource_url_path"),
        ("hostPID", "host_pid"),
        ("hostIPC", "host_ipc"),
        ("HTTPGet", "http_get"),
        ("x509Subject", "x509_subject"),
        ("ipv4Address2", "ipv4_address2"),
        ("SecretRef", "secret_ref"),
        ("partial_response_strategy", "partial_response_strategy"),
        ("$ref", "ref"),
        ("x-kubernetes-list-type", "x_kubernetes_list_type"),
        ("from", "from_"),
        ("None", "none"),
        ("list", "list_"),
        ("schema", "schema_"),
        ("modelFields", "model_fields_"),
        ("model_name", "model_name"),
        ("__class__", "class_"),
        ("_hidden", "hidden"),
        ("_", "field"),
        ("", "field"),
        ("\0", "field"),
        ("💥", "field"),
        ("3d", "field_3_d"),
        ("größe", "größe"),
        ("ИмяПоля", "имя_поля"),
        ("名前", "名前"),
        ("ﬁle", "file"),
        ("e\u0301tat", "état"),
    ],
)
def test_a_field_is_called(wire_name: str, name: str) -> None:
    assert field_name(wire_name) == name


@pytest.mark.parametrize("name", sorted({*dir(Model), *keyword.kwlist}))
def test_no_field_is_called_like_what_python_or_a_model_has(name: str) -> None:
    assert field_name(name) not in {*dir(Model), *keyword.kwlist}


@given(st.text(max_size=30))
def test_every_text_gives_a_name_that_python_reads_as_it_is(wire_name: str) -> None:
    for name in (field_name(wire_name), class_name("Kind", wire_name), class_name(wire_name)):
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
        assert unicodedata.is_normalized("NFKC", name)


@given(st.text("aBc1_-. ", max_size=20))
def test_a_name_is_its_own_name(wire_name: str) -> None:
    name = class_name("Kind", wire_name)

    assert class_name(name) == name


@pytest.mark.parametrize(
    ("name", "wire_name", "alias"),
    [
        ("host_pid", "hostPID", "hostPID"),
        ("host_port", "hostPort", None),
        ("name", "name", None),
        ("from_", "from", "from"),
        ("proxy_url", "proxyUrl", None),
    ],
)
def test_an_alias_is_stated_where_the_rule_does_not_give_the_wire_name(
    name: str, wire_name: str, alias: str | None
) -> None:
    assert wire_alias(name, wire_name) == alias


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Certificate", "spec", "issuerRef"), "CertificateSpecIssuerRef"),
        (("RESTClient",), "RESTClient"),
        (("Foo-Bar",), "FooBar"),
        (("Box", "$ref", "x-y_z"), "BoxRefXYZ"),
        (("3d",), "Object_3d"),
        (("",), "Object"),
        (("Any",), "Any_"),
        (("Model",), "Model_"),
        (("None",), "None_"),
        (("Thing", "名前"), "Thing名前"),
    ],
)
def test_a_class_is_called(parts: tuple[str, ...], name: str) -> None:
    assert class_name(*parts) == name


@pytest.mark.parametrize(
    ("group", "version", "name"),
    [
        ("", "v1", "core_v1"),
        ("apps", "v1", "apps_v1"),
        ("rbac.authorization.k8s.io", "v1", "rbac_v1"),
        ("cert-manager.io", "v1", "cert_manager_io_v1"),
        ("snapshot.storage.k8s.io", "v1beta1", "snapshot_storage_k8s_io_v1beta1"),
        ("3scale.net", "v1alpha1", "g_3scale_net_v1alpha1"),
        ("short.example.com", "v1", "short_v1"),
    ],
)
def test_a_folder_is_called(group: str, version: str, name: str) -> None:
    assert module_name(GroupVersion(group, version), {"short.example.com": "short"}) == name


@pytest.mark.parametrize(
    ("kind", "plural", "plural_of_kind", "attribute"),
    [
        ("Pod", "pods", "Pods", "pods"),
        ("NetworkPolicy", "networkpolicies", "NetworkPolicies", "network_policies"),
        ("Endpoints", "endpoints", "Endpoints", "endpoints"),
        ("IPAddress", "ipaddresses", "IPAddresses", "ip_addresses"),
        ("CSIDriver", "csidrivers", "CSIDrivers", "csi_drivers"),
        ("REST", "rests", "RESTs", "rests"),
        ("Prometheus", "prometheuses", "Prometheuses", "prometheuses"),
        ("Person", "people", "People", "people"),
        ("Metadata", "metadata", "Metadata", "metadata"),
        ("FooBar", "foo-bars", "Foo-bars", "foo_bars"),
        ("Class", "class", "Class", "class_"),
        ("Property", "property", "Property", "property_"),
        ("Thing", "9things", "9things", "resource_9things"),
    ],
)
def test_the_plural_is_the_one_that_is_written_in_the_capitals_of_the_kind(
    kind: str, plural: str, plural_of_kind: str, attribute: str
) -> None:
    assert (plural_kind(kind, plural), attribute_name(kind, plural)) == (plural_of_kind, attribute)


@pytest.mark.parametrize(
    ("names", "taken", "unique"),
    [
        (["a", "b"], (), ["a", "b"]),
        (["a", "a", "a"], (), ["a", "a_2", "a_3"]),
        (["a"], ("a",), ["a_2"]),
        (["a", "a_2", "a"], (), ["a", "a_2", "a_3"]),
        (["a_2", "a", "a"], (), ["a_2", "a", "a_3"]),
        (["class_", "class_"], (), ["class_", "class_2"]),
        (["a_", "a", "a_", "a"], (), ["a_", "a", "a_2", "a_3"]),
    ],
)
def test_names_that_meet_are_told_apart_in_their_order(
    names: list[str], taken: tuple[str, ...], unique: list[str]
) -> None:
    assert list(distinct(names, taken)) == unique
