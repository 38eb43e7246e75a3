"""What an API server serves: groups, versions, resources, schemas, and the names users call them by.

* `DiscoveryClient` asks the server, with two requests for everything.
* `CachedDiscoveryClient` remembers the answer, in memory and on disk, and asks only what changed.
* `RESTMapper` finds a resource by any of its names, or by its kind.
* `OpenAPIClient` reads the schemas of a group version.

client-go: ``discovery``, ``discovery/cached``, ``restmapper``, ``openapi``.
"""

from kubewright.discovery.apis import APIGroup, APIResource, APISubresource, ServerAPIs
from kubewright.discovery.cached import CachedDiscoveryClient
from kubewright.discovery.client import Discovery, DiscoveryClient
from kubewright.discovery.errors import AmbiguousMatchError, NoMatchError
from kubewright.discovery.openapi import OpenAPIClient
from kubewright.discovery.rest_mapper import RESTMapper

__all__ = [
    "APIGroup",
    "APIResource",
    "APISubresource",
    "AmbiguousMatchError",
    "CachedDiscoveryClient",
    "Discovery",
    "DiscoveryClient",
    "NoMatchError",
    "OpenAPIClient",
    "RESTMapper",
    "ServerAPIs",
]
