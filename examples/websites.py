"""Custom resources with types of their own: the program of ``make demo``.

Its client is generated from website-crd.yaml beside this file:

    kubewright generate --crd examples/website-crd.yaml --package acme.kube --output examples
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from acme.kube import Clientset, SharedInformerFactory
from acme.kube.web_example_com_v1 import (
    Website,
    WebsiteSpec,
    WebsiteSpecRoutes,
    WebsiteSpecRoutesBackends,
)
from kubewright import ConflictError, ObjectMeta, connect

if TYPE_CHECKING:  # what may be applied is typed too, for checkers and editors alone
    from acme.kube.web_example_com_v1.applyconfigurations import WebsiteApplyConfiguration


def create(cs: Clientset) -> None:
    """Create objects: an editor completes every field and asks for what is required."""
    websites = cs.web_example_com_v1.websites("default")
    shop = WebsiteSpec(
        domain="shop.example.com",
        image="shop:1.4",
        replicas=3,
        tier="premium",
        routes=[
            WebsiteSpecRoutes(path="/", backends=[WebsiteSpecRoutesBackends(service="shop")]),
        ],
    )
    websites.create(Website(metadata=ObjectMeta(name="shop", labels={"team": "sales"}), spec=shop))
    blog = WebsiteSpec(domain="blog.example.com", image="blog:7")
    made = websites.create(Website(metadata=ObjectMeta(name="blog"), spec=blog))
    print(f"the server chose: {made.spec.replicas} replica, tier {made.spec.tier!r},", end=" ")
    print(f"port {made.spec.port}, uid {made.metadata.uid[:8]}…")


def read(cs: Clientset) -> None:
    """List by labels and fields; what is a struct in Go is there, so no None checks."""
    websites = cs.web_example_com_v1.websites
    for site in websites.list():
        print(f"{site.metadata.name}: {site.spec.domain}, {site.status.phase or 'no status yet'}")
    premium = websites("default").list(field_selector={"spec.tier": "premium"})
    print("premium:", [site.metadata.name for site in premium])
    old = cs.web_example_com_v1beta1.websites("default").get("blog")
    print("the same in the older version:", old.api_version, old.spec.image)


def watch(cs: Clientset) -> None:
    """Watch what changes after a list, while it changes."""
    websites = cs.web_example_com_v1.websites("default")
    with websites.watch(since=websites.list()) as events:
        websites.patch("blog", {"spec": {"image": "blog:8"}})
        websites.scale("shop", replicas=5)
        shop = websites.get("shop")
        shop.status.phase, shop.status.ready_replicas = "Ready", 5
        websites.update_status(shop)
        for event in islice(events, 3):
            site = event.object
            print(f"{event.type} {site.metadata.name}: {site.spec.image},", end=" ")
            print(f"{site.spec.replicas} replicas, {site.status.phase or 'no status yet'}")


def apply(cs: Clientset) -> None:
    """Apply: each manager owns its fields, and a clash is an error with its reasons."""
    websites = cs.web_example_com_v1.websites("default")
    image: WebsiteApplyConfiguration = {
        "metadata": {"name": "docs"},
        "spec": {"domain": "docs.example.com", "image": "a:1"},
    }
    websites.apply(image, field_manager="pipeline")
    other: WebsiteApplyConfiguration = {"metadata": {"name": "docs"}, "spec": {"image": "b:1"}}
    try:
        websites.apply(other, field_manager="somebody")
    except ConflictError as error:
        print(f"{type(error).__name__}: {error}")
        print("cause:", error.status.details.causes[0].field)
    docs = websites.apply(other, field_manager="somebody", force=True)
    owners = [f"{entry.manager} ({entry.operation})" for entry in docs.metadata.managed_fields]
    print(f"by force: {docs.spec.image}, owned by {', '.join(owners)}")


def update(cs: Clientset) -> None:
    """Update: what somebody else changed in between is not lost."""
    websites = cs.web_example_com_v1.websites("default")
    mine, theirs = websites.get("blog"), websites.get("blog")
    theirs.spec.environment["LANG"] = "en"
    websites.update(theirs)
    mine.spec.tier = "free"
    try:
        websites.update(mine)
    except ConflictError as error:
        print(f"{type(error).__name__}: {error}")
        mine = websites.get("blog")
        mine.spec.tier = "free"
        mine = websites.update(mine)
    print("both changes are there:", mine.spec.tier, mine.spec.environment)


def informer(cs: Clientset) -> None:
    """Keep a cache in step: an informer lists once, then watches; reading it costs nothing."""
    factory = SharedInformerFactory(cs)
    websites = factory.web_example_com_v1.websites
    with factory:
        factory.wait_for_cache_sync(timeout=10)
        for site in websites.lister.list():
            print(f"{site.object_name} at version {site.metadata.resource_version}")
        print("who runs at most one:", end=" ")
        few = [s.metadata.name for s in websites.lister("default").list() if s.spec.replicas == 1]
        print(", ".join(few))


def delete(cs: Clientset) -> None:
    """Delete: one, then whatever a selector takes."""
    websites = cs.web_example_com_v1.websites("default")
    websites.delete("docs")
    websites.delete_collection(label_selector="team!=sales")
    print("left:", [site.metadata.name for site in websites.list()])


STEPS = (create, read, watch, apply, update, informer, delete)


def main(cs: Clientset) -> None:
    for step in STEPS:
        step(cs)


if __name__ == "__main__":
    main(Clientset(connect()))
