"""What an API server answers, case by case: the same calls to the one in memory and to a real one."""
