"""Decides every name and shape of the package: documents in, `ir.Package` out."""
