"""Spells the package out: `ir.Package` in, formatted Python text out."""
