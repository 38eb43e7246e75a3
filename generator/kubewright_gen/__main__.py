"""``python -m kubewright_gen``: the same as the command ``kubewright``."""

from __future__ import annotations

from kubewright_gen.cli import main

if __name__ == "__main__":
    main()
