"""Objects as rows and columns, as kubectl prints them."""
