"""The templates of the generated package: data only."""
