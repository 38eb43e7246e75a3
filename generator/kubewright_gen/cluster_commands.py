"""The commands that show what a cluster serves: ``kubewright resources``, ``kubewright explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from kubewright._shown import one_line
from kubewright_gen.config import ClusterSource
from kubewright_gen.connection import connected

if TYPE_CHECKING:
    from kubewright.schema import GroupVersion

__all__ = ["context_option", "explain", "kubeconfig_option", "resources"]

context_option = click.option("--context", metavar="NAME", help="The kubeconfig context.")
kubeconfig_option = click.option(
    "--kubeconfig", type=click.Path(dir_okay=False), help="The kubeconfig file."
)


@click.command()
@context_option
@kubeconfig_option
@click.option("--group", help="Only of this API group; '' is the core group.")
@click.option("--namespaced/--cluster-scoped", default=None, help="Only in namespaces, or not.")
@click.option("--verb", "verbs", multiple=True, help="Only with this verb. Repeatable.")
@click.option("--category", "categories", multiple=True, help="Only of this one. Repeatable.")
@click.option("--all-versions", is_flag=True, help="Not only the preferred version.")
@click.option(
    "-o", "--output", type=click.Choice(["wide", "name"]), help="More columns, or names alone."
)
@click.option("--cached", is_flag=True, help="Show what is remembered, if it is fresh.")
def resources(
    *,
    context: str | None,
    kubeconfig: str | None,
    group: str | None,
    namespaced: bool | None,
    verbs: tuple[str, ...],
    categories: tuple[str, ...],
    all_versions: bool,
    output: Literal["wide", "name"] | None,
    cached: bool,
) -> int:
    """List the resources that a cluster serves.

    Exits with 1 when a part of the cluster's APIs did not answer.
    """
    from kubewright.discovery import CachedDiscoveryClient
    from kubewright_gen.show.resources import Choice, chosen, names, table

    with connected(ClusterSource(context, kubeconfig)) as rest:
        discovery = CachedDiscoveryClient(rest)
        apis = discovery.apis() if cached else discovery.refresh()
    choice = Choice(group, namespaced, verbs, categories, all_versions)
    found = chosen(apis, choice)
    lines = names(found) if output == "name" else table(found, wide=output == "wide")
    for number, line in enumerate(lines):
        is_head = number == 0 and output != "name"
        click.echo(click.style(one_line(line), bold=True) if is_head else one_line(line))
    for group_version, failure in sorted(apis.failures.items()):
        click.echo(f"warning: {one_line(f'{group_version}: {failure}')}", err=True)
    return 1 if apis.failures else 0


@click.command()
@click.argument("field", metavar="RESOURCE[.FIELD...]")
@context_option
@kubeconfig_option
@click.option("--api-version", metavar="VERSION", help="Such as apps/v1; else the preferred one.")
@click.option("--recursive", is_flag=True, help="All fields below, by name and type.")
def explain(
    *,
    field: str,
    context: str | None,
    kubeconfig: str | None,
    api_version: str | None,
    recursive: bool,
) -> int:
    """Explain a kind, or a field of it: deployments.spec.strategy.

    The resource may be named with its group: certificates.cert-manager.io.spec.issuerRef
    """
    from kubewright.discovery import CachedDiscoveryClient, OpenAPIClient, RESTMapper
    from kubewright_gen.show.explain import Schemas, explained, find_field

    wanted = _group_version(api_version)
    with connected(ClusterSource(context, kubeconfig)) as rest:
        discovery = CachedDiscoveryClient(rest)
        mapper = RESTMapper(discovery)
        groups = [group.name for group in discovery.apis().groups]
        resource, group, path = _parts(field, groups)
        if wanted is None:
            found = mapper.resource_for(resource, group=group)
        else:
            found = mapper.resource_for(resource, group=wanted.group, version=wanted.version)
        schemas = Schemas(OpenAPIClient(rest).document(found.gvr.group_version))
    target = find_field(schemas, schemas.of_kind(found.kind), path, found.kind.kind)
    for line in explained(schemas, found.kind, target, recursive=recursive):
        click.echo(line)
    return 0


def _group_version(api_version: str | None) -> GroupVersion | None:
    if api_version is None:
        return None
    from kubewright.schema import GroupVersion

    try:
        return GroupVersion.parse(api_version)
    except ValueError as error:
        raise click.UsageError(f"--api-version: {error}") from None


def _parts(text: str, groups: list[str]) -> tuple[str, str | None, list[str]]:
    """Take apart the resource, its group if it is named, and the path of the field."""
    resource, _, rest = text.partition(".")
    named = [group for group in groups if group and f"{rest}.".startswith(f"{group}.")]
    group = max(named, key=len, default=None)
    path = rest.removeprefix(group or "").strip(".")
    return resource, group, [part for part in path.split(".") if part]
