"""What is special to built-in kinds: types, defaults, rules."""
