"""What a cluster serves, to be read in a terminal."""
