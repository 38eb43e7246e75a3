"""Clients and informers of any resource, known or not when the program was written.

* `DynamicClient` reads and writes objects of any kind, as `Unstructured` or as a model.
* `MetadataClient` reads the metadata alone: a fraction of the bytes.
* `DynamicSharedInformerFactory` makes informers over either.

client-go: ``dynamic``, ``metadata``, ``scale``, ``dynamic/dynamicinformer``,
``metadata/metadatainformer``.
"""

from kubewright.dynamic.client import DynamicClient, DynamicResource
from kubewright.dynamic.informers import (
    DynamicInformer,
    DynamicLister,
    DynamicSharedInformerFactory,
)
from kubewright.dynamic.metadata import MetadataClient, MetadataResource
from kubewright.dynamic.resources import ResourceFinder, What

__all__ = [
    "DynamicClient",
    "DynamicInformer",
    "DynamicLister",
    "DynamicResource",
    "DynamicSharedInformerFactory",
    "MetadataClient",
    "MetadataResource",
    "ResourceFinder",
    "What",
]
