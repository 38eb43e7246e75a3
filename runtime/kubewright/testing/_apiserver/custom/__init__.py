"""What is special to custom resources: their definitions, and the schemas in them."""
