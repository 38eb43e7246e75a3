"""Why there is no certificate.

* SigningError                there will be no certificate for this request
  - CertificateDeniedError    somebody looked at it and said no
  - CertificateFailedError    the signer could not make one of it
  - SigningTimeoutError       nobody approved or signed it in time
"""

from __future__ import annotations

from kubewright.errors import KubeError

__all__ = [
    "CertificateDeniedError",
    "CertificateFailedError",
    "SigningError",
    "SigningTimeoutError",
]


class SigningError(KubeError):
    """A certificate signing request that leads to no certificate: deleted, or another by now."""


class CertificateDeniedError(SigningError):
    """The request was denied; the message has who says so and why."""


class CertificateFailedError(SigningError):
    """The signer could not sign the request; the message has its reason."""


class SigningTimeoutError(SigningError, TimeoutError):
    """The request was not approved, or not signed, in time; the message says which."""
